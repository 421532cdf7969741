"""Any boundary file to the columns that an inspection looks at, and a repaired file back to bytes."""

import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from geo_jindu.codes import normalise_code
from geo_jindu.datums import crs_of_file, remove_offset
from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.provenance import Provenance
from geo_jindu.readers import read_table
from geo_jindu.readers.encodings import dbf_encoding
from geo_jindu.screening import refuse_personal_names

USUAL_NAMES = {
    "code": ("code", "乡镇代码", "区划代码", "行政区划代码", "代码", "adcode"),
    "name": ("name", "乡镇名称", "名称", "乡镇", "xzqmc"),
}
"""Columns taken for code and name if none is given, the first that the file has; case and width aside.
Not ``gb``: in the national map service it is the code behind 156, the number of China."""
WRITTEN_FORMATS = (".geojson", ".gpkg", ".parquet")


@dataclass(frozen=True)
class InspectedFile:
    """A boundary file as it was declared.

    Attributes
    ----------
    frame
        ``code``, ``name``, ``parent`` (text; ``None`` throughout where there is no column) and geometry
        without heights; index = row in the file. In the CRS of the file, converted to WGS 84 if it
        was declared as GCJ-02 or BD-09.
    columns
        Column of the file that each of ``code``, ``name`` and ``parent`` was read from.
    notes
        What was assumed in reading it.
    """

    path: Path
    layer: str
    frame: gpd.GeoDataFrame
    columns: Mapping[str, str]
    notes: tuple[Problem, ...]


def read_inspected_file(
    path: Path, given: Mapping[str, str], *, datum: str = "", layer: str = "", option: str = "--datum"
) -> InspectedFile:
    """Read a boundary file without refusing what an inspection is there to find.

    Parameters
    ----------
    given
        Columns by ``code``, ``name`` and ``parent``; code and name are looked for among `USUAL_NAMES`
        where they are empty.
    datum
        As declared; empty if the file states a CRS itself, which a GeoJSON in WGS 84 does not.
    option
        Where the datum is declared, for messages.

    Raises
    ------
    InputError
        If the file cannot be read, has no polygon, no such column or no known CRS.
    """
    file = str(path)
    columns, notes = _choose_columns(path, given, layer)
    table = _read(path, list(columns.values()), file, layer)
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError([Problem("no_geometry", file=file)])
    if not table.geom_type.isin(["Polygon", "MultiPolygon"]).any():
        raise InputError(problems_in_rows("polygon_missing", file, "", table.index))
    geometry, more_notes = _declare(table.geometry.force_2d(), datum, file, option)
    texts = {"code": normalise_code(table[columns["code"]]), "name": None, "parent": None}
    if "name" in columns:
        texts["name"] = table[columns["name"]].str.strip()
    if "parent" in columns:
        texts["parent"] = normalise_code(table[columns["parent"]])
    frame = gpd.GeoDataFrame(texts, geometry=geometry, index=table.index)
    return InspectedFile(path, layer, frame, columns, (*notes, *more_notes))


def repaired_file(source: InspectedFile, repaired: gpd.GeoSeries, ending: str) -> bytes:
    """Return the file with repaired polygons and all its columns as bytes.

    Parameters
    ----------
    repaired
        A polygon for each row of ``source``, in the order of its rows.
    ending
        One of `WRITTEN_FORMATS`.
    """
    whole = _read_whole(source)
    whole = gpd.GeoDataFrame(
        whole.drop(columns="geometry"), geometry=repaired.to_numpy(), crs=repaired.crs
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{source.path.stem}{ending}")
        if ending == ".parquet":
            whole.to_parquet(path)
        else:
            whole.to_file(path, use_arrow=True)  # keeps lists, which other ways turn into text
        return path.read_bytes()


def _read_whole(source: InspectedFile) -> gpd.GeoDataFrame:
    if source.path.suffix.lower() == ".parquet":
        return gpd.read_parquet(source.path).rename_geometry("geometry")
    encoding = dbf_encoding(source.path) if source.path.suffix.lower() == ".shp" else None
    return gpd.read_file(source.path, layer=source.layer or None, encoding=encoding)


def _read(path: Path, columns: list[str], file: str, layer: str) -> pd.DataFrame:
    """Read a file of real or of fictional places; rows of both are refused."""
    try:
        return read_table(path, columns, provenance=Provenance.REAL, file=file, layer=layer)
    except InputError as error:
        if error.problems[0].key != "row_is_synthetic":
            raise
    return read_table(path, columns, provenance=Provenance.SYNTHETIC, file=file, layer=layer)


def _choose_columns(
    path: Path, given: Mapping[str, str], layer: str
) -> tuple[dict[str, str], list[Problem]]:
    """Return the column of each role, and a note on each that was not given."""
    columns = {role: column for role, column in given.items() if column}
    found = _field_names(path, layer)
    refuse_personal_names(str(path), headers=found)  # before any message quotes them
    notes = []
    for role in [each for each in USUAL_NAMES if each in given and not given[each]]:
        column = _first_usual(found, USUAL_NAMES[role])
        if column:
            columns[role] = column
            values = {"role": f"--{role}", "column": column}
            notes.append(Problem("column_taken", str(path), values=values))
    if "code" not in columns:
        if found:
            values = {"found": ", ".join(found[:40])}
            raise InputError([Problem("code_column_unknown", str(path), values=values)])
        columns["code"] = USUAL_NAMES["code"][0]  # the reader then says what is wrong with the file
    return columns, notes


def _first_usual(found: list[str], usual: tuple[str, ...]) -> str:
    plain = {unicodedata.normalize("NFKC", name).strip().casefold(): name for name in reversed(found)}
    return next((plain[name] for name in usual if name in plain), "")


def _field_names(path: Path, layer: str) -> list[str]:
    """Return the columns of a file; none if it cannot be read, or which layer is meant is not said."""
    try:
        if path.suffix.lower() == ".parquet":
            return list(pq.read_schema(path).names)
        if not layer and len(pyogrio.list_layers(path)) > 1:
            return []
        encoding = dbf_encoding(path) if path.suffix.lower() == ".shp" else None
        return list(pyogrio.read_info(path, layer=layer or None, encoding=encoding)["fields"])
    except (DataSourceError, DataLayerError, pa.ArrowException, OSError, ValueError, KeyError):
        return []


def _declare(
    geometry: gpd.GeoSeries, datum: str, file: str, option: str
) -> tuple[gpd.GeoSeries, list[Problem]]:
    """Return geometry in its declared CRS, offset ones in WGS 84, and what is worth a note."""
    if not datum:
        says_nothing = file.lower().endswith((".geojson", ".json")) and geometry.crs == "EPSG:4326"
        if geometry.crs is None or says_nothing:
            raise InputError([Problem("datum_missing", file, field=option)])
        return geometry, [Problem("crs_of_file_taken", file, values={"crs": geometry.crs.name})]
    declared = geometry.set_crs(crs_of_file(geometry, datum, file, option), allow_override=True)
    converted = remove_offset(declared, datum)
    if converted is declared:
        return declared, []
    return converted, [Problem("converted_as_declared", file, values={"datum": datum})]
