"""Borders drawn with as few points as a screen shows. For display only; exports keep them all."""

import geopandas as gpd
import numpy as np
import shapely

SCREEN_PIXELS = 4_000
"""Points closer than the area's longer side over this are merged: half a pixel on a large screen."""


def simplify_for_display(polygons: gpd.GeoSeries, measuring_crs: str) -> gpd.GeoSeries:
    """Return polygons in WGS 84 with fewer points, shared borders still shared.

    Where the polygons overlap or leave gaps they are no coverage, and are drawn as they are.
    """
    measured = polygons.to_crs(measuring_crs)
    shapes = measured.to_numpy()
    if shapely.coverage_is_valid(shapes):
        xmin, ymin, xmax, ymax = measured.total_bounds
        shapes = shapely.coverage_simplify(shapes, max(xmax - xmin, ymax - ymin) / SCREEN_PIXELS)
    simplified = gpd.GeoSeries(shapes, index=polygons.index, crs=measured.crs).to_crs(4326)
    rounded = shapely.transform(simplified.to_numpy(), lambda xy: np.round(xy, 5))
    return gpd.GeoSeries(rounded, index=polygons.index, crs=4326)


def county_borders(polygons: gpd.GeoSeries, county: np.ndarray) -> gpd.GeoSeries:
    """Merge townships into counties; index = county code, sorted, in the CRS of the townships."""
    frame = gpd.GeoDataFrame({"county": county}, geometry=polygons.to_numpy(), crs=polygons.crs)
    if shapely.coverage_is_valid(frame.geometry.to_numpy()):
        return frame.dissolve("county", method="coverage").geometry
    frame.geometry = frame.make_valid(method="structure", keep_collapsed=False)  # rounding may cross
    return frame.dissolve("county", method="unary").geometry
