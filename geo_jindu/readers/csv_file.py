"""CSV, by Arrow, with the number of every row."""

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd

from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.readers.cells import as_text, choose_columns
from geo_jindu.readers.encodings import decode_text

LARGEST_ROW = 64 << 20
"""Largest row [bytes] a CSV file may have."""


def read_csv(path: Path, columns: list[str], file: str, _: str) -> pd.DataFrame:
    """Read the named columns; see `geo_jindu.readers.read_table`."""
    text = io.StringIO(decode_text(path.read_bytes(), file), newline=None).read()  # any line end
    if text.count('"') % 2:
        raise InputError([Problem("quote_not_closed", file=file)])
    header = _read_header(text, file)
    chosen = choose_columns(header, columns, file)
    cells = _read_cells(text, len(header), file)
    text_cells = as_text(cells[[header.index(column) for column in chosen]])
    has_a_cell = (cells != "").any(axis=1).to_numpy()
    table: pd.DataFrame = text_cells.set_axis(chosen, axis=1).loc[has_a_cell]
    return table


def _read_header(text: str, file: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader(io.StringIO(text)), [])]
    except csv.Error:
        raise InputError([Problem("not_csv", file=file)]) from None


def _read_cells(text: str, width: int, file: str) -> pd.DataFrame:
    """Return all cells below the header as text; columns are numbered, for a name may stand twice."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    ragged: list[int] = []

    def skip(row: Any) -> str:
        ragged.append(row.number)
        return "skip"

    names = [str(position) for position in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(f"{text.rstrip()}\n".encode()),
            arrow_csv.ReadOptions(
                use_threads=False,  # so that the number of an irregular row is known
                block_size=LARGEST_ROW,
                column_names=names,
                skip_rows_after_names=1,
            ),
            arrow_csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip
            ),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:  # its text quotes the row, which may hold personal data
        raise InputError([Problem("not_csv", file=file)]) from None
    if ragged:
        raise InputError(problems_in_rows("ragged_row", file, "", ragged))
    cells: pd.DataFrame = table.to_pandas().set_axis(range(width), axis=1)
    return cells
