"""Two vintages of the fictional prefecture: the four changes, the shared ground, the crosswalk."""

import hashlib
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from boundaries.fictional import make_fictional_prefecture
from boundaries.fictional_vintages import EARLIER, LATER, FictionalVintages, make_fictional_vintages

METRIC_CRS = "EPSG:32658"
CHANGES = [  # from_code, from_name, to_code, to_name, change
    ("990200102", "乙09镇", "990200102", "乙09镇", "split"),
    ("990200102", "乙09镇", "990200112", "乙19镇", "split"),
    ("990300110", "丙15镇", "990300110", "丙15镇", "merge"),
    ("990300117", "丙25镇", "990300110", "丙15镇", "merge"),
    ("990400120", "丁01镇", "990400100", "丁01镇", "code_reuse"),
    ("990400121", "丁21镇", "990400120", "丁21镇", "code_reuse"),
    ("990500114", "戊05镇", "990500100", "戊05镇", "recode"),
]


@pytest.fixture(scope="module")
def vintages() -> FictionalVintages:
    return make_fictional_vintages()


@pytest.fixture(scope="module")
def earlier(vintages: FictionalVintages) -> gpd.GeoDataFrame:
    """Give the earlier vintage, index = code, in metres."""
    return vintages.earlier.set_index("code").to_crs(METRIC_CRS)


@pytest.fixture(scope="module")
def later(vintages: FictionalVintages) -> gpd.GeoDataFrame:
    """Give the later vintage, index = code, in metres."""
    return vintages.townships.set_index("code").to_crs(METRIC_CRS)


@pytest.fixture(scope="module")
def crosswalk(vintages: FictionalVintages) -> pd.DataFrame:
    return vintages.crosswalk


def measure_shared_km2(
    from_units: gpd.GeoDataFrame, to_units: gpd.GeoDataFrame, pairs: pd.DataFrame
) -> np.ndarray:
    """Measure the ground shared by the units of each pair; both frames in metres, index = code."""
    shapes = from_units.geometry[pairs["from_code"]].to_numpy()
    others = to_units.geometry[pairs["to_code"]].to_numpy()
    return shapely.area(shapely.intersection(shapes, others)) / 1e6


def test_later_vintage_is_the_fictional_prefecture(vintages: FictionalVintages) -> None:
    prefecture = make_fictional_prefecture(99)
    assert vintages.townships.to_wkb().equals(prefecture.to_wkb())
    assert vintages.townships.crs == prefecture.crs


def test_earlier_vintage_has_the_columns_crs_and_order_of_the_later(
    vintages: FictionalVintages,
) -> None:
    earlier, townships = vintages.earlier, vintages.townships
    assert list(earlier.columns) == list(townships.columns)
    assert earlier.crs == townships.crs == "EPSG:4326"
    assert earlier.index.equals(pd.RangeIndex(184))
    assert earlier["code"].is_monotonic_increasing
    assert earlier.notna().all(axis=None)


def test_earlier_codes_are_fictional_unique_and_agree_with_county_and_kind(
    vintages: FictionalVintages,
) -> None:
    earlier = vintages.earlier
    codes, names = earlier["code"], earlier["name"]
    assert codes.is_unique
    assert names.is_unique
    assert codes.str.fullmatch(r"99\d{7}").all()
    assert (codes.str[:6] == earlier["county"]).all()
    assert (names.str[0] == earlier["county_name"].str[0]).all()
    classes = pd.cut(codes.str[6:].astype(int), [0, 99, 199, 399], labels=["街道", "镇", "乡"])
    assert (classes.astype(str) == names.str[3:]).all()


def test_earlier_counties_are_those_of_today(vintages: FictionalVintages) -> None:
    counties = ["county", "county_name"]
    earlier = vintages.earlier.to_crs(METRIC_CRS).dissolve(counties)
    later = vintages.townships.to_crs(METRIC_CRS).dissolve(counties)
    assert earlier.index.equals(later.index)
    assert earlier.geom_equals(later).all()


def test_earlier_vintage_is_a_valid_coverage(
    vintages: FictionalVintages, earlier: gpd.GeoDataFrame
) -> None:
    for frame in (vintages.earlier, earlier):
        assert frame.is_valid.all()
        assert frame.is_valid_coverage()
    assert (earlier.geom_type == "Polygon").all()
    assert earlier.count_interior_rings().eq(0).all()
    assert earlier.exterior.is_ccw.all()


def test_both_vintages_have_the_same_outline(
    earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame
) -> None:
    outlines = [frame.union_all(method="coverage") for frame in (earlier, later)]
    assert outlines[0].symmetric_difference(outlines[1]).area == 0


def test_earlier_coordinates_have_six_decimals(vintages: FictionalVintages) -> None:
    places = vintages.earlier.get_coordinates().to_numpy()
    assert (places == places.round(6)).all()


def test_vintages_differ_by_a_merge_a_split_and_two_recodings(crosswalk: pd.DataFrame) -> None:
    columns = ["from_code", "from_name", "to_code", "to_name", "change"]
    changed = crosswalk[crosswalk["change"] != "unchanged"]
    assert list(changed[columns].itertuples(index=False, name=None)) == CHANGES


def test_merged_town_was_two(earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame) -> None:
    town = later.geometry["990300110"]
    parts = earlier.geometry[["990300110", "990300117"]]
    assert parts.union_all().equals(town)
    assert parts.area.sum() == pytest.approx(town.area, rel=1e-9)
    assert parts.area.min() > 0.25 * town.area
    assert "990300117" not in later.index
    assert "丙25镇" not in later["name"].to_list()


def test_border_that_the_merge_removed_is_not_straight(earlier: gpd.GeoDataFrame) -> None:
    one, other = earlier.geometry[["990300110", "990300117"]]
    border = shapely.line_merge(one.intersection(other))
    assert border.geom_type == "LineString"
    ends = border.boundary.geoms
    assert border.length > 1.2 * ends[0].distance(ends[1])
    assert np.hypot(*np.diff(border.coords, axis=0).T).max() < 1000


def test_merge_moved_no_vertex_of_the_old_ring(vintages: FictionalVintages) -> None:
    townships, earlier = (frame.set_index("code").geometry for frame in vintages[:2])
    parts = {*earlier["990300110"].exterior.coords, *earlier["990300117"].exterior.coords}
    assert set(townships["990300110"].exterior.coords) < parts


def test_split_towns_were_one(earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame) -> None:
    towns = later.geometry[["990200102", "990200112"]]
    assert towns.union_all().equals(earlier.geometry["990200102"])
    assert "990200112" not in earlier.index


def test_recoded_town_kept_its_name_and_ground(
    earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame
) -> None:
    assert earlier.loc["990500114", "name"] == later.loc["990500100", "name"] == "戊05镇"
    assert earlier.geometry["990500114"].equals(later.geometry["990500100"])
    assert "990500100" not in earlier.index
    assert "990500114" not in later.index


def test_reused_code_names_two_places(earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame) -> None:
    assert earlier.loc["990400120", "name"] == later.loc["990400100", "name"] == "丁01镇"
    assert earlier.loc["990400121", "name"] == later.loc["990400120", "name"] == "丁21镇"
    assert earlier.geometry["990400120"].equals(later.geometry["990400100"])
    assert earlier.geometry["990400121"].equals(later.geometry["990400120"])
    assert earlier.geometry["990400120"].distance(later.geometry["990400120"]) > 10_000
    assert "990400100" not in earlier.index
    assert "990400121" not in later.index


def test_all_other_units_kept_code_name_and_ground(
    earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame, crosswalk: pd.DataFrame
) -> None:
    unchanged = crosswalk[crosswalk["change"] == "unchanged"]
    assert len(unchanged) == 178
    assert (unchanged["from_code"] == unchanged["to_code"]).all()
    assert (unchanged["from_name"] == unchanged["to_name"]).all()
    codes = unchanged["from_code"]
    assert earlier.loc[codes].geom_equals(later.loc[codes]).all()


def test_crosswalk_has_the_promised_columns_and_order(crosswalk: pd.DataFrame) -> None:
    assert type(crosswalk) is pd.DataFrame
    assert list(crosswalk.columns) == [
        *("from_vintage", "from_code", "from_name"),
        *("to_vintage", "to_code", "to_name"),
        *("change", "area_km2"),
    ]
    assert crosswalk.index.equals(pd.RangeIndex(185))
    assert crosswalk.notna().all(axis=None)
    assert set(crosswalk["from_vintage"]) == {EARLIER} == {"2015-12-31"}
    assert set(crosswalk["to_vintage"]) == {LATER} == {"2018-01-01"}
    codes = list(crosswalk[["from_code", "to_code"]].itertuples(index=False, name=None))
    assert codes == sorted(set(codes))


def test_crosswalk_names_the_units_of_both_vintages(
    earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame, crosswalk: pd.DataFrame
) -> None:
    assert set(crosswalk["from_code"]) == set(earlier.index)
    assert set(crosswalk["to_code"]) == set(later.index)
    assert crosswalk["from_name"].to_list() == earlier["name"][crosswalk["from_code"]].to_list()
    assert crosswalk["to_name"].to_list() == later["name"][crosswalk["to_code"]].to_list()


def test_crosswalk_lists_all_ground_that_units_share(
    earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame, crosswalk: pd.DataFrame
) -> None:
    shared = measure_shared_km2(earlier, later, crosswalk)
    assert crosswalk["area_km2"].to_numpy() == pytest.approx(shared, rel=1e-9)
    assert shared.min() > 0.1
    assert shared.sum() == pytest.approx(later.area.sum() / 1e6, rel=1e-9)


def assert_area_is_conserved(vintages: FictionalVintages) -> None:
    for code, frame in (("from_code", vintages.earlier), ("to_code", vintages.townships)):
        areas = frame.set_index("code").to_crs(METRIC_CRS).area / 1e6
        sums = vintages.crosswalk.groupby(code)["area_km2"].sum()
        assert sums.index.equals(areas.index)
        assert sums.to_numpy() == pytest.approx(areas.to_numpy(), rel=1e-9)


def test_area_is_conserved_in_both_directions(vintages: FictionalVintages) -> None:
    assert_area_is_conserved(vintages)


def test_join_on_code_alone_would_misplace_ground(
    earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame
) -> None:
    codes = earlier.index.intersection(later.index)
    joined = pd.DataFrame({"from_code": codes, "to_code": codes}, index=codes)
    misplaced = earlier.area[codes] / 1e6 - measure_shared_km2(earlier, later, joined)
    assert misplaced["990200102"] == pytest.approx(198.2, abs=0.1)  # now 990200112
    assert misplaced["990400120"] == pytest.approx(152.8, abs=0.1)  # all of it: now 990400100
    assert misplaced.drop(["990200102", "990400120"]).abs().max() < 1e-6
    assert list(earlier.index.difference(later.index)) == ["990300117", "990400121", "990500114"]


def digest_vintages(vintages: FictionalVintages) -> str:
    """Digest the geometries (WKB) and values of the three tables."""
    townships, earlier, crosswalk = vintages
    tables = [townships.to_wkb(hex=True), earlier.to_wkb(hex=True), crosswalk]
    return hashlib.sha256("".join(table.to_csv() for table in tables).encode()).hexdigest()


def test_two_processes_make_the_same_vintages(vintages: FictionalVintages) -> None:
    code = "import test_fictional_vintages as t; print(t.digest_vintages(t.make_fictional_vintages()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest_vintages(vintages)


def test_another_seed_gives_other_vintages(vintages: FictionalVintages) -> None:
    other = make_fictional_vintages(7)
    assert not other.earlier.geom_equals(vintages.earlier).any()


@pytest.mark.parametrize("seed", range(5))
def test_other_seeds_give_valid_vintages_too(seed: int) -> None:
    vintages = make_fictional_vintages(seed)
    earlier, crosswalk = vintages.earlier, vintages.crosswalk
    assert len(earlier) == 184
    assert earlier["code"].is_unique
    assert earlier.is_valid_coverage()
    assert (earlier.geom_type == "Polygon").all()
    assert earlier.count_interior_rings().eq(0).all()
    outlines = [frame.union_all(method="coverage") for frame in (earlier, vintages.townships)]
    assert outlines[0].equals(outlines[1])
    counts = {"unchanged": 178, "merge": 2, "split": 2, "recode": 1, "code_reuse": 2}
    assert crosswalk["change"].value_counts().to_dict() == counts
    parts = crosswalk.loc[crosswalk["change"] == "merge", "area_km2"]
    assert parts.min() > 0.25 * parts.sum()
    assert_area_is_conserved(vintages)
