"""An undeclared offset is found by comparison and named; nothing is converted."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from test_inspection import inspect, kinds, layer, read_layer

from boundaries.inspection import InspectionSettings
from boundaries.offset_detection import LEAST_DISPLACEMENT_M, detect_offset
from geo_jindu.boundary_findings import FindingKind, OffsetKind, Verdict
from geo_jindu.boundary_texts import offset_text
from geo_jindu.offset_datums import convert_geometry, to_bd09, to_gcj02

CRS = "EPSG:4508"
"""Gauss-Kruger zone of Hengyang; eastings of its middle are about 660 km."""
EAST, NORTH = 450_000, 2_970_000
URBAN = ("430405", "430406", "430407", "430408", "430412")


def square(at, size_m=2000):
    """Return the square of this number in a grid of five columns."""
    row, column = divmod(at, 5)
    west, south = EAST + column * size_m, NORTH + row * size_m
    return shapely.box(west, south, west + size_m, south + size_m)


def grid(codes=None, east=0.0, north=0.0):
    """Return 5 x 4 units of 2 x 2 km near Hengyang, moved by so many metres."""
    codes = codes or [f"430405{100 + at}" for at in range(20)]
    shapes = {code: shapely.segmentize(square(at), 250) for at, code in enumerate(codes)}
    frame = layer(shapes, crs=CRS)
    return frame.set_geometry(frame.translate(east, north))


def written_in(frame, convert):
    """Return a layer as a web map would write it."""
    degrees = frame.geometry.to_crs(4326)
    offset = degrees.transform(lambda points: np.column_stack(convert(*points.T)))
    return frame.set_geometry(offset.set_crs(4326, allow_override=True))


def detect(frame, reference):
    return detect_offset(frame, reference, CRS)


def test_the_same_layer_has_no_offset():
    offset = detect(grid(), grid())
    assert (offset.kind, offset.datum, offset.matched_by) == (OffsetKind.NONE, "", "code")
    assert offset.displacement_m == 0.0
    assert offset.iou["as_declared"] == pytest.approx(1.0)
    assert len(offset.units) == 20


def test_borders_that_differ_in_detail_are_no_offset():
    """Each point of each unit moved for itself by some 50 m."""
    rng = np.random.default_rng(1)
    rough = grid()
    rough.geometry = [
        shapely.make_valid(shapely.Polygon(ring[:-1] + rng.normal(0, 50, ring[:-1].shape)))
        for ring in (np.array(shape.exterior.coords) for shape in rough.geometry)
    ]
    offset = detect(rough, grid())
    assert offset.kind is OffsetKind.NONE
    assert offset.displacement_m < LEAST_DISPLACEMENT_M
    assert offset.iou["as_declared"] < 0.98


@pytest.mark.parametrize(("convert", "datum"), [(to_gcj02, "gcj02"), (to_bd09, "bd09")])
def test_coordinates_of_a_web_map_are_named(convert, datum):
    offset = detect(written_in(grid(), convert), grid())
    assert (offset.kind, offset.datum) == (OffsetKind.FILE_IN_DATUM, datum)
    assert offset.iou[f"file_{datum}"] == pytest.approx(1.0, abs=1e-3)
    assert offset.iou["as_declared"] < 0.75
    assert offset.spread_m < 40


@pytest.mark.parametrize(("convert", "datum"), [(to_gcj02, "gcj02"), (to_bd09, "bd09")])
def test_if_the_reference_is_of_a_web_map_that_is_said_and_not_held_against_the_file(convert, datum):
    reference = written_in(grid(), convert)
    offset = detect(grid(), reference)
    assert (offset.kind, offset.datum) == (OffsetKind.REFERENCE_IN_DATUM, datum)
    inspection = inspect(grid(), InspectionSettings(CRS, reference=reference))
    assert inspection.verdict is Verdict.CLEAN


def test_another_offset_is_measured_and_not_explained():
    """400 m to the east and 300 m to the south: 500 m towards 127 degrees."""
    offset = detect(grid(east=400, north=-300), grid())
    assert (offset.kind, offset.datum) == (OffsetKind.UNEXPLAINED, "")
    assert offset.displacement_m == pytest.approx(500, abs=0.1)
    assert offset.bearing_deg == pytest.approx(126.9, abs=0.1)
    assert offset.spread_m == pytest.approx(0, abs=0.1)
    assert offset.iou["shifted"] == pytest.approx(1.0)
    assert "500 m towards 127°" in offset_text(offset, "en")
    assert offset.units[0].east_m == 400.0


def test_a_few_redrawn_units_do_not_move_the_median():
    frame = grid(east=400)
    frame.loc[[2, 3, 4], "geometry"] = frame.geometry.loc[[2, 3, 4]].translate(5000, 9000)
    offset = detect(frame, grid())
    assert offset.displacement_m == pytest.approx(400, abs=0.1)


def test_other_codes_are_matched_by_place():
    others = grid(codes=[f"430405{200 + at}" for at in range(20)])
    offset = detect(written_in(others, to_gcj02), grid())
    assert (offset.kind, offset.datum, offset.matched_by) == (
        OffsetKind.FILE_IN_DATUM,
        "gcj02",
        "place",
    )
    assert [each.code for each in offset.units] == sorted(each.code for each in offset.units)
    assert all(each.code[6:] == str(int(each.reference_code[6:]) + 100) for each in offset.units)


def test_codes_are_the_same_with_and_without_zeros():
    longer = grid(codes=[f"430405{100 + at}000" for at in range(20)])
    assert detect(longer, grid()).matched_by == "code"


def test_layers_apart_cannot_be_compared():
    offset = detect(grid(codes=[f"430405{200 + at}" for at in range(20)]), grid(east=50_000))
    assert (offset.kind, offset.units) == (OffsetKind.INCOMPARABLE, ())
    assert "0 matched" in offset_text(offset, "en")


def test_layers_of_other_units_cannot_be_compared():
    whole = layer({"430405": shapely.union_all([square(at) for at in range(20)])}, crs=CRS)
    offset = detect(grid(), whole)
    assert offset.kind is OffsetKind.INCOMPARABLE


def test_row_order_changes_nothing():
    frame = written_in(grid(), to_gcj02)
    assert detect(frame, grid()) == detect(frame.iloc[::-1], grid().iloc[::-1])


@pytest.mark.parametrize("kind", OffsetKind)
def test_each_outcome_is_said_in_both_languages(kind):
    layers = {
        OffsetKind.NONE: grid(),
        OffsetKind.FILE_IN_DATUM: written_in(grid(), to_gcj02),
        OffsetKind.REFERENCE_IN_DATUM: convert_wrongly(grid()),
        OffsetKind.UNEXPLAINED: grid(north=800),
        OffsetKind.INCOMPARABLE: grid(codes=["1"] * 20, east=90_000),
    }
    offset = detect(layers[kind], grid())
    assert offset.kind is kind
    assert offset_text(offset, "zh") != offset_text(offset, "en")
    assert "nan" not in offset_text(offset, "zh") + offset_text(offset, "en")


def convert_wrongly(frame):
    """Return a layer in WGS 84 that was converted as if it were GCJ-02: it lies to the other side."""
    return frame.set_geometry(convert_geometry(frame.geometry.to_crs(4326), "gcj02"))


# ---- the counties of Hengyang, in both datums


@pytest.fixture(scope="module")
def counties(shared):
    """Return the counties as GCJ-02 and as WGS 84, from two sources of different detail."""
    folder = shared / "data" / "hengyang"
    return tuple(
        read_layer(folder / f"counties_{datum}.geojson", code="code") for datum in ("gcj02", "wgs84")
    )


def test_the_offset_of_hengyang_is_found_and_named(counties):
    offset = detect(*counties)
    assert (offset.kind, offset.datum, offset.matched_by) == (OffsetKind.FILE_IN_DATUM, "gcj02", "code")
    assert offset.displacement_m == pytest.approx(660, abs=10)
    assert offset.bearing_deg == pytest.approx(124, abs=3)
    assert len(offset.units) == 12
    assert "looks like undeclared gcj02: median displacement 664 m" in offset_text(offset, "en")


def test_converting_brings_each_urban_district_of_hengyang_above_093(counties):
    units = {each.code: each.iou for each in detect(*counties).units}
    for code in URBAN:
        assert units[code]["as_declared"] < 0.85
        assert units[code]["file_gcj02"] > 0.93


def test_hengyang_as_gcj02_is_not_usable_as_declared_and_clean_once_declared(counties):
    web, reference = counties
    inspection = inspect(web, InspectionSettings(CRS, reference=reference))
    assert inspection.verdict is Verdict.NOT_USABLE
    assert inspection.reasons == (FindingKind.OFFSET,)
    declared = web.set_geometry(convert_geometry(web.geometry, "gcj02"))
    again = inspect(declared, InspectionSettings(CRS, reference=reference))
    assert kinds(again) == {}
    assert again.offset is not None
    assert again.offset.kind is OffsetKind.NONE


def test_detection_converts_nothing(counties):
    web, reference = counties
    before = [each.geometry.to_numpy().copy() for each in (web, reference)]
    detect(web, reference)
    after = [each.geometry.to_numpy() for each in (web, reference)]
    assert all(shapely.equals_identical(*each).all() for each in zip(before, after, strict=True))


def test_beijing_against_its_own_districts_is_incomparable(shared):
    path = shared / "data" / "beijing" / "subdistricts.geojson"
    frame = read_layer(path, code="code", parent="parentCode")
    districts = frame[["parent", "geometry"]].dissolve("parent").rename_axis("code").reset_index()
    offset = detect_offset(frame, gpd.GeoDataFrame(districts), "EPSG:4509")
    assert offset.kind is OffsetKind.INCOMPARABLE
