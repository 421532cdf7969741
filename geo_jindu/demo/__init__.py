"""Synthetic values for the fictional prefecture, written as the files an office would have.

Nothing here is measured. Every file says so in a column, and the guard in `geo_jindu.workspace` and
`boundaries.read_townships` keeps synthetic values off real places.
"""

import tempfile
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_jindu.errors import OutputError, not_writable
from geo_jindu.workspace import CONFIGURATION_FILE

SEED = 99
MEASURING_CRS = "EPSG:32658"
MARK = {"数据性质": "合成数据，虚构地区"}

# County: registered and resident population, outflow persons of 2017 and 2018. All are fictional.
# The city's outflow, 1,302 and 466, has the size of the published case.
COUNTIES = {
    "甲县": (1_190_000, 890_000, 300, 51),
    "乙市": (1_420_000, 1_140_000, 280, 110),
    "丙县": (1_030_000, 770_000, 190, 82),
    "丁县": (1_070_000, 790_000, 150, 62),
    "戊市": (960_000, 810_000, 130, 58),
    "己县": (740_000, 560_000, 92, 38),
    "庚县": (450_000, 340_000, 48, 19),
    "辛区": (330_000, 350_000, 34, 14),
    "壬区": (410_000, 440_000, 28, 12),
    "癸区": (240_000, 260_000, 22, 9),
    "子区": (230_000, 250_000, 20, 8),
    "丑区": (60_000, 70_000, 8, 3),
}
INCIDENTS = 4_200
"""Incident rows of 2017 and 2018, among them the flaws that real files have."""

_MONTHS = pd.period_range("2017-01", "2018-12", freq="M")


def write_demo(directory: Path, prefecture: gpd.GeoDataFrame) -> None:
    """Write a complete workspace of synthetic data into an empty or new folder.

    Parameters
    ----------
    prefecture
        Fictional townships as `boundaries.fictional.make_fictional_prefecture` makes them: ``code``,
        ``name``, ``county``, ``county_name`` and ``geometry``.

    Raises
    ------
    OutputError
        If the folder is not empty or cannot be written. Nothing half-written is left behind.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise OutputError("folder_not_empty", directory=directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".demo-", dir=directory) as beside:
            _write_files(Path(beside), prefecture)
            for path in Path(beside).iterdir():
                path.rename(directory / path.name)
    except OSError as error:
        raise not_writable(directory, error) from None


def allocate(total: int, weights: np.ndarray) -> np.ndarray:
    """Split a whole number in proportion to weights, by the largest remainder; shape (n,)."""
    shares = total * weights / weights.sum()
    whole = np.floor(shares).astype(int)
    behind = np.argsort(-(shares - whole), kind="stable")
    whole[behind[: total - int(whole.sum())]] += 1
    return np.asarray(whole)


def _write_files(directory: Path, prefecture: gpd.GeoDataFrame) -> None:
    (directory / "data").mkdir()
    generator = np.random.default_rng(SEED)
    township = {"乡镇代码": prefecture["code"], "乡镇名称": prefecture["name"]}
    county = {"县代码": prefecture["county"], "县名称": prefecture["county_name"]}
    boundaries = gpd.GeoDataFrame(
        township | county | MARK, geometry=prefecture.geometry, crs=prefecture.crs
    )
    boundaries.to_file(directory / "data" / "乡镇边界.gpkg", layer="townships")
    population = _population(prefecture, generator)
    pd.DataFrame(township | population | MARK).to_csv(
        directory / "data" / "人口.csv", index=False, encoding="gb18030"
    )
    _outflow(prefecture, population["户籍人口"], generator).to_excel(
        directory / "data" / "外流贩毒.xlsx", index=False
    )
    _incidents(prefecture, population["常住人口"], generator).to_csv(
        directory / "data" / "涉毒案件.csv", index=False, encoding="utf-8-sig"
    )
    template = files(__package__).joinpath("demo.toml").read_text("utf-8")
    (directory / CONFIGURATION_FILE).write_text(template, "utf-8")


def _by_county(prefecture: gpd.GeoDataFrame, position: int, weights: np.ndarray) -> np.ndarray:
    values = np.zeros(len(prefecture), dtype=int)
    for name, totals in COUNTIES.items():
        mine = (prefecture["county_name"] == name).to_numpy()
        values[mine] = allocate(totals[position], weights[mine])
    return values


def _population(prefecture: gpd.GeoDataFrame, generator: np.random.Generator) -> dict[str, np.ndarray]:
    size = generator.gamma(6.0, size=len(prefecture)) + 1.0
    moved = generator.normal(1.0, 0.08, len(prefecture)).clip(0.7)
    return {
        "户籍人口": _by_county(prefecture, 0, size),
        "常住人口": _by_county(prefecture, 1, size * moved),
    }


def _relative_risk(prefecture: gpd.GeoDataFrame, generator: np.random.Generator) -> np.ndarray:
    """Return a relative risk per township that is alike among neighbours."""
    middle = prefecture.geometry.to_crs(MEASURING_CRS).representative_point()
    xy = np.column_stack([middle.x, middle.y])
    centres = xy[generator.choice(len(xy), 5, replace=False)]
    distance = np.linalg.norm(xy[:, None] - centres[None], axis=2)
    near = np.exp(-((distance / 12_000) ** 2)).sum(axis=1)
    return np.asarray((0.6 + 2.2 * near) * generator.gamma(4.0, 0.25, len(xy)))


def _outflow(
    prefecture: gpd.GeoDataFrame, registered: np.ndarray, generator: np.random.Generator
) -> pd.DataFrame:
    risk = registered * _relative_risk(prefecture, generator)
    years = []
    for position, year in ((2, 2017), (3, 2018)):
        persons = _by_county(prefecture, position, risk)
        by_month = generator.multinomial(persons, np.full(12, 1 / 12))
        township, month = np.nonzero(by_month)
        place = prefecture.iloc[township]
        columns = {
            "乡镇代码": place["code"].to_numpy(),
            "乡镇名称": place["name"].to_numpy(),
            "查获月份": [f"{year}年{number}月" for number in month + 1],
            "人数": by_month[township, month],
        }
        years.append(pd.DataFrame(columns | MARK))
    return pd.concat(years)


def _incidents(
    prefecture: gpd.GeoDataFrame, resident: np.ndarray, generator: np.random.Generator
) -> pd.DataFrame:
    counts = allocate(INCIDENTS, resident * _relative_risk(prefecture, generator))
    shapes = prefecture.geometry.to_crs(MEASURING_CRS).to_numpy()
    drawn = np.concatenate(
        [_points_in(shape, number, generator) for shape, number in zip(shapes, counts, strict=True)]
    )
    points = gpd.GeoSeries.from_xy(drawn[:, 0], drawn[:, 1], crs=MEASURING_CRS).to_crs(4326)
    month = _MONTHS[generator.integers(0, len(_MONTHS), len(points))]
    day = generator.integers(1, 29, len(points))
    table = pd.DataFrame(
        {
            "发案日期": [f"{each}-{number:02d}" for each, number in zip(month, day, strict=True)],
            "经度": points.x.round(6).astype(str),
            "纬度": points.y.round(6).astype(str),
        }
    )
    return _with_flaws(table, generator).assign(**MARK)


def _points_in(shape: shapely.Geometry, number: int, generator: np.random.Generator) -> np.ndarray:
    """Draw points evenly over a township; shape (number, 2) [m]."""
    xmin, ymin, xmax, ymax = shape.bounds
    drawn = np.empty((0, 2))
    while len(drawn) < number:
        xy = generator.uniform((xmin, ymin), (xmax, ymax), (4 * number + 8, 2))
        drawn = np.concatenate([drawn, xy[shapely.contains_xy(shape, xy)]])
    return drawn[:number]


def _with_flaws(table: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Give some rows what real files have: no coordinate, no date, a place outside, another year."""
    flawed = table.copy()
    rows = generator.permutation(len(table))
    flawed.loc[rows[:120], ["经度", "纬度"]] = ""
    flawed.loc[rows[120:130], "发案日期"] = "不详"
    flawed.loc[rows[130:136], "经度"] = "163.5"
    flawed.loc[rows[136:150], "发案日期"] = "2016-12-30"
    return flawed
