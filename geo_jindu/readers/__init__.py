"""Files to tables of text: the one door through which input comes in.

Every format ends as the same thing: a table of text columns, indexed by the row a spreadsheet would
show (the header is row 1), with an empty text where the file has nothing. What the text means is
decided by the caller, so that a number kept as text and a text that should be a number are met in
one place.

All that a file holds is screened for personal data before anything else is said about it, in columns
that nobody asked for as well. A file larger than memory is read in parts.
"""

import warnings
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.provenance import Provenance, refuse_other_marks
from geo_jindu.readers.cells import choose_columns, name_each_column
from geo_jindu.readers.csv_file import read_csv
from geo_jindu.readers.geographic_file import read_geographic
from geo_jindu.readers.parquet_file import read_parquet
from geo_jindu.readers.rows import Fault, Rows
from geo_jindu.readers.xlsx_file import read_xlsx
from geo_jindu.screening import find_personal, refuse_personal_names

LONGEST_CELL = 2_000
"""Longest text [characters] a mapped cell may hold: names, codes, dates and numbers are shorter."""


@dataclass(frozen=True)
class Part:
    """Some rows of a file.

    Attributes
    ----------
    table
        As `read_table` returns it, but of these rows alone; there is at least one.
    dropped
        Columns of the file that were screened and then left out.
    done
        Share of the file read so far, 0 to 1; that of the last part is 1.
    """

    table: pd.DataFrame
    dropped: tuple[str, ...]
    done: float


def read_table(
    path: Path,
    columns: Sequence[str],
    *,
    provenance: Provenance,
    file: str,
    sheet: str = "",
    layer: str = "",
    exceptions: Collection[str] = (),
) -> pd.DataFrame:
    """Read the named columns of a file.

    CSV, XLSX, Parquet, GeoJSON, GeoPackage and Shapefile are told apart by their ending.

    Parameters
    ----------
    path
        The file.
    columns
        Columns to read; others are screened and left out, but for a mark of provenance.
    provenance
        What the reader takes the rows for; rows marked otherwise are refused.
    file
        The path as the configuration writes it, for messages.
    sheet, layer
        Worksheet of an XLSX file, the first visible one if empty; layer of a GeoPackage, which must
        be named if there are several.
    exceptions
        Columns that are not screened.

    Returns
    -------
    pandas.DataFrame
        Text columns in the order asked for, then the mark of provenance if the file has one; index =
        row in the file (first data row is 2); rows without any cell are left out. Geographic files
        add ``geometry`` and are a GeoDataFrame in the file's CRS.

    Raises
    ------
    InputError
        If the file is missing, empty, unreadable, holds personal data, lacks or repeats a column, has
        a cell that cannot be taken at its word (an XLSX formula, an error value, an overlong text), or
        rows of another provenance. No message quotes a cell.
    """
    tables = [
        part.table
        for part in read_parts(
            path,
            columns,
            provenance=provenance,
            file=file,
            sheet=sheet,
            layer=layer,
            exceptions=exceptions,
        )
    ]
    return tables[0] if len(tables) == 1 else pd.concat(tables)


def read_parts(
    path: Path,
    columns: Sequence[str],
    *,
    provenance: Provenance,
    file: str,
    sheet: str = "",
    layer: str = "",
    exceptions: Collection[str] = (),
) -> Iterator[Part]:
    """Read the named columns of a file part by part, so that it may be larger than memory.

    Parameters and what is raised are those of `read_table`. A problem in a row is raised when its part
    is read: nothing may be kept of a file before its last part is there.

    Yields
    ------
    Part
        In the order of the file.
    """
    refuse_personal_names(file)
    read = _READERS.get(path.suffix.lower())
    if read is None:
        known = " ".join(sorted(_READERS))
        raise InputError([Problem("unknown_format", file=file, values={"known": known})])
    _refuse_unreadable(path, file)
    wanted = list(dict.fromkeys(columns))
    with closing(read(path, file, sheet or layer)) as found:
        for rows, is_last in _tell_last(_read_quietly(found)):
            _refuse_personal(rows, file, exceptions)
            if rows.is_wanted:
                table = _choose(rows, wanted, file)
                _refuse_overlong_cells(table, file)
                refuse_other_marks(table, provenance, file)
                others = dict.fromkeys(name for name in rows.header if name and name not in table)
                yield Part(table, tuple(others), 1.0 if is_last else rows.done)


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


def _read_quietly(found: Iterator[Rows]) -> Iterator[Rows]:
    """Read without the warnings of libraries, which quote the values that they stumble over."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            rows = next(found, None)
        if rows is None:
            return
        yield rows


def _tell_last(found: Iterator[Rows]) -> Iterator[tuple[Rows, bool]]:
    held = next(found, None)
    while held is not None:
        following = next(found, None)
        yield held, following is None
        held = following


def _refuse_personal(rows: Rows, file: str, exceptions: Collection[str]) -> None:
    refuse_personal_names(file, headers=rows.header, exceptions=exceptions)
    names = name_each_column(rows.header, len(rows.cells.columns))
    problems = find_personal(rows.cells.set_axis(names, axis=1), file, rows.sheet, exceptions)
    if problems:
        raise InputError(problems)


def _choose(rows: Rows, wanted: Sequence[str], file: str) -> pd.DataFrame:
    """Return the columns to read, with the geometry if there is one."""
    chosen = choose_columns(rows.header, wanted, file)
    _refuse_faults(rows.faults, chosen, file)
    if not len(rows.cells):
        raise InputError([Problem("no_rows", file=file)])
    table = rows.cells[[rows.header.index(name) for name in chosen]].set_axis(chosen, axis=1)
    if rows.geometry is None:
        return table
    if "geometry" in chosen:
        raise InputError([Problem("column_called_geometry", file=file, field="geometry")])
    import geopandas as gpd

    with_shapes: pd.DataFrame = gpd.GeoDataFrame(table, geometry=rows.geometry)
    return with_shapes


def _refuse_faults(faults: Sequence[Fault], chosen: Collection[str], file: str) -> None:
    numbers: dict[tuple[str, str | None], list[int]] = {}
    for fault in faults:
        if fault.column is None or fault.column in chosen:
            numbers.setdefault((fault.key, fault.column), []).append(fault.row)
    problems = [
        problem
        for (key, column), rows in numbers.items()
        for problem in problems_in_rows(key, file, column or "", rows)
    ]
    if problems:
        raise InputError(problems)


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


_READERS: dict[str, Callable[[Path, str, str], Generator[Rows, None, None]]] = {
    ".csv": read_csv,
    ".xlsx": read_xlsx,
    ".parquet": read_parquet,
    ".geojson": read_geographic,
    ".json": read_geographic,
    ".gpkg": read_geographic,
    ".shp": read_geographic,
}
