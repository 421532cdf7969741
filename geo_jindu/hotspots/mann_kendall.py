"""The test of Mann and Kendall for a trend, of one series or of many."""

from dataclasses import dataclass

import numpy as np

from geo_jindu.hotspots.significance import two_sided_p
from geo_jindu.rates import Array

FEWEST_STEPS = 2
"""With one step there is no pair to compare."""


@dataclass(frozen=True)
class Trend:
    """The test of each series; arrays of shape (n,).

    Attributes
    ----------
    s
        Pairs that rise less pairs that fall.
    variance
        Of `s` under no trend, ties allowed for.
    z
        Standard deviate with continuity correction: above 0 upwards. NaN with fewer than two steps or
        all values equal.
    p
        Two-sided; NaN as `z`.
    tau
        Kendall's tau-b; NaN as `z`.
    """

    s: Array
    variance: Array
    z: Array
    p: Array
    tau: Array


def mann_kendall(series: Array) -> Trend:
    """Test each series for a monotonic trend.

    Mann 1945 (doi:10.2307/1907187), Kendall 1975, Rank Correlation Methods: variance
    ``(T (T - 1) (2 T + 5) - sum t (t - 1) (2 t + 5)) / 18`` over groups of ``t`` tied values, and
    ``z = (S - sign(S)) / sqrt(variance)``.

    Parameters
    ----------
    series
        Shape (n, T), no NaN.
    """
    n, steps = series.shape
    s, ties, tied_pairs = (np.zeros(n) for _ in range(3))
    for step in range(steps):
        s += np.sign(series[:, step + 1 :] - series[:, [step]]).sum(axis=1)
        equal = (series == series[:, [step]]).sum(axis=1)  # each group of t is met t times
        ties += (equal - 1) * (2 * equal + 5)
        tied_pairs += (equal - 1) / 2
    variance = (steps * (steps - 1) * (2 * steps + 5) - ties) / 18
    pairs = steps * (steps - 1) / 2
    known = variance > 1e-9
    z, tau = np.full(n, np.nan), np.full(n, np.nan)
    z[known] = (s - np.sign(s))[known] / np.sqrt(variance[known])
    tau[known] = s[known] / np.sqrt(pairs * (pairs - tied_pairs[known]))
    return Trend(s, variance, z, two_sided_p(z), tau)
