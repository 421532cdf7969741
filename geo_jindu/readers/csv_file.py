"""CSV, by Arrow, with the number of every row."""

import csv
import io
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from geo_jindu.errors import InputError, Problem
from geo_jindu.readers.cells import as_text
from geo_jindu.readers.encodings import LARGEST_ROW, decode, find_encoding, whole_lines
from geo_jindu.readers.rows import Fault, Rows, end_of_rows, into_parts

BLOCK_BYTES = 4 << 20
"""What Arrow takes at a time; it reads some thirty such blocks ahead."""


def read_csv(path: Path, file: str, _: str) -> Generator[Rows, None, None]:
    """Yield the rows of a CSV file; see `geo_jindu.readers.read_parts`."""
    encoding = find_encoding(path, file)
    header = _read_header(path, encoding, file)
    yield from into_parts(_read_pieces(path, encoding, header, file))


def _read_header(path: Path, encoding: str, file: str) -> list[str]:
    with path.open("rb") as content:
        texts = whole_lines(decode(content, encoding), file)
        lines = (line for text in texts for line in io.StringIO(text))
        try:
            return [name.strip() for name in next(csv.reader(lines), [])]
        except csv.Error:
            raise InputError([Problem("not_csv", file=file)]) from None


def _read_pieces(path: Path, encoding: str, header: list[str], file: str) -> Iterator[Rows]:
    import pyarrow as pa

    row = 2
    for block_size in (BLOCK_BYTES, LARGEST_ROW) if header else ():
        irregular = _IrregularRows()
        try:
            for batch, done in _read_batches(path, encoding, len(header), row, block_size, irregular):
                index = irregular.number_others(row, batch.num_rows)
                row = int(index[-1]) + 1 if len(index) else row
                cells = _without_blank_rows(as_text(batch.columns, index))
                yield Rows(header, cells, batch.nbytes, done, faults=irregular.take_faults(row))
        except pa.ArrowInvalid:  # its text quotes the row, which may hold personal data
            continue  # from this row on in larger blocks
        yield end_of_rows(header, irregular.take_faults())
        return
    if header:
        raise InputError([Problem("not_csv", file=file)])
    yield end_of_rows(header)


def _read_batches(
    path: Path, encoding: str, width: int, row: int, block_size: int, irregular: "_IrregularRows"
) -> Iterator[tuple[Any, float]]:
    """Yield what stands from ``row`` on, block by block, with the share of the file read."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [str(position) for position in range(width)]  # for a name may stand twice
    with path.open("rb") as content:
        source = _Utf8(content, encoding)
        batches = arrow_csv.open_csv(
            pa.PythonFile(source, mode="r"),
            arrow_csv.ReadOptions(
                use_threads=False,  # so that the number of an irregular row is known
                block_size=block_size,
                column_names=names,
                skip_rows_after_names=row - 1,
            ),
            arrow_csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=irregular.skip
            ),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
        for number, batch in enumerate(batches):
            yield batch, source.share_after(number)


def _without_blank_rows(cells: pd.DataFrame) -> pd.DataFrame:
    has_a_cell = np.zeros(len(cells), dtype=bool)
    for column in cells:
        has_a_cell |= (cells[column] != "").to_numpy()
        if has_a_cell.all():
            return cells
    return cells[has_a_cell]


class _IrregularRows:
    """The rows that Arrow leaves out but counts: those not as long as the header."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._faults: list[Fault] = []

    def skip(self, row: Any) -> str:
        """Take note of a row; one of spaces alone is blank, not wrong."""
        self._rows.append(row.number)
        if row.text.strip():
            self._faults.append(Fault("ragged_row", row.number))
        return "skip"

    def number_others(self, first: int, number: int) -> pd.Index:
        """Return the numbers of the ``number`` regular rows from row ``first`` on."""
        if not self._rows:
            return pd.RangeIndex(first, first + number, name="row")
        every = np.arange(first, first + number + len(self._rows))
        return pd.Index(np.setdiff1d(every, self._rows)[:number], name="row")

    def take_faults(self, before: float = np.inf) -> list[Fault]:
        """Return the faults before a row, and forget what is before it."""
        taken = [fault for fault in self._faults if fault.row < before]
        self._faults = [fault for fault in self._faults if fault.row >= before]
        self._rows = [row for row in self._rows if row >= before]
        return taken


class _Utf8(io.RawIOBase):
    """A text file in any encoding as a stream of UTF-8 with a line end at its end."""

    def __init__(self, content: BinaryIO, encoding: str) -> None:
        self._size = content.seek(0, io.SEEK_END)
        content.seek(0)
        self._content = content
        self._texts = decode(content, encoding)
        self._ready = bytearray()
        self._ends = False
        self._shares: list[float] = []

    def readable(self) -> bool:
        """Return that it can be read, as Arrow asks."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, fewer only at the end."""
        while len(self._ready) < size and not self._ends:
            text = next(self._texts, None)
            self._ends = text is None
            self._ready += b"\n" if text is None else text.encode("utf-8")
        taken = bytes(self._ready[:size])
        del self._ready[:size]
        self._shares.append(self._content.tell() / self._size)
        return taken

    def share_after(self, number: int) -> float:
        """Return the share of the file that had been read after so many blocks; Arrow reads ahead."""
        return self._shares[min(number, len(self._shares) - 1)]
