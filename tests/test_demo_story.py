"""The story of the demonstration, told through the real commands: how things stood on any day."""

from contextlib import closing
from datetime import date

import pandas as pd
import pytest

from boundaries.fictional_vintages import make_fictional_vintages
from geo_jindu.cli.line import run_line
from geo_jindu.cli.rectifying import import_history
from geo_jindu.demo import write_demo
from geo_jindu.rectification.replay import replay
from geo_jindu.rectification.rulebook import read_rulebook
from geo_jindu.store import open_store
from geo_jindu.store.rectification_log import read_log
from geo_jindu.workspace import read_workspace


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Return the workspace, the rulebook and the log with the whole story."""
    directory = tmp_path_factory.mktemp("story") / "demo"
    write_demo(directory, *make_fictional_vintages())
    run_line(directory)
    workspace = read_workspace(directory)
    rulebook = read_rulebook(workspace)
    file = directory / "data" / "整治台账.csv"
    assert import_history(workspace, file, rulebook) == (601, 601)
    assert import_history(workspace, file, rulebook) == (0, 601)
    with closing(open_store(directory)) as store, store.reading() as connection:
        return file, rulebook, read_log(connection)


def courses(story, day):
    _, rulebook, log = story
    return replay(log, rulebook.lifecycle, day=date.fromisoformat(day)).courses


LISTED = {  # day: townships under a listing on it
    "2018-01-09": 0,
    "2018-01-10": 8,
    "2018-04-09": 8,
    "2018-04-10": 13,
    "2018-07-10": 16,
    "2019-02-19": 16,
    "2019-02-20": 11,
    "2019-05-21": 11,
    "2019-05-22": 9,
    "2019-05-28": 9,
    "2019-06-04": 9,
    "2019-06-05": 10,
    "2019-06-26": 10,
}


@pytest.mark.parametrize("day", LISTED)
def test_as_many_are_listed_as_the_story_tells(story, day):
    lifecycle = story[1].lifecycle
    assert sum(lifecycle.is_frozen(each.state) for each in courses(story, day).values()) == LISTED[day]


def test_how_it_stands_on_the_day_shown(story):
    found = sorted(
        (each for each in courses(story, "2019-06-26").values() if each.listing),
        key=lambda each: each.first_listed_on,
    )
    assert len(found) == 16
    assert sum(each.relapses for each in found) == 1
    assert sorted(each.extensions for each in found) == [0] * 10 + [1] * 5 + [2]
    assert sorted(each.escalation for each in found) == [2] * 10 + [3] * 6
    [relapsed] = [each for each in found if each.relapses]
    assert (relapsed.state, str(relapsed.listed_on)) == ("listed", "2019-06-05")
    assert [str(each) for each in relapsed.past[0].red_lines] == ["2019-05-24"]
    late = {
        each.state
        for each in found
        for one in each.measures
        if one.done_on is None and one.due_on < date(2019, 6, 26)
    }
    assert late == {"extended", "rectifying"}


def test_77_townships_and_6_counties_were_interviewed(story):
    _, rulebook, log = story
    register = replay(log, rulebook.lifecycle)
    assert sum(bool(each.interviewed_on) for each in register.courses.values()) == 77
    assert len(register.others("interview")) == len(register.others("agree")) == 6
    assert len(register.others("station")) == 4


def test_the_list_of_key_areas_agrees_with_the_log(story):
    file, rulebook, _ = story
    listing = pd.read_excel(file.parent / "挂牌名单.xlsx", dtype=str, keep_default_na=False)
    now = courses(story, "2019-06-26")
    for row in listing.to_dict("records"):
        course = now[row["乡镇代码"]]
        assert rulebook.lifecycle.state_name(course.state, "zh") == row["状态"]
        assert str(course.listed_on) == row["本次挂牌日期"]
        assert str(course.term_ends) == row["整治期限"]
        assert str(course.escalation) == row["督办层级"]


@pytest.mark.parametrize("day", ["2018-02-08", "2018-12-31", "2019-02-13", "2019-05-30"])
def test_nothing_of_the_future_is_in_a_day(story, day):
    _, rulebook, log = story
    until = [each for each in log if str(each.effective_on) <= day]
    assert 0 < len(until) < len(log)
    assert replay(until, rulebook.lifecycle).courses == courses(story, day)


def test_the_rules_passed_wherever_they_must(story):
    publicised = [each for each in story[2] if each.event == "publicise"]
    assert len(publicised) == 8
    for entry in publicised:
        assert {each.rule: each.result for each in entry.traces}["ACCEPTANCE"] == "pass"
