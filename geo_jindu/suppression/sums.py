"""Sums of counts as rows of a matrix over the unknowns.

An unknown is the count of one unit in one segment: periods that belong to the same sums, so that no sum
tells them apart. Everything a release says is the value of such a row, or bounds for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Sum: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""The units and the periods of a sum."""

Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Matrix: TypeAlias = Any
"""A sparse matrix of scipy, CSR unless said otherwise."""


@dataclass(frozen=True)
class Sums:
    """Rows over the unknowns and their true values.

    Attributes
    ----------
    units
        Row by unit: 1 where the unit is part of the sum.
    period_set
        Which set of periods each row is over; rows of one set can be subtracted from each other.
    in_segment
        Set of periods by segment.
    truth
        True count of each unknown; unknowns are ordered by unit, then segment.
    """

    units: Matrix
    period_set: Integers
    in_segment: Flags
    truth: Integers

    @cached_property
    def matrix(self) -> Matrix:
        """Row by unknown."""
        return self.spread(self.units)

    @cached_property
    def values(self) -> Integers:
        """True value of each row."""
        return np.asarray(self.matrix @ self.truth, dtype=np.int64)

    def spread(self, units: Matrix) -> Matrix:
        """Return rows by unknown for rows by unit over the same sets of periods."""
        from scipy.sparse import csr_array

        segments = self.in_segment.shape[1]
        rows = np.repeat(np.arange(units.shape[0]), np.diff(units.indptr))
        entry, segment = np.nonzero(self.in_segment[self.period_set[rows]])
        columns = units.indices[entry] * segments + segment
        shape = (units.shape[0], len(self.truth))
        return csr_array((np.ones(len(entry)), (rows[entry], columns)), shape=shape)

    def unknowns_of(self, units: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the unknowns of some units, in order."""
        segments = self.in_segment.shape[1]
        return np.asarray((np.sort(units)[:, None] * segments + np.arange(segments)).ravel())


def make_sums(atoms: pd.DataFrame, sums: Sequence[Sum]) -> Sums:
    """Return the rows of ``sums`` over ``atoms`` (index = code, columns = period labels)."""
    from scipy.sparse import csr_array

    position = {code: number for number, code in enumerate(atoms.index)}
    columns = [position[code] for units, _ in sums for code in units]
    rows = np.repeat(np.arange(len(sums)), [len(units) for units, _ in sums])
    units = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(sums), len(atoms)))
    sets = {periods: number for number, periods in enumerate(dict.fromkeys(each for _, each in sums))}
    is_member = np.array(
        [[period in periods for period in atoms.columns] for periods in map(set, sets)]
    )
    is_member = is_member.reshape(len(sets), atoms.shape[1])
    in_segment, segment = np.unique(is_member, axis=1, return_inverse=True)
    counts = np.zeros((len(atoms), in_segment.shape[1]), dtype=np.int64)
    np.add.at(counts.T, segment.ravel(), atoms.to_numpy(np.int64).T)
    period_set = np.array([sets[periods] for _, periods in sums], dtype=np.int64)
    is_used = in_segment.any(axis=0)
    return Sums(units, period_set, in_segment[:, is_used], counts[:, is_used].ravel())


def subtract_known(sums: Sums, is_known: Flags) -> Matrix:
    """Return the unit rows with every part subtracted whose value is known exactly.

    A county less its shown townships says as much as before, and of the hidden ones alone; the city
    less its counties says nothing more. So tables fall apart into small ones.

    Parameters
    ----------
    sums
        The rows.
    is_known
        Rows with one possible value.
    """
    from scipy.sparse import csr_array

    left = [sums.units.indices[start:end] for start, end in _slices(sums.units)]
    for number in range(len(sums.in_segment)):
        rows = np.flatnonzero(sums.period_set == number)
        _subtract_within(left, rows, is_known, sums.units.shape[1])
    indices = np.concatenate([*left, np.empty(0, dtype=np.int64)]).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum([len(each) for each in left])]).astype(np.int64)
    return csr_array((np.ones(len(indices)), indices, starts), shape=sums.units.shape)


def _slices(matrix: Matrix) -> list[tuple[int, int]]:
    return list(zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True))


def _subtract_within(left: list[Any], rows: Integers, is_known: Flags, units: int) -> None:
    """Subtract known rows from larger ones, in place; ``rows`` are over the same periods."""
    whole = {row: left[row] for row in rows}
    single = [row for row in rows if len(whole[row]) == 1]
    alone = np.full(units, -1)
    for row in reversed(single):
        if is_known[row]:
            alone[whole[row][0]] = row
    larger = sorted(set(whole) - set(single), key=lambda row: (len(whole[row]), row))
    parts: list[set[int]] = []
    for row in larger:
        every = set(whole[row].tolist())
        rest = _without_parts(every, parts)
        parts += [every] if is_known[row] else []
        left[row] = np.array(sorted(unit for unit in rest if alone[unit] < 0), dtype=np.int64)
    for row in single:
        if alone[whole[row][0]] not in (-1, row):
            left[row] = whole[row][:0]


def _without_parts(rest: set[int], parts: list[set[int]]) -> set[int]:
    """Return what is left once known parts are taken away, the largest first."""
    for part in reversed(parts):
        if part <= rest:
            rest = rest - part
    return rest
