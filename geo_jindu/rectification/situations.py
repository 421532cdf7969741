"""How all townships stand on a day: the log replayed beside the figures and the rules of the moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from geo_jindu.configuration import Rectification
from geo_jindu.rectification.clocks import Deadline, Standing, read_deadlines
from geo_jindu.rectification.conditions import judge
from geo_jindu.rectification.context import build_context
from geo_jindu.rectification.courses import Course
from geo_jindu.rectification.entries import Entry, Trace, Value
from geo_jindu.rectification.figures import Figures
from geo_jindu.rectification.replay import Register, replay
from geo_jindu.rectification.rulebook import Rulebook
from geo_jindu.store.rectification_log import read_log
from geo_jindu.store.snapshots import latest_snapshot
from geo_jindu.store.times import CALENDAR

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Situation:
    """How things stood on a day, from what was known by a moment.

    Attributes
    ----------
    day
        Entries effective later, and figures of periods that end later, are left out.
    log
        What was known, in order of recording; entries effective after ``day`` too.
    figures
        ``None`` if no run had been recorded.
    """

    day: date
    rulebook: Rulebook
    log: tuple[Entry, ...]
    figures: Figures | None
    register: Register

    def course(self, unit: str) -> Course:
        """Return the course of a township of today's boundaries, or of one that the log speaks of."""
        county, vintage = "", ""
        if self.figures and unit in self.figures.townships:
            county, vintage = self.figures.townships[unit].county, self.figures.vintage
        return self.register.course(unit, vintage, county, self.rulebook.lifecycle)

    @cached_property
    def listed(self) -> list[Course]:
        """Every township that was ever proposed for listing, in the order of first listing."""
        found = [each for each in self.register.courses.values() if each.listing]
        return sorted(found, key=lambda each: (each.first_listed_on or date.max, each.unit))

    @cached_property
    def deadlines(self) -> Mapping[str, list[Deadline]]:
        """The deadlines of every township the log speaks of."""
        return {
            unit: read_deadlines(course, self.rulebook.lifecycle, self.rulebook.parameters, self.day)
            for unit, course in self.register.courses.items()
        }

    def overdue(self, unit: str) -> list[Deadline]:
        """Return what is overdue in a township, the oldest first."""
        found = self.deadlines.get(unit, [])
        return [each for each in found if each.standing is Standing.OVERDUE]

    def is_listed(self, course: Course) -> bool:
        """Return whether a listing is under way."""
        return self.rulebook.lifecycle.is_frozen(course.state)

    def is_void(self, course: Course) -> bool:
        """Return whether what is known today voids a listing from its start, whatever the day read."""
        known = self._latest.get(course.unit)
        states = self.rulebook.lifecycle.content.states
        every = (*known.past, known) if known else ()
        return any(each.listing == course.listing and states[each.state].void for each in every)

    @cached_property
    def _latest(self) -> Mapping[str, Course]:
        return replay(self.log, self.rulebook.lifecycle).courses

    def values(self, course: Course) -> dict[str, Value]:
        """Return what the rules see of a township."""
        return build_context(course, self.figures, self.day, self.rulebook)

    def ask(self, course: Course, *rules: str) -> list[Trace]:
        """Evaluate rules and groups for a township."""
        return judge(rules, self.rulebook.ruleset, self.values(course))


def read_situation(
    connection: "Connection", rulebook: Rulebook, day: date, known_by: str = ""
) -> Situation:
    """Return how all townships stood on a day.

    Parameters
    ----------
    known_by
        Leave out what was recorded after this moment; empty for nothing.

    Raises
    ------
    StoreError
        If the store cannot be read.
    ReplayError
        If the log is a history that the life-cycle does not allow.
    """
    content = latest_snapshot(connection, known_by)
    log = read_log(connection, until=known_by)
    return Situation(
        day=day,
        rulebook=rulebook,
        log=tuple(log),
        figures=None if content is None else Figures.from_bytes(content),
        register=replay(log, rulebook.lifecycle, day=day),
    )


def day_shown(settings: Rectification | None) -> date:
    """Return the day that stands for today: the one the workspace sets, else the calendar's."""
    if settings is not None and settings.as_of:
        return date.fromisoformat(settings.as_of)
    return datetime.now(CALENDAR).date()
