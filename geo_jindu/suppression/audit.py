"""The audit: which sums can have one value only, given all that is known.

Every table of whole numbers of zero or more that agrees with the facts is possible. A sum is solved if
all of them agree on it. One possible table that differs from the truth in a sum proves it unsolved, and
in general differs in many sums at once, so few programs are needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo_jindu.suppression.facts import Fact, facts_that_hold
from geo_jindu.suppression.programs import Floats, Program
from geo_jindu.suppression.sums import Flags, Integers, Matrix, Sum, Sums, make_sums, subtract_known

_REACH = 50
"""How far the tables looked for at first may differ from the truth; the last word has no such limit."""

_TOGETHER = 3
"""Parts of a table tried together before the whole of it."""

_NOWHERE = 1e-4
"""Differences from the truth below this are noise of the solver."""


def find_solved(atoms: pd.DataFrame, facts: Sequence[Fact], targets: Sequence[Sum]) -> list[Sum]:
    """Return the targets that can be worked out.

    Parameters
    ----------
    atoms
        True counts: index = code, columns = period labels.
    facts
        What is known; facts that are not true of ``atoms`` are left out.
    targets
        Units and periods of the sums to protect.
    """
    known = facts_that_hold(atoms, facts)
    sums = make_sums(atoms, [*(fact.sum for fact in known), *targets])
    low = np.array([*(fact.low for fact in known), *(0 for _ in targets)], dtype=float)
    high = [np.inf if fact.high is None else fact.high for fact in known]
    bounds = Bounds(low, np.array([*high, *(np.inf for _ in targets)], dtype=float))
    is_target = np.arange(len(low)) >= len(known)
    part = np.zeros(len(atoms), dtype=np.int64)
    return [targets[row - len(known)] for row in find_solved_rows(sums, bounds, is_target, part)]


@dataclass(frozen=True)
class Bounds:
    """Bounds of the values of rows, both included; infinite where there is none."""

    low: Floats
    high: Floats

    @property
    def is_known(self) -> Flags:
        """Rows with one possible value."""
        return np.asarray(self.low == self.high)

    @property
    def says_something(self) -> Flags:
        """Rows whose bounds are more than being a count."""
        return np.asarray((self.low > 0) | np.isfinite(self.high))


def find_solved_rows(sums: Sums, bounds: Bounds, is_target: Flags, part: Integers) -> list[int]:
    """Return the target rows that can be worked out, in order.

    Parameters
    ----------
    sums
        The rows; the truth keeps all bounds.
    bounds
        What is known of each row.
    is_target
        The rows to protect.
    part
        A number for each unit; units of the same number are tried alone first. It changes the time
        needed, never the answer.
    """
    matrix = sums.spread(subtract_known(sums, bounds.is_known))
    rows = np.flatnonzero(bounds.says_something & (np.diff(matrix.indptr) > 0))
    low, high = bounds.low[rows] - sums.values[rows], bounds.high[rows] - sums.values[rows]
    no_limit = np.full(len(sums.truth), np.inf)
    program = Program(matrix[rows], low, high, -sums.truth.astype(float), no_limit)
    targets = np.flatnonzero(is_target)
    varies = _varying(program, matrix[targets], np.repeat(part, sums.in_segment.shape[1]))
    return list(map(int, targets[~varies].tolist()))


def _varying(program: Program, targets: Matrix, part: Integers) -> Flags:
    """Return which target rows differ from zero in some allowed vector.

    Tables that have nothing in common vary on their own, and so do a target's parts in them.
    """
    label = _tables(program.matrix)
    row_label = label[program.matrix.indices[program.matrix.indptr[:-1]]]
    unknowns_of, rows_of = _by_label(label), _by_label(row_label)
    varies = np.zeros(targets.shape[0], dtype=bool)
    for table in np.unique(label[targets.indices]):
        unknowns = unknowns_of[table]
        columns = targets[:, unknowns]
        concerned = np.flatnonzero((np.diff(columns.indptr) > 0) & ~varies)
        if table not in rows_of:
            varies[concerned] = True
        elif len(concerned):
            rows = rows_of[table]
            varies[concerned] = _varying_in_table(
                program.restricted(rows, unknowns), columns[concerned], part[unknowns]
            )
    return varies


def _tables(matrix: Matrix) -> Integers:
    """Return for each unknown the number of its table: unknowns linked by rows."""
    from scipy.sparse import block_array
    from scipy.sparse.csgraph import connected_components

    _, label = connected_components(block_array([[None, matrix], [matrix.T, None]]), directed=False)
    return np.asarray(label[matrix.shape[0] :], dtype=np.int64)


def _by_label(label: Integers) -> dict[int, Integers]:
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    return {int(label[each[0]]): each for each in np.split(order, starts[1:]) if len(each)}


def _varying_in_table(program: Program, targets: Matrix, part: Integers) -> Flags:
    """Return which targets differ in some allowed vector, by parts of the table as far as possible.

    What does not vary even without the rows that link its part to others, does not. What varies while
    other parts are as in truth, varies; first one part alone, then three together.
    """
    if part.min() == part.max():
        return _varying_alone(program, targets)
    varies = np.zeros(targets.shape[0], dtype=bool)
    is_open = ~_fixed_in_part(program, targets, part)
    for together in (1, _TOGETHER):
        left = np.flatnonzero(is_open & ~varies)
        parts = np.unique(part[targets[left].indices])
        for first in range(len(parts) if together < len(parts) else 0):
            chosen = np.isin(part, np.resize(np.roll(parts, -first), together))
            unknowns = np.flatnonzero(chosen)
            here = np.flatnonzero((targets @ ~chosen == 0) & is_open & ~varies)
            linked = np.flatnonzero(program.matrix @ chosen)
            varies[here] = _varying_alone(
                program.restricted(linked, unknowns), targets[here][:, unknowns]
            )
    left = np.flatnonzero(is_open & ~varies)
    varies[left] = _varying_alone(program, targets[left])
    return varies


def _fixed_in_part(program: Program, targets: Matrix, part: Integers) -> Flags:
    """Return targets within one part that do not vary even if nothing links it to other parts."""
    is_fixed = np.zeros(targets.shape[0], dtype=bool)
    for number in np.unique(part[targets.indices]):
        outside = part != number
        here = np.flatnonzero(targets @ outside == 0)
        own = np.flatnonzero(program.matrix @ outside == 0)
        unknowns = np.flatnonzero(~outside)
        alone = program.restricted(own, unknowns)
        is_fixed[here] = ~_varying_alone(alone, targets[here][:, unknowns])
    return is_fixed


def _varying_alone(program: Program, targets: Matrix) -> Flags:
    """Return which targets differ in some allowed vector.

    The open targets are pushed away from the truth together, with weights that do not cancel. If that
    leads nowhere even in fractions, none of them can differ. If it leads to fractions only, the target
    that differs most in them is decided by itself.
    """
    near = replace(program, ceiling=np.full_like(program.floor, _REACH))
    varies, is_open = np.zeros(targets.shape[0], dtype=bool), np.ones(targets.shape[0], dtype=bool)
    while is_open.any():
        left = np.flatnonzero(is_open)
        weights = targets[left].T @ _weights(len(left))
        pushed = [each for each in (near.relaxed(-weights), near.relaxed(weights)) if each is not None]
        differences = np.abs([targets[left] @ each for each in pushed]).max(axis=0, initial=0)
        if differences.max() < _NOWHERE:
            break
        for each in pushed:
            varies |= _differs(targets, near.whole(each))
        if not varies[left].any():
            furthest = left[[differences.argmax()]]
            is_open[furthest] = False
            for sign in (1.0, -1.0):
                varies |= _differs(targets, _differing(program, targets[furthest] * sign))
        is_open &= ~varies
    return varies


def _differs(targets: Matrix, found: Integers | None) -> Flags:
    if found is None:
        return np.zeros(targets.shape[0], dtype=bool)
    return np.asarray(targets @ found != 0)


def _weights(many: int) -> Floats:
    """Return weights from 1 to 2 with signs in turn; multiples of the golden ratio do not cancel."""
    golden = (np.sqrt(5) - 1) / 2
    return np.asarray(np.resize([1.0, 1.0, -1.0], many) * (1 + np.arange(many) * golden % 1))


def _differing(program: Program, target: Matrix) -> Integers | None:
    """Return the smallest allowed vector in which the target is at least one, without limit of reach.

    The unknowns of the program are what is added and what is taken away.
    """
    from scipy.sparse import block_array

    many = len(program.floor)
    split = Program(
        block_array([[program.matrix, -program.matrix], [target, -target]], format="csr"),
        np.append(program.low, 1.0),
        np.append(program.high, np.inf),
        np.zeros(2 * many),
        np.concatenate([program.ceiling, -program.floor]),
    )
    found = split.solve(np.ones(2 * many))
    return None if found is None else found[:many] - found[many:]
