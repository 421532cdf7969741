"""XLSX, by openpyxl: values only, no formula is taken at its word."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from geo_jindu.errors import InputError, Problem
from geo_jindu.readers.cells import cell_text
from geo_jindu.readers.rows import Fault, Rows, end_of_rows, into_parts
from geo_jindu.screening import refuse_personal_names

_BROKEN_XLSX = (BadZipFile, SyntaxError, AttributeError, LookupError, ValueError, TypeError, OSError)
"""What openpyxl raises on files that are not, or not wholly, what their ending says."""
_PIECE_ROWS = 5_000
"""Rows taken from a sheet at a time."""
_FAULTS = {"f": "formula_cell", "e": "error_cell"}


def read_xlsx(path: Path, file: str, name: str) -> Generator[Rows, None, None]:
    """Yield the rows of all sheets, the wanted one last; see `geo_jindu.readers.read_parts`."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True)
        try:
            refuse_personal_names(file, sheets=book.sheetnames)
            wanted = _choose_sheet(book, name, file)
            for sheet in sorted(book.worksheets, key=lambda each: each is wanted):
                yield from into_parts(_read_pieces(sheet, is_wanted=sheet is wanted))
        finally:
            book.close()
    except _BROKEN_XLSX:
        raise InputError([Problem("not_xlsx", file=file)]) from None


def _choose_sheet(book: Any, name: str, file: str) -> Any:
    visible = [each for each in book.worksheets if each.sheet_state == "visible"]
    if not name:
        return visible[0]
    for sheet in book.worksheets:
        if sheet.title == name:
            return sheet
    values = {"sheet": name, "found": ", ".join(each.title for each in visible)}
    raise InputError([Problem("sheet_missing", file=file, values=values)])


def _read_pieces(sheet: Any, *, is_wanted: bool) -> Iterator[Rows]:
    stated = sheet.max_row or 1
    sheet.reset_dimensions()  # the size that other programs state is often wrong
    rows = sheet.iter_rows()
    header = [str(cell.value or "").strip() for cell in next(rows, ())]
    numbered = enumerate(rows, 2)
    while piece := list(islice(numbered, _PIECE_ROWS)):
        filled = [(number, row) for number, row in piece if any(cell.value is not None for cell in row)]
        cells = _cells(filled, len(header))
        size, done = int(cells.memory_usage(index=False).sum()), min(piece[-1][0] / stated, 1.0)
        faults = list(_faults(filled, header))
        yield Rows(header, cells, size, done, None, faults, sheet.title, is_wanted)
    yield replace(end_of_rows(header), sheet=sheet.title, is_wanted=is_wanted)


def _cells(filled: list[tuple[int, Any]], width: int) -> pd.DataFrame:
    """Return the texts of all cells; a row may be shorter or longer than the header."""
    width = max([width, *(len(row) for _, row in filled)])
    lines = [[_text(cell) for cell in row] + [""] * (width - len(row)) for _, row in filled]
    index = pd.Index([number for number, _ in filled], dtype="int64", name="row")
    return pd.DataFrame(lines, index=index, columns=range(width), dtype="str")


def _text(cell: Any) -> str:
    if cell.data_type == "f":  # of a formula for several cells only an object with its text is known
        return cell_text(getattr(cell.value, "text", cell.value))
    return cell_text(cell.value)


def _faults(filled: list[tuple[int, Any]], header: list[str]) -> Iterator[Fault]:
    for number, row in filled:
        for column, cell in zip(header, row, strict=False):
            if cell.data_type in _FAULTS:
                yield Fault(_FAULTS[cell.data_type], number, column)
