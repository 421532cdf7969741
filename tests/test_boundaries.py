"""Boundary files: repaired, measured, and refused when they cannot be what they claim."""

import warnings

import geopandas as gpd
import pytest
import shapely
from conftest import CONFIGURATION, make_grid

from boundaries import read_townships
from geo_jindu.errors import InputError
from geo_jindu.workspace import read_workspace


def read(directory):
    return read_townships(read_workspace(directory))


def problems(directory):
    with pytest.raises(InputError) as caught:
        read(directory)
    return [(each.key, each.row) for each in caught.value.problems]


def test_the_grid_is_read_measured_and_sorted(make_workspace):
    shuffled = make_grid().iloc[[3, 0, 5, 1, 4, 2]]
    townships = read(make_workspace(townships=shuffled))
    assert townships.frame.index.tolist() == sorted(make_grid().index)
    assert townships.frame["area_km2"].tolist() == pytest.approx([1.0] * 6, abs=1e-5)
    assert townships.frame["county_name"].tolist() == ["东县"] * 3 + ["西县"] * 3
    assert townships.repaired == ()
    assert townships.overlaps == ()


def test_a_ring_that_crosses_itself_is_repaired_and_named(make_workspace):
    grid = make_grid()
    bow = shapely.Polygon(
        [(500_000, 3_000_000), (501_000, 3_001_000), (501_000, 3_000_000), (500_000, 3_001_000)]
    )
    grid.loc["990000101", "geometry"] = bow
    townships = read(make_workspace(townships=grid))
    assert townships.repaired == ("990000101",)
    assert townships.frame.geometry.is_valid.all()
    assert townships.frame["area_km2"]["990000101"] == pytest.approx(0.5, abs=1e-4)


def test_an_overlap_is_measured_and_named(make_workspace):
    grid = make_grid()
    grid.loc["990000102", "geometry"] = shapely.box(500_900, 3_000_000, 502_000, 3_001_000)
    overlaps = read(make_workspace(townships=grid)).overlaps
    assert [(each.first, each.second) for each in overlaps] == [("990000101", "990000102")]
    assert overlaps[0].area_km2 == pytest.approx(0.1, abs=1e-4)


def test_repeated_and_empty_codes_are_named_with_their_rows(make_workspace):
    grid = make_grid()
    grid.index = ["990000101", "990000101", "", "990000201", "990000202", "990000203"]
    assert problems(make_workspace(townships=grid)) == [
        ("code_empty", 4),
        ("code_repeated", 2),
        ("code_repeated", 3),
    ]


def test_fictional_places_need_codes_that_no_province_has(make_workspace):
    grid = make_grid().rename(index={"990000203": "430421100"})
    assert problems(make_workspace(townships=grid)) == [("fictional_needs_99", 7)]


def test_real_places_never_carry_fictional_codes(make_workspace):
    text = CONFIGURATION.replace('"synthetic"', '"real"').replace(
        "fictional = true", "fictional = false"
    )
    assert {key for key, _ in problems(make_workspace(configuration=text))} == {"real_must_not_be_99"}


def test_rows_without_a_polygon_are_named(make_workspace):
    grid = make_grid()
    grid.loc["990000102", "geometry"] = None
    grid.loc["990000201", "geometry"] = shapely.Point(500_500, 3_001_500)
    assert problems(make_workspace(townships=grid)) == [("polygon_missing", 3), ("polygon_missing", 5)]


def test_a_measuring_crs_for_another_part_of_the_world_is_refused(make_workspace):
    text = CONFIGURATION.replace('measuring_crs = "EPSG:32658"', 'measuring_crs = "EPSG:27700"')
    assert problems(make_workspace(configuration=text)) == [("measuring_crs_elsewhere", None)]


def shapefile_workspace(make_workspace, frame, datum="wgs84"):
    text = CONFIGURATION.replace("townships.gpkg", "townships.shp")
    text = text.replace('county_name = "county_name"', 'county_name = "county_nam"')
    text = text.replace('datum = "wgs84"\nvintage', f'datum = "{datum}"\nvintage')
    directory = make_workspace(configuration=text)
    short = frame.rename(columns={"county_name": "county_nam"}).rename_axis("code").reset_index()
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # it has no CRS: that is meant
        short.to_file(directory / "townships.shp", encoding="utf-8")
    return directory


def test_a_file_without_crs_takes_the_declared_datum_and_says_so(make_workspace):
    frame = gpd.GeoDataFrame(make_grid().to_crs(4326)).set_crs(None, allow_override=True)
    townships = read(shapefile_workspace(make_workspace, frame))
    assert [note.key for note in townships.notes] == ["no_crs"]
    assert townships.frame["area_km2"].sum() == pytest.approx(6.0, abs=1e-4)


def test_a_file_without_crs_whose_numbers_are_not_degrees_is_refused(make_workspace):
    frame = gpd.GeoDataFrame(make_grid()).set_crs(None, allow_override=True)
    assert problems(shapefile_workspace(make_workspace, frame)) == [("no_crs_not_degrees", None)]


def test_a_file_without_crs_may_declare_a_projected_one(make_workspace):
    frame = gpd.GeoDataFrame(make_grid()).set_crs(None, allow_override=True)
    townships = read(shapefile_workspace(make_workspace, frame, datum="EPSG:32658"))
    assert townships.frame["area_km2"].sum() == pytest.approx(6.0)


def test_a_crs_that_contradicts_the_declared_datum_is_refused(make_workspace):
    text = CONFIGURATION.replace('datum = "wgs84"\nvintage', 'datum = "cgcs2000"\nvintage')
    assert problems(make_workspace(configuration=text)) == [("crs_contradicts_datum", None)]


def test_counties_from_another_table(make_workspace):
    text = CONFIGURATION.replace('county = "county"\ncounty_name = "county_name"\n', "")
    text = text.replace(
        "fictional = true",
        'fictional = true\n[boundaries.counties]\nfile = "counties.csv"\ncode = "c"\n'
        'county = "k"\ncounty_name = "n"',
    )
    directory = make_workspace(configuration=text)
    (directory / "counties.csv").write_text("c,k,n\n990000101,990001,东县\n", encoding="utf-8")
    townships = read(directory)
    assert townships.frame["county_name"].tolist() == ["东县", "", "", "", "", ""]
    assert [note.key for note in townships.notes] == ["townships_without_county"]


def test_beijing_is_read_as_real_places(shared, tmp_path):
    """343 sub-districts, numbers as codes, no invalid polygon, 0.045 km2 of overlaps."""
    text = CONFIGURATION.replace('"synthetic"', '"real"').replace(
        "fictional = true", "fictional = false"
    )
    text = text.replace("EPSG:32658", "EPSG:4509").replace('county_name = "county_name"\n', "")
    text = text.replace(
        'code = "code"\nname = "name"\ncounty = "county"',
        'code = "code"\nname = "Name"\ncounty = "parentCode"',
    )
    path = shared / "data" / "beijing" / "subdistricts.geojson"
    text = text.replace("townships.gpkg", path.as_posix())
    (tmp_path / "geo_jindu.toml").write_text(text.replace("{language}", "zh"), encoding="utf-8")
    townships = read(tmp_path)
    assert len(townships.frame) == 343
    assert townships.frame.index.str.fullmatch(r"\d{12}").all()
    assert townships.frame["county"].nunique() == 16
    assert townships.repaired == ()
    assert sum(each.area_km2 for each in townships.overlaps) == pytest.approx(0.045, abs=0.005)


def test_a_polygon_without_area_is_no_polygon(make_workspace):
    grid = make_grid()
    line = [(500_000, 3_000_000), (501_000, 3_000_000), (500_000, 3_000_000), (500_000, 3_000_000)]
    grid.loc["990000101", "geometry"] = shapely.Polygon(line)
    assert problems(make_workspace(townships=grid)) == [("polygon_missing", 2)]


def test_a_township_cannot_lie_in_two_counties(make_workspace):
    text = CONFIGURATION.replace(
        "fictional = true",
        'fictional = true\n[boundaries.counties]\nfile = "counties.csv"\ncode = "code"\n'
        'county = "k"\ncounty_name = "n"',
    )
    directory = make_workspace(configuration=text)
    rows = ["990000101,990001,东县", "990000102,990001.0, 东县 ", "990000102,990001,东县"]
    (directory / "counties.csv").write_text("\n".join(["code,k,n", *rows, ""]), encoding="utf-8")
    assert read(directory).frame["county"]["990000102"] == "990001"
    rows.append("990000101,990002,西县")
    (directory / "counties.csv").write_text("\n".join(["code,k,n", *rows, ""]), encoding="utf-8")
    assert problems(directory) == [("two_counties", 2), ("two_counties", 5)]
