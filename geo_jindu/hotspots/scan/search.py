"""The largest statistic among all candidates: of what was observed, and of every replication."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_jindu.hotspots.scan.candidates import Candidates
from geo_jindu.hotspots.scan.likelihood import Likelihood
from geo_jindu.hotspots.scan.windows import Counts, Difference
from geo_jindu.rates import Array

Report = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

_GROUPS_AT_ONCE = 16
_WIDE = 64
"""Columns from which rows are cumulated as rows."""


@dataclass(frozen=True)
class Observed:
    """The statistic of each candidate in its best window; arrays of shape (m,).

    Attributes
    ----------
    statistic
        Log likelihood ratio times the penalty of the shape; 0 for sets that are no candidates.
    window
        Which window that is.
    counts, expected
        In it.
    """

    statistic: Array
    window: NDArray[np.intp]
    counts: Array
    expected: Array


def search_observed(
    candidates: Candidates, counts: Counts, expected: Array, likelihood: Likelihood
) -> Observed:
    """Return the statistic of every candidate.

    Parameters
    ----------
    counts, expected
        Of each unit in each window, shape (n, W).
    """
    parts = []
    for group in range(len(candidates.centres)):
        inside = slice(*candidates.starts[group : group + 2])
        sums: Array = _group_sums(candidates, group, counts).astype(float)
        norms: Array = _group_sums(candidates, group, expected)
        ratio = likelihood.ratio(sums, norms) * candidates.penalties[group]
        ratio[~candidates.counted[inside]] = 0
        best = ratio.argmax(axis=1)
        rows = np.arange(len(best))
        parts.append((ratio[rows, best], best, sums[rows, best], norms[rows, best]))
    nothing = (np.empty(0), np.empty(0, np.intp), np.empty(0), np.empty(0))
    return Observed(*(np.concatenate(part) for part in zip(*(parts or [nothing]), strict=True)))


def search_replications(
    candidates: Candidates,
    slabs: Counts,
    differences: Sequence[Difference],
    expected: Array,
    likelihood: Likelihood,
    cores: int,
    report: Report,
) -> Array:
    """Return the largest statistic of each replication, shape (S,).

    Candidates that cannot reach the smallest of the maxima found so far are passed over without a
    logarithm (`Likelihood.margin`). The result is exact, and the same for any number of cores and in
    whatever order they work.

    Parameters
    ----------
    slabs, differences
        Counts of each unit, shape (K, n, S), and how those in the windows come of them; see
        `geo_jindu.hotspots.scan.windows`.
    expected
        Of each unit in each window, shape (n, W).
    """
    groups = np.random.default_rng(0).permutation(len(candidates.centres))  # so that bounds rise soon
    maxima = np.zeros(slabs.shape[2])

    def work(mine: NDArray[np.intp]) -> Array:
        own = maxima.copy()
        for group in mine:
            _raise_maxima(candidates, int(group), slabs, differences, expected, likelihood, own)
        return own

    parts = [groups[at : at + _GROUPS_AT_ONCE] for at in range(0, len(groups), _GROUPS_AT_ONCE)]
    with ThreadPoolExecutor(cores) as pool:
        for done, own in enumerate(pool.map(work, parts), 1):
            np.maximum(maxima, own, out=maxima)
            report(done, len(parts))
    return maxima


def _raise_maxima(
    candidates: Candidates,
    group: int,
    slabs: Counts,
    differences: Sequence[Difference],
    expected: Array,
    likelihood: Likelihood,
    maxima: Array,
) -> None:
    inside = slice(*candidates.starts[group : group + 2])
    counted: Any = candidates.counted[inside]
    counted = slice(None) if counted.all() else counted  # no copy where all are
    penalty = candidates.penalties[group]
    sums = slabs[:, candidates.units[inside]]
    for slab in sums:
        _add_up(candidates, group, slab)
    norms = _group_sums(candidates, group, expected)[counted].T
    for these, last, before in differences:
        counts = sums[last] if before is None else sums[last] - sums[before]
        counts, norm = counts[:, counted], norms[these]
        bound = float(maxima.min()) / penalty
        found = np.flatnonzero(_may_exceed(counts, norm, likelihood, bound))
        cell, column = np.divmod(found, len(maxima))
        ratio = likelihood.ratio(counts.ravel()[found].astype(float), norm.ravel()[cell])
        np.maximum.at(maxima, column, ratio * penalty)


def _may_exceed(
    counts: Counts, expected: Array, likelihood: Likelihood, bound: float
) -> NDArray[np.bool_]:
    """Return which counts may have a ratio above ``bound``: those far enough from what is expected."""
    above, below = likelihood.margin(expected, bound)
    kind = counts.dtype
    most = np.minimum(np.ceil(expected + above - 1e-9), np.iinfo(kind).max).astype(kind)[..., None]
    least = np.floor(np.maximum(expected - below, -1) + 1e-9).astype(kind)[..., None]
    if likelihood.direction == "high":
        return np.asarray(counts >= most)
    if likelihood.direction == "low":
        return np.asarray(counts <= least)
    return np.asarray((counts >= most) | (counts <= least))


def _group_sums(candidates: Candidates, group: int, values: NDArray[Any]) -> NDArray[Any]:
    """Return the sums of each set of a group; ``values`` of shape (n, columns)."""
    sums = values[candidates.units[slice(*candidates.starts[group : group + 2])]]
    _add_up(candidates, group, sums)
    return sums


def _add_up(candidates: Candidates, group: int, rows: NDArray[Any]) -> None:
    """Add to the row of each set's last unit, in place, what it is added to."""
    if candidates.is_nested:
        _accumulate(rows)
        return
    parents = candidates.parents[slice(*candidates.starts[group : group + 2])]
    first = 1
    while first < len(parents):  # sets of one size after those of the size before
        last = int(np.searchsorted(parents, first))
        rows[first:last] += rows[parents[first:last]]
        first = last


def _accumulate(rows: NDArray[Any]) -> None:
    """Cumulate along the first axis in place; wide rows as a whole, which NumPy's own does not do."""
    if rows[:1].size < _WIDE:
        np.cumsum(rows, axis=0, out=rows)
        return
    side = math.isqrt(len(rows))
    blocks = len(rows) // side
    whole = rows[: blocks * side].reshape(blocks, side, *rows.shape[1:])
    for at in range(1, side):
        whole[:, at] += whole[:, at - 1]
    for block in range(1, blocks):
        whole[block] += whole[block - 1, -1]
    for at in range(blocks * side, len(rows)):
        rows[at] += rows[at - 1]
