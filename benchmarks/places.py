"""Invented townships in any number, in the open North Pacific.

`boundaries.fictional` makes one prefecture of 184 townships; here are as many as are asked for, of
about one size, with rough borders of about a hundred vertices each. No two borders cross and
neighbours share theirs, so the townships are a valid coverage.
"""

from math import ceil

import geopandas as gpd
import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import Voronoi

from boundaries.fictional import CENTRE_M, METRIC_CRS, draw_rough_lines
from geo_jindu.demo import COUNTIES

Floats = NDArray[np.float64]

SPACING_M = 9_000.0  # between the middles of neighbouring townships
STEPS, ROUGHNESS = 18, 0.35  # pieces of a border between two corners, and their scatter
TOLERANCE_M = 20.0  # smaller steps of a border are dropped


def make_townships(count: int, seed: int = 99) -> gpd.GeoDataFrame:
    """Make townships with natural borders.

    Parameters
    ----------
    count
        How many, 12 to 11,000.
    seed
        Start of all chance: the same seed gives the same frame.

    Returns
    -------
    geopandas.GeoDataFrame
        RangeIndex, sorted by ``code``; the columns that `geo_jindu.demo.write_demo` takes: ``code`` (9
        digits, starting with 99), ``name``, ``county``, ``county_name``, ``geometry`` (Polygon,
        EPSG:4326, 6 decimals).
    """
    rng = np.random.default_rng(seed)
    seats, others = _lay_seats(rng, count)
    faces = _close_faces(_draw_borders(rng, np.concatenate([seats, others])))
    _, holders = shapely.STRtree(faces).query(shapely.points(seats), predicate="within")
    shapes = shapely.coverage_simplify(faces[holders], TOLERANCE_M)
    metres = gpd.GeoSeries(shapely.transform(shapes, lambda xy: xy + CENTRE_M), crs=METRIC_CRS)
    degrees = metres.to_crs(4326).transform(lambda lon_lat: lon_lat.round(6))
    assert degrees.is_valid.all()
    assert shapely.coverage_is_valid(degrees.to_numpy())
    return gpd.GeoDataFrame(_name_units(count), geometry=degrees)


def _lay_seats(rng: Generator, count: int) -> tuple[Floats, Floats]:
    """Lay seats on a shaken grid round 0, 0: those wanted, county by county, and a margin; [m]."""
    side = ceil(count**0.5) + 4  # two rows more on each side, so that every cell wanted is closed
    grid = np.stack(np.meshgrid(*[np.arange(side) - (side - 1) / 2] * 2), axis=-1).reshape(-1, 2)
    inwards = np.argsort(np.abs(grid).max(axis=1), kind="stable")
    seats = (grid[inwards] + rng.uniform(-0.45, 0.45, grid.shape)) * SPACING_M
    wanted, others = seats[:count], seats[count:]
    return wanted[np.argsort(np.arctan2(*wanted.T))], others


def _draw_borders(rng: Generator, seats: Floats) -> Floats:
    """Draw each edge between two Voronoi cells as a rough line; (lines, STEPS + 1, 2) [m]."""
    voronoi = Voronoi(seats)
    ends = np.array(voronoi.ridge_vertices)
    closed = (ends >= 0).all(axis=1)
    edges, apexes = voronoi.vertices[ends[closed]], seats[voronoi.ridge_points[closed, 0]]
    return draw_rough_lines(rng, edges, apexes, STEPS, ROUGHNESS)


def _close_faces(lines: Floats) -> NDArray[np.object_]:
    faces: NDArray[np.object_] = shapely.get_parts(shapely.polygonize(shapely.linestrings(lines)))
    return faces


def _name_units(count: int) -> dict[str, list[str]]:
    """List code, name, county and county name of townships dealt evenly to the counties."""
    names = list(COUNTIES)
    county = np.arange(count) * len(names) // count
    number = np.arange(count) - np.searchsorted(county, county) + 1
    units = list(zip(county, number, strict=True))
    return {
        "code": [f"99{place + 1:02}00{each:03}" for place, each in units],
        "name": [f"{names[place][0]}{each:03}镇" for place, each in units],
        "county": [f"99{place + 1:02}00" for place, _ in units],
        "county_name": [names[place] for place, _ in units],
    }
