"""The demonstration as a workspace: ordinary input files that go through the same door as real ones.

Nothing in them is measured. Every row says that it is synthetic and where its figure comes from, and
the guard in `geo_jindu.provenance` keeps such rows off real places.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataSourceError
from xlsxwriter.exceptions import FileCreateError

from geo_jindu.demo.tables import BASIS, office_tables
from geo_jindu.errors import OutputError, not_writable
from geo_jindu.texts import translate
from geo_jindu.workspace import CONFIGURATION_FILE

MARK = {"数据性质": "合成数据，虚构地区"}
WRITTEN_ON = pd.Timestamp("2019-06-26")
"""Stands in the files as the day they were written, so that every run writes the same bytes."""
ENCODINGS = {"data/人口_2015.csv": "gb18030", "data/人口_2018.csv": "gb18030"}
"""Files in the older Chinese encoding; all others are UTF-8 with a byte order mark."""


def write_demo(
    directory: Path, prefecture: gpd.GeoDataFrame, earlier: gpd.GeoDataFrame, crosswalk: pd.DataFrame
) -> None:
    """Write a complete workspace of synthetic data into an empty or new folder.

    Parameters
    ----------
    prefecture, earlier, crosswalk
        The parts of `boundaries.fictional_vintages.make_fictional_vintages`: townships of 2018,
        those of 2015, and the ground they share.

    Raises
    ------
    OutputError
        If the folder is not empty or cannot be written. Nothing half-written is left behind.
    """
    with new_workspace(directory) as folder:
        _write_files(folder, prefecture, earlier, crosswalk)


@contextmanager
def new_workspace(directory: Path) -> Iterator[Path]:
    """Give a folder to write into; what is in it at the end becomes the content of ``directory``.

    Raises
    ------
    OutputError
        If ``directory`` is not empty or cannot be written. Nothing half-written is left behind.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise OutputError("folder_not_empty", directory=directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".demo-", dir=directory) as beside:
            Path(beside, "data").mkdir()
            yield Path(beside)
            _move_all(Path(beside), directory)
    except (OSError, DataSourceError, FileCreateError) as error:
        raise not_writable(directory, error) from None


def _move_all(source: Path, target: Path) -> None:
    """Move the content of a folder into another, all of it or nothing."""
    moved = []
    try:
        for path in list(source.iterdir()):
            moved.append(path.rename(target / path.name))
    except OSError:
        for path in moved:
            path.rename(source / path.name)
        raise


def _write_files(
    directory: Path, prefecture: gpd.GeoDataFrame, earlier: gpd.GeoDataFrame, crosswalk: pd.DataFrame
) -> None:
    with _no_clock():
        for layer, frame in (("区划2018", prefecture), ("区划2015", earlier)):
            office_boundaries(frame).to_file(directory / "data" / "乡镇边界.gpkg", layer=layer)
    for file, table in office_tables(prefecture, earlier, crosswalk).items():
        if file.endswith(".xlsx"):
            _write_xlsx(directory / file, mark_rows(table))
        else:
            encoding = ENCODINGS.get(file, "utf-8-sig")
            mark_rows(table).to_csv(directory / file, index=False, encoding=encoding)
    configuration = files(__package__).joinpath("workspace.toml").read_text("utf-8")
    (directory / CONFIGURATION_FILE).write_text(configuration, "utf-8")


def office_boundaries(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return fictional townships with Chinese headers and marked rows."""
    columns = {
        "乡镇代码": frame["code"],
        "乡镇名称": frame["name"],
        "县代码": frame["county"],
        "县名称": frame["county_name"],
    }
    return gpd.GeoDataFrame(mark_rows(pd.DataFrame(columns)), geometry=frame.geometry, crs=frame.crs)


def mark_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Add to each row where its figure comes from, and that it is synthetic."""
    basis = table.get(BASIS, translate("bases.synthetic", "zh"))
    return table.assign(**{BASIS: basis}, **MARK)


def _write_xlsx(path: Path, table: pd.DataFrame) -> None:
    with pd.ExcelWriter(path, engine="xlsxwriter") as writer:
        writer.book.set_properties({"created": WRITTEN_ON.to_pydatetime()})
        table.to_excel(writer, index=False)
        writer.book.worksheets()[0].autofit()


@contextmanager
def _no_clock() -> Iterator[None]:
    """Keep GDAL from writing the time of day into a GeoPackage."""
    name = "OGR_CURRENT_DATE"
    before = pyogrio.get_gdal_config_option(name)
    pyogrio.set_gdal_config_options({name: WRITTEN_ON.strftime("%Y-%m-%dT%H:%M:%SZ")})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({name: before})
