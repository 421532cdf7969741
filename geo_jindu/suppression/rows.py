"""What a release may say: the sums that are shown, hidden, or assumed to be known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from geo_jindu.suppression.sums import Sum


class RowKind(StrEnum):
    """What a row is about."""

    CELL = "cell"
    COUNTY = "county"
    GROUP = "group"
    CITY = "city"
    BLOCK = "block"
    EARLIER = "earlier"


@dataclass(frozen=True)
class Row:
    """One sum and what it is about; the name is a code, a county or a group, or empty."""

    kind: RowKind
    name: str
    sum: Sum


def list_rows(
    atoms: pd.DataFrame,
    windows: Iterable[tuple[str, ...]],
    counties: pd.Series,
    groups: Mapping[str, pd.Index],
) -> list[Row]:
    """Return the rows of a release but those of earlier ones.

    Parameters
    ----------
    atoms
        Index = code, sorted.
    windows
        Sorted period labels of each window.
    counties
        Same index; "" is none.
    groups
        Codes by name; those without data do not count.
    """
    totals = [(RowKind.COUNTY, name, codes) for name, codes in _by_county(counties).items() if name]
    for name in sorted(groups):
        totals.append((RowKind.GROUP, name, sorted(atoms.index.intersection(groups[name]))))
    totals += [(RowKind.BLOCK, codes[0], codes) for codes in list_blocks(counties)]
    rows = []
    for periods in windows:
        rows += [Row(RowKind.CELL, code, ((code,), periods)) for code in atoms.index]
        rows += [Row(kind, name, (tuple(codes), periods)) for kind, name, codes in totals if codes]
        rows.append(Row(RowKind.CITY, "", (tuple(atoms.index), periods)))
    return rows


def list_blocks(counties: pd.Series) -> list[list[str]]:
    """Return the townships of each county, those of counties with a single township put together.

    Such a county's total is its township's count, which the city's total less those of all others
    gives away whatever is hidden. If there is but one, the next smallest county joins it. Townships of
    no county count as a county.
    """
    blocks = sorted(_by_county(counties).values(), key=lambda codes: (len(codes), codes))
    alone = [codes for codes in blocks if len(codes) == 1]
    if len(alone) == 1:
        alone = blocks[:2]
    together = sorted(code for codes in alone for code in codes)
    return [block for block in [together, *blocks[len(alone) :]] if block]


def _by_county(counties: pd.Series) -> dict[str, list[str]]:
    return {str(name): sorted(each.index) for name, each in counties.groupby(counties)}
