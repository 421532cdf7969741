"""Candidates of any connected shape near a unit."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo_jindu.hotspots.scan.candidates import Candidates, Positions
from geo_jindu.rates import Array

MOST_UNITS = 15
"""Each unit more nearly doubles the sets; Tango and Takahashi advise 10 to 15."""


def flexible(
    coordinates: Array, expected: Array, weights: csr_array, k: int, max_share: float = 0.5
) -> Candidates:
    """Return every connected set of up to ``k`` units around each unit.

    Tango and Takahashi 2005 (doi:10.1186/1476-072X-4-11): of the unit and the ``k - 1`` nearest to it,
    all subsets that hold the unit and hang together by their neighbours.

    Parameters
    ----------
    coordinates
        Shape (n, 2), planar.
    expected
        Shape (n,); what the size of a cluster is measured in.
    weights
        Who is a neighbour of whom, shape (n, n), the same both ways.
    k
        1 to `MOST_UNITS`.
    max_share
        Of the sum of ``expected``, at most; sets with more are no candidates.

    Raises
    ------
    ValueError
        If ``k`` is not in that range.
    """
    from scipy.spatial import KDTree

    if not 1 <= k <= MOST_UNITS:
        raise ValueError(f"k is 1 to {MOST_UNITS}, not {k}")
    n = len(coordinates)
    groups = []
    tree = KDTree(coordinates)
    for centre in range(n):
        _, found = tree.query(coordinates[centre], k=min(k, n))
        near = np.append(centre, [each for each in np.atleast_1d(found) if each != centre])[:k]
        linked = weights[near][:, near].toarray() > 0
        groups.append((near, *_connected_sets(linked, expected[near])))
    sizes = np.array([len(added) for _, added, _, _ in groups])
    units = np.concatenate([near[added] for near, added, _, _ in groups])
    sums = np.concatenate([each for _, _, _, each in groups])
    return Candidates(
        units=units,
        parents=np.concatenate([parents for _, _, parents, _ in groups]),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
        counted=sums <= max_share * expected.sum() * (1 + 1e-9),
        reach=np.full(len(units), np.nan),
        centres=np.arange(n),
        penalties=np.ones(n),
        is_nested=False,
    )


def _connected_sets(linked: NDArray[np.bool_], expected: Array) -> tuple[Positions, Positions, Array]:
    """Return, for the connected sets with unit 0, which unit is added to which set, and their sums.

    The smaller sets come first. A set is a number whose bits are its units; those of one size come from
    those of the size before by one unit that touches them, and each is kept once.
    """
    bits = 1 << np.arange(len(linked))
    touching = linked @ bits
    level, sums, first = np.array([1]), expected[:1], 0
    added, parents, every = [np.array([0])], [np.array([-1])], [sums]
    while len(level):
        may_add = ((level[:, None] & touching) > 0) & ((level[:, None] & bits) == 0)
        rows, columns = np.nonzero(may_add)
        larger, at = np.unique(level[rows] | bits[columns], return_index=True)
        added.append(columns[at])
        parents.append(rows[at] + first)
        sums = sums[rows[at]] + expected[columns[at]]
        every.append(sums)
        first, level = first + len(level), larger
    return (
        np.concatenate(added).astype(np.intp),
        np.concatenate(parents).astype(np.intp),
        np.concatenate(every),
    )
