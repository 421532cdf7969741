"""CSV, by Arrow, with the number of every row."""

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd

from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.readers.cells import as_text, check_columns
from geo_jindu.readers.encodings import decode_text

LARGEST_ROW = 64 << 20
"""Largest row [bytes] a CSV file may have."""


def read_csv(path: Path, columns: list[str], file: str, _: str) -> pd.DataFrame:
    """Read the named columns; see `geo_jindu.readers.read_table`."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text = io.StringIO(decode_text(path.read_bytes(), file), newline=None).read()  # any line end
    if text.count('"') % 2:
        raise InputError([Problem("quote_not_closed", file=file)])
    try:
        header = [name.strip() for name in next(csv.reader(io.StringIO(text)), [])]
    except csv.Error:
        raise InputError([Problem("not_csv", file=file)]) from None
    check_columns(header, columns, file)
    ragged: list[int] = []

    def skip(row: Any) -> str:
        ragged.append(row.number)
        return "skip"

    names = [str(position) for position in range(len(header))]  # a name may stand twice
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
    cells = table.to_pandas()
    chosen = as_text(cells[[names[header.index(column)] for column in columns]])
    has_a_cell = (cells != "").any(axis=1).to_numpy()
    table_of_text: pd.DataFrame = chosen.set_axis(columns, axis=1).loc[has_a_cell]
    return table_of_text
