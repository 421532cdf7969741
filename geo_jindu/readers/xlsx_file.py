"""XLSX, by openpyxl: values only, no formula is taken at its word."""

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.readers.cells import as_text, choose_columns

_BROKEN_XLSX = (BadZipFile, SyntaxError, AttributeError, LookupError, ValueError, TypeError, OSError)
"""What openpyxl raises on files that are not, or not wholly, what their ending says."""


def read_xlsx(path: Path, columns: list[str], file: str, sheet: str) -> pd.DataFrame:
    """Read the named columns; see `geo_jindu.readers.read_table`."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True)
        try:
            return _read_sheet(book, columns, file, sheet)
        finally:
            book.close()
    except _BROKEN_XLSX:
        raise InputError([Problem("not_xlsx", file=file)]) from None


def _read_sheet(book: Any, columns: list[str], file: str, name: str) -> pd.DataFrame:
    visible = [each.title for each in book.worksheets if each.sheet_state == "visible"]
    if name and name not in book.sheetnames:
        values = {"sheet": name, "found": ", ".join(visible)}
        raise InputError([Problem("sheet_missing", file=file, values=values)])
    sheet = book[name or visible[0]]
    sheet.reset_dimensions()  # the size that other programs state is often wrong
    rows = sheet.iter_rows()
    header = [str(cell.value or "").strip() for cell in next(rows, ())]
    chosen = choose_columns(header, columns, file)
    positions = [header.index(column) for column in chosen]
    numbered = [
        (number, [row[at] if at < len(row) else None for at in positions])
        for number, row in enumerate(rows, 2)
        if any(cell.value is not None for cell in row)
    ]
    numbers, cells = [number for number, _ in numbered], [line for _, line in numbered]
    _refuse_formulas(numbers, cells, chosen, file)
    content = [[getattr(cell, "value", None) for cell in line] for line in cells]
    return as_text(pd.DataFrame(content, columns=chosen, dtype="object")).set_axis(numbers)


def _refuse_formulas(numbers: list[int], cells: list[list[Any]], columns: list[str], file: str) -> None:
    problems = []
    for position, column in enumerate(columns):
        kinds = [getattr(line[position], "data_type", None) for line in cells]
        for kind, key in (("f", "formula_cell"), ("e", "error_cell")):
            rows = (row for row, each in zip(numbers, kinds, strict=True) if each == kind)
            problems += problems_in_rows(key, file, column, rows)
    if problems:
        raise InputError(problems)
