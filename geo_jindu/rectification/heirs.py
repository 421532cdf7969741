"""Heirs: a listing follows its territory after a boundary change."""

from collections.abc import Mapping
from dataclasses import replace

from geo_jindu.rectification.courses import Course
from geo_jindu.rectification.entries import Entry
from geo_jindu.rectification.lifecycle import HEIR_COUNTIES, Lifecycle


def hand_over(
    courses: Mapping[str, Course], before: Course, after: Course, entry: Entry, lifecycle: Lifecycle
) -> dict[str, Course]:
    """Let a listing follow its territory: every heir goes on in the state, with the same clock.

    An heir with a listing of its own under way keeps that one and takes over the open measures; one
    that was listed before keeps its course too, unless the listing handed over is under way. A unit
    that is its own heir goes on where it was.
    """
    heirs, counties = (_codes(entry, name) for name in ("heirs", HEIR_COUNTIES))
    is_open = lifecycle.is_frozen(before.state)
    changed = {before.unit: replace(after, heirs=heirs)}
    for heir, county in zip(heirs, counties or heirs, strict=True):
        own = courses.get(heir)
        going_on = replace(after, state=before.state, since=before.since)
        if heir == before.unit:
            changed[heir] = replace(going_on, heirs=heirs)
        elif own is not None and own.listing and (not is_open or lifecycle.is_frozen(own.state)):
            taken = tuple(each for each in before.measures if is_open and each.done_on is None)
            measures, entries = (*own.measures, *taken), (*own.entries, entry)
            changed[heir] = replace(own, measures=measures, entries=entries)
        else:
            in_county = county if counties else before.county
            heir_course = replace(going_on, unit=heir, county=in_county, inherited_from=before.unit)
            changed[heir] = heir_course if own is None else _joined(own, heir_course)
    return changed


def _joined(own: Course, taken: Course) -> Course:
    """Return a course that was taken over by a unit with a history of its own."""
    first = [each for each in (own.first_listed_on, taken.first_listed_on) if each is not None]
    return replace(
        taken,
        listing=own.listing + 1 if taken.listing else 0,
        first_listed_on=min(first, default=None),
        relapses=own.relapses + taken.relapses,
        escalation=max(own.escalation, taken.escalation),
        interviewed_on=tuple(sorted({*own.interviewed_on, *taken.interviewed_on})),
        past=(*own.past, *((replace(own, past=()),) if own.listing else ())),
        entries=(*own.entries, *taken.entries),
        listing_from=len(own.entries) + taken.listing_from,
    )


def _codes(entry: Entry, name: str) -> tuple[str, ...]:
    named = entry.details.get(name, ())
    return tuple(str(each) for each in named) if isinstance(named, tuple) else ()
