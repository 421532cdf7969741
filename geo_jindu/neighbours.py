"""Who is a neighbour of whom, from libpysal's graph."""

from typing import TYPE_CHECKING

import numpy as np

from geo_jindu.configuration import Neighbours

if TYPE_CHECKING:
    import geopandas as gpd
    from scipy.sparse import csr_array


def neighbour_weights(polygons: "gpd.GeoSeries", settings: Neighbours) -> "csr_array":
    """Return binary neighbour weights without self.

    Parameters
    ----------
    polygons
        Shape (n,), in a CRS that measures in metres.
    settings
        ``queen`` (a shared corner is enough), ``rook`` (a shared border) or the ``k`` nearest by
        the distance of inner points.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (n, n), ones and zeros, in the order of ``polygons``. A row of zeros is an island.
    """
    from libpysal.graph import Graph
    from scipy.sparse import csr_array

    positional = polygons.reset_index(drop=True)
    if len(positional) < 2:
        return csr_array((len(positional), len(positional)))
    if settings.kind == "k_nearest":
        return _nearest(positional.representative_point(), min(settings.k, len(positional) - 1))
    graph = Graph.build_contiguity(positional, rook=settings.kind == "rook")
    return csr_array(graph.sparse, dtype=np.float64)


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


def with_self(weights: "csr_array") -> "csr_array":
    """Return the weights, shape (n, n), with each unit a neighbour of itself, weight 1."""
    from scipy.sparse import csr_array, eye_array

    return csr_array(weights + eye_array(weights.shape[0]))
