"""Each record in exactly one township or with one reason; nothing depends on an order."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import GRID_CRS, make_grid
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_jindu.joining import assign_codes, assign_points, looks_swapped


def points(*xy, crs=GRID_CRS):
    return gpd.GeoSeries([None if each is None else shapely.Point(each) for each in xy], crs=crs)


def assigned(*xy, townships=None):
    place, shared = assign_points(points(*xy), make_grid() if townships is None else townships)
    return place["township"].tolist(), place["reason"].tolist(), shared


def test_points_inside_outside_and_missing():
    inside, outside, missing = (500_500, 3_000_500), (499_000, 3_000_500), None
    codes, reasons, shared = assigned(inside, outside, missing)
    assert codes == ["990000101", "", ""]
    assert reasons == ["", "outside_all_townships", "no_coordinates"]
    assert shared == 0


def test_a_point_on_a_border_goes_to_the_smaller_code():
    border, corner = (501_000, 3_000_500), (501_000, 3_001_000)
    codes, _, shared = assigned(border, corner)
    assert codes == ["990000101", "990000101"]
    assert shared == 2


def test_a_point_in_an_overlap_goes_to_the_smaller_code_and_is_counted():
    grid = make_grid()
    grid.loc["990000203", "geometry"] = shapely.box(500_000, 3_000_000, 503_000, 3_002_000)
    codes, _, shared = assigned((502_500, 3_000_500), (502_500, 3_001_500), townships=grid)
    assert codes == ["990000103", "990000203"]
    assert shared == 1


coordinates = st.tuples(
    st.integers(499_500, 503_500).map(float), st.integers(2_999_500, 3_002_500).map(float)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(coordinates, min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_of_features_matters(xy, random):
    grid = make_grid()
    codes, reasons, shared = assigned(*xy, townships=grid)
    order = random.sample(range(len(xy)), len(xy))
    shuffled = grid.iloc[random.sample(range(len(grid)), len(grid))]
    again = assigned(*(xy[at] for at in order), townships=shuffled)
    assert again == ([codes[at] for at in order], [reasons[at] for at in order], shared)
    assert all((code == "") != (reason == "") for code, reason in zip(codes, reasons, strict=True))


def test_reprojection_changes_no_answer_away_from_borders():
    generator = np.random.default_rng(4)
    xy = generator.uniform((500_010, 3_000_010), (502_990, 3_001_990), (500, 2))
    off_border = (np.abs(xy % 1000 - 500) < 490).all(axis=1)
    metres = gpd.GeoSeries.from_xy(*xy[off_border].T, crs=GRID_CRS)
    here, _ = assign_points(metres, make_grid())
    there, _ = assign_points(metres.to_crs(4326), make_grid().to_crs(4326))
    assert here["township"].tolist() == there["township"].tolist()
    assert (here["reason"] == "").all()


def test_impossible_coordinates_are_outside_not_a_failure():
    degrees = points((1e6, 95.0), (float("inf"), 27.0), (165.0, 112.0), crs=4326)
    place, _ = assign_points(degrees, make_grid())
    assert place["reason"].tolist() == ["outside_all_townships"] * 3


def test_codes_need_their_name():
    codes = pd.Series(["990000101", "990000101", "990000999", ""], dtype="str")
    names = pd.Series(["甲镇", "乙镇", "甲镇", "甲镇"], dtype="str")
    place = assign_codes(codes, names, make_grid())
    assert place["township"].tolist() == ["990000101", "", "", ""]
    assert place["reason"].tolist() == ["", "code_and_name_disagree", "unknown_code", "no_code"]


@pytest.mark.parametrize("name", ["甲镇", " 甲镇", "甲　镇", "甲镇\n"])
def test_spaces_in_names_do_not_matter(name):
    place = assign_codes(pd.Series(["990000101"]), pd.Series([name]), make_grid())
    assert place["township"].tolist() == ["990000101"]


def test_exchanged_coordinates_are_noticed():
    grid = make_grid().to_crs(4326)
    middle = grid.geometry.representative_point()
    right = gpd.GeoSeries.from_xy(middle.x, middle.y, crs=4326)
    wrong = gpd.GeoSeries.from_xy(middle.y, middle.x, crs=4326)
    assert looks_swapped(wrong, grid)
    assert not looks_swapped(right, grid)
    assert not looks_swapped(points(None, None, crs=4326), grid)
