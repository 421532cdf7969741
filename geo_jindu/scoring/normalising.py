"""Indicators of different units made comparable."""

from collections.abc import Callable

import numpy as np

from geo_jindu.scoring.fields import Normalisation
from geo_jindu.scoring.ordering import Floats, average_ranks, rank_rows

Scale = Callable[[Floats], Floats]
"""Turns values, shape (n,), or draws of them, shape (draws, n), into normalised ones."""

TOP = 100.0
"""The upper end of a normalised indicator and of a score; the default of COINr."""

LEAST_POSITIVE = 1.0
"""What lower normalised values count as in a geometric mean, where one 0 would make the whole 0."""

MOST_SKEW, MOST_KURTOSIS = 2.0, 3.5
"""Beyond both an indicator has outliers: the defaults of COINr, Becker et al. 2022.

Journal of Open Source Software 7 (78), 4567, doi:10.21105/joss.04567.
"""

_LOG_SHIFT = 0.01
"""Share of the range that is added before the logarithm, as COINr does."""


def fit_scale(
    values: Floats,
    method: Normalisation,
    goalposts: tuple[float, float] | None = None,
    *,
    log_outliers: bool = False,
    positive: bool = False,
) -> Scale:
    """Return the scale that ``values`` set, to be used for them and for draws of them.

    OECD/JRC 2008, Handbook on Constructing Composite Indicators (doi:10.1787/9789264043466-en),
    step 5. Bounds, mean and standard deviation come from ``values`` and hold for all draws, so that
    a score means the same in each; ranks are those within a draw. Values that are all the same say
    nothing and lie in the middle.

    Parameters
    ----------
    values
        Shape (n,), of the townships with a score; no NaN.
    goalposts
        Lower and upper bound in the unit of the values; asked by that method alone. Beyond them
        values count as 0 and 100.
    log_outliers
        Whether an indicator with outliers (`has_outliers`) is put on a logarithmic scale before
        min-max or z-scores. Unlike winsorising this keeps the order of the highest townships.
    positive
        Whether normalised values below 1 are raised to 1, as a geometric mean asks.
    """
    scale = _fit(values, method, goalposts)
    if (
        log_outliers
        and method in {Normalisation.MIN_MAX, Normalisation.Z_SCORE}
        and has_outliers(values)
    ):
        take_log = _fit_log(values)
        inner = _fit(take_log(values), method, goalposts)

        def scale(drawn: Floats) -> Floats:
            return inner(take_log(drawn))

    if not positive:
        return scale
    return lambda drawn: np.maximum(scale(drawn), LEAST_POSITIVE)


def _fit(values: Floats, method: Normalisation, goalposts: tuple[float, float] | None) -> Scale:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if method is Normalisation.GOALPOSTS:
        if goalposts is None:
            raise ValueError("this normalisation needs goalposts")
        low, high = goalposts
        return lambda drawn: np.clip((drawn - low) * (TOP / (high - low)), 0.0, TOP)
    is_flat = high - low <= 1e-12 * max(abs(high), abs(low))
    if method in {Normalisation.RANK, Normalisation.PERCENTILE}:
        return _fit_ranks(len(values), method, is_flat)
    if method is Normalisation.Z_SCORE:
        mean, spread = (0.0, np.inf) if is_flat else (float(values.mean()), float(values.std(ddof=1)))
        return lambda drawn: (drawn - mean) / spread
    if is_flat:
        return lambda drawn: np.full_like(drawn, TOP / 2)
    return lambda drawn: (drawn - low) * (TOP / (high - low))


def _fit_ranks(n: int, method: Normalisation, is_flat: bool) -> Scale:
    """Ranks from 1 for the lowest, or the same from 0 to 100."""
    start, step, middle = 0.0, 1.0, (n + 1) / 2
    if method is Normalisation.PERCENTILE:
        start, step, middle = 1.0, TOP / max(n - 1, 1), TOP / 2

    def scale(drawn: Floats) -> Floats:
        if is_flat:
            return np.full_like(drawn, middle)
        ranks = average_ranks(drawn) if drawn.ndim == 1 else n + 1 - rank_rows(drawn)
        return ((ranks - start) * step).astype(drawn.dtype)

    return scale


def _fit_log(values: Floats) -> Scale:
    """Take the logarithm of the distance to the end that is crowded, plus 1 % of the range."""
    low, high = float(values.min()), float(values.max())
    sign, origin = (1.0, low) if skewness(values) > 0 else (-1.0, high)
    shift = _LOG_SHIFT * (high - low)
    return lambda drawn: sign * np.log(np.maximum(sign * (drawn - origin), 0.0) + shift)


def has_outliers(values: Floats) -> bool:
    """Whether skewness and excess kurtosis are both beyond the thresholds."""
    return abs(skewness(values)) > MOST_SKEW and kurtosis(values) > MOST_KURTOSIS


def skewness(values: Floats) -> float:
    """Return the adjusted skewness G1 (Joanes and Gill 1998, doi:10.1111/1467-9884.00122).

    0 where it does not exist: fewer than three values, or all the same.
    """
    n = len(values)
    if n < 3 or np.ptp(values) == 0:
        return 0.0
    return _moment(values, 3) * float(np.sqrt(n * (n - 1))) / (n - 2)


def kurtosis(values: Floats) -> float:
    """Return the adjusted excess kurtosis G2 (Joanes and Gill 1998).

    0 where it does not exist: fewer than four values, or all the same.
    """
    n = len(values)
    if n < 4 or np.ptp(values) == 0:
        return 0.0
    excess = _moment(values, 4) - 3
    return ((n + 1) * excess + 6) * (n - 1) / ((n - 2) * (n - 3))


def _moment(values: Floats, power: int) -> float:
    """Return a standardised central moment."""
    deviation = values - values.mean()
    return float((deviation**power).mean() / (deviation**2).mean() ** (power / 2))
