"""Small overlaps and gaps repaired, every change listed, all else left as it was."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import GRID, GRID_CRS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_inspection import box, found, grid_layer, inspect, kinds, layer, read_beijing

import boundaries.coverage_repair
from boundaries.coverage_faces import SLIVER_WIDTH_M
from boundaries.coverage_repair import AreaNotConservedError, ChangeKind, repair_coverage
from boundaries.fictional import make_fictional_prefecture
from boundaries.inspection import InspectionSettings, inspect_boundaries


def repair(frame, fill_below_m2=1000.0, snap_below_m=SLIVER_WIDTH_M, crs=GRID_CRS):
    return repair_coverage(
        frame, measuring_crs=crs, fill_below_m2=fill_below_m2, snap_below_m=snap_below_m
    )


def listed(repaired):
    """Return what was done: kind, to, from, whole m²."""
    return [
        (each.kind.value, each.to, each.taken_from, round(each.area_m2)) for each in repaired.changes
    ]


def areas(frame):
    return dict(zip(frame["code"], frame.area.round(3), strict=True))


def points(shape):
    return set(map(tuple, shapely.get_coordinates(shape)))


def are_identical(one, other):
    return bool(shapely.equals_identical(one.geometry.to_numpy(), other.geometry.to_numpy()).all())


# ---- nothing to do


@pytest.mark.parametrize("limit", [0.0, 1000.0, 1e12])
def test_a_clean_coverage_is_left_as_it_is(limit):
    frame = grid_layer()
    repaired = repair(frame, limit)
    assert repaired.changes == ()
    assert are_identical(repaired.frame, frame)


def test_the_fictional_prefecture_is_left_as_it_is():
    frame = make_fictional_prefecture()
    repaired = repair(frame, 1e6)
    assert repaired.changes == ()
    assert are_identical(repaired.frame, frame)
    assert list(repaired.frame.columns) == list(frame.columns)


# ---- gaps


def gap_at_corner():
    """30 x 20 m are missing where 101, 102 and 201 meet; 101 has the longest border with it.

    ::

        | 201
        +--+------      the gap lies in 101's corner: it borders 101 on 30 + 20 m,
        | 101 gap| 102  102 on 20 m and 201 on 30 m
    """
    corner = box(970, 980, 1000, 1000)
    return grid_layer(_990000101=box(0, 0, 1000, 1000).difference(corner))


def test_a_gap_goes_to_the_neighbour_with_the_longest_border():
    repaired = repair(gap_at_corner())
    assert listed(repaired) == [("gap_filled", "990000101", (), 600)]
    assert areas(repaired.frame) == dict.fromkeys(GRID, 1e6)
    assert (repaired.area_before_km2, repaired.area_after_km2) == (5.9994, 6.0)
    assert inspect(repaired.frame).findings == ()


def test_of_equal_borders_the_smaller_code_wins():
    """20 x 20 m are missing half in 101, half in 102."""
    frame = grid_layer(
        _990000101=box(0, 0, 1000, 1000).difference(box(990, 500, 1000, 520)),
        _990000102=box(1000, 0, 2000, 1000).difference(box(1000, 500, 1010, 520)),
    )
    for rows in (frame, frame.iloc[::-1]):
        assert listed(repair(rows)) == [("gap_filled", "990000101", (), 400)]


def test_a_larger_gap_is_left():
    frame = gap_at_corner()
    repaired = repair(frame, fill_below_m2=600)
    assert repaired.changes == ()
    assert are_identical(repaired.frame, frame)


def test_open_ground_is_never_filled():
    bay = box(0, 0, 1000, 1000).difference(box(0, 0, 10, 10))
    assert repair(grid_layer(_990000101=bay)).changes == ()


def test_a_sliver_is_closed_whatever_its_area():
    """0.5 x 800 m, 400 m²; filled although the limit is 0."""
    frame = grid_layer(
        _990000101=box(0, 0, 999.5, 1000).union(box(0, 0, 1000, 100)).union(box(0, 900, 1000, 1000))
    )
    repaired = repair(frame, fill_below_m2=0)
    assert listed(repaired) == [("gap_filled", "990000102", (), 400)] or listed(repaired) == [
        ("gap_filled", "990000101", (), 400)
    ]
    assert repaired.changes[0].is_sliver
    assert inspect(repaired.frame).findings == ()
    assert repair(frame, fill_below_m2=0, snap_below_m=0.4).changes == ()


# ---- overlaps


def test_an_overlap_is_left_to_the_claimant_with_the_longest_border():
    """102 reaches into 101 by 30 x 20 m: 101 borders that on 30 + 20 + 30 m, 102 on 20 m."""
    frame = grid_layer(_990000102=box(1000, 0, 2000, 1000).union(box(970, 500, 1000, 520)))
    repaired = repair(frame)
    assert listed(repaired) == [("overlap_given", "990000101", ("990000102",), 600)]
    assert areas(repaired.frame) == dict.fromkeys(GRID, 1e6)
    assert (repaired.area_before_km2, repaired.area_after_km2) == (6.0006, 6.0)


def test_a_larger_overlap_is_left():
    frame = grid_layer(_990000102=box(900, 0, 2000, 1000))
    repaired = repair(frame)
    assert repaired.changes == ()
    assert are_identical(repaired.frame, frame)


def test_ground_that_three_claim_ends_with_one():
    square = box(990, 990, 1010, 1010)
    frame = grid_layer(
        _990000101=box(0, 0, 1000, 1000).union(square),
        _990000202=box(1000, 1000, 2000, 2000).union(square),
    )
    repaired = repair(frame)
    assert sum(len(each.taken_from) for each in repaired.changes) == 6
    assert inspect(repaired.frame).findings == ()
    assert repaired.area_after_km2 == 6.0


def test_a_gap_beside_an_overlap_is_settled_with_it():
    """A gap of 10 x 10 m that borders only the overlap of 101 and 102, all round it."""
    ring = box(900, 400, 1100, 600)
    hole = box(995, 495, 1005, 505)
    frame = grid_layer(
        _990000101=box(0, 0, 1000, 1000).union(ring).difference(hole),
        _990000102=box(1000, 0, 2000, 1000).union(ring).difference(hole),
    )
    repaired = repair(frame, fill_below_m2=50_000)
    assert {each.kind for each in repaired.changes} == set(ChangeKind) - {ChangeKind.MADE_VALID}
    assert inspect(repaired.frame).findings == ()
    assert repaired.area_after_km2 == 6.0


def test_a_unit_with_no_ground_of_its_own_is_left_alone():
    """A unit of 900 m² lies wholly in 101: giving its ground away would make it vanish."""
    shapes = {code: each[3] for code, each in GRID.items()} | {"990000104": box(100, 100, 130, 130)}
    frame = layer(shapes)
    repaired = repair(frame)
    assert repaired.changes == ()
    assert are_identical(repaired.frame, frame)


# ---- what stays


def test_points_elsewhere_stay_to_the_last_digit():
    """In degrees, where each point is converted to metres and back; only at the gap points change."""
    frame = gap_at_corner().to_crs(4326)
    repaired = repair(frame).frame
    gap = box(970, 980, 1000, 1000)
    before, after = (set.union(*map(points, each.geometry)) for each in (frame, repaired))
    changed = gpd.GeoSeries(map(shapely.Point, before ^ after), crs=4326).to_crs(GRID_CRS)
    assert (changed.distance(gap) < 0.001).all()
    assert len(before - after) == 1  # the corner of the gap that lay in 101
    for at in (4, 7):  # 103 and 203 do not touch the gap
        assert shapely.equals_identical(frame.geometry[at], repaired.geometry[at])


@pytest.mark.parametrize("clockwise", [False, True])
def test_rings_run_as_before(clockwise):
    frame = gap_at_corner()
    frame.geometry = shapely.orient_polygons(frame.geometry.to_numpy(), exterior_cw=clockwise)
    rings = shapely.get_exterior_ring(repair(frame).frame.geometry.to_numpy())
    assert (shapely.is_ccw(rings) != clockwise).all()


def test_rows_columns_and_rows_without_polygon_stay():
    frame = gap_at_corner().assign(more=range(6))
    frame.loc[7, "geometry"] = None
    repaired = repair(frame).frame
    assert repaired.drop(columns="geometry").equals(frame.drop(columns="geometry"))
    assert repaired.geometry[7] is None
    assert repaired.crs == frame.crs


def test_units_and_their_parent_are_repaired_level_by_level():
    """The county covers the townships, which is no overlap to be settled."""
    townships = {code.replace("990000", "990001"): each[3] for code, each in GRID.items()}
    frame = layer({"990001": box(0, 0, 3000, 2000)} | townships)
    assert repair(frame, 1e12).changes == ()


# ---- invalid polygons


def test_an_invalid_polygon_is_made_valid_and_listed():
    bow = shapely.Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    bow = shapely.transform(bow, lambda points: points + np.array([500_000, 3_000_000]))
    repaired = repair(grid_layer(_990000101=bow))
    assert listed(repaired) == [("made_valid", "990000101", (), 500_000)]
    assert repaired.frame.is_valid.all()


# ---- conservation


def test_a_change_that_is_not_listed_is_an_error(monkeypatch):
    def lose_some(faces, owners, slivers, measured):
        return iter(())

    monkeypatch.setattr(boundaries.coverage_repair, "_list_changes", lose_some)
    with pytest.raises(AreaNotConservedError, match="990000101 changed by 600"):
        repair(gap_at_corner())


def shaken_grid(seed, noise_m):
    """Return 4 x 4 units whose points each unit has moved for itself, to 1 mm: many slivers."""
    rng = np.random.default_rng(seed)

    def shaken(west, south):
        square = shapely.segmentize(box(west, south, west + 100, south + 100), 50)
        ring = np.array(square.exterior.coords)[:-1]
        moved = shapely.Polygon(np.round(ring + rng.normal(0, noise_m, ring.shape), 3))
        return shapely.make_valid(moved)

    places = [(row, column) for row in range(4) for column in range(4)]
    return layer({f"990001{101 + 4 * row + at}": shaken(100 * at, 100 * row) for row, at in places})


NOISE = st.sampled_from([0.01, 0.3, 2.0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), NOISE, st.sampled_from([0.0, 5.0, 100.0, 1e9]))
@example(29, 2.0, 0.0)  # a gap between crossings alone, with no point of a border
@example(31, 2.0, 0.0)
def test_area_is_conserved_and_repairing_twice_is_repairing_once(seed, noise_m, limit):
    frame = shaken_grid(seed, noise_m)
    repaired = repair(frame, limit)
    ground, ground_after = (shapely.union_all(each.geometry) for each in (frame, repaired.frame))
    filled = sum(each.area_m2 for each in repaired.changes if each.kind is ChangeKind.GAP_FILLED)
    taken = sum(each.area_m2 * len(each.taken_from) for each in repaired.changes)
    total = repaired.frame.area.sum() - frame.area.sum()
    assert total == pytest.approx(filled - taken, abs=0.01)
    assert ground_after.area - ground.area == pytest.approx(filled, abs=0.01)
    assert repaired.changes
    assert all(each.area_m2 < limit or each.is_sliver for each in repaired.changes)
    again = repair(repaired.frame, limit)
    assert again.changes == ()
    assert are_identical(again.frame, repaired.frame)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), NOISE)
def test_without_a_limit_nothing_is_left_and_each_place_is_its_owners(seed, noise_m):
    frame = shaken_grid(seed, noise_m)
    repaired = repair(frame, 1e9)
    assert not {"overlap", "gap"} & set(kinds(inspect(repaired.frame)))
    assert shapely.coverage_is_valid(repaired.frame.geometry.to_numpy())
    places = gpd.GeoSeries([shapely.Point(each.at) for each in repaired.changes], crs=4326)
    units = repaired.frame.set_index("code").geometry
    for change, place in zip(repaired.changes, places.to_crs(GRID_CRS), strict=True):
        assert units[change.to].distance(place) < 1e-6


def test_a_patch_within_larger_ones_is_left_with_them():
    """Three units claim 10 x 10 m; all round it two of them claim 50 x 50 m, which is above the limit."""
    around, within = box(975, 975, 1025, 1025), box(995, 995, 1005, 1005)
    frame = grid_layer(
        _990000101=box(0, 0, 1000, 1000).union(around),
        _990000202=box(1000, 1000, 2000, 2000).union(around),
        _990000103=shapely.union_all([box(2000, 0, 3000, 1000), within]),
    )
    assert min(each.area_m2 for each in inspect(frame).by_kind["overlap"]) == pytest.approx(25)
    assert repair(frame, fill_below_m2=30).changes == ()


# ---- Beijing


def test_beijing_loses_its_overlaps_and_holes_and_keeps_its_area(shared):
    frame = read_beijing(shared)
    repaired = repair(frame, 30_000, crs="EPSG:4509")
    inspection = inspect_boundaries(repaired.frame, InspectionSettings("EPSG:4509"))
    assert "overlap" not in kinds(inspection)
    assert "gap" not in kinds(inspection)
    assert abs(repaired.area_after_km2 - repaired.area_before_km2) < 0.1
    assert repaired.area_after_km2 == pytest.approx(16_415.947, abs=0.001)
    assert shapely.coverage_is_valid(repaired.frame.geometry.to_numpy())
    gaps = [each for each in repaired.changes if each.kind is ChangeKind.GAP_FILLED]
    assert len(gaps) == 310
    assert repair(repaired.frame, 30_000, crs="EPSG:4509").changes == ()


def test_every_hole_listed_for_beijing_is_ground_of_the_unit_named(shared):
    frame = read_beijing(shared)
    repaired = repair(frame, 30_000, crs="EPSG:4509")
    wide = [each for each in repaired.changes if not each.is_sliver]
    assert len(wide) > 20
    places = gpd.GeoSeries([shapely.Point(each.at) for each in wide], crs=4326)
    after = repaired.frame.set_index("code").geometry
    for change, place in zip(wide, places, strict=True):
        holders = after.index[after.intersects(place)]
        assert list(holders) == [change.to]


def test_shapely_cleans_beijing_to_the_same_ground(shared):
    """`shapely.coverage_clean` is an oracle for the ground covered when everything is to be repaired."""
    frame = read_beijing(shared)
    cleaned = shapely.coverage_clean(frame.to_crs("EPSG:4509").geometry.to_numpy(), gap_width=100)
    repaired = repair(frame, 30_000, crs="EPSG:4509")
    assert repaired.area_after_km2 == pytest.approx(shapely.area(cleaned).sum() / 1e6, abs=1e-5)


def test_only_what_is_below_the_limit_is_repaired_at_beijing(shared):
    frame = read_beijing(shared)
    repaired = repair(frame, 1000, crs="EPSG:4509")
    left = inspect_boundaries(repaired.frame, InspectionSettings("EPSG:4509"))
    sizes = [each.area_m2 for each in left.findings if each.kind in {"overlap", "gap"}]
    assert sorted(round(size) for size in sizes) == [
        1229,
        2005,
        2384,
        2526,
        2902,
        3546,
        4143,
        4169,
        26114,
    ]
    assert found(left).keys() == {"overlap", "gap", "exclave"}
