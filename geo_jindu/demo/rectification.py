"""Synthetic rectifications: what happened to each key area, and the list of them.

``rectification.toml`` says how they went; here days are set and rows made.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import pandas as pd

from geo_jindu.demo.townships import BATCHES

TOWNSHIP_EVENTS = frozenset({"submit_plan", "request_acceptance"})
EXTENSIONS = frozenset({"extend", "extend_late"})
INTERVIEWED, HIGHEST = 2, 3
"""Levels of escalation: of an interview, and the highest that extensions lead to."""


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
    way: dict[str, Any]

    def last(self, key: str) -> pd.Timestamp | None:
        """Return the day of the last event of this kind, if there was one."""
        return max((each.day for each in self.events if each.key == key), default=None)

    def first(self, key: str) -> pd.Timestamp:
        """Return the day of the first event of this kind."""
        return min(each.day for each in self.events if each.key == key)

    @property
    def first_listed(self) -> pd.Timestamp:
        """The day of the first listing."""
        return self.first("list")

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
        term, extended = self.last_listed + _days("term_days"), self.extended
        return max([term, *(day + _days("extension_days") for day in extended)])

    @property
    def extended(self) -> list[pd.Timestamp]:
        """The days of its extensions."""
        return [each.day for each in self.events if each.key in EXTENSIONS]

    @property
    def escalation(self) -> int:
        """The level: that of an interview, one more for each extension, up to the highest."""
        return min(INTERVIEWED + len(self.extended), HIGHEST)

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
                    way=way,
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


def _days(key: str) -> pd.Timedelta:
    return pd.Timedelta(days=plan()[key])
