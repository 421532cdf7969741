"""The daily digest and the calendar: what is due, what rules propose, and that nothing is decided."""

from datetime import date, timedelta
from types import SimpleNamespace

import icalendar
import pytest

from geo_jindu.configuration import Area
from geo_jindu.rectification.calendars import write_calendar
from geo_jindu.rectification.digest import make_digest
from geo_jindu.rectification.entries import Entry
from geo_jindu.rectification.figures import Figures, TownshipFigures
from geo_jindu.rectification.lifecycle import TERMS
from geo_jindu.rectification.replay import replay
from geo_jindu.rectification.rulebook import read_rulebook
from geo_jindu.rectification.situations import Situation
from geo_jindu.tiers import Tier

RULEBOOK = read_rulebook(SimpleNamespace(configuration=SimpleNamespace(rectification=None)))
AREA = Area(name="甲市", language="zh", measuring_crs="EPSG:4508", provenance="synthetic")
CODE, OTHER = "990101100", "990201100"
LISTED = date(2018, 1, 10)


def figures():
    def township(name, county, county_name):
        return TownshipFigures(name, county, county_name, 20000, None, {})

    return Figures(
        vintage="2018-01-01",
        indicator="outflow",
        ranked_until="",
        covered=(("2017-01", "2018-12"),),
        empty=(),
        yearly=(),
        counties={"990101": "甲县", "990201": "乙县"},
        townships={
            CODE: township("甲01镇", "990101", "甲县"),
            OTHER: township("<b>乙01镇</b>", "990201", "乙县"),
        },
        proportions={},
    )


def situation(day, *steps):
    log = []
    for number, (unit, after, event) in enumerate(steps, start=1):
        details = {}
        for each in RULEBOOK.lifecycle.named(event):
            for effect in each.effects:
                if effect in TERMS:
                    details["days"] = RULEBOOK.parameters[TERMS[effect]]
        on = LISTED + timedelta(days=after)
        moment = f"{on}T01:00:00.{number:06}Z"
        log.append(
            Entry(number, event, unit, "2018-01-01", unit[:6], "committee", on, moment, details=details)
        )
    register = replay(log, RULEBOOK.lifecycle, day=day)
    return Situation(day, RULEBOOK, tuple(log), figures(), register)


TWO = [(CODE, -20, "propose"), (CODE, 0, "list"), (OTHER, -20, "propose"), (OTHER, 0, "list")]


def section(made, key):
    return next(each.lines for each in made.sections if each.key == key)


def test_what_was_due_yesterday_is_newly_overdue():
    plan_due = LISTED + timedelta(days=30)
    on_day = make_digest(situation(plan_due, *TWO), AREA)
    after = make_digest(situation(plan_due + timedelta(days=1), *TWO), AREA)
    later = make_digest(situation(plan_due + timedelta(days=2), *TWO), AREA)
    assert [line[1] for line in section(on_day, "newly_overdue")] == []
    assert [line[:2] for line in section(after, "newly_overdue")] == [
        ("甲县 甲01镇", "报送方案"),
        ("乙县 <b>乙01镇</b>", "报送方案"),
    ]
    assert section(later, "newly_overdue") == ()
    assert {line[1] for line in section(later, "overdue")} == {"报送方案", "挂牌约谈"}


def test_a_late_plan_proposes_an_interview_until_one_is_held():
    day = LISTED + timedelta(days=40)
    proposed = section(make_digest(situation(day, *TWO), AREA), "escalations")
    assert [line[:2] for line in proposed] == [
        ("甲县 甲01镇", "提示：约谈"),
        ("乙县 <b>乙01镇</b>", "提示：约谈"),
    ]
    held = situation(day, *TWO, (CODE, 35, "interview"))
    proposed = section(make_digest(held, AREA), "escalations")
    assert [line[0] for line in proposed] == ["乙县 <b>乙01镇</b>"]


def test_a_relapse_is_a_signal_not_a_decision():
    steps = [
        *TWO[:2],
        (CODE, 20, "submit_plan"),
        (CODE, 25, "start"),
        (CODE, 370, "request_acceptance"),
        (CODE, 372, "assess"),
        (CODE, 380, "publicise"),
        (CODE, 390, "delist"),
        (CODE, 400, "confirm_red_line"),
    ]
    made = situation(LISTED + timedelta(days=401), *steps)
    (signal,) = section(make_digest(made, AREA), "relapse_signals")
    assert signal[:2] == ("甲县 甲01镇", "提示：反弹，拟再次挂牌")
    assert made.course(CODE).state == "delisted_consolidation"


def test_every_digest_says_that_it_decides_nothing_and_that_data_are_synthetic():
    made = make_digest(situation(LISTED, *TWO), AREA)
    for text in (made.as_text(), made.as_page("zh")):
        assert "软件只提示，不作决定" in text
        assert "合成数据" in text
    assert (
        "never decides"
        in make_digest(situation(LISTED), AREA.model_copy(update={"language": "en"})).as_text()
    )


def test_a_hostile_name_stays_text_in_the_page():
    page = make_digest(situation(LISTED + timedelta(days=40), *TWO), AREA).as_page("zh")
    assert "<b>乙01镇" not in page
    assert "&lt;b&gt;乙01镇" in page
    assert "http" not in page.replace("http-equiv", "")


def events(content):
    found = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return {(str(each["SUMMARY"]), each["DTSTART"].dt) for each in found}


def test_a_calendar_holds_the_open_deadlines_of_a_county():
    made = situation(LISTED, *TWO)
    assert events(write_calendar(made, AREA, "990101")) == {
        ("甲01镇：挂牌约谈", date(2018, 1, 25)),
        ("甲01镇：报送方案", date(2018, 2, 9)),
        ("甲01镇：整治期限", date(2019, 1, 10)),
    }
    assert len(events(write_calendar(made, AREA))) == 6


def test_a_planner_sees_no_interview_in_a_calendar():
    summaries = {
        name
        for name, _ in events(write_calendar(situation(LISTED, *TWO), AREA, "990101", Tier.PLANNER))
    }
    assert summaries == {"甲01镇：报送方案", "甲01镇：整治期限"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_calendar_is_the_same_twice_with_names_of_its_own(language):
    area = AREA.model_copy(update={"language": language})
    made = situation(LISTED, *TWO)
    content = write_calendar(made, area)
    assert content == write_calendar(made, area)
    uids = [str(each["UID"]) for each in icalendar.Calendar.from_ical(content).walk("VEVENT")]
    assert len({*uids}) == len(uids) == 6
