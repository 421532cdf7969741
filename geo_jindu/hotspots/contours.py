"""A surface on cells to polygons, one for each class of values."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from geo_jindu.hotspots.grids import Grid
from geo_jindu.rates import Array

CLASSES = 5
"""Classes of a surface: as many as the colours that a map keeps apart."""

_CENTIMETRE = 0.01


@dataclass(frozen=True)
class Contour:
    """The ground of one class.

    Attributes
    ----------
    low, high
        Least and largest value in it.
    shape
        One or several polygons [m], valid, with their holes.
    """

    low: float
    high: float
    shape: shapely.MultiPolygon


def quantile_levels(values: Array, classes: int = CLASSES) -> Array:
    """Return levels that part a surface into classes of equal ground.

    Returns
    -------
    numpy.ndarray
        Ascending, from the least value to the largest; fewer where many values are equal, one if all
        are, none if all are NaN.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return known
    return np.unique(np.quantile(known, np.linspace(0, 1, classes + 1)))


def draw_contours(values: Array, grid: Grid, levels: Array) -> list[Contour]:
    """Draw the ground between every two levels, from the lowest class to the highest.

    Lines run between the middles of cells, by linear interpolation, and are then drawn with as few
    points as a quarter of a cell allows. Blank cells have no ground, so a surface ends half a cell
    before them. Classes share their lines and do not overlap. A class too thin to have ground is left
    out.

    Parameters
    ----------
    values
        On the cells of ``grid``; NaN are blank.
    levels
        Ascending, the first not above the least value and the last not below the largest. One level
        alone makes one class.
    """
    from contourpy import FillType, contour_generator

    if not len(levels) or min(values.shape) < 2:
        return []
    surface = np.ma.masked_invalid(values)
    lines = contour_generator(grid.x, grid.y, surface, corner_mask=True, fill_type=FillType.OuterOffset)
    above = [_multipolygon(*lines.filled(low, np.inf)) for low in [-np.inf, *levels[1:-1]]]
    higher = [*above[1:], shapely.MultiPolygon()]
    classes = shapely.difference(above, higher, grid_size=_CENTIMETRE)
    shapes = [_ground(each) for each in classes]
    if shapely.coverage_is_valid(shapes):
        shapes = shapely.coverage_simplify(shapes, grid.cell_m / 4)
    limits = zip(levels[: len(shapes)], [*levels[1:-1], levels[-1]], strict=True)
    return [
        Contour(float(low), float(high), shape)
        for (low, high), shape in zip(limits, shapes, strict=True)
        if not shape.is_empty
    ]


def _multipolygon(points: list[Array], offsets: list[Array]) -> shapely.MultiPolygon:
    """Return polygons of contourpy, each a line of points and where its rings begin, as one shape."""
    polygons = []
    for xy, starts in zip(points, offsets, strict=True):
        rings = [xy[start:end] for start, end in pairwise(starts)]
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    valid = shapely.make_valid(polygons, method="structure", keep_collapsed=False)
    return shapely.union_all(valid, grid_size=_CENTIMETRE)


def _ground(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return what of a shape has an area; rounding may leave lines."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.area(parts) > 0])
