"""Getis and Ord's local statistics G and G*."""

import numpy as np
from scipy.sparse import csr_array

from geo_jindu.rates import Array


def g_star(values: Array, weights: csr_array) -> Array:
    """Return the standard deviate of G* for each unit.

    Ord and Getis 1995 (doi:10.1111/j.1538-4632.1995.tb00912.x), equation 14: with ``W = sum_j w_ij``,
    ``S = sum_j w_ij**2``, the mean ``m`` and the standard deviation ``s`` (divisor n) of all values,
    ``z_i = (sum_j w_ij x_j - W m) / (s sqrt((n S - W**2) / (n - 1)))``.

    Parameters
    ----------
    values
        Shape (n,), no NaN. The statistic is the same for any linear rescaling of them.
    weights
        Shape (n, n), each unit a neighbour of itself; binary or row-standardised.

    Returns
    -------
    numpy.ndarray
        Shape (n,); above 0 among high values. NaN where it cannot be computed: all values equal, or
        a unit that neighbours every other.
    """
    n = len(values)
    total = np.asarray(weights.sum(axis=1), dtype=float).ravel()
    squares = np.asarray(weights.multiply(weights).sum(axis=1), dtype=float).ravel()
    variance = np.maximum(n * squares - total**2, 0.0) / max(n - 1, 1)
    deviation = np.asarray(weights @ (values - values.mean()), dtype=float)
    spread = values.std() * np.sqrt(variance)
    z = np.full(n, np.nan)
    possible = spread > 1e-12 * max(float(np.abs(values).max(initial=0)), 1e-300)
    z[possible] = deviation[possible] / spread[possible]
    return z


def local_g(values: Array, weights: csr_array) -> Array:
    """Return the standard deviate of G for each unit: its neighbours alone, without itself.

    Ord and Getis 1995 (doi:10.1111/j.1538-4632.1995.tb00912.x), equation 13: as `g_star`, with the mean
    and the standard deviation (divisor n - 1) of the n - 1 other values, and
    ``sqrt(((n - 1) S - W**2) / (n - 2))``.

    Parameters
    ----------
    values
        Shape (n,), no NaN.
    weights
        Shape (n, n), no unit a neighbour of itself.

    Returns
    -------
    numpy.ndarray
        Shape (n,). NaN as in `g_star`, and for a unit without neighbours.
    """
    n = len(values)
    if n < 3:
        return np.full(n, np.nan)
    total = np.asarray(weights.sum(axis=1), dtype=float).ravel()
    squares = np.asarray(weights.multiply(weights).sum(axis=1), dtype=float).ravel()
    mean = (values.sum() - values) / (n - 1)
    spread = np.sqrt(np.maximum(((values**2).sum() - values**2) / (n - 1) - mean**2, 0.0))
    variance = np.maximum((n - 1) * squares - total**2, 0.0) / (n - 2)
    deviation = np.asarray(weights @ values, dtype=float) - total * mean
    scale = spread * np.sqrt(variance)
    z = np.full(n, np.nan)
    possible = scale > 1e-12 * max(float(np.abs(values).max(initial=0)), 1e-300)
    z[possible] = deviation[possible] / scale[possible]
    return z
