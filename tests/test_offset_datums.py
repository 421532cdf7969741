"""Web-map coordinates against the formula written out, published points and the real Hengyang."""

import math
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo_jindu.offset_datums import (
    _POINTS_AT_ONCE,
    convert_geometry,
    from_bd09,
    from_gcj02,
    to_bd09,
    to_gcj02,
)

DATUMS = pytest.mark.parametrize(
    ("to_datum", "from_datum"), [(to_gcj02, from_gcj02), (to_bd09, from_bd09)], ids=["gcj02", "bd09"]
)
CONVERSIONS = pytest.mark.parametrize("convert", [to_gcj02, from_gcj02, to_bd09, from_bd09])

BOX = (72.004, 0.8293, 137.8347, 55.8271)
MAINLAND = (73.49, 3.83, 135.09, 53.56)
URBAN_DISTRICTS = ["430405", "430406", "430407", "430408", "430412"]

longitudes = st.floats(MAINLAND[0], MAINLAND[2]) | st.floats(105 - 1e-6, 105 + 1e-6)
mainland_points = st.lists(st.tuples(longitudes, st.floats(MAINLAND[1], MAINLAND[3])), min_size=1)


def gcj02_by_formula(lon, lat):
    """Convert one point as the formula is published, a sine at a time."""
    x, y, pi, sin = lon - 105, lat - 35, math.pi, math.sin
    common = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += (common + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += (common + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    axis, eccentricity_squared = 6378245.0, 0.00669342162296594323
    flat = 1 - eccentricity_squared * sin(math.radians(lat)) ** 2
    meridian = axis * (1 - eccentricity_squared) / flat**1.5
    parallel = axis / math.sqrt(flat) * math.cos(math.radians(lat))
    return lon + math.degrees(east / parallel), lat + math.degrees(north / meridian)


def bd09_by_formula(lon, lat):
    """Convert one point as the formula is published, in polar coordinates."""
    x, y = gcj02_by_formula(lon, lat)
    factor = math.pi * 3000 / 180
    radius = math.hypot(x, y) + 0.00002 * math.sin(y * factor)
    angle = math.atan2(y, x) + 0.000003 * math.cos(x * factor)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


def scatter_points(bounds, count):
    xmin, ymin, xmax, ymax = bounds
    return np.random.default_rng(count).uniform((xmin, ymin), (xmax, ymax), (count, 2)).T


def metres_between(lon, lat, other_lon, other_lat):
    return np.asarray(Geod(ellps="WGS84").inv(lon, lat, other_lon, other_lat)[2])


def make_cells(west, south, size, count=30):
    """Return a coverage of ``count`` times ``count`` squares, cut from one set of corners."""
    x, y = west + size * np.arange(count + 1), south + size * np.arange(count + 1)
    return gpd.GeoSeries(
        [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in range(count) for j in range(count)]
    )


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
    ids=["Shanghai", "Shenzhen", "Beijing"],
)
def test_published_points(wgs84, gcj02):
    """The test points of eviltransform."""
    assert [*to_gcj02(*np.array([wgs84]).T)] == pytest.approx(np.array(gcj02)[:, None], abs=1e-12)
    assert metres_between(*from_gcj02(*np.array([gcj02]).T), *np.array([wgs84]).T) < 1e-3


@pytest.mark.parametrize(
    ("convert", "formula"), [(to_gcj02, gcj02_by_formula), (to_bd09, bd09_by_formula)]
)
def test_the_offset_is_that_of_the_formula(convert, formula):
    lon, lat = scatter_points(BOX, 5_000)
    expected = np.array([formula(*point) for point in zip(lon.tolist(), lat.tolist(), strict=True)])
    assert np.column_stack(convert(lon, lat)) == pytest.approx(expected, abs=1e-12, rel=0)


@DATUMS
def test_the_inverse_is_exact_everywhere(to_datum, from_datum):
    wgs84 = scatter_points(BOX, 200_000)
    offset = to_datum(*wgs84)
    back = from_datum(*offset)
    assert metres_between(*back, *wgs84).max() < 0.001
    assert metres_between(*to_datum(*back), *offset).max() < 0.001


@DATUMS
@given(points=mainland_points)
def test_points_come_back(to_datum, from_datum, points):
    wgs84 = np.array(points).T
    assert metres_between(*from_datum(*to_datum(*wgs84)), *wgs84).max() < 0.001


@DATUMS
def test_points_on_the_edge_of_the_box_come_back(to_datum, from_datum):
    xmin, ymin, xmax, ymax = BOX
    x = [xmin, np.nextafter(xmin, 180), 105, np.nextafter(xmax, 0), xmax]
    y = [ymin, np.nextafter(ymin, 90), 35, np.nextafter(ymax, 0), ymax]
    edge = [each.ravel() for each in np.meshgrid(x, y)]
    offset = to_datum(*edge)
    assert (metres_between(*offset, *edge) > 100).all()
    assert (offset[0] > xmax).any()
    back = from_datum(*offset)
    assert metres_between(*back, *edge).max() < 0.001
    assert metres_between(*to_datum(*back), *offset).max() < 0.001


@DATUMS
def test_at_the_edge_of_the_box_a_point_comes_from_inside_or_stays(to_datum, from_datum):
    edge = shapely.box(*BOX).exterior
    along = shapely.get_coordinates(edge.interpolate(np.linspace(0, 1, 4_000), normalized=True)).T
    points = along + np.random.default_rng(0).uniform(-0.02, 0.02, along.shape)
    found = np.array(from_datum(*points))
    moved = (found != points).any(axis=0)
    assert 0.2 < moved.mean() < 0.8
    assert shapely.box(*BOX).covers(shapely.points(*found[:, moved])).all()
    assert metres_between(*to_datum(*found), *points)[moved].max() < 0.001


@CONVERSIONS
@given(
    st.lists(st.floats(-180, BOX[0] - 0.05) | st.floats(BOX[2] + 0.05, 180), min_size=1),
    st.floats(-90, 90),
    st.floats(-90, BOX[1] - 0.05) | st.floats(BOX[3] + 0.05, 90),
)
def test_outside_of_the_box_nothing_moves(convert, far, lat, far_lat):
    lon = np.array([*far, 112.6])
    latitude = np.array([lat] * len(far) + [far_lat])
    new_lon, new_lat = convert(lon, latitude)
    np.testing.assert_array_equal(new_lon, lon)
    np.testing.assert_array_equal(new_lat, latitude)


@pytest.mark.parametrize("to_datum", [to_gcj02, to_bd09])
def test_the_first_point_outside_of_the_box_does_not_move(to_datum):
    lon, lat = np.array([np.nextafter(BOX[2], 180), 105.0]), np.array([35.0, np.nextafter(BOX[1], 0)])
    np.testing.assert_array_equal(to_datum(lon, lat), (lon, lat))


@CONVERSIONS
@pytest.mark.filterwarnings("error")
def test_what_is_not_finite_becomes_nan_and_touches_nothing_else(convert):
    lon = np.array([np.nan, 112.6, np.inf, 112.6, -np.inf, 200.0])
    lat = np.array([26.9, np.nan, 26.9, 26.9, 26.9, np.inf])
    alone = convert(lon[3:4], lat[3:4])
    for converted, expected in zip(convert(lon, lat), alone, strict=True):
        assert np.isnan(converted).tolist() == [True, True, True, False, True, True]
        assert converted[3] == expected[0]


@CONVERSIONS
@pytest.mark.parametrize("count", [0, 1, 7, *(_POINTS_AT_ONCE + more for more in (-1, 0, 1))])
def test_a_point_does_not_depend_on_the_others(convert, count):
    """To the last bit, or corners that townships share would part."""
    lon, lat = scatter_points(MAINLAND, 2 * _POINTS_AT_ONCE + 5)
    whole = np.array(convert(lon, lat))
    np.testing.assert_array_equal(convert(lon[:count], lat[:count]), whole[:, :count])
    np.testing.assert_array_equal(convert(lon[-count - 1 :], lat[-count - 1 :]), whole[:, -count - 1 :])
    order = np.random.default_rng(0).permutation(lon.size)
    np.testing.assert_array_equal(convert(lon[order], lat[order]), whole[:, order])


@CONVERSIONS
def test_calls_at_the_same_time_do_not_disturb_each_other(convert):
    points = [scatter_points(MAINLAND, 3 * _POINTS_AT_ONCE + more) for more in range(4)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda each: convert(*each), points))
    for each, converted in zip(points, together, strict=True):
        np.testing.assert_array_equal(converted, convert(*each))


@CONVERSIONS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_keep_their_shape_and_their_input(convert, dtype):
    lon, lat = (each.astype(dtype) for each in scatter_points(MAINLAND, 12))
    lon.setflags(write=False)
    kept = lat.copy()
    new_lon, new_lat = convert(lon, lat)
    np.testing.assert_array_equal(lat, kept)
    assert new_lon.shape == new_lat.shape == (12,)
    assert new_lon.dtype == new_lat.dtype == np.float64
    as_table = convert(lon.reshape(3, 4), lat.reshape(3, 4))
    np.testing.assert_array_equal(as_table, np.reshape((new_lon, new_lat), (2, 3, 4)))
    with pytest.raises(ValueError, match="same shape"):
        convert(lon, lat[1:])


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("size", [1e-3, 1e-5])
@pytest.mark.parametrize(
    ("west", "south"), [(112.5, 26.8), (104.9999, 30.0), (75.9, 39.4), (126.5, 45.7)]
)
def test_a_coverage_stays_a_coverage(west, south, size, datum):
    """Also where the root of the formula has its kink, at 105° E."""
    cells = make_cells(west, south, size)
    converted = convert_geometry(cells, datum)
    assert converted.is_valid.all()
    assert shapely.coverage_is_valid(converted.to_numpy())
    assert shapely.area(converted.to_numpy()) == pytest.approx(size**2, rel=0.1)
    assert not shapely.equals(converted.to_numpy(), cells.to_numpy()).any()


@pytest.mark.parametrize(("datum", "to_datum"), [("gcj02", to_gcj02), ("BD09", to_bd09)])
@pytest.mark.parametrize("claimed", [None, "EPSG:4490"])
def test_every_kind_of_geometry_is_converted(datum, to_datum, claimed):
    wgs84 = [
        shapely.Point(112.6, 26.9),
        None,
        shapely.Polygon(),
        shapely.box(112.5, 26.8, 112.7, 27).difference(shapely.box(112.58, 26.88, 112.62, 26.92)),
        shapely.MultiPolygon([shapely.box(112, 26, 112.1, 26.1), shapely.box(113, 26, 113.1, 26.1)]),
    ]
    offset = shapely.transform(wgs84, lambda points: np.column_stack(to_datum(*points.T)))
    given_geometry = gpd.GeoSeries(offset, index=list("abcde"), name="shape", crs=claimed)
    converted = convert_geometry(given_geometry, datum)
    assert converted.crs.to_epsg() == 4326
    assert list(converted.index) == list("abcde")
    assert converted["b"] is None
    assert converted["c"].is_empty
    assert shapely.equals_exact(converted.to_numpy(), wgs84, tolerance=1e-8).tolist() == [
        *(True, False, True, True, True)
    ]
    assert given_geometry.crs == claimed
    assert shapely.equals_identical(given_geometry.to_numpy(), offset)[[0, 3, 4]].all()


def test_another_datum_is_not_converted():
    with pytest.raises(KeyError, match="wgs84"):
        convert_geometry(make_cells(112.5, 26.8, 1e-3, count=1), "wgs84")


@pytest.fixture
def counties(shared):
    """Return the counties of Hengyang twice, in GCJ-02 and in WGS 84: different digitisations."""
    files = [shared / "data" / "hengyang" / f"counties_{datum}.geojson" for datum in ("gcj02", "wgs84")]
    return [gpd.read_file(file).set_index("code").geometry.sort_index() for file in files]


def test_the_offset_at_hengyang(counties):
    """654 to 668 m at inner points of the twelve counties, 642 to 677 m anywhere in them."""
    _, wgs84 = counties
    points = wgs84.representative_point()
    inner = metres_between(points.x, points.y, *to_gcj02(points.x, points.y))
    assert (round(inner.min()), round(inner.max())) == (654, 668)
    lon, lat = shapely.get_coordinates(wgs84.to_numpy()).T
    border = metres_between(lon, lat, *to_gcj02(lon, lat))
    assert (round(border.min()), round(border.max())) == (642, 677)


def test_conversion_lays_the_districts_of_hengyang_on_each_other(counties):
    gcj02, wgs84 = counties
    before = _overlap(gcj02.set_crs(4326, allow_override=True), wgs84)
    after = _overlap(convert_geometry(gcj02, "gcj02"), wgs84)
    assert (before[URBAN_DISTRICTS] < 0.85).all()
    assert (after[URBAN_DISTRICTS] > 0.93).all()
    assert (after > before).all()


def _overlap(ours, theirs):
    """Return intersection over union."""
    ours, theirs = ours.to_crs(4508), theirs.to_crs(4508)
    return ours.intersection(theirs).area / ours.union(theirs).area
