"""Ranks of scores, quickly and with ties broken fairly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_jindu.rates import Array

Floats = NDArray[np.floating[Any]]
"""Numbers of either precision: values have 64 bits, draws 32."""

MOST_UNITS = 2**15 - 1
"""The most units that can be ranked: their ranks are kept in two bytes."""


def rank_rows(scores: Floats, ties: NDArray[np.uint32] | None = None) -> NDArray[np.int16]:
    """Rank each row; 1 is the highest.

    The order of a float, a random number that breaks ties and the column are packed into one whole
    number: sorting these takes a fraction of the time of an argsort.

    Parameters
    ----------
    scores
        Shape (rows, n), no NaN; compared as 32-bit floats.
    ties
        Random numbers of the same shape; without them the first column goes first.

    Returns
    -------
    numpy.ndarray
        Shape (rows, n), each row a permutation of 1 to n.

    Raises
    ------
    ValueError
        If there are more units than can be ranked.
    """
    rows, n = scores.shape
    if n > MOST_UNITS:
        raise ValueError(f"at most {MOST_UNITS} units can be ranked")
    order = (np.float32(0) - scores.astype(np.float32)).view(np.int32)
    order ^= (order >> 31) & np.int32(0x7FFFFFFF)  # the bits of a float, made to sort as it does
    keys = order.astype(np.int64) << 32
    if ties is not None:
        keys |= ties & np.uint32(0xFFFF0000)
    keys |= np.arange(n, dtype=np.int64)
    keys.sort(axis=1)
    keys &= 0xFFFF
    keys += (np.arange(rows, dtype=np.int64) * n)[:, None]
    ranks = np.empty(rows * n, dtype=np.int16)
    ranks[keys.ravel()] = np.tile(np.arange(1, n + 1, dtype=np.int16), rows)
    return ranks.reshape(rows, n)


def average_ranks(values: Floats) -> Array:
    """Rank values from 1 for the lowest; those alike share the mean of their ranks. Shape (n,)."""
    _, place, alike = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Array = (np.cumsum(alike) - (alike - 1) / 2)[place]
    return ranks


def ranks_of(scores: Array) -> Array:
    """Rank scores from 1 for the highest; those alike share the smallest rank.

    Returns
    -------
    numpy.ndarray
        Shape (n,); NaN where there is no score, and everywhere if all scores are the same.
    """
    ranks = np.full(len(scores), np.nan)
    known = ~np.isnan(scores)
    found = np.sort(scores[known])
    if len(found) and found[-1] - found[0] > 1e-12 * max(abs(found[0]), abs(found[-1])):
        ranks[known] = 1 + len(found) - np.searchsorted(found, scores[known], side="right")
    return ranks


def spearman(first: Array, second: Array) -> float:
    """Return Spearman's rank correlation of two scores without NaN; NaN if one is all the same."""
    ranks = average_ranks(first), average_ranks(second)
    if min(float(np.ptp(each)) if len(each) else 0.0 for each in ranks) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])
