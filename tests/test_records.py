"""Text to records: numbers as people write them, and rows that say what is wrong."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo_jindu.codes import normalise_code
from geo_jindu.configuration import Fields, Source
from geo_jindu.errors import InputError
from geo_jindu.provenance import Provenance
from geo_jindu.records import read_population, read_records


def source(file, kind="incidents", **fields):
    return Source(id="s", kind=kind, file=file, datum="wgs84", fields=Fields(**fields))


def write(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def population(tmp_path, *rows):
    path = write(tmp_path, "\n".join(["code,name,persons", *rows, ""]))
    described = source("t.csv", "resident_population", code="code", name="name", count="persons")
    return read_population(described, path, Provenance.SYNTHETIC).frame


def population_problems(tmp_path, *rows):
    with pytest.raises(InputError) as caught:
        population(tmp_path, *rows)
    return [(each.key, each.row) for each in caught.value.problems]


def test_numbers_as_offices_write_them(tmp_path):
    written = ['1,甲,"12,345"', "2,乙,１２３", "3,丙, 7 ", "4,丁,0", "5,戊,1234.0"]
    assert population(tmp_path, *written)["persons"].tolist() == [12345, 123, 7, 0, 1234]


@pytest.mark.parametrize("missing", ["", "NaN", "-", "—", "null", "缺"])
def test_a_missing_number_is_missing_not_zero(tmp_path, missing):
    assert pd.isna(population(tmp_path, f"1,甲,{missing}")["persons"].iloc[0])


def test_numbers_that_are_none_are_all_named(tmp_path):
    rows = ["1,甲,many", "2,乙,-3", "3,丙,inf", "4,丁,1e3x", "5,戊,8"]
    assert population_problems(tmp_path, *rows) == [
        ("not_a_number", 2),
        ("not_a_number", 4),
        ("not_a_number", 5),
        ("negative_number", 3),
    ]


@pytest.mark.parametrize(
    ("bad", "key"),
    [
        ("4.22", "persons_not_whole"),
        ("0.4", "persons_not_whole"),
        ("1e19", "number_too_large"),
        ("1e300", "number_too_large"),
        ("430421198", None),
    ],
)
def test_a_population_is_a_number_of_persons(tmp_path, bad, key):
    """In units of 10,000 (万人) 42,200 persons would be 4.22."""
    if key is None:
        assert population(tmp_path, f"1,甲,{bad}")["persons"].tolist() == [float(bad)]
    else:
        assert population_problems(tmp_path, f"1,甲,{bad}") == [(key, 2)]


def test_a_code_may_have_one_population_only(tmp_path):
    assert population_problems(tmp_path, "1,甲,5", "2,乙,5", " 1 ,甲,6") == [
        ("code_repeated", 2),
        ("code_repeated", 4),
    ]


def test_many_bad_rows_are_counted_not_listed(tmp_path):
    found = population_problems(tmp_path, *(f"{at},甲,x" for at in range(100)))
    assert len(found) == 21
    assert found[-1] == ("more_rows", None)


@pytest.mark.parametrize(
    ("written", "code"), [(" 430421100 ", "430421100"), ("４３０", "430"), ("430421100.0", "430421100")]
)
def test_codes_lose_what_spreadsheets_add(written, code):
    assert normalise_code(pd.Series([written], dtype="str"))[0] == code


def test_records_by_coordinate_keep_every_row(tmp_path):
    path = write(tmp_path, "d,x,y\n2018-07,112.5,27\n?,,27\n2018,abc,27\n2018-07-15,112,NaN\n")
    [records] = read_records(
        source("t.csv", longitude="x", latitude="y", period="d"), path, Provenance.SYNTHETIC
    )
    assert records.frame["period"].tolist() == ["2018-07", "", "2018", "2018-07"]
    assert records.frame["count"].tolist() == [1, 1, 1, 1]
    assert records.points is not None
    assert records.points.isna().tolist() == [False, True, True, True]


@pytest.mark.parametrize("bad", ["1.5", "", "x", "-1", "1e19"])
def test_a_count_is_a_whole_number(tmp_path, bad):
    path = write(tmp_path, f"c,n,d,k\n1,甲,2018,2\n1,甲,2018,{bad}\n")
    described = source("t.csv", "outflow", code="c", name="n", period="d", count="k")
    with pytest.raises(InputError) as caught:
        list(read_records(described, path, Provenance.SYNTHETIC))
    assert [each.row for each in caught.value.problems] == [3]


def test_points_of_a_geographic_file_need_no_coordinate_columns(tmp_path):
    path = tmp_path / "t.geojson"
    shapes = [shapely.Point(112.5, 27), None]
    gpd.GeoDataFrame({"d": ["2018", "2018"]}, geometry=shapes, crs=4326).to_file(path)
    [records] = read_records(source("t.geojson", period="d"), path, Provenance.SYNTHETIC)
    assert records.points is not None
    assert records.points.isna().tolist() == [False, True]


def test_a_polygon_is_not_an_incident(tmp_path):
    path = tmp_path / "t.geojson"
    gpd.GeoDataFrame({"d": ["2018"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326).to_file(path)
    with pytest.raises(InputError, match="not a point"):
        list(read_records(source("t.geojson", period="d"), path, Provenance.SYNTHETIC))


def test_points_of_a_file_must_be_in_the_declared_datum(tmp_path):
    path = tmp_path / "t.gpkg"
    frame = gpd.GeoDataFrame({"d": ["2018"]}, geometry=[shapely.Point(112.5, 27)], crs=4214)
    frame.to_file(path)  # Beijing 1954, declared as WGS 84
    with pytest.raises(InputError, match="contradicts the declared wgs84"):
        list(read_records(source("t.gpkg", period="d"), path, Provenance.SYNTHETIC))


def test_metres_in_geojson_are_taken_as_declared(tmp_path):
    path = tmp_path / "t.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"d":"2018"},'
        '"geometry":{"type":"Point","coordinates":[500500,3000500]}}]}',
        encoding="utf-8",
    )
    described = source("t.geojson", period="d").model_copy(update={"datum": "EPSG:32658"})
    [records] = read_records(described, path, Provenance.SYNTHETIC)
    points = records.points
    assert points is not None
    assert points.crs.to_epsg() == 32658
