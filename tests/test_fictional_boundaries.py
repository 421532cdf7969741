"""The fictional prefecture: its counts and codes, its coverage, its looks and its place."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from boundaries.fictional import make_fictional_prefecture

METRIC_CRS = "EPSG:32658"
COUNTS = {  # county: sub-districts, towns, townships
    "甲县": (0, 17, 8),
    "乙市": (6, 19, 5),
    "丙县": (4, 17, 3),
    "丁县": (0, 21, 1),
    "戊市": (4, 14, 4),
    "己县": (0, 15, 2),
    "庚县": (0, 7, 5),
    "辛区": (7, 1, 2),
    "壬区": (4, 2, 0),
    "癸区": (6, 0, 1),
    "子区": (5, 1, 0),
    "丑区": (1, 1, 1),
}


@pytest.fixture(scope="module")
def townships() -> gpd.GeoDataFrame:
    return make_fictional_prefecture()


@pytest.fixture(scope="module")
def metric(townships: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return townships.to_crs(METRIC_CRS)


@pytest.fixture(scope="module")
def kinds(townships: gpd.GeoDataFrame) -> pd.Series:
    return townships["name"].str.slice(3)


def test_frame_has_the_promised_columns_crs_and_index(townships: gpd.GeoDataFrame) -> None:
    assert list(townships.columns) == ["code", "name", "county", "county_name", "geometry"]
    assert townships.crs == "EPSG:4326"
    assert townships.index.equals(pd.RangeIndex(184))
    assert townships["code"].is_monotonic_increasing


def test_every_county_has_its_townships_of_each_kind(
    townships: gpd.GeoDataFrame, kinds: pd.Series
) -> None:
    counted = pd.crosstab(townships["county_name"], kinds)[["街道", "镇", "乡"]]
    assert {row[0]: row[1:] for row in counted.itertuples(name=None)} == COUNTS
    assert counted.sum().to_list() == [37, 115, 32]


def test_codes_are_fictional_unique_and_agree_with_county_and_kind(
    townships: gpd.GeoDataFrame, kinds: pd.Series
) -> None:
    codes = townships["code"]
    assert codes.str.fullmatch(r"99\d{7}").all()
    assert codes.is_unique
    assert (codes.str[:6] == townships["county"]).all()
    assert townships.groupby("county")["county_name"].nunique().eq(1).all()
    classes = pd.cut(codes.str[6:].astype(int), [0, 99, 199, 399], labels=["街道", "镇", "乡"])
    assert (classes.astype(str) == kinds).all()


def test_names_are_numbered_inside_their_county(townships: gpd.GeoDataFrame) -> None:
    assert (townships["name"].str[0] == townships["county_name"].str[0]).all()
    number = townships["name"].str[1:3].astype(int)
    assert (number == townships.groupby("county").cumcount() + 1).all()
    assert townships.loc[townships["code"] == "990200006", "name"].item() == "乙06街道"
    assert townships.loc[townships["code"] == "990800200", "name"].item() == "辛09乡"


def test_townships_are_a_valid_coverage(townships: gpd.GeoDataFrame, metric: gpd.GeoDataFrame) -> None:
    for frame in (townships, metric):
        assert frame.is_valid.all()
        assert frame.is_valid_coverage()
    assert (townships.geom_type == "Polygon").all()
    assert townships.count_interior_rings().eq(0).all()


def test_prefecture_is_one_piece_without_gaps(metric: gpd.GeoDataFrame) -> None:
    prefecture = metric.union_all(method="coverage")
    assert prefecture.geom_type == "Polygon"
    assert len(prefecture.interiors) == 0
    assert prefecture.area == pytest.approx(metric.area.sum(), rel=1e-9)


def test_total_area_is_that_of_the_published_case(metric: gpd.GeoDataFrame) -> None:
    assert metric.area.sum() / 1e6 == pytest.approx(15_300, rel=0.005)


def test_counties_are_connected_without_enclaves(metric: gpd.GeoDataFrame) -> None:
    counties = metric.dissolve("county")
    assert len(counties) == 12
    assert (counties.geom_type == "Polygon").all()
    assert counties.count_interior_rings().eq(0).all()


def test_sub_districts_are_small_and_urban_counties_in_the_middle(
    metric: gpd.GeoDataFrame, kinds: pd.Series
) -> None:
    area = metric.area.groupby(kinds).median()
    assert area["街道"] < area[["镇", "乡"]].min() / 4
    middle = metric.union_all().centroid
    distance = metric.centroid.distance(middle)
    urban = metric["county_name"].str.endswith("区")
    assert distance[urban].max() < distance[~urban].median()
    assert metric.area[urban].median() < metric.area[~urban].median() / 3


def measure_sinuosity(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Measure length over chord of each border that two townships share."""
    first, second = frame.sindex.query(frame.geometry, predicate="touches")
    geometries = frame.geometry.to_numpy()
    shared = shapely.intersection(geometries[first], geometries[second])
    borders = shapely.get_parts(shapely.line_merge(shared))
    borders = borders[shapely.get_type_id(borders) == shapely.GeometryType.LINESTRING]
    chord = shapely.distance(shapely.get_point(borders, 0), shapely.get_point(borders, -1))
    return shapely.length(borders)[chord > 1000] / chord[chord > 1000]


def test_shared_borders_are_not_straight(metric: gpd.GeoDataFrame) -> None:
    sinuosity = measure_sinuosity(metric)
    assert len(sinuosity) > 2 * 300
    assert np.median(sinuosity) > 1.4
    assert np.quantile(sinuosity, 0.05) > 1.1


def test_hardly_a_straight_piece_is_longer_than_a_kilometre(metric: gpd.GeoDataFrame) -> None:
    rings = metric.exterior.map(lambda ring: np.diff(ring.coords, axis=0))
    assert np.quantile(np.hypot(*np.concatenate(rings.to_list()).T), 0.99) < 1000


def test_townships_have_a_sensible_number_of_vertices(townships: gpd.GeoDataFrame) -> None:
    vertices = townships.count_coordinates()
    assert vertices.min() >= 30
    assert 60 <= vertices.median() <= 200
    assert vertices.max() <= 400


def test_coordinates_have_six_decimals(townships: gpd.GeoDataFrame) -> None:
    places = townships.get_coordinates().to_numpy()
    assert (places == places.round(6)).all()


def test_place_overlaps_no_land(townships: gpd.GeoDataFrame) -> None:
    west, south, east, north = townships.total_bounds
    assert 162 < west < east < 168
    assert 24 < south < north < 30


def test_a_seed_gives_one_prefecture_and_another_seed_another(
    townships: gpd.GeoDataFrame,
) -> None:
    again, other = make_fictional_prefecture(99), make_fictional_prefecture(7)
    assert again.drop(columns="geometry").equals(townships.drop(columns="geometry"))
    assert again.to_wkb()["geometry"].to_list() == townships.to_wkb()["geometry"].to_list()
    assert other["code"].equals(townships["code"])
    assert not other.geom_equals(townships).any()


@pytest.mark.parametrize("seed", range(5))
def test_other_seeds_give_valid_prefectures_too(seed: int) -> None:
    townships = make_fictional_prefecture(seed)
    assert townships.is_valid.all()
    assert townships.is_valid_coverage()
    assert (townships.dissolve("county").geom_type == "Polygon").all()
