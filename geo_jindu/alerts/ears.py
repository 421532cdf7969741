"""The early aberration reporting system: C1, C2 and C3, for many series at once."""

from dataclasses import dataclass

import numpy as np

from geo_jindu.rates import Array

BASELINE = 7
"""Steps compared with; EARS uses seven days, here they are months."""
LAG = 2
"""Steps between baseline and step for C2 and C3, so that a slow rise does not hide itself."""
THRESHOLDS = {"ears_c1": 3.0, "ears_c2": 3.0, "ears_c3": 2.0}
"""Statistics above these alarm (Hutwagner, Thompson, Seeman and Treadwell 2003,
doi:10.1007/PL00022319)."""
LEAST_SPREAD = 1.0
"""Smallest standard deviation reckoned with. After months of zeros it would be 0 and the first single
incident an alarm without bounds; so four more than before are needed at least. Assumed."""


@dataclass(frozen=True)
class Ears:
    """One method over all series and steps; arrays of shape (n, T), NaN before the baseline is full.

    Attributes
    ----------
    expected
        Mean of the baseline.
    threshold
        Count above which there is an alarm; NaN also where C3 alarms whatever is counted, for the
        two steps before suffice.
    statistic
        Alarm above `THRESHOLDS`.
    """

    expected: Array
    threshold: Array
    statistic: Array


def ears(counts: Array) -> dict[str, Ears]:
    """Return C1, C2 and C3 by name.

    Fricker, Hegler and Dunfee 2008 (doi:10.1002/sim.3197): ``C1 = (count - mean) / deviation`` over the
    seven steps before, C2 the same over the seven before the last two, and C3 the sum of
    ``max(0, C2 - 1)`` of the step and the two before it.

    Parameters
    ----------
    counts
        Shape (n, T), oldest step first, no NaN.
    """
    mean_1, spread_1 = _baseline(counts, 0)
    mean_2, spread_2 = _baseline(counts, LAG)
    c1, c2 = (counts - mean_1) / spread_1, (counts - mean_2) / spread_2
    excess = np.maximum(c2 - 1, 0)
    before = np.zeros_like(excess)
    for back in (1, 2):
        before[:, back:] += np.nan_to_num(excess[:, :-back])
    c3 = np.where(np.isnan(excess), np.nan, excess + before)
    left = THRESHOLDS["ears_c3"] - before
    left[left < 0] = np.nan
    return {
        "ears_c1": Ears(mean_1, mean_1 + THRESHOLDS["ears_c1"] * spread_1, c1),
        "ears_c2": Ears(mean_2, mean_2 + THRESHOLDS["ears_c2"] * spread_2, c2),
        "ears_c3": Ears(mean_2, mean_2 + (1 + left) * spread_2, c3),
    }


def baseline_totals(counts: Array) -> Array:
    """Return what was counted in the seven steps before each step; NaN before they are full."""
    mean, _ = _baseline(counts, 0)
    return mean * BASELINE


def _baseline(counts: Array, lag: int) -> tuple[Array, Array]:
    """Return mean and standard deviation (divisor 6) of the steps before, shape (n, T) each."""
    mean, spread = np.full(counts.shape, np.nan), np.full(counts.shape, np.nan)
    first = BASELINE + lag
    if counts.shape[1] > first:
        views = np.lib.stride_tricks.sliding_window_view(counts, BASELINE, axis=1)
        views = views[:, : counts.shape[1] - first]
        mean[:, first:] = views.mean(axis=2)
        spread[:, first:] = np.maximum(views.std(axis=2, ddof=1), LEAST_SPREAD)
    return mean, spread
