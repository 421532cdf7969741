"""A configuration says everything that is wrong with it at once."""

import pytest
from conftest import CONFIGURATION

from geo_jindu.errors import InputError
from geo_jindu.workspace import read_workspace


def problems(directory):
    with pytest.raises(InputError) as caught:
        read_workspace(directory)
    return {(problem.key, problem.field) for problem in caught.value.problems}


def changed(*pairs):
    text = CONFIGURATION
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_right_one_is_read(make_workspace):
    workspace = read_workspace(make_workspace())
    assert workspace.configuration.area.name == "格子市"
    assert workspace.configuration.ranking.k == 2
    assert workspace.path("incidents.csv").is_file()


def test_every_setting_that_is_wrong_is_named_at_once(make_workspace):
    text = changed(
        ('name = "格子市"\n', ""),
        ('language = "{language}"', 'language = "fr"\ncolour = "red"'),
        ("k = 2", 'k = "two"'),
    )
    assert problems(make_workspace(configuration=text)) == {
        ("setting_missing", "area.name"),
        ("setting_choice", "area.language"),
        ("setting_unknown", "area.colour"),
        ("setting_wrong", "ranking.k"),
    }


def test_a_setting_that_is_wrong_does_not_hide_a_missing_file(make_workspace):
    directory = make_workspace(configuration=changed(("k = 2", 'k = "two"')))
    (directory / "population.csv").unlink()
    assert problems(directory) == {("setting_wrong", "ranking.k"), ("file_missing", "")}


def test_every_contradiction_is_named_at_once(make_workspace):
    text = changed(
        ("EPSG:32658", "EPSG:4326"),
        ('datum = "wgs84"\nvintage', 'datum = "mars"\nvintage'),
        ('denominator = "residents"', 'denominator = "incidents"'),
        ('numerator = "incidents"', 'numerator = "nothing"'),
        ('window = ["2018-01", "2018-12"]', 'window = ["2018-12", "2018-01"]'),
        ('kind = "reported_incidents"', 'kind = "enforcement_output"'),
    )
    assert problems(make_workspace(configuration=text)) == {
        ("measuring_crs_not_metres", "area.measuring_crs"),
        ("unknown_datum", "boundaries.datum"),
        ("denominator_wrong", "indicators.incident.denominator"),
        ("numerator_unknown", "indicators.incident.numerator"),
        ("window_unreadable", "indicators.incident.window"),
        ("use_forbidden_by_kind", "indicators.incident.use"),
    }


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('provenance = "synthetic"', 'provenance = "real"', "synthetic_on_real_places"),
        ("fictional = true", "fictional = false", "synthetic_on_real_places"),
        ('period = "date"\n', "", "period_field_missing"),
        ('latitude = "lat"\n', "", "half_a_coordinate"),
        ('longitude = "lon"', 'code = "code"', "code_without_name"),
        ('longitude = "lon"', 'longitude = "lon"\ncode = "c"\nname = "n"', "code_and_coordinates"),
        ('kind = "incidents"', 'kind = "outflow"', "outflow_by_home_township"),
        ('count = "persons"', "", "population_fields"),
        ('count = "persons"', 'count = "persons"\nperiod = "y"', "population_extra_fields"),
        ('id = "residents"', 'id = "incidents"', "duplicate_id"),
        ('use = "severity"', 'use = "shown"', "no_severity_indicator"),
        ('datum = "wgs84"\nvintage', 'datum = "EPSG:999999"\nvintage', "unknown_datum"),
        ('datum = "wgs84"\nvintage', 'datum = "mars"\nvintage', "unknown_datum"),
        ('datum = "wgs84"\nvintage', 'datum = "EPSG:5773"\nvintage', "unknown_datum"),  # heights
        ('datum = "wgs84"\nvintage', 'datum = "EPSG:4978"\nvintage', "unknown_datum"),  # geocentric
        ('vintage = "2018-01-01"', 'vintage = "banana"', "vintage_no_date"),
        ("EPSG:32658", "junk\\u0000", "measuring_crs_not_metres"),
        (
            'polarity = "higher_is_worse"',
            'polarity = "higher_is_better"',
            "severity_needs_higher_is_worse",
        ),
    ],
)
def test_single_contradictions(make_workspace, old, new, problem):
    assert problem in {key for key, _ in problems(make_workspace(configuration=changed((old, new))))}


SECOND = """
[[indicators]]
id = "{id}"
name = "{name}"
kind = "reported_incidents"
polarity = "higher_is_worse"
use = "severity"
numerator = "incidents"
denominator = "residents"
window = ["2018-01", "2018-12"]
"""


@pytest.mark.parametrize(
    ("indicator", "name", "problem"),
    [
        ("incident", "另一个", "duplicate_id"),
        ("other", "涉毒案件", "duplicate_name"),
        ("incident_eb", "另一个", "column_name_twice"),
    ],
)
def test_two_indicators_must_be_told_apart(make_workspace, indicator, name, problem):
    text = CONFIGURATION + SECOND.format(id=indicator, name=name)
    assert problem in {key for key, _ in problems(make_workspace(configuration=text))}


def test_outflow_goes_over_registered_population(make_workspace):
    text = changed(
        ('kind = "incidents"', 'kind = "outflow"'),
        ('longitude = "lon"\nlatitude = "lat"', 'code = "code"\nname = "name"'),
    )
    assert problems(make_workspace(configuration=text)) == {
        ("denominator_wrong", "indicators.incident.denominator")
    }


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"[area\n", "not_toml"),
        ("名 = 1".encode("gb18030"), "configuration_not_utf8"),
        (None, "no_workspace"),
    ],
)
def test_what_is_no_configuration(tmp_path, content, key):
    if content is not None:
        (tmp_path / "geo_jindu.toml").write_bytes(content)
    assert {each for each, _ in problems(tmp_path)} == {key}
