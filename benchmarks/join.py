"""Points to townships: `geo_jindu.joining.assign_points` beside a spatial join of GeoPandas."""

import geopandas as gpd
import numpy as np
import pandas as pd
from places import make_townships
from rows import Row, least_ms_in_turn

from geo_jindu.joining import assign_points

POINTS = 1_000_000


def measure_join(count: int) -> list[Row]:
    """Join random points to townships both ways; every township must get the same number."""
    townships = make_townships(count).set_index("code")[["geometry"]]
    points = _scatter_points(townships)
    # A copy has no spatial index yet, so that each repetition builds its own.
    (ours, (assigned, _)), (peer, joined) = least_ms_in_turn(
        lambda: assign_points(points.copy(), townships), lambda: _join(points.copy(), townships)
    )
    pd.testing.assert_series_equal(
        _count(assigned["township"], townships), _count(joined["code"], townships), check_names=False
    )
    inside = (assigned["township"] != "").mean()
    return [
        Row(
            f"join {POINTS:,} points to {count:,} townships",
            ours,
            "ms",
            peer,
            "geopandas.sjoin, within",
            f"equal counts in every township; {inside:.0%} of the points lie in one",
        )
    ]


def _scatter_points(townships: gpd.GeoDataFrame) -> gpd.GeoSeries:
    xmin, ymin, xmax, ymax = townships.total_bounds
    xy = np.random.default_rng(POINTS).uniform((xmin, ymin), (xmax, ymax), (POINTS, 2))
    return gpd.GeoSeries.from_xy(*xy.T, crs=townships.crs)


def _join(points: gpd.GeoSeries, townships: gpd.GeoDataFrame) -> pd.DataFrame:
    joined: pd.DataFrame = gpd.sjoin(gpd.GeoDataFrame(geometry=points), townships, predicate="within")
    return joined


def _count(codes: pd.Series, townships: gpd.GeoDataFrame) -> pd.Series:
    return codes.value_counts().reindex(townships.index, fill_value=0)
