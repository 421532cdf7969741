"""The weighted displacement difference: whether a place improved more than it pushed next door.

It knows nothing of why a place was chosen. One chosen for a bad year falls by itself, and the test
takes that for success; it stands beside a comparison that allows for it, never alone.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geo_jindu.rates import INTERVAL_LEVEL


class Counted(NamedTuple):
    """Counts of one place in two periods of equal length."""

    before: int
    after: int


@dataclass(frozen=True)
class DisplacementDifference:
    """What changed beyond the controls; below 0 is a fall.

    Attributes
    ----------
    local, displaced
        Change of the treated place less that of its control, and the same for the places around
        them [counts].
    total
        Their sum.
    standard_error
        Of the total.
    z, p
        Its standard deviate and two-sided p; NaN if nothing was counted anywhere.
    low, high
        Its 95 % interval.
    """

    local: float
    displaced: float
    total: float
    standard_error: float
    z: float
    p: float
    low: float
    high: float


_NOWHERE = Counted(0, 0)


def displacement_difference(
    treated: Counted,
    control: Counted,
    around_treated: Counted = _NOWHERE,
    around_control: Counted = _NOWHERE,
) -> DisplacementDifference:
    """Test whether a treated place and the places around it fell more than their controls.

    Wheeler and Ratcliffe 2018 (Crime Science 7, 11; doi:10.1186/s40163-018-0085-5): the variance of the
    difference of differences of Poisson counts is the sum of all counts, and the difference is taken
    as normal. The approximation is poor for counts of a few.

    Parameters
    ----------
    treated, control
        Of the place and of one that compares with it.
    around_treated, around_control
        Where something may have moved to; nothing is asked of displacement if left out.
    """
    from scipy.special import ndtr, ndtri

    local = _change(treated) - _change(control)
    displaced = _change(around_treated) - _change(around_control)
    total = local + displaced
    error = float(np.sqrt(sum(treated + control + around_treated + around_control)))
    z = total / error if error else np.nan
    margin = ndtri((1 + INTERVAL_LEVEL) / 2) * error
    return DisplacementDifference(
        local, displaced, total, error, z, float(2 * ndtr(-abs(z))), total - margin, total + margin
    )


def _change(place: Counted) -> int:
    return place.after - place.before
