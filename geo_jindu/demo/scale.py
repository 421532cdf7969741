"""Synthetic workspaces of any size, written as they are made: for work at scale.

Risk and points are drawn as for the demonstration, but the figures have no margins to meet. One
prefecture is held in memory at a time, and of its incidents at most `CHUNK`.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator

from geo_jindu.demo.allocation import Floats, allocate, draw
from geo_jindu.demo.points import scatter_points
from geo_jindu.demo.records import CATEGORIES
from geo_jindu.demo.townships import METRIC_CRS, draw_risk, make_generator
from geo_jindu.demo.workspace import mark_rows, new_workspace, office_boundaries
from geo_jindu.workspace import CONFIGURATION_FILE

CHUNK = 1_000_000
"""Incidents drawn at once."""
FIRST_MONTH = "2016-01"
OUTFLOW_PER_TOWNSHIP = 20
PERSONS_PER_TOWNSHIP = 40_000


class Scale(NamedTuple):
    """How much to make: townships, incidents, and months that they spread over."""

    townships: int
    incidents: int
    months: int


def write_scaled_demo(
    directory: Path,
    prefectures: Iterable[gpd.GeoDataFrame],
    scale: Scale,
    report: Callable[[int], None] = lambda incidents: None,
) -> None:
    """Write a workspace of synthetic data of any size into an empty or new folder.

    Parameters
    ----------
    prefectures
        Of `boundaries.fictional_scale.stream_fictional_prefectures`, with as many townships in all as
        ``scale`` says.
    report
        Called with the incidents written so far.

    Raises
    ------
    OutputError
        If the folder is not empty or cannot be written. Nothing half-written is left behind.
    """
    rng = make_generator(8)
    months = pd.period_range(FIRST_MONTH, periods=scale.months, freq="M")
    with new_workspace(directory) as folder, _IncidentFile(folder / "data/涉毒案件.parquet") as file:
        townships = written = 0
        for prefecture in prefectures:
            first = townships == 0
            townships += len(prefecture)
            risk = draw_risk(prefecture, rng)
            _write_townships(folder / "data", prefecture, months, risk, rng, first)
            wanted = scale.incidents * townships // scale.townships - written
            for incidents in _draw_incidents(prefecture, wanted, months, risk, rng):
                file.write(incidents)
                written += len(incidents)
                report(written)
        template = files(__package__).joinpath("scale.toml").read_text("utf-8")
        window = template.replace("FIRST_MONTH", str(months[0])).replace("LAST_MONTH", str(months[-1]))
        (folder / CONFIGURATION_FILE).write_text(window, "utf-8")


def _write_townships(
    data: Path,
    prefecture: gpd.GeoDataFrame,
    months: pd.PeriodIndex,
    risk: Floats,
    rng: Generator,
    first: bool,
) -> None:
    """Add boundaries, population and outflow of one prefecture to the files."""
    mode: Literal["w", "a"] = "w" if first else "a"
    size = len(prefecture)
    office_boundaries(prefecture).to_file(data / "乡镇边界.gpkg", layer="区划2018", mode=mode)
    persons = allocate(PERSONS_PER_TOWNSHIP * size, rng.gamma(6.0, size=size))
    place = {"乡镇代码": prefecture["code"], "乡镇名称": prefecture["name"]}
    population = pd.DataFrame(place | {"户籍人口": persons, "常住人口": persons})
    outflow = draw(rng, OUTFLOW_PER_TOWNSHIP * size, persons * risk)
    month = months[rng.integers(0, len(months), size)].astype(str)
    tables = {
        "人口.csv": population,
        "外流贩毒.csv": pd.DataFrame(place | {"查获月份": month, "人数": outflow}),
    }
    for name, table in tables.items():
        mark_rows(table).to_csv(data / name, mode=mode, header=first, index=False, encoding="utf-8")


def _draw_incidents(
    prefecture: gpd.GeoDataFrame, wanted: int, months: pd.PeriodIndex, risk: Floats, rng: Generator
) -> Iterator[pd.DataFrame]:
    """Draw the incidents of one prefecture, `CHUNK` at a time."""
    shapes = prefecture.geometry.to_crs(METRIC_CRS).to_numpy()
    for start in range(0, wanted, CHUNK):
        counts = draw(rng, min(CHUNK, wanted - start), risk)
        yield _draw_chunk(shapes, counts, months, rng)


def _draw_chunk(
    shapes: Iterable[shapely.Geometry], counts: Iterable[int], months: pd.PeriodIndex, rng: Generator
) -> pd.DataFrame:
    drawn = [scatter_points(shape, int(n), rng) for shape, n in zip(shapes, counts, strict=True)]
    points = gpd.GeoSeries.from_xy(*np.concatenate(drawn).T, crs=METRIC_CRS).to_crs(4326)
    first, last = months[0].start_time, months[-1].end_time
    day = rng.integers(0, (last - first).days + 1, len(points))
    category = rng.choice(len(CATEGORIES), len(points), p=np.array(list(CATEGORIES.values())) / 100)
    return pd.DataFrame(
        {
            "发案日期": first + pd.to_timedelta(day, unit="D"),
            "类别": pd.Categorical.from_codes(category, pd.Index(list(CATEGORIES))),
            "经度": points.x.to_numpy().round(6),
            "纬度": points.y.to_numpy().round(6),
        }
    )


class _IncidentFile:
    """A Parquet file that grows by chunks, every row marked as synthetic."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        words, days = pa.dictionary(pa.int8(), pa.string()), pa.date32()
        columns = {"发案日期": days, "类别": words, "经度": pa.float64(), "纬度": pa.float64()}
        self._schema = pa.schema(columns | {"依据": words, "数据性质": words})
        self._writer = pq.ParquetWriter(path, self._schema)

    def __enter__(self) -> "_IncidentFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, incidents: pd.DataFrame) -> None:
        """Add a chunk."""
        import pyarrow as pa

        marked = mark_rows(incidents)
        self._writer.write_table(pa.Table.from_pandas(marked, self._schema, preserve_index=False))
