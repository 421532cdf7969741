"""Moran's I of a whole map."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from geo_jindu.hotspots.significance import two_sided_p
from geo_jindu.rates import Array


@dataclass(frozen=True)
class Moran:
    """Moran's I of a map; all NaN where it cannot be computed.

    Attributes
    ----------
    statistic
        Above `expected` where like values lie together.
    expected
        Under no clustering, ``-1 / (n - 1)``.
    z
        Standard deviate under randomisation.
    p
        Two-sided.
    """

    statistic: float
    expected: float
    z: float
    p: float


def moran(values: Array, weights: csr_array) -> Moran:
    """Return Moran's I and its test under randomisation.

    Moran 1950 (doi:10.1093/biomet/37.1-2.17); variance under randomisation of Cliff and Ord 1981,
    Spatial Processes, equation 1.38. For rates take those standardised to equal variance
    (`geo_jindu.rates.standardise_rates`), as Assunção and Reis 1999 do.

    Parameters
    ----------
    values
        Shape (n,), no NaN.
    weights
        Shape (n, n), without self; row-standardise them for the usual form.

    Returns
    -------
    Moran
        All NaN for fewer than four units, no links, or values that are all equal.
    """
    n = len(values)
    deviation = values - values.mean() if n else values
    squares = float(deviation @ deviation)
    total = float(weights.sum())
    if n < 4 or not total or squares <= 1e-24 * n * max(float(np.abs(values).max()) ** 2, 1e-300):
        return Moran(np.nan, np.nan, np.nan, np.nan)
    statistic = n / total * float(deviation @ (weights @ deviation)) / squares
    expected = -1 / (n - 1)
    both = weights + weights.T
    s1 = float(both.multiply(both).sum()) / 2
    s2 = float(((np.asarray(weights.sum(axis=0)) + np.asarray(weights.sum(axis=1))) ** 2).sum())
    kurtosis = n * float((deviation**4).sum()) / squares**2
    first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * total**2)
    second = kurtosis * (n * (n - 1) * s1 - 2 * n * s2 + 6 * total**2)
    variance = (first - second) / ((n - 1) * (n - 2) * (n - 3) * total**2) - expected**2
    z = np.array([(statistic - expected) / np.sqrt(variance)]) if variance > 0 else np.array([np.nan])
    return Moran(statistic, expected, float(z[0]), float(two_sided_p(z)[0]))
