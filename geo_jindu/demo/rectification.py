"""Synthetic rectifications: the list of key areas, what happened to each, its measures and reports.

``rectification.toml`` says how they went; here days are set and rows made.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import pandas as pd

from geo_jindu.demo.townships import BATCHES

TOWNSHIP_EVENTS = frozenset({"submit_plan", "request_acceptance"})
STILL_AT_WORK = frozenset({"RECTIFYING", "EXTENDED"})


class Event(NamedTuple):
    """One step of a rectification."""

    code: str
    day: pd.Timestamp
    key: str


class Course(NamedTuple):
    """All that happened to one key area."""

    code: str
    batch: str
    listing: int
    events: list[Event]
    escalation: int
    owes_report: bool

    def last(self, key: str) -> pd.Timestamp | None:
        """Return the day of the last event of this kind, if there was one."""
        return max((each.day for each in self.events if each.key == key), default=None)

    @property
    def first_listed(self) -> pd.Timestamp:
        """The day of the first listing."""
        return min(each.day for each in self.events if each.key == "list")

    @property
    def last_listed(self) -> pd.Timestamp:
        """The day of the listing that counts: the last one."""
        return max(each.day for each in self.events if each.key == "list")

    @property
    def state(self) -> str:
        """The state the last event that sets one has led to."""
        states = [plan()["events"][each.key].get("state") for each in self.events]
        return str([state for state in states if state][-1])

    @property
    def term_ends(self) -> pd.Timestamp:
        """The day by which rectification is to be done: of the listing, or of its last extension."""
        term, extended = self.last_listed + _days("term_days"), self.last("fail")
        return term if extended is None else max(term, extended + _days("extension_days"))

    @property
    def is_listed(self) -> bool:
        """Whether the listing is open."""
        return self.state != "DELISTED_CONSOLIDATION"


@cache
def plan() -> dict[str, Any]:
    """Return ``rectification.toml``."""
    return tomllib.loads(files(__package__).joinpath("rectification.toml").read_text("utf-8"))


def make_courses(table: pd.DataFrame) -> list[Course]:
    """Make the course of each key area, in the order of listing.

    Parameters
    ----------
    table
        As `geo_jindu.demo.townships.make_township_table` makes it.
    """
    listed = table[table["listing"] > 0].sort_values("listing")
    courses: list[Course] = []
    for batch, opening in zip(BATCHES, plan()["batches"], strict=True):
        ways = [way for way in plan()["courses"] if way["batch"] == batch for _ in range(way["areas"])]
        codes = listed.index[listed["batch"] == batch]
        for code, way in zip(codes, ways, strict=True):
            steps = opening["events"] + way.get("events", [])
            events = [_event(str(code), day, key, len(courses)) for day, key in steps]
            courses.append(
                Course(
                    code=str(code),
                    batch=batch,
                    listing=len(courses) + 1,
                    events=events,
                    escalation=way["escalation"],
                    owes_report=way.get("owes_report", False),
                )
            )
    return courses


def _event(code: str, day: str, key: str, position: int) -> Event:
    """Make an event; what a township does by itself comes up to four days earlier."""
    earlier = position % 5 if key in TOWNSHIP_EVENTS else 0
    return Event(code, pd.Timestamp(day) - pd.Timedelta(days=earlier), key)


def make_key_areas(courses: list[Course]) -> pd.DataFrame:
    """Make the list as it stands on the day shown, one row per key area."""
    return pd.DataFrame(
        {
            "序号": [each.listing for each in courses],
            "乡镇代码": [each.code for each in courses],
            "批次": [each.batch for each in courses],
            "首次挂牌日期": [each.first_listed for each in courses],
            "本次挂牌日期": [each.last_listed for each in courses],
            "整治期限": [each.term_ends for each in courses],
            "状态": [plan()["states"][each.state] for each in courses],
            "现挂牌": ["是" if each.is_listed else "否" for each in courses],
            "摘牌日期": [None if each.is_listed else each.last("delist") for each in courses],
            "督办层级": [each.escalation for each in courses],
        }
    )


def make_events(courses: list[Course]) -> pd.DataFrame:
    """Make one row per step of each rectification."""
    kinds = plan()["events"]
    events = [(course.listing, event) for course in courses for event in course.events]
    return pd.DataFrame(
        {
            "序号": [number for number, _ in events],
            "乡镇代码": [event.code for _, event in events],
            "日期": [event.day for _, event in events],
            "事项": [kinds[event.key]["name"] for _, event in events],
            "责任主体": [kinds[event.key]["actor"] for _, event in events],
            "依据材料": [kinds[event.key]["evidence"] for _, event in events],
        }
    )


def make_measures(courses: list[Course]) -> pd.DataFrame:
    """Make the measures of each key area; those still at work have the last one open."""
    rows = []
    for course in courses:
        for number, measure in enumerate(plan()["measures"], 1):
            due = course.first_listed + pd.Timedelta(days=measure["due_days"])
            is_open = number == len(plan()["measures"]) and course.state in STILL_AT_WORK
            rows.append(
                {
                    "序号": course.listing,
                    "乡镇代码": course.code,
                    "任务": measure["name"],
                    "责任岗位": measure["owner"],
                    "完成期限": due,
                    "完成日期": pd.NaT if is_open else due - pd.Timedelta(days=3 + course.listing % 9),
                    "佐证材料": "" if is_open else f"材料 {course.listing:02}-{number}",
                }
            )
    return pd.DataFrame(rows)


def make_reports(courses: list[Course]) -> pd.DataFrame:
    """Make the progress reports due while a key area is at work; an owed one has no day."""
    rows = []
    for course in courses:
        due_days = list(_report_days(course))
        for due in due_days:
            owed = course.owes_report and due == due_days[-1]
            handed_in = pd.NaT if owed else due - pd.Timedelta(days=course.listing % 4)
            columns = {"序号": course.listing, "乡镇代码": course.code}
            rows.append(columns | {"应报日期": due, "实报日期": handed_in})
    return pd.DataFrame(rows)


def _report_days(course: Course) -> Iterator[pd.Timestamp]:
    """Yield the days on which a report was due, from the start of work to its end or today."""
    every = _days("report_every_days")
    ends = [course.last("pass"), course.last("delist"), pd.Timestamp(plan()["as_of"])]
    until = min(end for end in ends if end is not None)
    day = next(each.day for each in course.events if each.key == "start") + every
    while day <= until:
        yield day
        day += every


def _days(key: str) -> pd.Timedelta:
    return pd.Timedelta(days=plan()[key])
