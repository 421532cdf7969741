"""Yearly proportions: read whole or refused, a part of the assessment's inputs."""

import pytest
from conftest import CONFIGURATION

from boundaries import read_townships
from geo_jindu.cli.line import is_stale, run_line
from geo_jindu.errors import InputError
from geo_jindu.inputs import read_inputs
from geo_jindu.rectification.fields import ProportionId
from geo_jindu.workspace import read_workspace

SETTINGS = """
[[proportions]]
id = "satisfaction"
name = "群众满意度"
file = "survey.csv"
fields = { code = "code", name = "name", period = "year", part = "satisfied", whole = "asked" }

[ranking]"""
HEADER = "code,name,year,satisfied,asked"
ROWS = ["990000101,甲镇,2018,57,60", "990000101000,甲 镇,2017年,0,0", "990000202,戊镇,2018,60,60"]


@pytest.fixture
def survey(make_workspace):
    """Return a function that writes a workspace with a survey."""

    def write(*rows, header=HEADER, settings=SETTINGS):
        directory = make_workspace(configuration=CONFIGURATION.replace("\n[ranking]", settings))
        (directory / "survey.csv").write_text("\n".join([header, *rows, ""]), "utf-8")
        return directory

    return write


def read(directory):
    return read_inputs(read_workspace(directory), read_townships)


def test_parts_and_wholes_reach_the_inputs_by_township_and_year(survey):
    inputs = read(survey(*ROWS))
    table = inputs.proportions[ProportionId.SATISFACTION]
    assert table.to_numpy().tolist() == [
        ["990000101", "2018", 57, 60],
        ["990000101", "2017", 0, 0],
        ["990000202", "2018", 60, 60],
    ]
    assert "survey.csv" in inputs.digests


def test_a_survey_that_changed_makes_the_results_stale(survey):
    directory = survey(*ROWS)
    assessment, _ = run_line(directory)
    assert not is_stale(read_workspace(directory))
    (directory / "survey.csv").write_text("\n".join([HEADER, *ROWS[:1], ""]), "utf-8")
    assert is_stale(read_workspace(directory))
    assert run_line(directory)[0].id != assessment.id


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ("990000999,甲镇,2018,1,2", "code", "no township of the boundaries"),
        (",甲镇,2018,1,2", "code", "no township of the boundaries"),
        ("990000102,戊镇,2018,1,2", "code", "is “乙镇” in the boundaries"),
        ("990000102,乙镇,2018-05,1,2", "year", "the year is unreadable"),
        ("990000102,乙镇,last,1,2", "year", "the year is unreadable"),
        ("990000101,甲镇,2018,1,2", "code", "more than once in a year"),
        ("990000102,乙镇,2018,3,2", "satisfied", "larger than the whole"),
        ("990000102,乙镇,2018,-1,2", "satisfied", "negative"),
        ("990000102,乙镇,2018,1,two", "asked", "should be a number"),
        ("990000102,乙镇,2018,1.5,2", "satisfied", "whole number"),
        ("990000102,乙镇,2018,,2", "satisfied", "whole number"),
        ("990000102,乙镇,2018,1,inf", "asked", "number"),
    ],
)
def test_no_row_is_dropped_in_silence(survey, row, field, said):
    with pytest.raises(InputError, match=said) as caught:
        read(survey(*ROWS, row))
    assert {problem.file for problem in caught.value.problems} == {"survey.csv"}
    assert (5, field) in {(problem.row, problem.field) for problem in caught.value.problems}


def test_all_faults_of_a_file_are_named_at_once(survey):
    with pytest.raises(InputError) as caught:
        read(survey("990000999,甲镇,2018,1,2", "990000102,乙镇,x,5,2", "990000103,丙街道,2018,-1,a"))
    assert {(problem.row, problem.field) for problem in caught.value.problems} >= {
        (2, "code"),
        (3, "year"),
        (4, "satisfied"),
        (4, "asked"),
    }


def test_a_survey_marked_real_does_not_go_with_fictional_places(survey):
    with pytest.raises(InputError, match="marked real"):
        read(survey(f"{ROWS[0]},真实", header=f"{HEADER},数据性质"))


def test_a_survey_with_names_is_refused_and_none_is_repeated(survey):
    with pytest.raises(InputError) as caught:
        read(survey(f"{ROWS[0]},somebody", header=f"{HEADER},姓名", settings=SETTINGS))
    assert "somebody" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('id = "satisfaction"', 'id = "happiness"', "setting_choice"),
        ("\n[ranking]", SETTINGS, "duplicate_id"),
        ('part = "satisfied", ', "", "setting_missing"),
    ],
)
def test_settings_that_mean_nothing_are_refused(survey, old, new, key):
    with pytest.raises(InputError) as caught:
        read_workspace(survey(*ROWS, settings=SETTINGS.replace(old, new)))
    assert key in {problem.key for problem in caught.value.problems}
