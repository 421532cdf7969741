"""What is wrong with the polygons of a boundary file, one by one and side by side."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from boundaries.coverage_faces import (
    SLIVER_WIDTH_M,
    Borders,
    Faces,
    Positions,
    Shapes,
    are_slivers,
    measure_borders,
)
from geo_jindu.boundary_findings import Finding, FindingKind

MOSTLY = 0.5
"""Share of a unit from which others claim most of it."""

Place = tuple[float, float]


def has_polygon(shapes: gpd.GeoSeries) -> NDArray[np.bool_]:
    """Return of each shape whether it is a polygon that encloses ground, valid or not."""
    found: NDArray[np.bool_] = shapes.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy(copy=True)
    points, owner = shapely.get_coordinates(shapes.to_numpy(), return_index=True)
    found[owner[~np.isfinite(points).all(axis=1)]] = False
    found[found] = shapely.area(shapely.make_valid(shapes.to_numpy()[found])) > 0
    return found


def find_polygon_faults(frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Find rows without polygon and invalid polygons, with the reason and place that GEOS gives.

    Parameters
    ----------
    frame
        ``code`` and polygons as the file has them, index = row.
    """
    is_polygon = has_polygon(frame.geometry)
    for row in frame.index[~is_polygon]:
        yield Finding(FindingKind.NO_POLYGON, (frame["code"][row],), (int(row),))
    polygons = frame[is_polygon]
    for row, said in polygons[~polygons.is_valid].is_valid_reason().items():
        reason, _, point = said.rstrip("]").partition("[")
        at = places(shapely.points([list(map(float, point.split()[:2]))]), frame.crs)[0]
        unit = (frame["code"][row],)
        yield Finding(FindingKind.INVALID_POLYGON, unit, (int(row),), at=at, detail=reason.strip())


def find_patches(units: gpd.GeoDataFrame, faces: Faces) -> Iterator[Finding]:
    """Find the places that several units claim, or none.

    Parameters
    ----------
    units
        ``code`` and valid polygons in the measuring CRS, index = row.
    faces
        Of these polygons.
    """
    patches = faces.patches
    borders = measure_borders(faces, patches)
    shapes = faces.shapes[patches]
    slivers = are_slivers(shapes, SLIVER_WIDTH_M)
    drawn = to_degrees(shapes, units.crs)
    points = places(shapely.point_on_surface(shapes), units.crs)
    codes, rows = units["code"].to_numpy(), units.index.to_numpy()
    for face, shape, at, is_sliver in zip(patches, drawn, points, slivers, strict=True):
        is_gap = faces.claims[face] == 0
        around = _neighbours(faces, borders, face) if is_gap else faces.claimants(face)
        yield Finding(
            FindingKind.GAP if is_gap else FindingKind.OVERLAP,
            tuple(codes[around]),
            tuple(map(int, rows[around])),
            area_m2=float(faces.areas[face]),
            at=at,
            is_sliver=bool(is_sliver),
            shape=shape,
        )


def _neighbours(faces: Faces, borders: Borders, face: int) -> Positions:
    """Return the units whose ground borders a face, sorted."""
    claimants = [faces.claimants(other) for other, _ in borders.of(face)]
    return np.unique(np.concatenate(claimants))


def find_mostly_claimed(units: gpd.GeoDataFrame, faces: Faces) -> Iterator[Finding]:
    """Find the units that others claim for the greater part."""
    shared = faces.areas[faces.claimed] * (faces.claims[faces.claimed] > 1)
    claimed = np.bincount(faces.claimant, weights=shared, minlength=len(units))
    for at in np.flatnonzero(claimed > MOSTLY * units.area.to_numpy()):
        unit, row = (units["code"].iloc[at],), (int(units.index[at]),)
        area, place = float(claimed[at]), units["at"].iloc[at]
        yield Finding(FindingKind.MOSTLY_CLAIMED, unit, row, area_m2=area, at=place)


def find_parts(units: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Find the parts of units that do not touch the unit's largest part."""
    shapes = units.geometry.to_numpy()
    parts, unit = shapely.get_parts(shapes, return_index=True)
    areas = pd.Series(shapely.area(parts))
    largest = areas.groupby(unit).idxmax().to_numpy()
    apart = np.flatnonzero(~shapely.intersects(parts, parts[largest][unit]))
    tree = shapely.STRtree(shapes)
    near = tree.query(parts[apart], predicate="dwithin", distance=SLIVER_WIDTH_M)
    drawn = to_degrees(parts[apart], units.crs)
    points = places(shapely.point_on_surface(parts[apart]), units.crs)
    for at, part in enumerate(apart):
        others = near[1][(near[0] == at) & (near[1] != unit[part])]
        yield Finding(
            _kind_of_part(parts[part], shapes[others]),
            (units["code"].iloc[unit[part]],),
            (int(units.index[unit[part]]),),
            area_m2=float(areas[part]),
            at=points[at],
            shape=drawn[at],
        )


def _kind_of_part(part: shapely.Polygon, others: Shapes) -> FindingKind:
    """Tell how a part lies among the units that touch it or are within the width of a sliver."""
    if not len(others):
        return FindingKind.ISLAND
    ground = shapely.get_parts(shapely.union_all(others))
    filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(ground)))
    return FindingKind.EXCLAVE if filled.covers(part) else FindingKind.DETACHED_PART


def to_degrees(shapes: Shapes, crs: CRS) -> Shapes:
    """Return shapes in WGS 84."""
    converted: Shapes = gpd.GeoSeries(shapes, crs=crs).to_crs(4326).to_numpy()
    return converted


def places(points: Shapes, crs: CRS) -> list[Place]:
    """Return longitude and latitude [degrees, WGS 84] of points."""
    return [(point.x, point.y) for point in to_degrees(points, crs)]
