"""Files to tables of text: the one door through which input comes in.

Every format ends as the same thing: a table of text columns, indexed by the row a spreadsheet would
show (the header is row 1), with an empty text where the file has nothing. What the text means is
decided by the caller, so that a number kept as text and a text that should be a number are met in
one place.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.provenance import Provenance, refuse_other_marks
from geo_jindu.readers.csv_file import read_csv
from geo_jindu.readers.geographic_file import read_geographic, read_parquet
from geo_jindu.readers.xlsx_file import read_xlsx

LONGEST_CELL = 2_000
"""Longest text [characters] a mapped cell may hold: names, codes, dates and numbers are shorter."""


def read_table(
    path: Path,
    columns: Sequence[str],
    *,
    provenance: Provenance,
    file: str,
    sheet: str = "",
    layer: str = "",
) -> pd.DataFrame:
    """Read the named columns of a file.

    CSV, XLSX, Parquet, GeoJSON, GeoPackage and Shapefile are told apart by their ending.

    Parameters
    ----------
    path
        The file.
    columns
        Columns to read; others are not looked at, but for a mark of provenance.
    provenance
        What the reader takes the rows for; rows marked otherwise are refused.
    file
        The path as the configuration writes it, for messages.
    sheet, layer
        Worksheet of an XLSX file, the first visible one if empty; layer of a GeoPackage, which must
        be named if there are several.

    Returns
    -------
    pandas.DataFrame
        Text columns in the order asked for, then the mark of provenance if the file has one; index =
        row in the file (first data row is 2); rows without any cell are left out. Geographic files
        add ``geometry`` and are a GeoDataFrame in the file's CRS.

    Raises
    ------
    InputError
        If the file is missing, empty, unreadable, lacks or repeats a column, has a cell that cannot be
        taken at its word (an XLSX formula, an error value, an overlong text), or rows of another
        provenance.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = " ".join(sorted(_READERS))
        raise InputError([Problem("unknown_format", file=file, values={"known": known})])
    _refuse_unreadable(path, file)
    table = reader(path, list(dict.fromkeys(columns)), file, sheet or layer)
    if table.empty:
        raise InputError([Problem("no_rows", file=file)])
    _refuse_overlong_cells(table, file)
    refuse_other_marks(table, provenance, file)
    return table


def _refuse_unreadable(path: Path, file: str) -> None:
    try:
        with path.open("rb") as content:
            if not content.read(1):
                raise InputError([Problem("file_empty", file=file)])
    except FileNotFoundError:
        raise InputError([Problem("file_missing", file=file)]) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        values = {"reason": getattr(error, "strerror", None) or type(error).__name__}
        raise InputError([Problem("file_unreadable", file=file, values=values)]) from None


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
    ".csv": read_csv,
    ".xlsx": read_xlsx,
    ".parquet": read_parquet,
    ".geojson": read_geographic,
    ".json": read_geographic,
    ".gpkg": read_geographic,
    ".shp": read_geographic,
}
