"""The list of key areas: read whole or refused, and shown in every result."""

import orjson
import pandas as pd
import pytest
from conftest import CONFIGURATION, make_grid

from boundaries import read_townships
from geo_jindu.cli.line import run_line
from geo_jindu.errors import InputError
from geo_jindu.inputs import read_inputs
from geo_jindu.key_areas import State
from geo_jindu.texts import translate
from geo_jindu.workspace import read_workspace

SETTINGS = """
[key_areas]
file = "listed.csv"
as_of = "2019-06-26"
[key_areas.fields]
code = "code"
name = "name"
batch = "batch"
listed_on = "day"
state = "state"

[ranking]"""
HEADER = "code,name,batch,day,state"
ROWS = ["990000101,甲镇,1,2018-01-10,整治中", "990000202,戊镇,2,2018/4/10,摘牌巩固期（回头看）"]


@pytest.fixture
def read_list(make_workspace):
    """Return a function that reads a list of key areas as part of a workspace."""

    def read(*rows, header=HEADER):
        directory = make_workspace(configuration=CONFIGURATION.replace("\n[ranking]", SETTINGS))
        (directory / "listed.csv").write_text("\n".join([header, *rows, ""]), "utf-8")
        return read_inputs(read_workspace(directory), read_townships).key_areas

    return read


def test_each_listing_keeps_its_batch_day_and_state(read_list):
    listed = read_list(*ROWS)
    assert listed.index.tolist() == ["990000101", "990000202"]
    assert listed["batch"].tolist() == ["1", "2"]
    assert listed["listed_on"].tolist() == ["2018-01-10", "2018-04-10"]
    assert listed["state"].tolist() == ["rectifying", "delisted_consolidation"]
    assert listed["is_listed"].tolist() == [True, False]


def test_codes_of_nine_digits_find_boundaries_of_twelve(make_workspace):
    """The list is of the townships of the boundaries, however long its codes are written."""
    grid = make_grid().rename(index=lambda code: f"{code}000")
    directory = make_workspace(
        townships=grid, configuration=CONFIGURATION.replace("\n[ranking]", SETTINGS)
    )
    (directory / "listed.csv").write_text("\n".join([HEADER, *ROWS, ""]), "utf-8")
    assessment, _ = run_line(directory)
    table = assessment.table
    assert table.index[table["key_area"]].tolist() == ["990000101000", "990000202000"]


@pytest.mark.parametrize("state", State)
def test_a_state_may_be_written_in_chinese_in_english_or_as_its_value(read_list, state):
    words = [translate(f"states.{state}", "zh"), f'"{translate(f"states.{state}", "en")}"', state.value]
    codes = ["990000101,甲镇", "990000102,乙镇", "990000103,丙街道"]
    rows = [f"{code},1,2018-01-10,{word}" for code, word in zip(codes, words, strict=True)]
    assert read_list(*rows)["state"].tolist() == [state.value] * 3


def test_a_listing_is_open_from_the_decision_to_list_to_the_decision_to_delist():
    closed = {State.PROPOSED, State.DELISTED_CONSOLIDATION, State.CLOSED}
    assert {state for state in State if not state.is_listed} == closed


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("990000999,甲镇,1,2018-01-10,整治中", "no township of the boundaries"),
        ("990000102,甲镇,1,2018-01-10,整治中", "no township of the boundaries"),
        (",,1,2018-01-10,整治中", "no township of the boundaries"),
        ("990000101,甲镇,2,2018-04-10,整治中", "more than once"),
        ("990000102,乙镇,1,soon,整治中", "date of listing is unreadable"),
        ("990000102,乙镇,1,2018-01-10,好", "unknown state"),
    ],
)
def test_no_listing_is_dropped_in_silence(read_list, row, said):
    with pytest.raises(InputError, match=said) as caught:
        read_list(*ROWS, row)
    assert {problem.file for problem in caught.value.problems} == {"listed.csv"}
    assert 4 in {problem.row for problem in caught.value.problems}


def test_a_list_marked_real_does_not_go_with_fictional_places(read_list):
    with pytest.raises(InputError, match="marked real"):
        read_list(*(f"{row},真实" for row in ROWS), header=f"{HEADER},数据性质")


def test_every_result_says_which_townships_are_key_areas(make_workspace):
    directory = make_workspace(configuration=CONFIGURATION.replace("\n[ranking]", SETTINGS))
    (directory / "listed.csv").write_text("\n".join([HEADER, *ROWS, ""]), "utf-8")
    _, out = run_line(directory)
    table = pd.read_csv(out / "townships.csv", dtype=str, keep_default_na=False).set_index("code")
    assert table.loc["990000101", "key_area_state"] == "rectifying"
    assert table["key_area"].tolist().count("True") == 2
    assert table["key_area_listed_now"].tolist().count("True") == 1
    assert table.loc["990000203", ["key_area_state", "key_area_batch"]].tolist() == ["", ""]
    assert set(table["key_area_as_of"]) == {"2019-06-26"}
    facts = orjson.loads((out / "assessment.json").read_bytes())
    assert facts["key_areas"]["ever_listed"] == 2
    assert facts["key_areas"]["listed_now"] == 1
    assert "listed.csv" in facts["inputs"]
    assert "先后" in translate("map.key_areas", "zh", ever=2, now=1, as_of="")
    page = (out / "hotspot_map.html").read_text("utf-8")
    assert "Key areas: 2 ever, 1 listed now (as of 2019-06-26)" in page


def test_the_day_of_the_list_must_be_a_day(make_workspace):
    settings = SETTINGS.replace("2019-06-26", "today")
    directory = make_workspace(configuration=CONFIGURATION.replace("\n[ranking]", settings))
    with pytest.raises(InputError, match="is no date"):
        read_workspace(directory)
