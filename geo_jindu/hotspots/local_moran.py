"""Anselin's local Moran's I, tested by conditional permutation."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo_jindu.hotspots.significance import LEVEL, false_discovery_rate, two_sided_p
from geo_jindu.rates import Array

_TIED = 1e-12
"""Sums nearer to each other than this, in standard deviations of the values, are the same: the rest
is how they were added up."""

_AT_ONCE = 2_000_000
"""Random numbers drawn at once, 16 MB of them."""


class ClusterClass(StrEnum):
    """A unit's value and those around it, where the test says they are no chance arrangement."""

    HIGH_HIGH = "high_high"
    LOW_LOW = "low_low"
    HIGH_LOW = "high_low"
    LOW_HIGH = "low_high"
    NONE = "none"


@dataclass(frozen=True)
class LocalMoran:
    """Local Moran's I of each unit; every array of shape (n,), NaN where a unit has no neighbours.

    Attributes
    ----------
    statistic
        Above 0 among values like its own, below 0 among unlike ones.
    lag
        Mean of the neighbours' values, in standard deviations from the mean of all.
    p
        Two-sided pseudo p-value by conditional permutation.
    q
        The same, adjusted for the number of tests (false discovery rate).
    analytic_p
        Two-sided p-value by the normal approximation under conditional randomisation.
    classes
        By sign and significance after adjustment; ``None`` where there is no test.
    """

    statistic: Array
    lag: Array
    p: Array
    q: Array
    analytic_p: Array
    classes: list[ClusterClass | None]


def local_moran(values: Array, weights: csr_array, permutations: int, seed: int) -> LocalMoran:
    """Return local Moran's I, ``z_i * mean of the neighbours' z``, and its tests.

    Anselin 1995, doi:10.1111/j.1538-4632.1995.tb00338.x, with row-standardised weights and ``z`` of
    standard deviation 1 (divisor n). A unit keeps its value while those of all others are drawn,
    without replacement, into the places of its neighbours. The p-value is twice the smaller tail, the
    observed arrangement counted among the draws, at most 1; so under no clustering 5 % of units have
    one of .05 or less, not 10 %. The moments of the analytic p-value are those of a mean drawn without
    replacement from the other units (Sokal, Oden and Thomson 1998,
    doi:10.1111/j.1538-4632.1998.tb00406.x).

    Parameters
    ----------
    values
        Shape (n,), no NaN. Rates should be standardised to equal variance first
        (`geo_jindu.rates.standardise_rates`); it is then these that are permuted.
    weights
        Who is a neighbour, shape (n, n), without self; how much a link weighs is not read.
    permutations
        The smallest p-value is ``2 / (permutations + 1)``.

    Returns
    -------
    LocalMoran
        All NaN where the values are all equal, or there are fewer than three units.
    """
    n = len(values)
    spread = float(values.std()) if n else 0.0
    degrees = np.diff(weights.indptr)
    tested = degrees > 0
    if n < 3 or spread <= 1e-12 * max(float(np.abs(values).max()), 1e-300):
        return _nothing(n)
    z = (values - values.mean()) / spread
    sums = np.array(_binary(weights) @ z)
    lag = np.full(n, np.nan)
    lag[tested] = sums[tested] / degrees[tested]
    p = np.full(n, np.nan)
    p[tested] = _permutation_p(z, degrees, sums, permutations, seed)[tested]
    q = false_discovery_rate(p)
    analytic_p = two_sided_p(_deviate(z, degrees, lag))
    return LocalMoran(z * lag, lag, p, q, analytic_p, _classify(z, lag, q))


def _nothing(n: int) -> LocalMoran:
    unknown = np.full(n, np.nan)
    return LocalMoran(unknown, unknown, unknown, unknown, unknown, [None] * n)


def _binary(weights: csr_array) -> csr_array:
    return csr_array((np.ones(weights.nnz), weights.indices, weights.indptr), shape=weights.shape)


def _permutation_p(
    z: Array, degrees: NDArray[np.int32], sums: Array, permutations: int, seed: int
) -> Array:
    """Return two-sided p-values of the neighbours' sums, shape (n,).

    The same draws serve every unit: places among the n - 1 others, in the order of the units. From one
    unit to the next only those draws change that name one of the two, so each row of cumulated sums
    is made anew only then, and memory does not grow with the number of units.
    """
    n, most = len(z), min(int(degrees.max()), len(z) - 1)
    places = _draw_places(n - 1, most, permutations, seed)
    drawn = z[places + 1]  # as the first unit sees it: every other lies behind it
    cumulated = np.vstack([np.zeros(permutations), np.cumsum(drawn, axis=1).T])
    order = np.argsort(places, axis=None, kind="stable")
    starts = np.searchsorted(places.ravel()[order], np.arange(n))
    p = np.empty(n)
    for unit in range(n):
        draws = cumulated[degrees[unit]]
        above = np.count_nonzero(draws >= sums[unit] - _TIED)
        below = np.count_nonzero(draws <= sums[unit] + _TIED)
        p[unit] = 2 * (min(above, below) + 1) / (permutations + 1)
        if unit < n - 1:
            changed = order[starts[unit] : starts[unit + 1]]
            drawn.ravel()[changed] = z[unit]  # the next unit lies behind it no longer
            rows = np.unique(changed // most)
            cumulated[1:, rows] = np.cumsum(drawn[rows], axis=1).T
    return np.minimum(p, 1.0)


def _draw_places(number: int, most: int, permutations: int, seed: int) -> NDArray[np.int64]:
    """Return ``most`` different places out of ``number`` for each permutation, one in each row."""
    generator = np.random.default_rng(seed)
    if number * permutations <= _AT_ONCE:
        keys = generator.random((permutations, number))
        return np.argpartition(keys, min(most, number - 1), axis=1)[:, :most]
    return np.array([generator.choice(number, most, replace=False) for _ in range(permutations)])


def _deviate(z: Array, degrees: NDArray[np.int32], lag: Array) -> Array:
    """Return the standard deviate of the lag; NaN where nothing can be drawn otherwise."""
    n = len(z)
    mean = -z / (n - 1)
    variance = (n - z**2) / (n - 1) - mean**2
    of_mean = np.divide(variance, degrees, out=np.full(n, np.nan), where=degrees > 0)
    of_mean *= (n - 1 - degrees) / max(n - 2, 1)
    known = of_mean > _TIED
    deviate = np.full(n, np.nan)
    deviate[known] = (lag - mean)[known] / np.sqrt(of_mean[known])
    return deviate


def _classify(z: Array, lag: Array, q: Array) -> list[ClusterClass | None]:
    high, high_lag = z > 0, lag > 0
    named = np.select(
        [~(q <= LEVEL), high & high_lag, high, high_lag],
        [ClusterClass.NONE, ClusterClass.HIGH_HIGH, ClusterClass.HIGH_LOW, ClusterClass.LOW_HIGH],
        ClusterClass.LOW_LOW,
    )
    return [None if np.isnan(each) else ClusterClass(name) for each, name in zip(q, named, strict=True)]
