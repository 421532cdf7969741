"""Complementary suppression: the least that must be hidden besides.

One program finds a table that differs from the truth in all sums to protect, and the cheapest rows that
must be hidden to make it possible, as in Fischetti and Salazar 2001, Management Science 47, 1008-1027,
doi:10.1287/mnsc.47.7.1008.9805. The table is the proof that they are protected then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from geo_jindu.errors import SuppressionError
from geo_jindu.suppression.options import Option, single_options, withholding_options
from geo_jindu.suppression.programs import Floats, Program
from geo_jindu.suppression.rows import RowKind
from geo_jindu.suppression.statements import Positions, Statements
from geo_jindu.suppression.sums import Integers, Matrix

_REACH = 50
"""How far counts may differ from the truth in the table sought."""

_BLOCKS_BESIDE = 3
"""Blocks that may differ from the truth besides those of what is to be protected."""


def hide_complements(statements: Statements, solved: Integers, *, insider: bool) -> set[int]:
    """Hide rows until none of ``solved`` can be worked out by one of the onlookers.

    Parameters
    ----------
    statements
        Changed in place.
    solved
        Rows to protect.

    Returns
    -------
    set of int
        Rows that are protected now for certain: those of ``solved`` and others.

    Raises
    ------
    SuppressionError
        If one cannot be protected, whatever else is hidden.
    """
    search = _Search(statements, insider)
    protected: set[int] = set()
    for group in search.groups(solved):
        left = [row for row in group if row not in protected]
        protected |= search.protect(left) or set()
        for row in left:
            if row not in protected:
                found = search.protect([row], at_last=True)
                if found is None:
                    units, periods = statements.rows[row].sum
                    first = {"code": units[0], "first": periods[0], "last": periods[-1]}
                    raise SuppressionError("nothing_releasable", **first)
                protected |= found
    return protected


@dataclass(frozen=True)
class _Search:
    """The search for what to hide from one of the onlookers."""

    statements: Statements
    insider: bool

    def groups(self, rows: Integers) -> list[list[int]]:
        """Return rows to protect together: of one block, or totals over the same periods."""
        groups: dict[int, list[int]] = {}
        for row in rows.tolist():
            units = self.statements.units(row)
            of = (
                self.statements.block[units[0]]
                if self.insider
                else self.statements.sums.period_set[row]
            )
            groups.setdefault(int(of), []).append(row)
        return list(groups.values())

    def protect(self, targets: Sequence[int], *, at_last: bool = False) -> set[int] | None:
        """Hide the cheapest rows that protect all of ``targets`` at once.

        Returns
        -------
        set of int or None
            Rows that are protected then; ``None`` if nothing protects them all at once.
        """
        if not targets:
            return set()
        rows = np.array(targets, dtype=np.int64)
        for units, has_all_options in self._reaches(rows, at_last=at_last):
            problem = _Problem.of(self, rows, units, has_all_options=has_all_options)
            found = problem.program().solve(problem.cost, relaxed_first=False)
            if found is not None:
                return problem.carry_out(self.statements, found)
        return None

    def _reaches(self, rows: Integers, *, at_last: bool) -> Iterator[tuple[Positions, bool]]:
        """Yield units whose counts may differ, and whether totals and whole blocks may be hidden."""
        block = self.statements.block
        touched = np.unique(block[np.concatenate([self.statements.units(row) for row in rows])])
        if self.insider:
            yield np.flatnonzero(np.isin(block, touched)), False
        if self.insider and not at_last:
            return
        score = self._sharing(rows) if self.insider else self._smallness(rows)
        score[touched] = 0
        beside = [each for each in np.argsort(-score, kind="stable") if score[each] > 0]
        yield np.flatnonzero(np.isin(block, [*touched, *beside[:_BLOCKS_BESIDE]])), True
        if at_last:
            yield np.arange(len(block)), True

    def _sharing(self, rows: Integers) -> Floats:
        """Return by block how many hidden counts share the smallest group with one of ``rows``."""
        statements, units = self.statements, self.statements.sums.units
        members = [set(self.statements.units(row).tolist()) for row in self._groups_of(rows)]
        smallest = min(members, key=lambda each: (len(each), min(each)), default=set())
        is_same = np.isin(statements.sums.period_set, statements.sums.period_set[rows])
        hidden = np.flatnonzero(statements.is_hidden & is_same & (statements.kinds == RowKind.CELL))
        unit = units.indices[units.indptr[hidden]]
        unit = unit[np.isin(unit, list(smallest))]
        blocks = int(statements.block.max(initial=-1)) + 1
        return np.bincount(statements.block[unit], minlength=blocks).astype(float)

    def _groups_of(self, rows: Integers) -> Integers:
        units = self.statements.sums.units
        has_any = units @ np.asarray(units[rows].sum(axis=0)).ravel() > 0
        return np.flatnonzero(has_any & (self.statements.kinds == RowKind.GROUP))

    def _smallness(self, rows: Integers) -> Floats:
        """Return more for blocks with less in the windows of ``rows``, and 0 for those with nothing."""
        statements = self.statements
        counts = statements.counts(statements.sums.period_set[rows[0]])
        totals = np.bincount(statements.block, weights=counts)
        return np.where(totals > 0, 1 / np.maximum(totals, 1), 0)


@dataclass(frozen=True)
class _Problem:
    """Which of some options to take so that targets can differ from the truth.

    The unknowns of the program are differences from the truth, then 1 for each option taken, then 1 for
    each target that grows and 0 for each that shrinks.

    Attributes
    ----------
    matrix
        Row by the unknowns that may differ.
    floor
        Least difference of each.
    binding
        Rows that bind unless an option that hides them is taken.
    low, high
        Bounds of the differences of those rows.
    """

    matrix: Matrix
    floor: Floats
    targets: Integers
    options: Sequence[Option]
    binding: Integers
    low: Floats
    high: Floats

    @classmethod
    def of(
        cls, search: _Search, targets: Integers, units: Positions, *, has_all_options: bool
    ) -> "_Problem":
        """Return the problem in which only the counts of ``units`` may differ."""
        statements, sums = search.statements, search.statements.sums
        unknowns = sums.unknowns_of(units)
        matrix = sums.matrix[:, unknowns]
        bounds = statements.known_to(insider=search.insider)
        is_near = np.diff(matrix.indptr) > 0
        may_hide = is_near if has_all_options else is_near & (statements.kinds == RowKind.CELL)
        options = single_options(statements, may_hide, targets)
        if has_all_options:
            options += withholding_options(statements, is_near, insider=search.insider)
        binding = np.flatnonzero(is_near & bounds.says_something)
        values = sums.values[binding]
        return cls(
            matrix,
            np.maximum(-sums.truth[unknowns], -_REACH).astype(float),
            targets,
            options,
            binding,
            bounds.low[binding] - values,
            bounds.high[binding] - values,
        )

    @property
    def cost(self) -> Floats:
        """What each unknown of the program costs."""
        costs = [option.cost for option in self.options]
        return np.concatenate([np.zeros(len(self.floor)), costs, np.zeros(len(self.targets))])

    def program(self) -> Program:
        """Return the program; a row that is hidden may differ as far as the search reaches."""
        from scipy.sparse import block_array, csr_array, eye_array

        many = len(self.targets)
        hidden = np.concatenate(
            [np.empty(0, dtype=np.int64), *(option.rows for option in self.options)]
        )
        by = np.repeat(np.arange(len(self.options)), [len(option.rows) for option in self.options])
        shape = (self.matrix.shape[0], len(self.options))
        slack = csr_array((np.full(len(by), float(_REACH)), (hidden, by)), shape=shape)[self.binding]
        rows, signs = self.matrix[self.binding], -(_REACH + 1.0) * eye_array(many)
        blocks = [
            [rows, slack, csr_array((len(self.binding), many))],
            [rows, -slack, None],
            [self.matrix[self.targets], None, signs],
        ]
        free = np.full(len(self.binding), np.inf)
        others = len(self.options) + many
        return Program(
            block_array(blocks, format="csr"),
            np.concatenate([self.low, -free, np.full(many, -float(_REACH))]),
            np.concatenate([free, self.high, np.full(many, -1.0)]),
            np.concatenate([self.floor, np.zeros(others)]),
            np.concatenate([np.full(len(self.floor), float(_REACH)), np.ones(others)]),
        )

    def carry_out(self, statements: Statements, found: Integers) -> set[int]:
        """Hide what the options taken say and return the rows that differ from the truth."""
        unknowns = len(self.floor)
        for option, is_taken in zip(self.options, found[unknowns:], strict=False):
            if is_taken:
                statements.hide(option.rows)
        return set(np.flatnonzero(self.matrix @ found[:unknowns]).tolist())
