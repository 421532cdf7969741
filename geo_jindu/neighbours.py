"""Who is a neighbour of whom."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_jindu.configuration import Neighbours

if TYPE_CHECKING:
    import geopandas as gpd
    from scipy.sparse import csr_array

Positions = NDArray[np.int64]
Shapes = NDArray[Any]

TOUCHING_M = 2.0
"""Borders nearer than this are one, drawn twice: five decimals of a degree are a metre; assumed."""
SHORTEST_BORDER_M = 20.0
"""Where borders do not match, a shorter common one counts as a corner; assumed."""


@dataclass(frozen=True)
class Neighbourhood:
    """Neighbours of every township.

    Attributes
    ----------
    weights
        Binary, without self, shape (n, n), in the order of the townships.
    islands
        Codes without a neighbour by the chosen rule.
    joined
        The nearest township each island was joined to, by code; empty if they are left alone.
    """

    weights: "csr_array"
    islands: tuple[str, ...]
    joined: dict[str, str]


def find_neighbours(polygons: "gpd.GeoSeries", settings: Neighbours) -> Neighbourhood:
    """Find the neighbours of every township.

    Islands are joined to the township whose border is nearest, both ways, unless the settings leave
    them alone; of several equally near, to the one with the smallest code.

    Parameters
    ----------
    polygons
        Index = code, sorted; in a CRS that measures in metres.
    """
    from scipy.sparse import csr_array

    weights = neighbour_weights(polygons, settings)
    alone = np.flatnonzero(np.diff(weights.indptr) == 0)
    islands = tuple(str(code) for code in polygons.index[alone])
    if settings.islands == "alone" or len(polygons) < 2:
        return Neighbourhood(weights, islands, {})
    nearest = _nearest_borders(polygons, alone)
    rows, columns = np.append(alone, nearest), np.append(nearest, alone)
    links = csr_array((np.ones(len(rows)), (rows, columns)), shape=weights.shape)
    joined = dict(zip(islands, map(str, polygons.index[nearest]), strict=True))
    return Neighbourhood(csr_array((weights + links).minimum(1.0)), islands, joined)


def neighbour_weights(polygons: "gpd.GeoSeries", settings: Neighbours) -> "csr_array":
    """Return binary neighbour weights without self, islands left alone.

    Parameters
    ----------
    polygons
        Shape (n,), in a CRS that measures in metres.
    settings
        ``queen`` (a shared corner is enough), ``rook`` (a shared border), the ``k`` nearest by the
        distance of inner points, or all within ``distance_km`` of it. Polygons that are no valid
        coverage touch if they come within `TOUCHING_M`.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (n, n), ones and zeros, in the order of ``polygons``. A row of zeros is an island.
    """
    from scipy.sparse import csr_array

    positional = polygons.reset_index(drop=True)
    if len(positional) < 2:
        return csr_array((len(positional), len(positional)))
    if settings.kind == "k_nearest":
        return _nearest(positional.representative_point(), min(settings.k, len(positional) - 1))
    rook = settings.kind == "rook"
    if settings.kind == "distance":
        return _within(positional.representative_point(), settings.distance_km * 1000)
    if polygons.crs is None or shapely.coverage_is_valid(positional.to_numpy(), TOUCHING_M):
        return _contiguity(positional.to_numpy(), rook=rook)
    return _near_contiguity(positional, rook=rook)


def _within(points: "gpd.GeoSeries", distance: float) -> "csr_array":
    """Return who lies within a distance of whom."""
    from libpysal.graph import Graph
    from scipy.sparse import csr_array

    weights = csr_array(Graph.build_distance_band(points, distance).sparse, dtype=np.float64)
    weights.eliminate_zeros()  # libpysal writes an island as a neighbour of itself that weighs nothing
    return weights


def _contiguity(shapes: Shapes, *, rook: bool) -> "csr_array":
    """Return who shares a vertex with whom, or as rook a stretch between two vertices.

    What libpysal's ``Graph.build_contiguity`` returns for a coverage, whose import alone takes longer
    than all statistics of a city.
    """
    from scipy.sparse import coo_array, csr_array

    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    _, shared = np.unique(np.ascontiguousarray(xy).view(np.complex128), return_inverse=True)
    shared, units = shared.ravel(), owner[part[ring]]
    if rook:
        inside = ring[1:] == ring[:-1]
        ends = np.sort(np.column_stack([shared[:-1], shared[1:]])[inside], axis=1)
        _, shared = np.unique(ends[:, 0] * (int(shared.max()) + 1) + ends[:, 1], return_inverse=True)
        units = units[1:][inside]
    has = csr_array(coo_array((np.ones(len(units)), (units, shared)), shape=(len(shapes), len(units))))
    links = coo_array(has @ has.T)
    others = links.row != links.col
    pairs = links.row[others], links.col[others]
    return csr_array((np.ones(len(pairs[0])), pairs), shape=links.shape)


def _near_contiguity(polygons: "gpd.GeoSeries", *, rook: bool) -> "csr_array":
    """Return who touches whom where borders have no common vertices, or gaps or overlaps."""
    from libpysal.graph import Graph
    from scipy.sparse import csr_array

    pairs = Graph.build_fuzzy_contiguity(polygons, buffer=TOUCHING_M / 2).sparse.tocoo()
    first, second = pairs.row, pairs.col
    if rook:
        shapes = polygons.to_numpy()
        near = shapely.buffer(shapes[second], TOUCHING_M)
        common = shapely.length(shapely.intersection(shapely.boundary(shapes[first]), near))
        first, second = first[common >= SHORTEST_BORDER_M], second[common >= SHORTEST_BORDER_M]
    both = np.append(first, second), np.append(second, first)
    links = csr_array((np.ones(len(both[0])), both), shape=(len(polygons), len(polygons)))
    return csr_array(links.minimum(1.0))


def _nearest(points: "gpd.GeoSeries", k: int) -> "csr_array":
    """Return the ``k`` nearest others of each point, places of equal distance by their order."""
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree

    xy = np.column_stack([points.x, points.y])
    n = len(xy)
    _, found = KDTree(xy).query(xy, k=k + 1)
    others = [[each for each in row if each != own][:k] for own, row in enumerate(found)]
    rows = np.repeat(np.arange(n), k)
    return csr_array((np.ones(n * k), (rows, np.ravel(others))), shape=(n, n))


def _nearest_borders(polygons: "gpd.GeoSeries", positions: Positions) -> Positions:
    """Return for each position that of the nearest other polygon, the first of equals."""
    asked, found = polygons.sindex.nearest(polygons.iloc[positions], return_all=True, exclusive=True)
    first = pd.Series(found).groupby(asked).min()
    return first.to_numpy(dtype=np.int64)


def with_self(weights: "csr_array") -> "csr_array":
    """Return the weights, shape (n, n), with each unit a neighbour of itself, weight 1."""
    from scipy.sparse import csr_array, eye_array

    return csr_array(weights + eye_array(weights.shape[0]))
