"""The statements of a release: what an onlooker knows of each row, less and less as more is hidden."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo_jindu.suppression.audit import Bounds
from geo_jindu.suppression.facts import Fact, FactKind
from geo_jindu.suppression.rows import Row, RowKind
from geo_jindu.suppression.rules import Rule
from geo_jindu.suppression.sums import Flags, Integers, Sum, Sums

Positions = NDArray[np.intp]


@dataclass
class Statements:
    """Rows and what is known of each; hiding changes them in place and only ever takes knowledge away.

    There are two onlookers. The insider knows the exact total of every block: officers of all other
    counties together. The outsider knows what was given out, and every shown county's total exactly.

    Attributes
    ----------
    rows
        The rows of this release, then those of earlier facts.
    sums
        The same rows over the unknowns.
    bounds
        What is known of each row.
    is_hidden
        Rows whose value must not be worked out.
    can_be_hidden
        Rows that may still be hidden: not those known anyway.
    is_assumed
        Rows that only the insider knows.
    """

    rows: Sequence[Row]
    sums: Sums
    bounds: Bounds
    is_hidden: Flags
    can_be_hidden: Flags
    is_assumed: Flags

    @cached_property
    def kinds(self) -> NDArray[np.str_]:
        """What each row is about."""
        return np.array([row.kind for row in self.rows], dtype=str)

    @cached_property
    def block(self) -> Integers:
        """The number of the block of each unit."""
        block = np.zeros(self.sums.units.shape[1], dtype=np.int64)
        for row in np.flatnonzero(self.kinds == RowKind.BLOCK):
            block[self.units(int(row))] = row
        return np.unique(block, return_inverse=True)[1]

    def units(self, row: int) -> Positions:
        """Return the units of a row."""
        units = self.sums.units
        return np.asarray(units.indices[units.indptr[row] : units.indptr[row + 1]])

    def counts(self, period_set: int) -> Integers:
        """Return the true count of each unit over a set of periods."""
        counts = self.sums.truth.reshape(len(self.block), self.sums.in_segment.shape[1])
        return np.asarray(counts[:, self.sums.in_segment[period_set]].sum(axis=1))

    def known_to(self, *, insider: bool) -> Bounds:
        """Return the bounds that one of the onlookers knows."""
        if insider:
            return self.bounds
        low = np.where(self.is_assumed, 0, self.bounds.low)
        return Bounds(low, np.where(self.is_assumed, np.inf, self.bounds.high))

    def targets(self, *, insider: bool) -> Flags:
        """Return which rows to protect from one of the onlookers.

        Counts of a township from the insider, which protects them from the outsider too; totals from
        the outsider only. Zeros of a block with nothing in it, hidden to protect a total, cannot be
        kept from the insider.
        """
        sums = self.sums
        is_single = np.diff(sums.units.indptr) == 1
        totals = np.zeros((self.block.max(initial=-1) + 1, len(sums.in_segment)), dtype=np.int64)
        for number in range(len(sums.in_segment)):
            np.add.at(totals[:, number], self.block, self.counts(number))
        first = sums.units.indices[sums.units.indptr[:-1]]
        from_insider = is_single & (totals[self.block[first], sums.period_set] > 0)
        return np.asarray(self.is_hidden & (from_insider if insider else ~from_insider))

    def hide(self, rows: Integers) -> None:
        """Hide rows: nothing is said of them but that they are counts."""
        self.bounds.low[rows], self.bounds.high[rows] = 0, np.inf
        self.is_hidden[rows] = True
        self.can_be_hidden[rows] = False

    def facts(self) -> tuple[Fact, ...]:
        """Return what this release lets an onlooker know, each fact once."""
        facts = [
            self._fact(number) for number, kind in enumerate(self.kinds) if kind != RowKind.EARLIER
        ]
        return tuple(dict.fromkeys(facts))

    def _fact(self, number: int) -> Fact:
        low, high = self.bounds.low[number], self.bounds.high[number]
        kind = FactKind.HIDDEN if self.is_hidden[number] else FactKind.SHOWN
        if self.is_assumed[number]:
            kind = FactKind.ASSUMED
        return Fact(*self.rows[number].sum, int(low), int(high) if np.isfinite(high) else None, kind)


def make_statements(
    rows: Sequence[Row], sums: Sums, rule: Rule, past: Sequence[Fact], above: Sequence[Fact]
) -> Statements:
    """Return statements that hide what the rule, the past and the tier above demand, and no more.

    Parameters
    ----------
    rows
        See `geo_jindu.suppression.rows.list_rows`.
    sums
        Of ``rows`` and then of ``past``.
    past
        Earlier facts; see `merge_facts`.
    above
        Facts of this release for the tier above.
    """
    count = len(rows)
    values, kinds = sums.values[:count], np.array([row.kind for row in rows], dtype=str)
    is_city = np.diff(sums.units.indptr)[:count] == sums.units.shape[1]
    is_open = np.isin(kinds, [RowKind.CITY, RowKind.BLOCK]) | (is_city & (kinds != RowKind.CELL))
    already = [fact for fact in [*past, *above] if fact.kind is FactKind.HIDDEN]
    was_hidden = _are_in(rows, {fact.sum for fact in already}) & ~is_open
    was_shown = _are_in(rows, {fact.sum for fact in past if fact.kind is FactKind.SHOWN})
    says_nothing = _are_in(rows, {fact.sum for fact in already if fact.high is None})
    by_rule = rule.hides(values) & ~is_open
    is_hidden = by_rule | was_hidden
    low, high = rule.bounds(values)
    low, high = np.where(kinds == RowKind.CELL, [low, high], values).astype(float)
    low[is_hidden], high[is_hidden] = 0, np.inf
    is_ranged = by_rule & ~says_nothing
    low[is_ranged], high[is_ranged] = 1, rule.threshold
    past_high = [np.inf if fact.high is None else fact.high for fact in past]
    return Statements(
        [*rows, *(Row(RowKind.EARLIER, "", fact.sum) for fact in past)],
        sums,
        Bounds(np.append(low, [float(fact.low) for fact in past]), np.append(high, past_high)),
        np.append(is_hidden, [fact.kind is FactKind.HIDDEN for fact in past]).astype(bool),
        np.append(~is_hidden & ~is_open & ~was_shown, np.zeros(len(past), dtype=bool)),
        np.append(kinds == RowKind.BLOCK, [fact.kind is FactKind.ASSUMED for fact in past]).astype(
            bool
        ),
    )


def _are_in(rows: Sequence[Row], sums: Container[Sum]) -> Flags:
    return np.array([row.sum in sums for row in rows], dtype=bool)
