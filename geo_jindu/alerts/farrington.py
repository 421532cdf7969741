"""The flexible method of Farrington and Noufaily, for many series at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_jindu.rates import Array

YEAR = 12
"""Steps of a year: months."""
MOST_YEARS, LEAST_YEARS = 5, 2
"""How far it looks back: five years as the method's authors; below two there is no second season."""
YEARS_FOR_TREND = 3
"""Years from which a trend is allowed for; the authors' rule."""
HALF_WINDOW = 1
"""Months either side of the same month that count as its season; half of the authors' seven weeks."""
PERIODS = 4
"""Seasons of the year, the one around the month and three of three months; the authors' ten are of
weeks."""
LEFT_OUT = 6
"""Months before that are left out, as an outbreak may have begun in them; the authors' 26 weeks."""
UPPER = 0.995
"""Quantile that a count must exceed; the authors' choice."""
OUTLYING = 2.58
"""Anscombe residual from which a past count weighs less; the authors' choice."""
LEAST_RECENT, RECENT = 5, 4
"""Fewer counts than this in the last steps do not alarm; the authors' rule for weeks."""
TREND_LEVEL = 0.05
"""Level of a trend that is kept. With three to five years of months a trend that chance made would lead
too far. Assumed."""
LEAST_MARGIN = 0.5
"""Smallest distance of the bound from what is expected that a score is reckoned with. Where next to
nothing was counted the bound is 0 and the score else without bounds. Assumed."""
_ITERATIONS = 25


@dataclass(frozen=True)
class Farrington:
    """The bound of one step for each series; arrays of shape (n,), NaN where there is none.

    Attributes
    ----------
    expected
        From season and trend.
    threshold
        Count above which there is an alarm.
    statistic
        Exceedance score: above 1 where the count is above the threshold.
    """

    expected: Array
    threshold: Array
    statistic: Array


def farrington(counts: Array) -> Farrington:
    """Judge the last step of each series by those before.

    Noufaily, Enki, Farrington, Garthwaite, Andrews and Charlett 2013 (doi:10.1002/sim.5595), after
    Farrington, Andrews, Beale and Catchpole 1996 (doi:10.2307/2983331): a log-linear model with
    variance in proportion to the mean, levels for the seasons, and a trend if it is significant, spans
    three years and leads to no more than was ever counted; past outbreaks are weighed down, the upper
    bound is a quantile of the negative binomial distribution.

    Parameters
    ----------
    counts
        Shape (n, T) by month, oldest first; the last step is the one judged.

    Returns
    -------
    Farrington
        All NaN with fewer than two whole years before the step; NaN for a series with fewer than five
        counts in the last four steps.
    """
    n, steps = counts.shape
    nothing = Farrington(*(np.full(n, np.nan) for _ in range(3)))
    years = min((steps - 1) // YEAR, MOST_YEARS)
    recent = counts[:, -RECENT:].sum(axis=1) >= LEAST_RECENT
    if years < LEAST_YEARS or not recent.any():
        return nothing
    judged = counts[recent]
    back = np.arange(years * YEAR + HALF_WINDOW, LEFT_OUT, -1)
    back = back[back < steps]
    past = judged[:, steps - 1 - back]
    expected, spread = _expected(past, back, with_trend=years >= YEARS_FOR_TREND)
    bound = _quantile(expected, spread)
    now = judged[:, -1]
    score = (now - expected) / np.maximum(bound - expected, LEAST_MARGIN)
    for target, found in zip(vars(nothing).values(), (expected, bound, score), strict=True):
        target[recent] = found
    return nothing


def _expected(past: Array, back: NDArray[np.int64], *, with_trend: bool) -> tuple[Array, Array]:
    """Return what is expected now and how much more it varies than chance, shape (n,) each."""
    season = _seasons(back)
    levels = (season[:, None] == np.arange(PERIODS)).astype(float)
    levels = levels[:, levels.any(axis=0)]
    now = np.eye(1, levels.shape[1])[0]  # the first level is the season of the step itself
    mean, spread, _ = _fit(past, levels)
    found, varies = mean[:, _first_of(season)], spread
    if not with_trend:
        return found, varies
    slope = -back / YEAR
    design = np.column_stack([levels, slope])
    mean, spread, (weight, coefficients, covariance) = _fit(past, design)
    deviate = np.abs(coefficients[:, -1]) / np.sqrt(covariance[:, -1, -1] * spread)
    ahead = np.exp(np.minimum(coefficients @ np.append(now, 0.0), 30.0))
    kept = (deviate > _normal_quantile()) & (ahead <= past.max(axis=1)) & (weight.sum(axis=1) > 0)
    return np.where(kept, ahead, found), np.where(kept, spread, varies)


def _normal_quantile() -> float:
    from scipy.special import ndtri

    return float(ndtri(1 - TREND_LEVEL / 2))


def _seasons(back: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0 for months around that of the step, else the third of the rest of the year, 1 to 3."""
    month = (back + HALF_WINDOW) % YEAR
    width = (YEAR - 2 * HALF_WINDOW - 1) / (PERIODS - 1)
    rest = np.ceil((month - 2 * HALF_WINDOW) / width).astype(np.int64)
    return np.where(month <= 2 * HALF_WINDOW, 0, rest)


def _first_of(season: NDArray[np.int64]) -> int:
    return int(np.flatnonzero(season == 0)[0])


def _fit(past: Array, design: Array) -> tuple[Array, Array, tuple[Array, Array, Array]]:
    """Fit twice, the second time with past outbreaks weighed down.

    Returns
    -------
    tuple
        Means (n, T), dispersion (n,), and weights (n, T), coefficients (n, p), their covariance at
        dispersion 1 (n, p, p).
    """
    weight = np.ones_like(past)
    for _ in range(2):
        mean, coefficients, covariance = _solve(past, design, weight)
        leverage = np.einsum("ij,njk,ik->ni", design, covariance, design) * weight * mean
        spread = _dispersion(past, mean, weight, design.shape[1])
        last = weight
        weight = _weigh(past, mean, spread, leverage)
    return mean, spread, (last, coefficients, covariance)


def _solve(past: Array, design: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Fit the log-linear model by iteratively reweighted least squares, all series at once."""
    eta = np.log(np.maximum(past, 0.1))
    for _ in range(_ITERATIONS):
        mean = np.exp(eta)
        work = weight * mean
        normal = np.einsum("ni,ij,ik->njk", work, design, design)
        normal += 1e-9 * np.eye(design.shape[1])  # a season without a count has no finite level
        right = np.einsum("ni,ij->nj", work * (eta + (past - mean) / mean), design)
        coefficients = np.linalg.solve(normal, right[..., None])[..., 0]
        eta = np.clip(coefficients @ design.T, -10.0, 30.0)
    return np.exp(eta), coefficients, np.linalg.inv(normal)


def _dispersion(past: Array, mean: Array, weight: Array, parameters: int) -> Array:
    freedom = max(past.shape[1] - parameters, 1)
    squares: Array = (weight * (past - mean) ** 2 / mean).sum(axis=1)
    spread: Array = np.maximum(squares / freedom, 1.0)
    return spread


def _weigh(past: Array, mean: Array, spread: Array, leverage: Array) -> Array:
    """Return weights that fall with the square of an outlying Anscombe residual; they add up to T."""
    scale = mean ** (1 / 6) * np.sqrt(spread[:, None] * np.maximum(1 - leverage, 1e-3))
    residual = 1.5 * (past ** (2 / 3) - mean ** (2 / 3)) / scale
    weight = np.where(residual > OUTLYING, 1 / np.maximum(residual, 1e-9) ** 2, 1.0)
    scaled: Array = weight * past.shape[1] / weight.sum(axis=1, keepdims=True)
    return scaled


def _quantile(mean: Array, spread: Array) -> Array:
    """Return the upper quantile of negative binomial counts with this mean and dispersion, (n,)."""
    from scipy.special import betainc

    more = np.maximum(spread - 1, 1e-6)  # at 1 it is Poisson's distribution, as near as one can tell
    size, share = mean / more, 1 / (1 + more)
    low, high = np.full(len(mean), -1.0), np.ceil(mean * 4 + 20 * spread + 20)
    while (high - low > 1).any():  # the smallest count whose distribution function reaches the quantile
        middle = np.floor((low + high) / 2)
        reached = betainc(size, middle + 1, share) >= UPPER
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return high
