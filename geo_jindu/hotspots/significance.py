"""From standard deviates to p-values, false discovery rates and classes."""

from enum import StrEnum

import numpy as np

from geo_jindu.rates import Array

LEVEL = 0.05
"""Two-sided level at which a unit is called significant; customary, not a finding."""


class Hotspot(StrEnum):
    """What the test says of a unit."""

    HOT = "hot"
    """High values cluster here, also after allowing for the number of tests."""
    HOT_UNADJUSTED = "hot_unadjusted"
    """High values cluster here only if this were the one test made."""
    COLD = "cold"
    COLD_UNADJUSTED = "cold_unadjusted"
    NONE = "none"


def two_sided_p(z: Array) -> Array:
    """Return the two-sided p-values of standard normal deviates, shape (n,); NaN stays NaN."""
    from scipy.special import ndtr

    p: Array = 2 * ndtr(-np.abs(z))
    return p


def false_discovery_rate(p: Array) -> Array:
    """Return p-values adjusted for their number (Benjamini and Hochberg 1995).

    doi:10.1111/j.2517-6161.1995.tb02031.x: ``p_(i) n / i``, made monotone from the largest down, at
    most 1. Shape (n,); NaN are left out and stay NaN. SciPy has the same, but its import costs as much
    time as all hotspots of a city.
    """
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested])]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted = np.full(p.shape, np.nan)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def classify(z: Array, p: Array, q: Array) -> list[Hotspot | None]:
    """Name each unit by sign and significance; ``None`` where ``z`` is NaN. All of shape (n,)."""
    return [_class_of(*unit) for unit in zip(z, p, q, strict=True)]


def _class_of(z: float, p: float, q: float) -> Hotspot | None:
    if np.isnan(z):
        return None
    if p > LEVEL:
        return Hotspot.NONE
    if z > 0:
        return Hotspot.HOT if q <= LEVEL else Hotspot.HOT_UNADJUSTED
    return Hotspot.COLD if q <= LEVEL else Hotspot.COLD_UNADJUSTED
