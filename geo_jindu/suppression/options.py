"""What may be hidden besides, and how much each choice destroys."""

from dataclasses import dataclass

import numpy as np

from geo_jindu.suppression.rows import RowKind
from geo_jindu.suppression.statements import Statements
from geo_jindu.suppression.sums import Flags, Integers

_COUNT, _OTHER_WINDOW, _ZERO, _TOTAL, _BLOCK_WITHHELD, _CITY_WITHHELD = 10, 2, 100, 150, 1_000, 10_000
"""Costs: counts are hidden before zeros, zeros before totals, and whole counties or windows last.

Among counts the smaller goes first. A convention of this module, not taken from a source."""


@dataclass(frozen=True)
class Option:
    """Rows that are hidden together, and what that costs."""

    rows: Integers
    cost: float


def single_options(statements: Statements, is_near: Flags, targets: Integers) -> list[Option]:
    """Return the choices of hiding one row.

    Parameters
    ----------
    is_near
        Rows to choose from.
    targets
        Rows to protect; a count over the same periods as one of them is preferred.
    """
    rows = np.flatnonzero(statements.can_be_hidden & is_near)
    values, period_set = statements.sums.values[rows], statements.sums.period_set
    is_cell = statements.kinds[rows] == RowKind.CELL
    is_elsewhere = ~np.isin(period_set[rows], period_set[targets])
    cost = np.where(is_cell, _COUNT + _OTHER_WINDOW * is_elsewhere, _TOTAL) + np.log1p(values)
    cost[is_cell & (values == 0)] = _ZERO
    cost += np.arange(len(rows)) / (1_000 * max(len(rows), 1))  # equal counts in order of codes
    return [Option(rows[[each]], float(cost[each])) for each in range(len(rows))]


def withholding_options(statements: Statements, is_near: Flags, *, insider: bool) -> list[Option]:
    """Return the choices of withholding all of a block, or all but the city's total, in one window.

    Where as many are counted as townships are hidden by the rule, each of them is one whatever else is
    hidden. When all are withheld, nothing tells any more which are hidden by the rule.

    Parameters
    ----------
    is_near
        Rows to choose from.
    insider
        Blocks, as the totals of blocks are known; else the city.
    """
    kind, cost = (RowKind.BLOCK, _BLOCK_WITHHELD) if insider else (RowKind.CITY, _CITY_WITHHELD)
    wholes = np.flatnonzero((statements.kinds == kind) & is_near & (statements.sums.values > 0))
    given_away = _zeros_given_away(statements)
    return [Option(_rows_within(statements, int(whole), ~given_away), cost) for whole in wholes]


def _rows_within(statements: Statements, whole: int, is_open: Flags) -> Integers:
    """Return the rows of a block, or of the city, in one window that are or may be hidden."""
    sums = statements.sums
    members = np.zeros(sums.units.shape[1])
    members[statements.units(whole)] = 1
    size = np.diff(sums.units.indptr)
    is_part = (sums.units @ members == size) & (sums.period_set == sums.period_set[whole])
    is_part &= (size < members.sum()) & (statements.kinds != RowKind.EARLIER) & ~statements.is_assumed
    return np.flatnonzero(is_part & is_open & (statements.is_hidden | statements.can_be_hidden))


def _zeros_given_away(statements: Statements) -> Flags:
    """Return shown zeros within a zero shown for a longer window: to hide them alone is no use."""
    sums = statements.sums
    is_zero = (statements.kinds == RowKind.CELL) & (statements.bounds.high == 0)
    rows = np.flatnonzero(is_zero)
    unit = sums.units.indices[sums.units.indptr[rows]]
    zeros = np.zeros((sums.units.shape[1], len(sums.in_segment)), dtype=bool)
    zeros[unit, sums.period_set[rows]] = True
    is_within = np.asarray((sums.in_segment[:, None] <= sums.in_segment[None]).all(axis=2))
    np.fill_diagonal(is_within, val=False)
    result = np.zeros(len(statements.rows), dtype=bool)
    result[rows] = (zeros @ is_within.T)[unit, sums.period_set[rows]]
    return result
