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
        for each in course.measures
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
    met = [
        each.effective_on
        for each in course.of_listing
        if each.event == clock.met_by
        and (each.effective_on, each.number) > (start.effective_on, start.number)
    ]
    days = parameters[clock.days]
    lengths = days if isinstance(days, tuple) else (days,)
    dues = [start.effective_on + timedelta(days=int(str(each))) for each in lengths]
    if clock.repeats:
        every = dues[0] - start.effective_on
        while dues[-1] <= day or len(dues) <= len(met):
            dues.append(dues[-1] + every)
    for at, due in enumerate(dues):
        yield due, met[at] if at < len(met) else None
