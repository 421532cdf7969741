"""Personal data refused: in cells, headers, names of sheets and files.

Who is meant is no business of this software. What is found is refused, and the message says where
it stands and of what kind it is, never what it is. ``docs/screening.md`` says what is looked for.
"""

from collections.abc import Collection, Iterator, Sequence

import pandas as pd

from geo_jindu.errors import MOST_ROWS, InputError, Problem
from geo_jindu.screening.cells import find_in_cells, holds_personal, identify_personal
from geo_jindu.screening.headers import find_name_word
from geo_jindu.screening.kinds import PersonalKind

__all__ = ["PersonalKind", "find_personal", "holds_personal", "refuse_personal_names"]

LONGEST_HEADER = 60
"""Characters of a header that a message quotes."""


def refuse_personal_names(
    file: str,
    *,
    sheets: Sequence[str] = (),
    headers: Sequence[str] = (),
    exceptions: Collection[str] = (),
) -> None:
    """Refuse a file whose name, sheets or headers hold personal data.

    Parameters
    ----------
    file
        The path as the configuration writes it; not printed if it holds personal data itself.
    sheets
        Names of worksheets or layers; messages say at which place the sheet stands, from 1.
    headers
        Headers in the order of the file; messages say the column's place, from 1. A header of names
        or other data of persons (``姓名``, ``phone``) is refused too.
    exceptions
        Headers of names that are let through all the same. A header that holds an identifier is not.

    Raises
    ------
    InputError
        With everything that was found.
    """
    problems = [*_in_file(file), *_in_sheets(file, sheets), *_in_headers(file, headers, exceptions)]
    if problems:
        raise InputError(problems) from None


def find_personal(
    table: pd.DataFrame, file: str, sheet: str = "", exceptions: Collection[str] = ()
) -> list[Problem]:
    """Return a problem for each cell that holds personal data.

    Parameters
    ----------
    table
        Text columns, index = row in the file; a column ``geometry`` is not looked at.
    file, sheet
        Where the table stands, for messages; left out there if they hold personal data themselves.
    exceptions
        Columns whose cells are not looked at.

    Returns
    -------
    list of Problem
        The first `MOST_ROWS` rows of each kind in each column, and how many more there are. A column
        whose header holds personal data is named by its place in ``table``, from 1.
    """
    place = _printable_place(file, sheet)
    problems: list[Problem] = []
    for position, (header, cells) in enumerate(table.items(), 1):
        if header == "geometry" or header in exceptions:
            continue
        found = find_in_cells(cells)
        for kind in found.unique():
            rows = [int(row) for row in found.index[found == kind]]
            problems += _in_column(place, str(header), position, kind, rows)
    return problems


def _in_file(file: str) -> Iterator[Problem]:
    kind = holds_personal(file)
    if kind:
        yield Problem("personal_in_file_name", values={"kind": kind})


def _in_sheets(file: str, sheets: Sequence[str]) -> Iterator[Problem]:
    for position, sheet in enumerate(sheets, 1):
        kind = holds_personal(sheet)
        if kind:
            values = {"position": position, "kind": kind}
            yield Problem("personal_in_sheet_name", _printable_place(file), values=values)


def _in_headers(file: str, headers: Sequence[str], exceptions: Collection[str]) -> Iterator[Problem]:
    place = _printable_place(file)
    for position, header in enumerate(headers, 1):
        kind = identify_personal(header)
        if kind:
            values = {"position": position, "kind": kind}
            yield Problem("personal_in_header", place, values=values)
            continue
        word = "" if header in exceptions else find_name_word(header)
        if word:
            yield Problem("personal_column", place, values={"position": position, "word": word})


def _in_column(
    place: str, header: str, position: int, kind: PersonalKind, rows: list[int]
) -> Iterator[Problem]:
    values: dict[str, object] = {"kind": kind}
    key, field = "personal_in_cell", header[:LONGEST_HEADER]
    if holds_personal(header):
        key, field, values = "personal_in_cell_of_column", "", {"kind": kind, "position": position}
    for row in rows[:MOST_ROWS]:
        yield Problem(key, place, row, field, values)
    if len(rows) > MOST_ROWS:
        more = {"kind": kind, "position": position, "number": len(rows) - MOST_ROWS}
        yield Problem("personal_in_more_cells", place, None, field, more)


def _printable_place(file: str, sheet: str = "") -> str:
    """Return file and sheet as a message may name them."""
    place = "" if holds_personal(file) else file
    return f"{place} [{sheet}]" if sheet and not holds_personal(sheet) else place
