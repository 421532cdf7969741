"""A bandwidth to begin with."""

import numpy as np

from geo_jindu.hotspots.kernels import Kernel
from geo_jindu.rates import Array

_CANONICAL = 2.78
"""How much wider a quartic kernel is than a Gaussian one that smooths as much, in the plane: Silverman
1986, Density Estimation (doi:10.1201/9781315140919), table 4.1."""


def choose_bandwidth(points: Array, kernel: Kernel) -> float:
    """Return a bandwidth [m] to begin with.

    ``0.9 min(s, d / sqrt(ln 2)) n**-0.2`` for a quartic kernel, with the standard distance ``s`` from
    the mean centre and the median distance ``d`` from it: the default of ArcGIS (Esri, "How Kernel
    Density works"), which takes Silverman's rule of thumb (1986, equation 3.31) to the plane, so that
    maps compare. A Gaussian kernel that smooths as much is narrower by a factor of 2.78. The rule is
    made for one cluster and smooths several too much: then a smaller bandwidth is to be given.

    Parameters
    ----------
    points
        Shape (n, 2) [m].

    Returns
    -------
    float
        To 100 m, as it is no more exact than that and would tell of the points. Not below the smallest
        of the kernel, which is also that of fewer than two places.
    """
    if not len(points):
        return kernel.smallest_bandwidth_m
    distance = np.hypot(*(points - points.mean(axis=0)).T)
    spread = min(np.sqrt((distance**2).mean()), np.median(distance) / np.sqrt(np.log(2)))
    quartic = float(0.9 * spread * len(points) ** -0.2)
    found = quartic if kernel is Kernel.QUARTIC else quartic / _CANONICAL
    return max(round(found, -2), kernel.smallest_bandwidth_m)
