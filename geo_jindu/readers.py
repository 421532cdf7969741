"""Files to tables of text: the one door through which input comes in.

Every format ends as the same thing: a table of text columns, indexed by the row a spreadsheet would
show (the header is row 1), with an empty text where the file has nothing. What the text means is
decided by the caller, so that a number kept as text and a text that should be a number are met in
one place.
"""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geo_jindu.encodings import dbf_encoding, decode_text
from geo_jindu.errors import InputError, Problem, problems_in_rows

LARGEST_ROW = 64 << 20
"""Largest row [bytes] a CSV file may have."""

LONGEST_CELL = 2_000
"""Longest text [characters] a mapped cell may hold: names, codes, dates and numbers are shorter."""


def read_table(
    path: Path, columns: Sequence[str], *, file: str, sheet: str = "", layer: str = ""
) -> pd.DataFrame:
    """Read the named columns of a file.

    CSV, XLSX, Parquet, GeoJSON, GeoPackage and Shapefile are told apart by their ending.

    Parameters
    ----------
    path
        The file.
    columns
        Columns to read; others are not looked at.
    file
        The path as the configuration writes it, for messages.
    sheet, layer
        Worksheet of an XLSX file, layer of a GeoPackage; the first if empty.

    Returns
    -------
    pandas.DataFrame
        Text columns in the order asked for, index = row in the file (first data row is 2). Geographic
        files add ``geometry`` and are a GeoDataFrame in the file's CRS.

    Raises
    ------
    InputError
        If the file is missing, empty, unreadable, lacks or repeats a column, or has a cell that cannot
        be taken at its word (an XLSX formula, an error value, an overlong text).
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = " ".join(sorted(_READERS))
        raise InputError([Problem("unknown_format", file=file, values={"known": known})])
    if not path.is_file():
        raise InputError([Problem("file_missing", file=file)])
    if path.stat().st_size == 0:
        raise InputError([Problem("file_empty", file=file)])
    table = reader(path, list(dict.fromkeys(columns)), file, sheet or layer)
    if table.empty:
        raise InputError([Problem("no_rows", file=file)])
    _refuse_overlong_cells(table, file)
    return table


def check_columns(found: Sequence[str], wanted: Sequence[str], file: str) -> None:
    """Raise an `InputError` unless each of ``wanted`` stands exactly once in ``found``."""
    problems = [
        Problem(
            "column_repeated" if column in found else "column_missing",
            file=file,
            field=column,
            values={"found": ", ".join(str(name)[:60] for name in list(found)[:40])},
        )
        for column in wanted
        if list(found).count(column) != 1
    ]
    if problems:
        raise InputError(problems)


def _read_csv(path: Path, columns: list[str], file: str, _: str) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text = decode_text(path.read_bytes(), file)
    if text.count('"') % 2:
        raise InputError([Problem("quote_not_closed", file=file)])
    header = [name.strip() for name in next(csv.reader(io.StringIO(text)), [])]
    check_columns(header, columns, file)
    positions = [str(header.index(column)) for column in columns]
    ragged: list[int] = []

    def skip(row: Any) -> str:
        ragged.append(row.number)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text.encode()),
            arrow_csv.ReadOptions(
                use_threads=False,  # so that the number of an irregular row is known
                block_size=LARGEST_ROW,
                column_names=[str(position) for position in range(len(header))],
                skip_rows_after_names=1,
            ),
            arrow_csv.ParseOptions(
                newlines_in_values=True,
                invalid_row_handler=skip,
            ),
            arrow_csv.ConvertOptions(
                include_columns=positions, column_types=dict.fromkeys(positions, pa.string())
            ),
        )
    except pa.ArrowInvalid:  # its text quotes the row, which may hold personal data
        raise InputError([Problem("not_csv", file=file)]) from None
    if ragged:
        raise InputError(problems_in_rows("ragged_row", file, "", ragged))
    return _as_text(table.rename_columns(columns).to_pandas())


def _read_xlsx(path: Path, columns: list[str], file: str, sheet: str) -> pd.DataFrame:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise InputError([Problem("not_xlsx", file=file)]) from None
    try:
        if sheet and sheet not in book.sheetnames:
            values = {"sheet": sheet, "found": ", ".join(book.sheetnames)}
            raise InputError([Problem("sheet_missing", file=file, values=values)])
        rows = (book[sheet] if sheet else book[book.sheetnames[0]]).iter_rows()
        header = [str(cell.value or "").strip() for cell in next(rows, ())]
        check_columns(header, columns, file)
        positions = [header.index(column) for column in columns]
        cells = [[row[at] if at < len(row) else None for at in positions] for row in rows]
        _refuse_formulas(cells, columns, file)
        content = [[getattr(cell, "value", None) for cell in row] for row in cells]
    finally:
        book.close()
    while content and all(value is None for value in content[-1]):
        content.pop()
    return _as_text(pd.DataFrame(content, columns=columns, dtype="object"))


def _refuse_formulas(cells: list[list[Any]], columns: list[str], file: str) -> None:
    problems = []
    for position, column in enumerate(columns):
        kinds = [getattr(line[position], "data_type", None) for line in cells]
        for kind, key in (("f", "formula_cell"), ("e", "error_cell")):
            rows = (row for row, each in enumerate(kinds, 2) if each == kind)
            problems += problems_in_rows(key, file, column, rows)
    if problems:
        raise InputError(problems)


def _read_parquet(path: Path, columns: list[str], file: str, _: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        check_columns(schema.names, columns, file)
        if b"geo" not in (schema.metadata or {}):
            return _as_text(pq.read_table(path, columns=columns).to_pandas())
        return _read_geoparquet(path, columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError([Problem("not_parquet", file=file, values={"reason": error})]) from None


def _read_geoparquet(path: Path, columns: list[str]) -> pd.DataFrame:
    import geopandas as gpd

    frame = gpd.read_parquet(path)
    return _with_geometry(frame[columns], frame.geometry)


def _read_geographic(path: Path, columns: list[str], file: str, layer: str) -> pd.DataFrame:
    import geopandas as gpd
    import pyogrio
    from pyogrio.errors import DataSourceError

    encoding = dbf_encoding(path) if path.suffix.lower() == ".shp" else None
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if (layer and layer not in layers) or (not layer and len(layers) > 1):
            values = {"layer": layer, "found": ", ".join(layers)}
            raise InputError([Problem("layer_missing", file=file, values=values)])
        found = pyogrio.read_info(path, layer=layer or None, encoding=encoding)["fields"]
        check_columns(found, columns, file)
        frame = gpd.read_file(path, layer=layer or None, columns=columns, encoding=encoding)
    except (DataSourceError, UnicodeDecodeError, OSError, ValueError) as error:
        raise InputError([Problem("not_geographic", file=file, values={"reason": error})]) from None
    if "geometry" not in frame:
        raise InputError([Problem("no_geometry", file=file)])
    return _with_geometry(frame[columns], frame.geometry)


def _with_geometry(attributes: pd.DataFrame, geometry: Any) -> pd.DataFrame:
    import geopandas as gpd

    text = _as_text(pd.DataFrame(attributes))
    table: pd.DataFrame = gpd.GeoDataFrame(text, geometry=geometry.to_numpy(), crs=geometry.crs)
    return table


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    text = pd.DataFrame(
        {
            column: values if _is_text(values) else values.astype("object").map(_cell_text)
            for column, values in table.items()
        },
        dtype="str",
    ).fillna("")
    text.index = pd.RangeIndex(2, len(text) + 2, name="row")
    return text


def _is_text(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.StringDtype)


def _cell_text(value: object) -> str:
    """Write a typed cell as a person would: 430421100 for 430421100.0, 2018-07-15 for a date."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _refuse_overlong_cells(table: pd.DataFrame, file: str) -> None:
    columns = table.columns.drop("geometry", errors="ignore")
    problems = [problem for name in columns for problem in _overlong_cells(table[name], file)]
    if problems:
        raise InputError(problems)


def _overlong_cells(cells: pd.Series, file: str) -> list[Problem]:
    length = cells.str.len()

    def values(row: int) -> dict[str, object]:
        return {"length": int(length[row])}

    rows = length.index[length > LONGEST_CELL]
    return problems_in_rows("overlong_cell", file, str(cells.name), rows, values)


_READERS: dict[str, Callable[[Path, list[str], str, str], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".xlsx": _read_xlsx,
    ".parquet": _read_parquet,
    ".geojson": _read_geographic,
    ".json": _read_geographic,
    ".gpkg": _read_geographic,
    ".shp": _read_geographic,
}
