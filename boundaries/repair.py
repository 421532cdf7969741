"""Polygons that break the rules: repaired where they are invalid, named where they overlap."""

import geopandas as gpd
import numpy as np
import shapely

from geo_jindu.townships import Overlap

SMALLEST_OVERLAP_M2 = 1.0
"""Smaller overlaps come from rounding coordinates, not from two claims to the same ground."""


def repair_polygons(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Make every polygon valid.

    Returns
    -------
    geopandas.GeoDataFrame
        A copy; rings that cross or touch themselves are split into the polygons they enclose, lines
        and points that remain are dropped.
    tuple of str
        Codes that were repaired, in order.
    """
    invalid = ~frame.geometry.is_valid
    repaired = frame.copy()
    repaired.geometry = np.where(
        invalid,
        shapely.make_valid(frame.geometry.to_numpy(), method="structure", keep_collapsed=False),
        frame.geometry.to_numpy(),
    )
    return repaired, tuple(frame.index[invalid])


def find_overlaps(polygons: gpd.GeoSeries) -> tuple[Overlap, ...]:
    """Find the pairs that share ground.

    Parameters
    ----------
    polygons
        Valid polygons, index = code, in a CRS that measures in metres.

    Returns
    -------
    tuple of Overlap
        In the order of the codes; empty for a valid coverage.
    """
    shapes = polygons.to_numpy()
    if shapely.coverage_is_valid(shapes):
        return ()
    first, second = polygons.sindex.query(polygons, predicate="intersects")
    first, second = first[first < second], second[first < second]
    area = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    codes = polygons.index
    return tuple(
        Overlap(codes[one], codes[other], float(shared) / 1e6)
        for one, other, shared in sorted(zip(first, second, area, strict=True))
        if shared > SMALLEST_OVERLAP_M2
    )
