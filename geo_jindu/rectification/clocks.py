"""Deadlines: what is due, due soon or overdue on a day. Days are natural days in Asia/Shanghai."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from geo_jindu.rectification.courses import Course
from geo_jindu.rectification.lifecycle import Clock, Lifecycle

TERM = "term"
"""The clock whose end extensions move."""
MEASURE = "measure"
"""What stands for a clock at the deadline of a measure."""

ParameterValues = Mapping[str, object]


class Standing(StrEnum):
    """How a deadline stands."""

    MET = "met"
    DUE = "due"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Deadline:
    """One thing to be done by a day.

    Attributes
    ----------
    clock
        Id of the clock; `MEASURE` for a measure.
    name_zh, name_en
        What is to be done.
    owner
        The post that is to do it; empty but for measures.
    met_on
        ``None`` while it is not done.
    days_left
        To the due day; negative when it is over. 0 on the day itself, which is not overdue.
    """

    unit: str
    clock: str
    name_zh: str
    name_en: str
    due_on: date
    standing: Standing
    days_left: int
    owner: str = ""
    met_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.standing is not Standing.MET


def read_deadlines(
    course: Course, lifecycle: Lifecycle, parameters: ParameterValues, day: date
) -> list[Deadline]:
    """Return the deadlines of a course on a day, the earliest first.

    Of a clock that repeats, all up to the next one after ``day``.
    """
    soon = lifecycle.content.due_soon_days
    found = [
        _stand(course.unit, clock.id, clock.zh, clock.en, due, met, day, soon)
        for clock in lifecycle.content.clocks
        for due, met in _due_days(course, clock, parameters, day)
    ]
    found += [
        _stand(
            course.unit, MEASURE, each.name, each.name, each.due_on, each.done_on, day, soon, each.owner
        )
        for each in (course.measures if lifecycle.is_frozen(course.state) else ())
    ]
    return sorted(found, key=lambda each: (each.due_on, each.clock))


def _stand(
    unit: str,
    clock: str,
    name_zh: str,
    name_en: str,
    due_on: date,
    met_on: date | None,
    day: date,
    soon: int,
    owner: str = "",
) -> Deadline:
    left = (due_on - day).days
    if met_on is not None:
        standing = Standing.MET
    elif left < 0:
        standing = Standing.OVERDUE
    else:
        standing = Standing.DUE_SOON if left <= soon else Standing.DUE
    return Deadline(unit, clock, name_zh, name_en, due_on, standing, left, owner, met_on)


def _due_days(
    course: Course, clock: Clock, parameters: ParameterValues, day: date
) -> Iterator[tuple[date, date | None]]:
    """Yield each due day of a clock that runs, with the day it was met."""
    if course.state not in clock.states:
        return
    began = [each for each in course.of_listing if each.event in clock.starts]
    if not began:
        return
    if clock.id == TERM and course.term_ends is not None:
        yield course.term_ends, None
        return
    start = began[-1]
    later = course.of_listing[course.of_listing.index(start) + 1 :]
    met = [each.effective_on for each in later if each.event == clock.met_by]
    if clock.repeats:
        yield from _repeated(start.effective_on, int(str(parameters[clock.days])), met, day)
    else:
        yield from _once_each(start.effective_on, parameters[clock.days], met)


def _repeated(start: date, days: int, met: list[date], day: date) -> Iterator[tuple[date, date | None]]:
    """Yield the due days up to the next one; each is met by the first event after the one before.

    So what was missed is made good by the next event, late, and what is open is an unbroken run.
    """
    previous, due = start, start + timedelta(days=days)
    while True:
        yield due, next((each for each in met if each > previous or previous == start), None)
        if due > day:
            return
        previous, due = due, due + timedelta(days=days)


def _once_each(start: date, days: object, met: list[date]) -> Iterator[tuple[date, date | None]]:
    """Yield the due days; an event meets one of them, the oldest open one, but none before its time."""
    lengths = days if isinstance(days, tuple) else (days,)
    previous, unused = start, list(met)
    for length in lengths:
        due = start + timedelta(days=int(str(length)))
        fitting = [each for each in unused if each > previous or previous == start]
        if fitting:
            unused.remove(fitting[0])
        yield due, fitting[0] if fitting else None
        previous = due
