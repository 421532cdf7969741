"""Points inside fictional townships: some round a few places, the rest anywhere."""

import numpy as np
import shapely
from numpy.random import Generator

from geo_jindu.demo.allocation import Floats

CLUSTERED = 0.7
"""Part of the points that lie round a place; the rest is even."""
PLACES = 3
SPREAD = 0.06
"""Scatter round a place, in parts of the square root of the township's area."""


def scatter_points(shape: shapely.Geometry, number: int, rng: Generator) -> Floats:
    """Draw points in a polygon; shape (number, 2) [unit of the polygon]."""
    shapely.prepare(shape)
    places = _scatter_evenly(shape, PLACES, rng)
    near = rng.binomial(number, CLUSTERED)
    sigma = SPREAD * shape.area**0.5
    drawn = places[rng.integers(0, PLACES, near)] + rng.normal(0, sigma, (near, 2))
    inside = drawn[shapely.contains_xy(shape, drawn)]
    points = np.concatenate([inside, _scatter_evenly(shape, number - len(inside), rng)])
    return rng.permutation(points)


def _scatter_evenly(shape: shapely.Geometry, number: int, rng: Generator) -> Floats:
    xmin, ymin, xmax, ymax = shape.bounds
    filled = shape.area / ((xmax - xmin) * (ymax - ymin))
    drawn = [np.empty((0, 2))]
    missing = number
    while missing > 0:
        xy = rng.uniform((xmin, ymin), (xmax, ymax), (int(1.1 * missing / filled) + 8, 2))
        drawn.append(xy[shapely.contains_xy(shape, xy)])
        missing -= len(drawn[-1])
    return np.concatenate(drawn)[:number]
