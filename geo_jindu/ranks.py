"""Ranks with their uncertainty: never a bare place in a table."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_jindu.rates import Array, EmpiricalBayes

INTERVAL_LEVEL = 0.90
"""Level of the interval of a rank; a convention: rank intervals are wide, 95 % would be wider."""

_DRAWS_AT_ONCE = 500


@dataclass(frozen=True)
class Ranks:
    """Ranks of the smoothed rates; 1 is the highest.

    Attributes
    ----------
    rank, low, high
        Rank of the smoothed rate (ties share the smaller rank) and its 90 % interval, shape (n,).
    top_k_probability
        Share of draws in which the unit is among the top k, shape (n,).
    """

    rank: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    top_k_probability: Array


def rank_rates(
    counts: Array, persons: Array, overall: EmpiricalBayes, k: int, draws: int, seed: int
) -> Ranks:
    """Rank units by draws from the posterior of their true rates.

    Each draw takes one true rate per unit from its gamma posterior (`EmpiricalBayes.prior`) and
    ranks the units. If the counts vary no more than chance, every
    order is equally likely and the intervals say so.

    Parameters
    ----------
    counts, persons
        Shape (n,); persons above 0.
    k
        Length of the top list, 1 to n.
    draws, seed
        Number of draws and the seed that makes them repeatable.

    Returns
    -------
    Ranks
        In the order of the input.
    """
    n = len(counts)
    generator = np.random.default_rng(seed)
    shape, rate = overall.prior
    drawn = np.empty((draws, n), dtype=np.int32)
    for start in range(0, draws, _DRAWS_AT_ONCE):
        part = drawn[start : start + _DRAWS_AT_ONCE]
        if np.isinf(shape):
            rates = generator.random(part.shape)
        else:
            rates = generator.standard_gamma(shape + counts, part.shape) / (rate + persons)
        order = np.argsort(-rates, axis=1, kind="stable")
        np.put_along_axis(part, order, np.arange(1, n + 1, dtype=np.int32)[None, :], axis=1)
    tail = (1 - INTERVAL_LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0, method="inverted_cdf")
    rank = 1 + n - np.searchsorted(np.sort(overall.rate), overall.rate, side="right")
    return Ranks(rank, low.astype(np.int64), high.astype(np.int64), (drawn <= k).mean(axis=0))
