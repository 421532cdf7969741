"""Boundary files looked at from all sides: faults drawn by hand and counted by eye, and real files."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import GRID, GRID_CRS, make_grid
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.code_findings import ancestors, level_of, significant_digits
from boundaries.fictional import make_fictional_prefecture
from boundaries.inspection import InspectionSettings, inspect_boundaries
from geo_jindu.boundary_findings import NO_FAULTS, UNUSABLE, FindingKind, Verdict, inspection_json
from geo_jindu.boundary_texts import kind_text
from geo_jindu.provenance import Provenance

MEASURED_IN_GRID = InspectionSettings(GRID_CRS)
WEST, SOUTH = 500_000, 3_000_000


def box(west, south, east, north):
    """Return a rectangle [m] east and north of the grid's corner."""
    return shapely.box(WEST + west, SOUTH + south, WEST + east, SOUTH + north)


def grid_layer(**changes) -> gpd.GeoDataFrame:
    """Return the grid as a layer to inspect, with other shapes for codes written as ``_990000101``."""
    frame = make_grid()
    shapes = {code.removeprefix("_"): shape for code, shape in changes.items()}
    return layer({code: shapes.get(code, frame.geometry[code]) for code in GRID})


def layer(shapes, *, parents=None, names="镇", crs=GRID_CRS) -> gpd.GeoDataFrame:
    """Return shapes by code as a layer to inspect; a list of pairs may repeat codes."""
    pairs = list(shapes.items()) if isinstance(shapes, dict) else list(shapes)
    codes = [code for code, _ in pairs]
    columns = {"code": codes, "name": names, "parent": parents}
    geometry = gpd.GeoSeries([shape for _, shape in pairs], crs=crs)
    frame = gpd.GeoDataFrame(columns, geometry=geometry)
    return frame.set_axis(range(2, len(frame) + 2))


def inspect(frame, settings=MEASURED_IN_GRID):
    return inspect_boundaries(frame, settings)


def found(inspection):
    """Return units and area [m²] of each finding, by kind."""
    return {
        kind.value: [(each.units, round(each.area_m2, 1)) for each in findings]
        for kind, findings in inspection.by_kind.items()
    }


def kinds(inspection):
    return {kind.value: len(findings) for kind, findings in inspection.by_kind.items()}


def of_kind(inspection, kind):
    return inspection.by_kind[FindingKind(kind)]


# ---- what is not there


def test_the_grid_is_clean():
    inspection = inspect(grid_layer())
    assert inspection.findings == ()
    assert (inspection.verdict, inspection.reasons) == (Verdict.CLEAN, ())
    assert (inspection.units, inspection.parts, inspection.multipart_units) == (6, 6, 0)
    assert inspection.vertices == 6 * 5
    assert inspection.total_area_km2 == inspection.covered_area_km2 == 6.0
    assert inspection.levels == {"township": 6}
    assert inspection.digits == {9: 6}
    assert inspection.classes == {"town": 3, "township": 3}
    assert inspection.provenance is Provenance.SYNTHETIC


def test_an_open_notch_in_the_edge_is_no_gap():
    """One corner of 101 is missing, as a bay is."""
    notched = box(0, 0, 1000, 1000).difference(box(0, 0, 100, 100))
    assert inspect(grid_layer(_990000101=notched)).findings == ()


def test_the_fictional_prefecture_is_clean():
    frame = make_fictional_prefecture().rename(columns={"county": "parent"})
    inspection = inspect(frame.set_axis(range(2, len(frame) + 2)))
    assert inspection.findings == ()
    assert inspection.total_area_km2 == pytest.approx(15_300, abs=0.01)
    assert inspection.counter_clockwise == 1.0


# ---- overlaps and gaps


def test_an_overlap_is_measured_with_a_point_in_it():
    """102 reaches 100 m into 101."""
    inspection = inspect(grid_layer(_990000102=box(900, 0, 2000, 1000)))
    assert found(inspection) == {"overlap": [(("990000101", "990000102"), 100_000.0)]}
    (overlap,) = inspection.findings
    assert overlap.rows == (2, 3)
    assert not overlap.is_sliver
    point = gpd.GeoSeries([shapely.Point(overlap.at)], crs=4326).to_crs(GRID_CRS)[0]
    assert box(900, 0, 1000, 1000).contains(point)
    assert (inspection.total_area_km2, inspection.covered_area_km2) == (6.1, 6.0)
    assert inspection.verdict is Verdict.USABLE_WITH_NOTES
    assert inspection.reasons == (FindingKind.OVERLAP,)


def test_ground_that_three_claim_is_one_overlap():
    """101 and 202 reach over the corner where 101, 102, 201 and 202 meet, by 10 m.

    ::

        | 201 |202
        |   +-|-+       101 has the square above its corner, 202 that below its own,
        +---|-+-|--     so 101, 102 and 202 meet on 10 x 10 m, as 101, 201 and 202 do.
        | 101 +-|102
    """
    larger_101 = box(0, 0, 1000, 1000).union(box(990, 990, 1010, 1010))
    larger_202 = box(1000, 1000, 2000, 2000).union(box(990, 990, 1010, 1010))
    inspection = inspect(grid_layer(_990000101=larger_101, _990000202=larger_202))
    assert sorted(found(inspection)["overlap"]) == [
        (("990000101", "990000102", "990000202"), 100.0),
        (("990000101", "990000201", "990000202"), 100.0),
        (("990000101", "990000202"), 100.0),
        (("990000101", "990000202"), 100.0),
    ]
    excess = inspection.total_area_km2 - inspection.covered_area_km2
    assert excess * 1e6 == pytest.approx(100 * (2 + 2 + 1 + 1))


def test_a_gap_is_measured_with_its_neighbours():
    """100 x 50 m are missing on the border of 101 and 102."""
    inspection = inspect(
        grid_layer(
            _990000101=box(0, 0, 1000, 1000).difference(box(950, 500, 1000, 550)),
            _990000102=box(1000, 0, 2000, 1000).difference(box(1000, 500, 1050, 550)),
        )
    )
    assert found(inspection) == {"gap": [(("990000101", "990000102"), 5000.0)]}
    assert inspection.covered_area_km2 == 5.995


def test_a_sliver_is_told_by_its_width_not_by_its_area():
    """Both gaps have 400 m²: 0.5 x 800 m, and 20 x 20 m."""
    holes = shapely.union_all([box(500, 100, 500.5, 900), box(100, 100, 120, 120)])
    inspection = inspect(grid_layer(_990000101=box(0, 0, 1000, 1000).difference(holes)))
    assert sorted(each.is_sliver for each in of_kind(inspection, "gap")) == [False, True]
    assert [each.area_m2 for each in of_kind(inspection, "gap")] == pytest.approx([400, 400], abs=0.01)


def test_a_sliver_with_one_wide_place_is_none():
    hole = box(500, 100, 500.5, 900).union(box(490, 500, 510, 520))
    (gap,) = inspect(grid_layer(_990000101=box(0, 0, 1000, 1000).difference(hole))).findings
    assert not gap.is_sliver


def test_a_unit_that_others_claim_is_named_and_makes_the_file_unusable():
    """The same ground stands under two codes."""
    inspection = inspect(grid_layer(_990000102=box(0, 0, 1000, 1000)))
    assert found(inspection)["mostly_claimed"] == [
        (("990000101",), 1_000_000.0),
        (("990000102",), 1_000_000.0),
    ]
    assert inspection.verdict is Verdict.NOT_USABLE
    assert inspection.reasons == (FindingKind.MOSTLY_CLAIMED,)


ROWS = st.lists(st.integers(0, 12), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=6))
def test_claimed_and_covered_and_missing_ground_add_up(corners):
    """Total = covered + what is claimed more than once; covered + gaps = the ground without holes."""
    boxes = [
        box(100 * min(a, b), 100 * min(c, d), 100 * max(a, b) + 100, 100 * max(c, d) + 100)
        for a, b, c, d in corners
    ]
    inspection = inspect(layer([(f"99000{at:04d}", shape) for at, shape in enumerate(boxes, 1001)]))
    ground = shapely.union_all(boxes)
    filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(ground))))
    counts = inspection.by_kind
    overlaps = sum(each.area_m2 * (len(each.units) - 1) for each in counts.get(FindingKind.OVERLAP, []))
    gaps = sum(each.area_m2 for each in counts.get(FindingKind.GAP, []))
    assert inspection.total_area_km2 * 1e6 == pytest.approx(sum(each.area for each in boxes))
    assert inspection.covered_area_km2 * 1e6 == pytest.approx(ground.area)
    assert overlaps == pytest.approx(sum(each.area for each in boxes) - ground.area, abs=1e-3)
    assert gaps == pytest.approx(filled.area - ground.area, abs=1e-3)


# ---- parts


def test_parts_are_told_apart_by_what_surrounds_them():
    """101 has four parts beside its largest.

    ::

        +---------+---------+---------+
        | 201     | 202     | 203  E  |     E  exclave: 203 is all round it
        +---------+---------+---------+
        | 101    T| 102     | 103     D     D  detached: 103 and the sea
        +---------+---------+---------+
                                         I  island: only the sea;  T touches the largest in a corner
    """
    exclave, detached = box(2400, 1400, 2500, 1500), box(2950, 400, 3000, 500)
    island, touching = box(3200, 0, 3300, 100), box(1000, 1000, 1100, 1100)
    largest = box(0, 0, 1000, 1000)
    inspection = inspect(
        grid_layer(
            _990000101=shapely.multipolygons([largest, exclave, detached, island, touching]),
            _990000202=box(1000, 1000, 2000, 2000).difference(touching),
            _990000203=box(2000, 1000, 3000, 2000).difference(exclave),
            _990000103=box(2000, 0, 3000, 1000).difference(detached),
        )
    )
    assert found(inspection) == {
        "exclave": [(("990000101",), 10_000.0)],
        "detached_part": [(("990000101",), 5_000.0)],
        "island": [(("990000101",), 10_000.0)],
    }
    assert (inspection.parts, inspection.multipart_units) == (10, 1)
    assert inspection.verdict is Verdict.CLEAN


# ---- polygons

with np.errstate(invalid="ignore"):
    NOT_A_NUMBER = shapely.from_wkt("POLYGON ((0 0, nan 0, 1 1, 0 0))")


def test_an_invalid_polygon_has_a_reason_and_a_place():
    bow = shapely.Polygon(
        [(WEST, SOUTH), (WEST + 1000, SOUTH + 1000), (WEST + 1000, SOUTH), (WEST, SOUTH + 1000)]
    )
    (invalid,) = of_kind(inspect(grid_layer(_990000101=bow)), "invalid_polygon")
    assert (invalid.units, invalid.rows) == (("990000101",), (2,))
    assert invalid.detail == "Self-intersection"
    crossing = gpd.GeoSeries([shapely.Point(WEST + 500, SOUTH + 500)], crs=GRID_CRS).to_crs(4326)[0]
    assert invalid.at == pytest.approx((crossing.x, crossing.y))


@pytest.mark.parametrize(
    "shape",
    [
        None,
        shapely.Polygon(),
        shapely.Point(WEST, SOUTH),
        shapely.Polygon([(WEST, SOUTH), (WEST + 1, SOUTH), (WEST, SOUTH)]),
        NOT_A_NUMBER,
        shapely.from_wkt("POLYGON ((0 0, inf 0, 1 1, 0 0))"),
    ],
    ids=["nothing", "empty", "point", "flat", "nan", "infinite"],
)
def test_a_row_without_polygon_is_named_and_the_others_are_inspected(shape):
    inspection = inspect(grid_layer(_990000102=shape))
    (without,) = of_kind(inspection, "no_polygon")
    assert (without.units, without.rows, without.at) == (("990000102",), (3,), None)
    assert inspection.total_area_km2 == 5.0
    assert inspection.verdict is Verdict.NOT_USABLE


def test_winding_is_counted():
    clockwise = shapely.orient_polygons(box(0, 0, 1000, 1000), exterior_cw=True)
    others = {f"_{code}": shapely.orient_polygons(each[3]) for code, each in GRID.items()}
    inspection = inspect(grid_layer(**others | {"_990000101": clockwise}))
    assert inspection.counter_clockwise == pytest.approx(5 / 6, abs=1e-4)


# ---- codes


@pytest.mark.parametrize(
    ("code", "digits", "level"),
    [
        ("430000", "43", "province"),
        ("430400", "4304", "prefecture"),
        ("430405", "430405", "county"),
        ("430405000", "430405", "county"),
        ("430405000000", "430405", "county"),
        ("430405100", "430405100", "township"),
        ("430405100000", "430405100", "township"),
        ("430405100201", "430405100201", "village"),
        ("4304051", "", ""),
        ("E02002183", "", ""),
        ("000405", "", ""),
        ("４３０４０５", "", ""),
        ("", "", ""),
    ],
)
def test_levels_by_codes(code, digits, level):
    assert (significant_digits(code), level_of(code)) == (digits, level)


def test_ancestors_are_nearest_first():
    assert ancestors("430405100000") == ["430405", "4304", "43"]
    assert ancestors("43") == []


def test_faults_of_codes_and_names_are_told_with_their_rows():
    shapes = [each[3] for each in GRID.values()]
    codes = ["990000101", "990000101000", "", "99-0000", "990000401", "990000203"]
    frame = layer(zip(codes, shapes, strict=True), names=["甲", "", "丙", "丁", "戊", "己"])
    inspection = inspect(frame)
    told = {
        kind: [(each.units, each.rows) for each in of_kind(inspection, kind)]
        for kind in kinds(inspection)
    }
    assert told == {
        "real_and_fictional": [((), ())],  # the empty code does not start with 99
        "repeated_code": [(("990000101", "990000101000"), (2, 3))],
        "empty_code": [(("",), (4,))],
        "malformed_code": [(("99-0000",), (5,))],
        "empty_name": [(("990000101000",), (3,))],
        "statistics_only": [(("990000401",), (6,))],
    }
    assert inspection.statistics_codes == 1
    assert inspection.digits == {0: 1, 7: 1, 9: 3, 12: 1}


def test_units_of_statistics_are_no_fault():
    shapes = [each[3] for each in GRID.values()]
    codes = [*list(GRID)[:5], "990000498"]
    inspection = inspect(layer(zip(codes, shapes, strict=True)))
    assert kinds(inspection) == {"statistics_only": 1}
    assert inspection.classes["statistics_only"] == 1
    assert inspection.verdict is Verdict.CLEAN


def test_real_codes_in_the_ocean_are_a_contradiction():
    codes = [*list(GRID)[:5], "430421100"]
    inspection = inspect(layer(zip(codes, [each[3] for each in GRID.values()], strict=True)))
    assert inspection.provenance is None
    assert inspection.reasons == (FindingKind.REAL_AND_FICTIONAL,)


def test_a_file_without_names_has_no_empty_ones():
    assert inspect(layer({code: each[3] for code, each in GRID.items()}, names=None)).findings == ()


# ---- parents

COUNTY = {"990001": box(0, 0, 3000, 2000)}
TOWNSHIPS = {code.replace("990000", "990001"): each[3] for code, each in GRID.items()}


def test_parents_in_the_same_file_are_a_layer_of_their_own():
    """A county and its townships cover the same ground, which is no overlap."""
    inspection = inspect(layer(COUNTY | TOWNSHIPS))
    assert inspection.findings == ()
    assert inspection.levels == {"county": 1, "township": 6}
    assert inspection.total_area_km2 == 6.0


def test_a_parent_can_be_missing_unknown_another_or_elsewhere():
    """Only the western two thirds of the county are drawn; 103 and 203 lie outside of it."""
    parents = ["990001", "", "990001", "990001", "990002", "990001"]
    frame = layer(TOWNSHIPS, parents=parents)
    county = layer({"990001000000": box(0, 0, 2000, 2000)})
    inspection = inspect(frame, InspectionSettings(GRID_CRS, parents=county))
    assert found(inspection)["outside_parent"] == [(("990001103",), 1e6), (("990001203",), 1e6)]
    told = {kind: [each.units[0] for each in of_kind(inspection, kind)] for kind in kinds(inspection)}
    assert told["no_parent"] == ["990001102"]
    assert told["other_parent"] == told["unknown_parent"] == ["990001202"]
    assert {each.detail for each in of_kind(inspection, "outside_parent")} == {"100.0"}


def test_a_little_outside_its_parent_is_none():
    """4 % of each unit in the south lie outside; borders drawn coarse do that."""
    frame = layer(TOWNSHIPS)
    county = layer({"990001": box(0, 40, 3000, 2000)})
    assert inspect(frame, InspectionSettings(GRID_CRS, parents=county)).findings == ()
    narrower = layer({"990001": box(0, 60, 3000, 2000)})
    inspection = inspect(frame, InspectionSettings(GRID_CRS, parents=narrower))
    assert kinds(inspection) == {"outside_parent": 3}


def test_without_a_column_the_code_names_the_parent():
    settings = InspectionSettings(GRID_CRS, parents=layer({"990002": box(0, 0, 1, 1)}))
    inspection = inspect(layer(TOWNSHIPS), settings)
    assert kinds(inspection) == {"unknown_parent": 6}
    assert {each.detail for each in inspection.findings} == {"990001"}


def test_parents_at_the_top_of_a_file_need_none_themselves():
    assert "unknown_parent" not in kinds(inspect(layer(COUNTY | TOWNSHIPS)))


# ---- the whole


def faulty_layer():
    """Return the grid with an overlap, a gap, an exclave, an invalid polygon and a bad code."""
    exclave = box(2400, 1400, 2500, 1500)
    frame = grid_layer(
        _990000101=shapely.multipolygons([box(0, 0, 1050, 1000), exclave]),
        _990000102=box(1000, 0, 2000, 1000).difference(box(1500, 500, 1510, 510)),
        _990000203=box(2000, 1000, 3000, 2000).difference(exclave),
    )
    frame.loc[5, "code"] = "990000-01"
    return frame


def test_the_same_rows_give_the_same_bytes():
    assert inspection_json(inspect(faulty_layer())) == inspection_json(inspect(faulty_layer()))


def test_reprojection_and_row_order_change_nothing():
    one = inspect(faulty_layer())
    other = inspect(faulty_layer().iloc[::-1].to_crs(4326))
    assert kinds(one) == kinds(other)
    for kind, findings in one.by_kind.items():
        areas = [each.area_m2 for each in other.by_kind[kind]]
        np.testing.assert_allclose([each.area_m2 for each in findings], areas, atol=0.01)
    assert one.covered_area_km2 == pytest.approx(other.covered_area_km2, abs=1e-6)


def test_json_says_everything_and_no_nan():
    written = inspection_json(inspect(faulty_layer()), read={"file": "x"}, repair=None)
    content = json.loads(written, parse_constant=pytest.fail)
    assert content["verdict"] == "usable_with_notes"
    assert content["counts"] == {"malformed_code": 1, "overlap": 1, "gap": 1, "exclave": 1}
    assert content["read"] == {"file": "x"}
    gap = next(each for each in content["findings"] if each["kind"] == "gap")
    assert gap["area_m2"] == pytest.approx(100)
    assert "shape" not in gap
    assert (
        next(each for each in content["findings"] if each["kind"] == "malformed_code")["area_m2"]
        is None
    )


@pytest.mark.parametrize("kind", FindingKind)
def test_each_kind_has_a_name_and_one_weight(kind):
    assert kind_text(kind, "zh") != kind_text(kind, "en")
    assert not (kind in UNUSABLE and kind in NO_FAULTS)


def test_one_unit_is_enough():
    inspection = inspect(layer({"990000101": box(0, 0, 1000, 1000)}))
    assert (inspection.verdict, inspection.total_area_km2) == (Verdict.CLEAN, 1.0)


# ---- real files


def read_layer(path, **columns):
    """Return a file as a layer to inspect; columns by what they are."""
    table = gpd.read_file(path)
    texts = {role: table[column].astype(str) for role, column in columns.items()}
    frame = gpd.GeoDataFrame({"name": None, "parent": None} | texts, geometry=table.geometry)
    return frame.set_axis(range(2, len(frame) + 2))


def read_beijing(shared):
    path = shared / "data" / "beijing" / "subdistricts.geojson"
    return read_layer(path, code="code", name="Name", parent="parentCode")


def test_beijing_is_clean_but_for_its_known_overlaps_and_holes(shared):
    inspection = inspect(read_beijing(shared), InspectionSettings("EPSG:4509"))
    assert kinds(inspection) == {"overlap": 286, "gap": 310, "exclave": 82}
    assert sum(each.area_m2 for each in of_kind(inspection, "overlap")) == pytest.approx(45_478, abs=2)
    assert sum(each.area_m2 for each in of_kind(inspection, "gap")) == pytest.approx(21_323, abs=2)
    assert max(each.area_m2 for each in of_kind(inspection, "gap")) == pytest.approx(4_169, abs=1)
    assert inspection.reasons == (FindingKind.OVERLAP, FindingKind.GAP)
    assert inspection.verdict is Verdict.USABLE_WITH_NOTES
    assert inspection.total_area_km2 == pytest.approx(16_415.971, abs=0.001)
    assert (inspection.units, inspection.multipart_units) == (343, 38)
    assert inspection.classes == {"street": 221, "town": 107, "township": 15}
    assert inspection.provenance is Provenance.REAL


def test_the_districts_of_beijing_hold_their_subdistricts(shared):
    frame = read_beijing(shared)
    districts = frame[["parent", "geometry"]].dissolve("parent").rename_axis("code").reset_index()
    settings = InspectionSettings("EPSG:4509", parents=districts)
    assert not {"unknown_parent", "outside_parent", "other_parent"} & set(
        kinds(inspect(frame, settings))
    )
    one_less = InspectionSettings("EPSG:4509", parents=districts[districts["code"] != "110101000000"])
    unknown = of_kind(inspect(frame, one_less), "unknown_parent")
    assert len(unknown) == (frame["parent"] == "110101000000").sum()
    assert {each.detail for each in unknown} == {"110101000000"}


def test_west_yorkshire_has_four_invalid_polygons_and_codes_of_another_kind(shared):
    path = shared / "data" / "west_yorkshire" / "msoa_2011.geojson"
    column = gpd.read_file(path, rows=1).columns[0]
    inspection = inspect(read_layer(path, code=column), InspectionSettings("EPSG:27700"))
    assert kinds(inspection) == {"malformed_code": 299, "invalid_polygon": 4}
    assert inspection.verdict is Verdict.USABLE_WITH_NOTES
