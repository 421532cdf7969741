"""Emerging hot spots: how the hot and cold steps of a township follow on one another.

Classes as Esri's tool Emerging Hot Spot Analysis defines them (ArcGIS Pro, "How Emerging Hot Spot
Analysis works"), on rates instead of counts. Two of Esri's definitions can hold at once: a place that
was cold once and is hot for the first time is both new and oscillating. The order of precedence here
is: what lasts for 90 % of the steps, then new, consecutive, oscillating, sporadic.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron

from geo_jindu.hotspots.getis_ord import g_star
from geo_jindu.hotspots.mann_kendall import FEWEST_STEPS, Trend, mann_kendall
from geo_jindu.hotspots.significance import LEVEL, false_discovery_rate, two_sided_p
from geo_jindu.rates import Array, standardise_rates

LASTING = 0.9
"""Share of the steps from which a hot or cold spot counts as lasting; Esri's."""
LAG = 1
"""How many steps before count as neighbours in time; Esri's default."""

Bins = NDArray[np.int8]
"""Steps that are hot (1), cold (-1) or neither (0), shape (n, T)."""


class EmergingClass(StrEnum):
    """The 17 classes: eight of hot spots, the same of cold ones, none."""

    NEW_HOT = "new_hot"
    CONSECUTIVE_HOT = "consecutive_hot"
    INTENSIFYING_HOT = "intensifying_hot"
    PERSISTENT_HOT = "persistent_hot"
    DIMINISHING_HOT = "diminishing_hot"
    SPORADIC_HOT = "sporadic_hot"
    OSCILLATING_HOT = "oscillating_hot"
    HISTORICAL_HOT = "historical_hot"
    NEW_COLD = "new_cold"
    CONSECUTIVE_COLD = "consecutive_cold"
    INTENSIFYING_COLD = "intensifying_cold"
    PERSISTENT_COLD = "persistent_cold"
    DIMINISHING_COLD = "diminishing_cold"
    SPORADIC_COLD = "sporadic_cold"
    OSCILLATING_COLD = "oscillating_cold"
    HISTORICAL_COLD = "historical_cold"
    NONE = "none"


@dataclass(frozen=True)
class Emerging:
    """The class of each township and what it rests on, in the order of the input.

    Attributes
    ----------
    classes
        ``None`` where there is no class: fewer than two steps, or nothing counted.
    confidence
        Share of the resamples in which the class is the same, 0 to 1; NaN without a class.
    bins
        Hot and cold steps, shape (n, T).
    g_star_z
        Standard deviate of G* of each township and step, shape (n, T).
    trend
        Of `g_star_z` over the steps. Steps that share neighbours in time depend on each other: without
        any trend about one township in seven has a p-value of .05 or less, not one in twenty.
    """

    classes: list[EmergingClass | None]
    confidence: Array
    bins: Bins
    g_star_z: Array
    trend: Trend


def find_emerging(
    counts: Array, persons: Array, weights: csr_array, resamples: int, seed: int
) -> Emerging:
    """Find emerging hot spots in a cube of townships by time.

    Rates of every township and step are standardised to equal variance over the whole cube and tested
    by G* among the township itself, its neighbours, and the same ones a step before; two-sided, with
    one false discovery rate over the cube. A step of a township where nothing was counted, nor the step
    before, is never hot, however high its neighbours are.

    The confidence draws every count anew from a Poisson distribution around itself, a parametric
    bootstrap (Efron 1979, doi:10.1214/aos/1176344552). The noise of the counts is thereby in the draws
    twice, so that it errs towards doubt; only a count of 0 stays 0.

    Parameters
    ----------
    counts
        Shape (n, T), oldest step first; no NaN.
    persons
        Shape (n,), above 0.
    weights
        Who is a neighbour in space, shape (n, n), ones, without self.
    resamples
        At least 1.
    """
    n, steps = counts.shape
    if steps < FEWEST_STEPS or counts.sum() <= 0:
        blank = np.full((n, steps), np.nan)
        unknown = np.full(n, np.nan)
        trend = Trend(unknown, unknown, unknown, unknown, unknown)
        return Emerging([None] * n, unknown, np.zeros((n, steps), np.int8), blank, trend)
    cube = _cube_weights(weights, steps)
    exposed = np.repeat(persons, steps)
    z, bins, trend = _test(counts.ravel().astype(float), exposed, cube, steps)
    classes = classify_bins(bins, _direction(trend))
    generator = np.random.default_rng(seed)
    same = np.zeros(n)
    for _ in range(resamples):
        drawn = generator.poisson(counts.ravel()).astype(float)
        if drawn.sum():
            _, again, its_trend = _test(drawn, exposed, cube, steps)
            same += classify_bins(again, _direction(its_trend)) == classes
    return Emerging([EmergingClass(each) for each in classes], same / resamples, bins, z, trend)


def _cube_weights(weights: csr_array, steps: int) -> csr_array:
    """Return who is a neighbour of whom in space and time; bins of a township stand together."""
    n = weights.shape[0]
    in_time = sum(eye_array(steps, k=-back) for back in range(LAG + 1))
    return csr_array(kron(weights + eye_array(n), in_time))


def _test(counts: Array, persons: Array, cube: csr_array, steps: int) -> tuple[Array, Bins, Trend]:
    """Return G*, hot and cold bins, both (n, T), and the trend of each township."""
    z = g_star(standardise_rates(counts, persons), cube)
    significant = (false_discovery_rate(two_sided_p(z)) <= LEVEL).reshape(-1, steps)
    by_step = z.reshape(-1, steps)
    bins = np.where(significant, np.sign(np.nan_to_num(by_step)), 0).astype(np.int8)
    counted = counts.reshape(-1, steps) > 0
    counted[:, LAG:] |= counted[:, :-LAG].copy()
    bins[(bins > 0) & ~counted] = 0
    return by_step, bins, mann_kendall(np.nan_to_num(by_step))


def _direction(trend: Trend) -> NDArray[np.int8]:
    """Return 1 for a significant rise, -1 for a fall, else 0."""
    return np.where(trend.p <= LEVEL, np.sign(np.nan_to_num(trend.z)), 0).astype(np.int8)


def classify_bins(bins: Bins, direction: NDArray[np.int8]) -> NDArray[np.str_]:
    """Name the class of each series of bins; every series has exactly one.

    Parameters
    ----------
    bins
        Shape (n, T), at least one step.
    direction
        Significant trend, 1, -1 or 0; shape (n,).

    Returns
    -------
    numpy.ndarray
        Values of `EmergingClass`, shape (n,).
    """
    lasting: list[NDArray[np.bool_]] = []
    recent: list[NDArray[np.bool_]] = []
    for sign in (1, -1):
        found = bins == sign
        last = found[:, -1]
        most = found.mean(axis=1) >= LASTING - 1e-9
        runs = found[:, 0] + (found[:, 1:] & ~found[:, :-1]).sum(axis=1)
        trend = direction * sign
        lasting += [most & last & (trend > 0), most & last & (trend < 0), most & last, most]
        was_opposite = (bins == -sign).any(axis=1)
        recent += [last & (found.sum(axis=1) == 1), last & (runs == 1), last & was_opposite, last]
    names = [f"{name}_{spot}" for group in _NAMES for spot in ("hot", "cold") for name in group]
    return np.select([*lasting, *recent], names, EmergingClass.NONE.value)


_NAMES = (
    ("intensifying", "diminishing", "persistent", "historical"),
    ("new", "consecutive", "oscillating", "sporadic"),
)
"""Classes in the order of precedence: those that last, then the others."""
