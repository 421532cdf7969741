"""The whole line on a grid that can be checked by eye."""

import csv
import io
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import CONFIGURATION, COUNTS, GRID, incident_rows, make_grid, population_rows

from boundaries import read_townships
from geo_jindu.assessment import assess
from geo_jindu.cli.line import load
from geo_jindu.columns import township_columns
from geo_jindu.description import describe_assessment
from geo_jindu.errors import InputError
from geo_jindu.export import assignment_csv, township_file
from geo_jindu.inputs import read_inputs
from geo_jindu.rates import rate_interval, smooth_rates
from geo_jindu.results import full_results
from geo_jindu.township_files import write_csv, write_geojson, write_parquet, write_xlsx
from geo_jindu.workspace import read_workspace
from maps.popup_texts import township_fields


def assessed(directory):
    return assess(read_inputs(read_workspace(directory), read_townships))


def exported(assessment):
    return township_file(full_results(assessment))


def notes(assessment):
    return [note.key for note in assessment.notes]


def test_the_grid_by_eye(make_workspace):
    """5, 1, 0 / 2, 3, 1 incidents among 1,000 persons each."""
    assessment = assessed(make_workspace())
    table = assessment.table
    assert table["incident_count"].to_dict() == COUNTS
    assert table["incident_rate_per_10k"].tolist() == [50.0, 10.0, 0.0, 20.0, 30.0, 10.0]
    assert table["incident_rank"].tolist() == [1, 4, 6, 3, 2, 4]
    assert table["incident_in_top_k"].tolist() == [True, False, False, False, True, False]
    assert table["incident_top_k_probability"].sum() == pytest.approx(2, abs=1e-3)
    counts = np.array(list(COUNTS.values()), dtype=float)
    persons = np.full(6, 1000.0)
    low, high = rate_interval(counts, persons)
    assert table["incident_rate_low_per_10k"].tolist() == pytest.approx(low * 1e4, abs=5e-5)
    assert table["incident_rate_high_per_10k"].tolist() == pytest.approx(high * 1e4, abs=5e-5)
    smoothed = smooth_rates(counts, persons).rate * 1e4
    assert table["incident_eb_rate_per_10k"].tolist() == pytest.approx(smoothed, abs=5e-5)
    assert assessment.measured["incident"].city_rate == pytest.approx(20.0)


def test_rows_add_up_and_each_reason_is_counted(make_workspace):
    rows = [
        "2018-01,165.005,27.2",  # north of the grid
        "2018-01,,",
        "不详,165.005,27.125",
        "2017-12,165.005,27.125",
        "2019,165.005,27.125",
    ]
    assessment = assessed(make_workspace(incidents=incident_rows() + "\n".join(rows)))
    counted = assessment.joined.rows
    mine = counted[counted["source"] == "incidents"]
    assert mine["rows"].sum() == 17
    assert mine.groupby("reason")["rows"].sum().to_dict() == {
        "": 12,
        "no_coordinates": 1,
        "outside_all_townships": 1,
        "outside_window": 2,
        "unreadable_date": 1,
    }
    assert set(mine.loc[mine["reason"] == "outside_window", "period"]) == {"2017-12", "2019"}
    assert assessment.table["incident_count"].sum() == 12


def test_the_assignment_file_holds_counts_only(make_workspace):
    assessment = assessed(make_workspace())
    rows = list(csv.DictReader(io.StringIO(assignment_csv(assessment).decode("utf-8-sig"))))
    counts = {"source", "period", "outcome", "reason", "rows", "counted"}
    assert set(rows[0]) == counts | {"provenance", "note"}
    assert {row["provenance"] for row in rows} == {"synthetic"}
    assert sum(int(row["rows"]) for row in rows) == 12 + 6
    text = assignment_csv(assessment).decode("utf-8-sig")
    assert "165." not in text
    assert "9900" not in text


def test_missing_and_zero_population_stay_apart(make_workspace):
    population = population_rows({"990000102": "", "990000103": 0})
    assessment = assessed(make_workspace(population=population))
    table = assessment.table
    assert table["incident_value_status"].tolist() == [
        "value",
        "missing_population",
        "no_population",
        "value",
        "value",
        "value",
    ]
    without = table.loc[["990000102", "990000103"]]
    for column in (
        "rate_per_10k",
        "eb_rate_per_10k",
        "rank",
        "top_k_probability",
        "g_star_z",
        "in_top_k",
    ):
        assert without[f"incident_{column}"].isna().all(), column
    assert without["incident_count"].tolist() == [1, 0]
    assert pd.isna(without["incident_population"].iloc[0])
    assert without["incident_population"].iloc[1] == 0
    assert {"population_missing", "population_zero"} <= set(notes(assessment))
    rows = list(csv.DictReader(io.StringIO(write_csv(exported(assessment)).decode("utf-8-sig"))))
    assert [row["incident_population"] for row in rows][1:3] == ["", "0"]


def test_a_population_under_another_name_is_refused_with_what_it_may_mean(make_workspace):
    population = population_rows().replace("990000102,乙镇", "990000102,甲镇")
    with pytest.raises(InputError) as caught:
        assessed(make_workspace(population=population))
    [problem] = caught.value.problems
    assert (problem.file, problem.row) == ("population.csv", 3)
    assert "“乙镇”" in problem.text("zh")
    assert "990000101 甲镇" in problem.text("zh")


def test_outflow_by_home_township_counts_persons(make_workspace):
    text = CONFIGURATION.replace('kind = "incidents"', 'kind = "outflow"')
    text = text.replace('longitude = "lon"\nlatitude = "lat"', 'code = "c"\nname = "n"\ncount = "k"')
    text = text.replace("resident_population", "registered_population")
    text = text.replace('"reported_incidents"', '"outcome"')
    rows = "date,c,n,k\n2018-01,990000101,甲镇,7\n2018-02,990000101,甲镇,2\n2018-02,990000999,无镇,4\n"
    assessment = assessed(make_workspace(configuration=text, incidents=rows))
    assert assessment.table["incident_persons"].tolist() == [9, 0, 0, 0, 0, 0]
    counted = assessment.joined.rows
    lost = counted[counted["reason"] == "unknown_code"]
    assert lost[["rows", "counted"]].to_numpy().tolist() == [[1, 4]]


def test_shown_indicators_are_neither_ranked_nor_mapped(make_workspace):
    text = (
        CONFIGURATION
        + """
[[indicators]]
id = "solved"
name = "破案"
kind = "enforcement_output"
polarity = "higher_is_better"
use = "shown"
numerator = "solved"
denominator = "residents"
window = ["2018-01", "2018-12"]

[[sources]]
id = "solved"
kind = "incidents"
file = "incidents.csv"
datum = "wgs84"
[sources.fields]
longitude = "lon"
latitude = "lat"
period = "date"
"""
    )
    assessment = assessed(make_workspace(configuration=text))
    solved = [name for name in assessment.table.columns if name.startswith("solved_")]
    assert solved == [
        "solved_count",
        "solved_period",
        "solved_population",
        "solved_value_status",
        "solved_rate_per_10k",
        "solved_rate_low_per_10k",
        "solved_rate_high_per_10k",
        "solved_disputed",
    ]
    assert [indicator.id for indicator in assessment.severity_indicators] == ["incident"]


def test_equal_counts_mean_no_ranking(make_workspace):
    rows = incident_rows().splitlines()
    one_each = dict(zip(COUNTS, [0, 5, 6, 6, 8, 11], strict=True))
    kept = [rows[0]] + [rows[1 + min(at, 11)] for at in one_each.values() if at not in (6,)]
    assessment = assessed(make_workspace(incidents="\n".join([*kept, ""])))
    assert "no_more_than_chance" in notes(assessment)
    assert assessment.table["incident_rank"].isna().all()
    assert not assessment.table["incident_in_top_k"].any()
    assert assessment.table["incident_rank_low"].min() == 1


def test_months_without_any_record_are_named(make_workspace):
    text = CONFIGURATION.replace('["2018-01", "2018-12"]', '["2018-01", "2019-06"]')
    assessment = assessed(make_workspace(configuration=text))
    [gap] = [note for note in assessment.notes if note.key == "months_without_records"]
    assert (gap.values["empty"], gap.values["months"]) == (6, 18)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"configuration": CONFIGURATION.replace("k = 2", "k = 7")}, "k_too_large"),
        (
            {"configuration": CONFIGURATION.replace('"2018-01", "2018-12"', '"2020", "2021"')},
            "nothing_counted",
        ),
        ({"population": population_rows(dict.fromkeys(GRID, 0))}, "no_population_known"),
        ({"population": population_rows().replace("99000", "99001")}, "no_population_known"),
        ({"population": population_rows().replace("镇,", "村,")}, "name_of_another_unit"),
        ({"incidents": "date,lon,lat\n2018,165.005,27.2\n2018,,\n"}, "none_assigned"),
    ],
)
def test_nothing_to_assess_is_an_error(make_workspace, change, key):
    with pytest.raises(InputError) as caught:
        assessed(make_workspace(**change))
    assert key in [problem.key for problem in caught.value.problems]


def test_problems_of_all_files_come_together(make_workspace):
    directory = make_workspace(
        incidents="date,lon\n2018,1\n", population=population_rows({"990000101": "x"})
    )
    (directory / "townships.gpkg").unlink()
    with pytest.raises(InputError) as caught:
        assessed(directory)
    assert [problem.key for problem in caught.value.problems] == [
        "file_missing",
        "column_missing",
        "not_a_number",
    ]


def test_a_wrong_setting_does_not_hide_what_is_wrong_with_the_files(make_workspace):
    text = CONFIGURATION.replace('denominator = "residents"', 'denominator = "incidents"')
    directory = make_workspace(configuration=text, population=population_rows({"990000101": "x"}))
    with pytest.raises(InputError) as caught:
        load(directory)
    assert [problem.key for problem in caught.value.problems] == ["denominator_wrong", "not_a_number"]


def test_a_measuring_crs_that_is_none_is_a_sentence(make_workspace):
    text = CONFIGURATION.replace('measuring_crs = "EPSG:32658"', 'measuring_crs = "foo"')
    with pytest.raises(InputError) as caught:
        load(make_workspace(configuration=text))
    assert [problem.key for problem in caught.value.problems] == ["measuring_crs_not_metres"]


def test_a_source_may_name_its_layer(make_workspace):
    text = CONFIGURATION.replace('file = "incidents.csv"', 'file = "incidents.gpkg"\nlayer = "b"')
    text = text.replace('longitude = "lon"\nlatitude = "lat"\n', "")
    directory = make_workspace(configuration=text)
    points = gpd.GeoSeries([shapely.Point(165.005, 27.125)] * 3, crs=4326)
    for layer, number in (("a", 1), ("b", 3)):
        frame = gpd.GeoDataFrame({"date": ["2018-03"] * number}, geometry=points[:number])
        frame.to_file(directory / "incidents.gpkg", layer=layer)
    assert assessed(directory).table["incident_count"].sum() == 3


GOLDEN = Path(__file__).parent / "golden"


def test_the_grid_gives_the_golden_geojson(make_workspace):
    """Numbers to six digits, so that another processor may differ in the last bits."""
    found = json.loads(write_geojson(exported(assessed(make_workspace()))))
    expected = json.loads((GOLDEN / "townships.geojson").read_text("utf-8"))
    assert found.pop("assessment") != ""
    expected.pop("assessment")
    for one, other in zip(found["features"], expected["features"], strict=True):
        numbers = {key: value for key, value in other["properties"].items() if isinstance(value, float)}
        texts = {key: value for key, value in other["properties"].items() if key not in numbers}
        assert {key: one["properties"][key] for key in texts} == texts
        assert {key: one["properties"][key] for key in numbers} == pytest.approx(numbers, abs=1e-6)
        assert one["geometry"] == other["geometry"]
        assert (one["id"], one["bbox"]) == (other["id"], other["bbox"])
    assert (found["bbox"], found["note"]) == (expected["bbox"], expected["note"])


def test_the_grid_gives_the_golden_popups(make_workspace):
    found = {
        each.label: each.texts for each in township_fields(full_results(assessed(make_workspace())))
    }
    assert found == json.loads((GOLDEN / "popups.json").read_text("utf-8"))


def test_exchanged_coordinates_are_an_error(make_workspace):
    text = CONFIGURATION.replace(
        'longitude = "lon"\nlatitude = "lat"', 'longitude = "lat"\nlatitude = "lon"'
    )
    with pytest.raises(InputError) as caught:
        assessed(make_workspace(configuration=text))
    assert [problem.key for problem in caught.value.problems] == ["coordinates_swapped"]


def test_the_same_inputs_give_the_same_id_and_bytes(make_workspace):
    one, same = assessed(make_workspace(name="one")), make_workspace(name="same")
    (same / "townships.gpkg").write_bytes((same.parent / "one" / "townships.gpkg").read_bytes())
    other = assessed(same)
    assert one.id == other.id
    for write in (write_geojson, write_csv, write_xlsx, write_parquet):
        assert write(exported(one)) == write(exported(other))
    assert assignment_csv(one) == assignment_csv(other)
    assert describe_assessment(one, full_results(one)) == describe_assessment(
        other, full_results(other)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"incidents": incident_rows() + "2018-01,165.005,27.125\n"},
        {"population": population_rows({"990000101": 1001})},
        {"configuration": CONFIGURATION.replace("2018-01-01", "2019-01-01")},
        {"configuration": CONFIGURATION.replace("k = 2", "k = 3")},
    ],
)
def test_any_change_of_inputs_changes_the_id(make_workspace, change):
    one, changed = make_workspace(name="one"), make_workspace(name="changed", **change)
    (changed / "townships.gpkg").write_bytes((one / "townships.gpkg").read_bytes())
    assert assessed(one).id != assessed(changed).id


def test_comments_and_order_of_settings_do_not_change_the_id(make_workspace):
    one = make_workspace(name="one")
    again = make_workspace(
        name="again", configuration="# a comment\n" + CONFIGURATION.replace(" = ", "  = ")
    )
    (again / "townships.gpkg").write_bytes((one / "townships.gpkg").read_bytes())
    assert assessed(one).id == assessed(again).id


def test_the_software_version_is_a_part_of_the_id(make_workspace, monkeypatch):
    directory = make_workspace()
    before = assessed(directory).id
    monkeypatch.setattr("geo_jindu.digests.__version__", "9.9.9")
    assert assessed(directory).id != before


def test_geojson_is_what_rfc_7946_asks(make_workspace):
    content = json.loads(write_geojson(exported(assessed(make_workspace()))))
    assert "crs" not in content
    assert len(content["bbox"]) == 4
    assert [feature["id"] for feature in content["features"]] == list(GRID)
    for feature in content["features"]:
        ring = feature["geometry"]["coordinates"][0]
        assert shapely.LinearRing(ring).is_ccw
        assert all(round(number, 6) == number for point in ring for number in point)
        assert feature["properties"]["provenance"] == "synthetic"
        assert feature["properties"]["vintage"] == "2018-01-01"
        assert feature["properties"]["incident_period"] == "2018-01-01/2018-12-31"


def test_texts_that_excel_would_run_are_kept_texts(make_workspace):
    grid = make_grid()
    grid.loc["990000101", "name"] = "=1+1"
    population = population_rows().replace("甲镇", "=1+1")
    text = write_csv(exported(assessed(make_workspace(townships=grid, population=population))))
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert rows[0]["name"] == "'=1+1"
    z = [row["incident_g_star_z"] for row in rows]
    assert min(float(each) for each in z if each) < 0  # a negative number stays one
    assert text.startswith("\ufeff".encode())


def test_every_column_is_in_the_data_dictionary_in_both_languages(make_workspace):
    assessment = assessed(make_workspace())
    columns = township_columns(assessment.configuration)
    assert [column.name for column in columns] == ["code", *assessment.table.columns.drop("geometry")]
    assert all(
        column.label(language) and column.meaning(language)
        for column in columns
        for language in ("zh", "en")
    )


def test_the_order_of_rows_and_features_changes_no_value(make_workspace):
    header, *rows = incident_rows().splitlines()
    shuffled = "\n".join([header, *reversed(rows), ""])
    one = assessed(make_workspace(name="one"))
    other = assessed(make_workspace(name="other", incidents=shuffled, townships=make_grid().iloc[::-1]))
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.table.drop(columns="geometry")),
        pd.DataFrame(other.table.drop(columns="geometry")),
    )
