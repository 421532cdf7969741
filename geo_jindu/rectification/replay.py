"""Replaying the log: how every unit stood on a day, from what was known by a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from geo_jindu.errors import InputError, Problem
from geo_jindu.rectification.courses import Course, Measure
from geo_jindu.rectification.entries import Entry
from geo_jindu.rectification.heirs import hand_over
from geo_jindu.rectification.lifecycle import (
    DAYS,
    FIRST,
    STAYS,
    Effect,
    Lifecycle,
    Scope,
    Transition,
)

CITY = "city"
"""The unit of what is about the city."""

WITHDRAW = "withdraw"
"""The event that only takes back the entry it corrects."""


class ReplayError(InputError):
    """The entries are a history that the life-cycle does not allow."""

    def __init__(self, problem: Problem, number: int) -> None:
        self.number = number
        super().__init__([problem])


@dataclass(frozen=True)
class Register:
    """How things stood.

    Attributes
    ----------
    courses
        By township; those never spoken of are not in it.
    of_others
        Entries about counties and the city, in order of effect.
    """

    courses: Mapping[str, Course]
    of_others: tuple[Entry, ...]

    def course(self, unit: str, vintage: str, county: str, lifecycle: Lifecycle) -> Course:
        """Return the course of a township; that of one never spoken of is at the beginning."""
        new = Course(unit, vintage, county, lifecycle.content.initial)
        return self.courses.get(unit, new)

    def others(self, event: str, unit: str | None = None) -> list[Entry]:
        """Return the entries of one event about counties and the city, or about one of them."""
        return [each for each in self.of_others if each.event == event and unit in (None, each.unit)]


def replay(
    entries: Iterable[Entry],
    lifecycle: Lifecycle,
    *,
    day: date | None = None,
    known_by: str = "",
) -> Register:
    """Return how every unit stood.

    Parameters
    ----------
    entries
        The log, in any order.
    day
        Entries effective after it are left out; ``None`` for none.
    known_by
        Entries recorded after this moment are left out; empty for none.

    Raises
    ------
    ReplayError
        If an entry is not allowed where it stands.
    """
    register = Register({}, ())
    for entry in standing_entries(entries, known_by):
        if day is None or entry.effective_on <= day:
            register = advance(register, entry, lifecycle)
    return register


def advance(register: Register, entry: Entry, lifecycle: Lifecycle) -> Register:
    """Return how every unit stands after one more entry, which stands after all that led here.

    Raises
    ------
    ReplayError
        If it is not allowed there.
    """
    if entry.event == WITHDRAW:
        return register
    if scope_of(entry) is Scope.TOWNSHIP:
        changed = _step(register.courses, entry, lifecycle)
        return replace(register, courses={**register.courses, **changed})
    _transition(entry, lifecycle.content.initial, lifecycle)
    return replace(register, of_others=(*register.of_others, entry))


def standing_entries(entries: Iterable[Entry], known_by: str = "") -> list[Entry]:
    """Return the entries that hold, neither corrected nor withdrawn, in order of effect.

    Those of one day stand in the order of recording, a correction where the corrected one stood.
    """
    known = {each.number: each for each in entries if not known_by or each.recorded_at <= known_by}
    live = live_numbers(known.values())
    standing = [each for number, each in known.items() if number in live and each.event != WITHDRAW]
    return sorted(standing, key=lambda each: (each.effective_on, _first_number(each, known)))


def live_numbers(entries: Iterable[Entry]) -> set[int]:
    """Return the numbers of the entries that may be corrected: all that still hold, withdrawals too.

    A correction keeps what it corrects out, also when it is itself corrected; only a withdrawal of it
    lets the corrected entry hold again.
    """
    known = {each.number: each for each in entries}
    withdrawn: set[int] = set()
    replaced: set[int] = set()
    for number in sorted(known, reverse=True):
        entry = known[number]
        if entry.corrects is not None and number not in withdrawn:
            (withdrawn if entry.event == WITHDRAW else replaced).add(entry.corrects)
    return {*known} - withdrawn - replaced


def _first_number(entry: Entry, known: Mapping[int, Entry]) -> int:
    """Return the number of the entry that a chain of corrections began with."""
    while entry.corrects is not None and entry.corrects in known:
        entry = known[entry.corrects]
    return entry.number


def scope_of(entry: Entry) -> Scope:
    """Return what kind of unit an entry is about."""
    if entry.unit == CITY:
        return Scope.CITY
    return Scope.COUNTY if entry.unit == entry.county else Scope.TOWNSHIP


def _transition(entry: Entry, state: str, lifecycle: Lifecycle) -> Transition:
    found = lifecycle.find(entry.event, state, scope_of(entry))
    if found is None:
        values = {
            "event": entry.event,
            "unit": entry.unit,
            "day": entry.effective_on,
            "state": state,
            "number": entry.number,
        }
        raise ReplayError(Problem("transition_not_allowed", values=values), entry.number)
    return found


def _step(courses: Mapping[str, Course], entry: Entry, lifecycle: Lifecycle) -> dict[str, Course]:
    """Return the courses that an entry changes."""
    new = Course(entry.unit, entry.vintage, entry.county, lifecycle.content.initial)
    before = courses.get(entry.unit, new)
    transition = _transition(entry, before.state, lifecycle)
    entries = (*before.entries, entry)
    after = replace(before, entries=entries, vintage=entry.vintage, county=entry.county)
    if transition.to != STAYS:
        after = replace(after, state=transition.to, since=entry.effective_on)
    after = _escalate(after, transition, lifecycle)
    if Effect.OPEN_LISTING in transition.effects and before.listing:
        after = replace(after, past=(*before.past, replace(before, past=())))
    try:
        for effect in transition.effects:
            after = _affect(after, effect, entry)
    except (KeyError, ValueError):
        values = {"event": entry.event, "unit": entry.unit, "number": entry.number}
        raise ReplayError(Problem("entry_without_detail", values=values), entry.number) from None
    if Effect.HAND_OVER in transition.effects:
        return hand_over(courses, before, after, entry, lifecycle)
    return {entry.unit: after}


def _escalate(course: Course, transition: Transition, lifecycle: Lifecycle) -> Course:
    level = course.escalation
    if transition.escalation_add:
        highest = len(lifecycle.content.escalations) - 2
        level = max(level, min(level + transition.escalation_add, highest))
    return replace(course, escalation=max(level, transition.escalation_least))


def _affect(course: Course, effect: Effect, entry: Entry) -> Course:
    day = entry.effective_on
    match effect:
        case Effect.OPEN_LISTING:
            return _open_listing(course)
        case Effect.BEGIN_TERM:
            first = course.first_listed_on or day
            ends = day + _term(entry)
            return replace(course, listed_on=day, first_listed_on=first, term_ends=ends)
        case Effect.EXTEND_TERM:
            ends = max(course.term_ends or day, day + _term(entry))
            extensions = course.extensions + 1
            return replace(course, extensions=extensions, term_ends=ends, red_lines=())
        case Effect.START_WORK:
            return replace(course, started_on=day)
        case Effect.END_LISTING:
            return replace(course, delisted_on=day)
        case Effect.COUNT_RELAPSE:
            return replace(course, relapses=course.relapses + 1)
        case Effect.END_ESCALATION:
            return replace(course, escalation=0)
        case _:
            return _record(course, effect, entry)


def _record(course: Course, effect: Effect, entry: Entry) -> Course:
    """Return a course with what happened put on record; what is none of these changes nothing more."""
    day = entry.effective_on
    match effect:
        case Effect.ADD_MEASURE:
            return replace(course, measures=(*course.measures, _measure(entry)))
        case Effect.COMPLETE_MEASURE:
            return _complete(course, entry)
        case Effect.RECORD_REPORT:
            return replace(course, reported_on=(*course.reported_on, day))
        case Effect.RECORD_INTERVIEW:
            return replace(course, interviewed_on=(*course.interviewed_on, day))
        case Effect.RECORD_LOOK_BACK:
            return replace(course, looked_back_on=(*course.looked_back_on, day))
        case Effect.ASSESS_PROGRESS:
            return replace(course, progress=str(entry.details["assessment"]))
        case Effect.CONFIRM_RED_LINE:
            return replace(course, red_lines=(*course.red_lines, day))
        case _:
            return course


def _open_listing(course: Course) -> Course:
    """Begin a listing afresh; escalation, interviews and the count of relapses go on."""
    return replace(
        course,
        listing=course.listing + 1,
        listing_from=len(course.entries) - 1,
        listed_on=None,
        delisted_on=None,
        term_ends=None,
        extensions=0,
        measures=(),
        started_on=None,
        reported_on=(),
        looked_back_on=(),
        red_lines=(),
        progress="",
    )


def _measure(entry: Entry) -> Measure:
    details = entry.details
    due_on = date.fromisoformat(str(details["due_on"]))
    number = int(str(details.get(FIRST, entry.number)))
    return Measure(number, str(details["measure"]), str(details["owner"]), due_on)


def _complete(course: Course, entry: Entry) -> Course:
    wanted = entry.details["measure_number"]
    found = [each for each in course.measures if each.id == wanted and each.done_on is None]
    if not found:
        values = {"unit": entry.unit, "number": wanted}
        raise ReplayError(
            Problem("measure_unknown", field="measure_number", values=values), entry.number
        )
    done = replace(found[0], done_on=entry.effective_on, has_evidence=bool(entry.evidence))
    measures = tuple(done if each.id == wanted else each for each in course.measures)
    return replace(course, measures=measures)


def _term(entry: Entry) -> timedelta:
    return timedelta(days=int(str(entry.details[DAYS])))
