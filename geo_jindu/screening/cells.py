"""Cells and short texts that hold personal data."""

import pandas as pd

from geo_jindu.screening.kinds import PersonalKind
from geo_jindu.screening.marks import holds_name, identify_mark
from geo_jindu.screening.numbers import identify_number
from geo_jindu.screening.quick_look import find_suspects, is_harmless
from geo_jindu.screening.readings import read_every_way, read_plainly


def identify_personal(text: str) -> PersonalKind | None:
    """Return the first kind of identifier found in any reading of ``text``."""
    if is_harmless(text):
        return None
    for reading in read_every_way(text):
        kind = identify_number(reading) or identify_mark(reading)
        if kind:
            return kind
    return None


def holds_personal(text: str) -> PersonalKind | None:
    """Return what personal data a short text holds.

    That is an identifier, a name labelled as one (``姓名：``), or nothing but the header of a column
    of names, as where a title stands above the table. ``None`` if nothing is found, which is no
    proof: a bare name looks like any other word.
    """
    kind = identify_personal(text)
    if kind is None and holds_name(read_plainly(text)):
        return PersonalKind.NAME_COLUMN
    return kind


def find_in_cells(cells: pd.Series) -> pd.Series:
    """Return the kind of each cell that holds personal data.

    Parameters
    ----------
    cells
        Texts; missing ones hold nothing.

    Returns
    -------
    pandas.Series
        `PersonalKind`, index = that of ``cells``, without the other cells.
    """
    suspects = cells.iloc[find_suspects(cells)]
    kinds = {text: holds_personal(text) for text in suspects.unique()}
    found = pd.Series([kinds[text] for text in suspects], index=suspects.index, dtype="object")
    return found.dropna()
