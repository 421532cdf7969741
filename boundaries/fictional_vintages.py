"""Two vintages of the fictional prefecture, and the crosswalk from the earlier to the later.

Between two vintages townships merge, split and change codes. The earlier vintage is derived
backwards from the later one by one change of each kind, each among the towns of its own county:

1. merge: the largest town was two; it is cut in two along a rough line.
2. split: the two with the longest common border were one town.
3. recode: the first town had a code that is free today.
4. code reuse: the last town bears a code that was the first town's, and had a free one itself.

All changes are made on pieces of ground: a piece lies in one unit of each vintage.
"""

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator
from shapely.ops import split

from boundaries.fictional import METRIC_CRS, Floats, draw_rough_lines, make_fictional_prefecture

LATER, EARLIER = "2018-01-01", "2015-12-31"
MERGE_COUNTY, SPLIT_COUNTY, RECODE_COUNTY, REUSE_COUNTY = "丙县", "乙市", "戊市", "丁县"
CROSSWALK_COLUMNS = [
    "from_vintage",
    "from_code",
    "from_name",
    "to_vintage",
    "to_code",
    "to_name",
    "change",
    "area_km2",
]

LEAST_SHARE = 0.4  # of the ground on either side of a chord to cut along
ROUNDS, STEPS = 2, 6  # each round draws every piece of the cut as so many smaller ones
SWAY = 0.5  # farthest they stray, in lengths of the piece
INSIDE = "1FFF0F***"  # DE-9IM: within, and on the border with both ends only


class FictionalVintages(NamedTuple):
    """The fictional prefecture as of LATER and EARLIER, and which ground they share."""

    townships: gpd.GeoDataFrame
    earlier: gpd.GeoDataFrame
    crosswalk: pd.DataFrame


def make_fictional_vintages(seed: int = 99) -> FictionalVintages:
    """Make the fictional prefecture as of two dates, with a merge, a split and two recodings.

    Parameters
    ----------
    seed
        The same seed gives the same vintages.

    Returns
    -------
    FictionalVintages
        ``townships``, as of LATER: what ``make_fictional_prefecture`` makes. ``earlier``, as of
        EARLIER: 184 rows again, with the same columns, order, CRS (EPSG:4326, 6 decimals) and
        outline. ``crosswalk``: RangeIndex, a row for each pair of units that share ground, sorted
        by ``from_code`` and ``to_code``; ``change`` is unchanged, merge, split, recode or
        code_reuse; ``area_km2`` is the shared ground [km2] in EPSG:32658, not rounded. No value
        is missing.
    """
    townships = make_fictional_prefecture(seed)
    pieces = _undo_merge(np.random.default_rng(seed), _list_pieces(townships))
    pieces = _undo_reuse(_undo_recode(_undo_split(pieces)))
    return FictionalVintages(townships, _join_pieces(pieces), _list_pairs(pieces))


def _list_pieces(townships: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """List townships as pieces that were, and had the code and name, they are and have today."""
    pieces = townships.rename(columns={"code": "to_code", "name": "to_name"})
    return pieces.assign(from_code=pieces["to_code"], from_name=pieces["to_name"], change="unchanged")


def _undo_merge(rng: Generator, pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut the largest town in two; the smaller part gets a free code and a free name."""
    towns = _pick_towns(pieces, MERGE_COUNTY)
    row = towns.to_crs(METRIC_CRS).area.idxmax()
    merged = pieces.loc[[row]]
    county_size = (pieces["county_name"] == MERGE_COUNTY).sum()
    return _change_pieces(
        pd.concat([pieces, merged], ignore_index=True),
        [row, len(pieces)],
        "merge",
        from_code=[merged["to_code"].item(), _find_free_code(towns)],
        from_name=[merged["to_name"].item(), f"{MERGE_COUNTY[0]}{county_size + 1:02}镇"],
        geometry=_cut_in_two(rng, merged.geometry).to_list(),
    )


def _undo_split(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give two neighbouring towns the code and name of the first of them."""
    towns = _pick_towns(pieces, SPLIT_COUNTY)
    first, second = _find_closest_pair(towns.to_crs(METRIC_CRS).geometry)
    code, name = towns.loc[first, ["to_code", "to_name"]]
    return _change_pieces(pieces, [first, second], "split", from_code=code, from_name=name)


def _undo_recode(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give the first town a free code."""
    towns = _pick_towns(pieces, RECODE_COUNTY)
    return _change_pieces(pieces, towns.index[:1], "recode", from_code=_find_free_code(towns))


def _undo_reuse(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give the first town the code of the last town, and the last town a free one."""
    towns = _pick_towns(pieces, REUSE_COUNTY)
    codes = [towns["to_code"].iloc[-1], _find_free_code(towns)]
    return _change_pieces(pieces, towns.index[[0, -1]], "code_reuse", from_code=codes)


def _pick_towns(pieces: gpd.GeoDataFrame, county_name: str) -> gpd.GeoDataFrame:
    """Pick the towns (镇) of a county, in the order of their codes."""
    return pieces[(pieces["county_name"] == county_name) & pieces["to_name"].str.endswith("镇")]


def _find_free_code(towns: gpd.GeoDataFrame) -> str:
    """Find the code that follows those of all towns of a county."""
    return str(int(towns["to_code"].max()) + 1)


def _change_pieces(pieces: gpd.GeoDataFrame, rows: Any, change: str, **values: Any) -> gpd.GeoDataFrame:
    """Change the values of rows, and name the change."""
    changed = pieces.copy()
    for column, value in {"change": change, **values}.items():
        changed.loc[rows, column] = value
    return changed


def _find_closest_pair(polygons: gpd.GeoSeries) -> tuple[Any, Any]:
    """Find the two neighbours with the longest common border whose union has no holes."""
    first, second = np.triu_indices(len(polygons), 1)
    shapes = polygons.to_numpy()
    unions = gpd.GeoSeries(shapely.union(shapes[first], shapes[second]))
    whole = (unions.geom_type == "Polygon") & unions.count_interior_rings().eq(0)
    borders = shapely.length(shapes[first]) + shapely.length(shapes[second]) - unions.length
    pair = borders[whole].idxmax()
    return polygons.index[first[pair]], polygons.index[second[pair]]


def _cut_in_two(rng: Generator, unit: gpd.GeoSeries) -> gpd.GeoSeries:
    """Cut one polygon (EPSG:4326, 6 decimals) in two parts of like size, the larger first.

    The way to METRIC_CRS and back moves old vertices so little that rounding restores them.
    """
    polygon = unit.to_crs(METRIC_CRS).item()
    ways = _find_chords(shapely.get_coordinates(polygon.exterior))
    for _ in range(ROUNDS):
        ways = _roughen_ways(rng, ways)
    lines = shapely.linestrings(ways)
    inside = shapely.is_simple(lines) & shapely.relate_pattern(lines, polygon, INSIDE)
    parts = gpd.GeoSeries(split(polygon, lines[inside][0]).geoms, crs=METRIC_CRS)
    parts = parts.iloc[(-parts.area).argsort()]
    return parts.orient_polygons().to_crs(unit.crs).transform(lambda xy: xy.round(6))


def _find_chords(ring: Floats) -> Floats:
    """Find the chords of a ring (n, 2) with LEAST_SHARE on both sides, shortest first; (m, 2, 2)."""
    places = ring[:-1].view(complex).ravel()  # complex numbers, as in draw_rough_lines
    first, second = np.triu_indices(len(places), 1)
    swept = np.append(0, (places[:-1].conj() * places[1:]).imag.cumsum())
    cut_off = swept[second] - swept[first] + (places[second].conj() * places[first]).imag
    share = cut_off / (swept[-1] + (places[-1].conj() * places[0]).imag)
    fair = np.minimum(share, 1 - share) > LEAST_SHARE
    chords = np.stack([ring[first[fair]], ring[second[fair]]], axis=1)
    sorted_chords: Floats = chords[np.hypot(*(chords[:, 1] - chords[:, 0]).T).argsort()]
    return sorted_chords


def _roughen_ways(rng: Generator, ways: Floats) -> Floats:
    """Draw every piece of ways (m, n + 1, 2) as a rough line; (m, n * STEPS + 1, 2)."""
    edges = np.stack([ways[:, :-1], ways[:, 1:]], axis=2).reshape(-1, 2, 2)
    quarter_turn = np.array([[0, 1], [-1, 0]])
    apexes = edges.mean(axis=1) + SWAY * (edges[:, 1] - edges[:, 0]) @ quarter_turn
    lines = draw_rough_lines(rng, edges, apexes, STEPS)
    return np.concatenate([lines[:, :-1].reshape(len(ways), -1, 2), ways[:, -1:]], axis=1)


def _join_pieces(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join pieces to the units of the earlier vintage, sorted by code."""
    units = pieces.rename(columns={"from_code": "code", "from_name": "name"})
    units = units[["code", "name", "county", "county_name", "geometry"]]
    earlier = units.dissolve("code", as_index=False, method="coverage")[units.columns]
    return earlier.set_geometry(earlier.orient_polygons())


def _list_pairs(pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    """List the units that share each piece, and its area [km2], in CROSSWALK_COLUMNS."""
    areas = pieces.to_crs(METRIC_CRS).area / 1e6
    pairs = pieces.assign(from_vintage=EARLIER, to_vintage=LATER, area_km2=areas)[CROSSWALK_COLUMNS]
    return pd.DataFrame(pairs.sort_values(["from_code", "to_code"], ignore_index=True))
