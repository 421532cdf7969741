"""Some rows of a file, and how many of them are held at once."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

PART_ROWS = 500_000
"""Most rows of a part."""
PART_BYTES = 64 << 20
"""Most bytes of a part, unless one piece that a library hands over has more."""


class Fault(NamedTuple):
    """Something wrong in a row: the name of its sentence, and the column unless it is the whole row."""

    key: str
    row: int
    column: str | None = None


@dataclasses.dataclass(frozen=True)
class Rows:
    """Rows that follow each other in a file, with all their columns.

    Attributes
    ----------
    header
        Names of the columns; one may be empty or stand twice.
    cells
        Text; columns are numbered, and may be more than ``header`` names, where a cell may then be
        missing; index = row in the file.
    size
        What they take [bytes], roughly.
    done
        Share of the file read when these rows were, 0 to 1.
    geometry
        A shape for each row; ``None`` if the format has none.
    faults
        What is wrong in these rows and the irregular ones between them. It is said after the cells
        are screened, and only of columns that are read.
    sheet
        Sheet or layer they are from; empty where there is but one.
    is_wanted
        Whether that is the one to be read; others are screened and forgotten.
    """

    header: Sequence[str]
    cells: pd.DataFrame
    size: int
    done: float
    geometry: "gpd.GeoSeries | None" = None
    faults: Sequence[Fault] = ()
    sheet: str = ""
    is_wanted: bool = True


def rows_in_part(rows: int, size: int) -> int:
    """Return how many rows go into a part if ``rows`` of them take ``size`` bytes."""
    return max(1, min(PART_ROWS, PART_BYTES * rows // max(size, 1)))


def end_of_rows(header: Sequence[str], faults: Sequence[Fault] = ()) -> Rows:
    """Return what a format ends with, so that a file without rows still has a header."""
    index = pd.RangeIndex(0, name="row")
    cells = pd.DataFrame(index=index, columns=range(len(header)), dtype="str")
    return Rows(header, cells, 0, 1.0, faults=faults)


def into_parts(pieces: Iterable[Rows]) -> Iterator[Rows]:
    """Join and cut pieces to parts; none is without rows, but for a file that has none at all."""
    held: list[Rows] = []
    is_first = True
    for piece in pieces:
        for each in _cut(piece):
            if held and _is_more_than_a_part([*held, each]):
                yield _join(held)
                held, is_first = [], False
            if len(each.cells) or each.faults or (is_first and not held):
                held.append(each)
    if held:
        yield _join(held)


def _is_more_than_a_part(pieces: Sequence[Rows]) -> bool:
    rows = [len(each.cells) for each in pieces]
    is_more = sum(rows) > PART_ROWS or sum(each.size for each in pieces) > PART_BYTES
    return is_more and any(rows[:-1])


def _cut(piece: Rows) -> Iterator[Rows]:
    """Cut a piece that has more rows than a part; a fault goes with the row before it."""
    rows = len(piece.cells)
    if rows <= PART_ROWS:
        yield piece
        return
    faults = list(piece.faults)
    for start in range(0, rows, PART_ROWS):
        stop = min(start + PART_ROWS, rows)
        end = piece.cells.index[stop] if stop < rows else None
        yield dataclasses.replace(
            piece,
            cells=piece.cells.iloc[start:stop],
            size=piece.size * (stop - start) // rows,
            geometry=None if piece.geometry is None else piece.geometry.iloc[start:stop],
            faults=[each for each in faults if end is None or each.row < end],
        )
        faults = [each for each in faults if end is not None and each.row >= end]


def _join(pieces: Sequence[Rows]) -> Rows:
    if len(pieces) == 1:
        return pieces[0]
    shapes = [each.geometry for each in pieces if each.geometry is not None]
    return dataclasses.replace(
        pieces[-1],
        cells=pd.concat([each.cells for each in pieces]),
        size=sum(each.size for each in pieces),
        geometry=pd.concat(shapes) if shapes else None,
        faults=[fault for each in pieces for fault in each.faults],
    )
