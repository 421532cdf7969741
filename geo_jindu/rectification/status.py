"""What leaves the domain about a township's rectification, for the tier of whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from geo_jindu.rectification.clocks import Deadline, Standing
from geo_jindu.rectification.courses import Course, Measure
from geo_jindu.rectification.entries import Entry, Trace, Value
from geo_jindu.rectification.lifecycle import STAYS, Transition
from geo_jindu.rectification.situations import Situation
from geo_jindu.tiers import Tier

ACCEPTANCE = "ACCEPTANCE"
RELAPSE = "RELAPSE"
INTERVIEW = "ESC-INTERVIEW"
_SHOWN_WHILE_LISTED = (ACCEPTANCE, "ACC-DID")

RESTRICTED_EVENTS = frozenset({"interview"})
"""Events, and the clocks they meet, that only commanders and auditors are shown."""


@dataclass(frozen=True)
class Status:
    """How the rectification of a township stands on a day.

    Attributes
    ----------
    course
        As the log says.
    is_listed
        Whether a listing is under way.
    is_frozen
        Whether posts are under the promotion freeze: display only, the organisation department decides.
        ``None`` for tiers that are not shown it.
    escalation
        0 to 4; ``None`` below the commander, for it tells of interviews.
    deadlines
        The earliest first; none below the planner.
    traces
        Of the rules that matter in the state; none below the planner.
    values
        What the rules saw; none below the planner.
    interviews
        Days; of tiers below the commander ``None``.
    next_events
        What the life-cycle allows next, each with who may decide it.
    timeline
        Entries of all listings, the oldest first; none below the planner.
    """

    day: date
    course: Course
    name: str
    county_name: str
    is_listed: bool
    is_frozen: bool | None
    escalation: int | None
    deadlines: tuple[Deadline, ...]
    traces: tuple[Trace, ...]
    values: Mapping[str, Value]
    interviews: tuple[date, ...] | None
    next_events: tuple[Transition, ...]
    timeline: tuple[Entry, ...]

    @property
    def overdue(self) -> tuple[Deadline, ...]:
        """What is overdue."""
        return tuple(each for each in self.deadlines if each.standing is Standing.OVERDUE)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures of this listing."""
        return self.course.measures

    @property
    def next_deadline(self) -> Deadline | None:
        """What is to be done first."""
        return next((each for each in self.deadlines if each.is_open), None)


def status_of(situation: Situation, unit: str, tier: Tier) -> Status:
    """Return how a township stands, as far as a tier is shown it.

    Parameters
    ----------
    unit
        Code of a township of today's boundaries, or of one that the log speaks of.
    tier
        Partner or above.
    """
    course = situation.course(unit)
    place = situation.figures.townships.get(unit) if situation.figures else None
    sees_all = tier.includes(Tier.COMMANDER)
    sees_exact = tier.sees_exact_counts
    is_listed = situation.is_listed(course)
    deadlines = situation.deadlines.get(unit, []) if sees_exact else []
    restricted = restricted_clocks(situation)
    return Status(
        day=situation.day,
        course=course if sees_all else _reduced(course, sees_exact=sees_exact),
        name=place.name if place else unit,
        county_name=place.county_name if place else course.county,
        is_listed=is_listed,
        is_frozen=is_listed and not situation.is_void(course) if sees_all else None,
        escalation=course.escalation if sees_all else None,
        deadlines=tuple(each for each in deadlines if sees_all or each.clock not in restricted),
        traces=tuple(_traces(situation, course, sees_all=sees_all)) if sees_exact else (),
        values=situation.values(course) if sees_exact else {},
        interviews=course.interviewed_on if sees_all else None,
        next_events=_next_events(situation, course),
        timeline=_timeline(course, sees_all=sees_all) if sees_exact else (),
    )


def _reduced(course: Course, *, sees_exact: bool) -> Course:
    """Return a course without what tells of interviews; below the planner without all but the dates."""
    past = tuple(_reduced(each, sees_exact=sees_exact) for each in course.past)
    reduced = replace(course, escalation=0, interviewed_on=(), past=past)
    if sees_exact:
        entries = _timeline(course, sees_all=False)
        opened = {each.number for each in course.entries[: course.listing_from]}
        return replace(
            reduced,
            entries=entries,
            listing_from=sum(each.number in opened for each in entries),
        )
    return replace(
        reduced,
        measures=(),
        reported_on=(),
        looked_back_on=(),
        red_lines=(),
        progress="",
        entries=(),
        listing_from=0,
    )


def restricted_clocks(situation: Situation) -> set[str]:
    """Return the clocks that only commanders and auditors are shown."""
    clocks = situation.rulebook.lifecycle.content.clocks
    return {each.id for each in clocks if each.met_by in RESTRICTED_EVENTS}


def _traces(situation: Situation, course: Course, *, sees_all: bool) -> list[Trace]:
    """Evaluate what matters in the state of a township; a city's own rules may lack some of it."""
    ruleset = situation.rulebook.ruleset
    if situation.is_listed(course):
        wanted = (*_SHOWN_WHILE_LISTED, *([INTERVIEW] if sees_all else []))
    else:
        wanted = (RELAPSE,) if course.delisted_on else ()
    return situation.ask(
        course, *(each for each in wanted if each in {*ruleset.rules, *ruleset.groups})
    )


def _next_events(situation: Situation, course: Course) -> tuple[Transition, ...]:
    """Return what leads on: events that change the state, the rare ones left out."""
    allowed = situation.rulebook.lifecycle.allowed(course.state)
    return tuple(each for each in allowed if each.to not in {STAYS, "annulled", "superseded"})


def _timeline(course: Course, *, sees_all: bool) -> tuple[Entry, ...]:
    return tuple(entry for entry in course.entries if sees_all or entry.event not in RESTRICTED_EVENTS)
