"""Rates of small counts: exact intervals, empirical Bayes and exceedance.

Counts of a few persons a year jump by half without anything having changed. So no rate stands alone:
each has an exact interval, is drawn towards the city by as much as its smallness demands, and says
how sure it is to lie above the city.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

INTERVAL_LEVEL = 0.95
"""Level of the interval of a rate; a convention of health atlases, not a finding."""


@dataclass(frozen=True)
class EmpiricalBayes:
    """Rates drawn towards the overall rate (Marshall 1991, doi:10.2307/2347593).

    Attributes
    ----------
    rate
        Smoothed rate per person, shape (n,).
    reliability
        Weight of a unit's own rate, 0 to 1, shape (n,): 0 says nothing but the overall rate.
    mean
        Overall rate per person, the sum of counts over the sum of persons.
    variance
        Variance of the true rates between units, per person squared; 0 if the counts vary no more
        than chance.
    """

    rate: Array
    reliability: Array
    mean: float
    variance: float

    @property
    def prior(self) -> tuple[float, float]:
        """Shape and rate of the gamma distribution with this mean and variance.

        Its posterior mean (shape + count) / (rate + persons) is the smoothed rate itself. Infinite
        if the variance is 0.
        """
        if self.variance == 0:
            return np.inf, np.inf
        return self.mean**2 / self.variance, self.mean / self.variance


def smooth_rates(counts: Array, persons: Array) -> EmpiricalBayes:
    """Smooth rates towards the overall rate by Marshall's global moment estimator.

    ``rate = mean + reliability (count / persons - mean)`` with
    ``reliability = variance / (variance + mean / persons)``; the variance is the person-weighted one
    of the crude rates less the part that chance explains, at least 0.

    Parameters
    ----------
    counts, persons
        Shape (n,); persons above 0, neither NaN.

    Returns
    -------
    EmpiricalBayes
        In the order of the input.

    Raises
    ------
    ValueError
        If there is no unit, a unit without persons, or nothing counted at all.
    """
    if not len(counts) or (persons <= 0).any() or counts.sum() <= 0:
        raise ValueError("smoothing needs persons in every unit and at least one count above zero")
    mean = float(counts.sum() / persons.sum())
    crude = counts / persons
    spread = (persons * (crude - mean) ** 2).sum() / persons.sum()
    variance = max(float(spread - mean / persons.mean()), 0.0)
    reliability = variance / (variance + mean / persons)
    return EmpiricalBayes(mean + reliability * (crude - mean), reliability, mean, variance)


def standardise_rates(counts: Array, persons: Array) -> Array:
    """Return rates as deviations of equal variance (Assunção and Reis 1999).

    ``(count / persons - mean) / sqrt(variance + mean / persons)`` with the moments of
    `smooth_rates`, which also says what is asked of the input; Statistics in Medicine 18,
    2147-2162, doi:10.1002/(SICI)1097-0258(19990830)18:16<2147::AID-SIM179>3.0.CO;2-I.

    Returns
    -------
    numpy.ndarray
        Shape (n,), no unit.
    """
    overall = smooth_rates(counts, persons)
    deviation = counts / persons - overall.mean
    return deviation / np.sqrt(overall.variance + overall.mean / persons)


def rate_interval(counts: Array, persons: Array, level: float = INTERVAL_LEVEL) -> tuple[Array, Array]:
    """Return the exact two-sided interval of a Poisson rate (Garwood 1936).

    Biometrika 28, 437-442, doi:10.1093/biomet/28.3-4.437: lower limit ``gamma(tail, count)`` over the
    persons (0 if nothing was counted), upper limit ``gamma(1 - tail, count + 1)`` over the persons,
    quantiles of the gamma distribution with unit scale.

    Parameters
    ----------
    counts, persons
        Shape (n,); persons above 0.
    level
        Between 0 and 1.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        Lower and upper limits per person, shape (n,) each.
    """
    from scipy.special import gammaincinv

    tail = (1 - level) / 2
    lower = np.where(counts > 0, gammaincinv(np.maximum(counts, 1), tail), 0.0)
    upper = gammaincinv(counts + 1, 1 - tail)
    return lower / persons, upper / persons


def exceedance(counts: Array, persons: Array, overall: EmpiricalBayes, reference: float) -> Array:
    """Return P(true rate > reference | data) under the gamma posterior, shape (n,).

    If the counts vary no more than chance, every true rate is the mean: 1 above the reference,
    0.5 at it, else 0.

    Parameters
    ----------
    counts, persons
        Those that ``overall`` was made of, shape (n,).
    reference
        Rate per person.
    """
    from scipy.special import gammaincc

    shape, rate = overall.prior
    if np.isinf(shape):
        return np.full(len(counts), np.heaviside(overall.mean - reference, 0.5))
    posterior: Array = gammaincc(shape + counts, (rate + persons) * reference)
    return posterior
