"""Fictional townships in any number: prefectures one after another, for work at scale.

Each is a prefecture of `boundaries.fictional` from a seed of its own, in a cell of its own on a grid in
the open ocean, made small enough to fit. Only one is held in memory at a time.
"""

from collections.abc import Iterator
from math import ceil

import geopandas as gpd

from boundaries.fictional import (
    CENTRE_M,
    COUNTIES,
    COUNTY_SIZES,
    METRIC_CRS,
    make_fictional_prefecture,
)

SIDE_M = 880_000.0
"""Side of the square round CENTRE_M that all prefectures share; it lies in the open ocean."""
PREFECTURE_M = 176_000.0
"""Room that a prefecture of full size needs."""
MOST_COUNTIES = 9_999
"""Four digits of a code number the counties."""


def stream_fictional_prefectures(townships: int, seed: int = 99) -> Iterator[gpd.GeoDataFrame]:
    """Make fictional townships, prefecture by prefecture.

    Parameters
    ----------
    townships
        How many in all; the last prefecture is cut off after as many as are wanted.
    seed
        Of the first prefecture; the next has the next.

    Yields
    ------
    GeoDataFrame
        At most 184 townships as `boundaries.fictional.make_fictional_prefecture` makes them, with
        codes, names of counties and places of their own.

    Raises
    ------
    ValueError
        If there are more counties than codes for them: above 153,272 townships.
    """
    size = int(COUNTY_SIZES.sum())
    number = ceil(townships / size)
    if number * len(COUNTIES) > MOST_COUNTIES:
        raise ValueError("codes of fictional counties have four digits: at most 9,999 counties")
    side = ceil(number**0.5)
    for place in range(number):
        prefecture = make_fictional_prefecture(seed + place)
        numbered = _number_counties(prefecture, place)
        moved = numbered.set_geometry(_move(prefecture.geometry, place, side))
        yield moved.head(townships - place * size)


def _number_counties(prefecture: gpd.GeoDataFrame, place: int) -> gpd.GeoDataFrame:
    """Give counties the next free numbers, and their number in front of their names."""
    county = prefecture["county"].str[2:4].astype(int) + place * len(COUNTIES)
    code = "99" + county.astype(str).str.zfill(4)
    return prefecture.assign(
        code=code + prefecture["code"].str[6:],
        county=code,
        county_name=county.astype(str) + prefecture["county_name"],
    )


def _move(shapes: gpd.GeoSeries, place: int, side: int) -> gpd.GeoSeries:
    """Scale and move a prefecture into its cell; EPSG:4326, 6 decimals."""
    cell = SIDE_M / side
    scale = min(1.0, cell / PREFECTURE_M)
    row, column = divmod(place, side)
    east, north = ((at + 0.5) * cell - SIDE_M / 2 for at in (column, row))
    metric = shapes.to_crs(METRIC_CRS).affine_transform(
        [scale, 0, 0, scale, CENTRE_M[0] * (1 - scale) + east, CENTRE_M[1] * (1 - scale) + north]
    )
    return metric.to_crs("EPSG:4326").transform(lambda lon_lat: lon_lat.round(6))
