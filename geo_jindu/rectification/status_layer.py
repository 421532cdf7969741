"""The layer of a map: how every township stands, how it came to that day by day, ties to elsewhere.

What a tier is not shown is not in the layer, so that no page made of it can tell.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from geo_jindu.periods import Window
from geo_jindu.rectification.clocks import Deadline, Standing
from geo_jindu.rectification.entries import Entry
from geo_jindu.rectification.figures import Figures
from geo_jindu.rectification.flows import Flows
from geo_jindu.rectification.lifecycle import Lifecycle, Scope
from geo_jindu.rectification.replay import CITY, Register, advance, scope_of, standing_entries
from geo_jindu.rectification.situations import Situation
from geo_jindu.rectification.status import restricted_clocks
from geo_jindu.tiers import Tier

AGREEMENT, STATION = "agree", "station"
"""Events that tie a county, or the city, to a destination."""


@dataclass(frozen=True)
class TownshipStatus:
    """How a township stands on the day shown.

    Attributes
    ----------
    since
        Day the state began; ``None`` for a township never spoken of.
    until
        Last day of the rectification, while a listing is under way.
    overdue
        How many deadlines; ``None`` below the planner.
    next_deadline
        What is to be done first; ``None`` below the planner, too.
    """

    unit: str
    county: str
    state: str
    is_listed: bool
    since: date | None
    until: date | None
    overdue: int | None
    next_deadline: Deadline | None


@dataclass(frozen=True)
class Step:
    """A day on which something took effect.

    Attributes
    ----------
    states
        Of the townships whose state changed on it.
    listed
        How many listings were under way at its end, those of earlier boundaries too.
    """

    day: date
    states: Mapping[str, str]
    listed: int


@dataclass(frozen=True)
class Tie:
    """An agreement or a liaison station.

    Attributes
    ----------
    county
        Code; `CITY` for one of the city.
    station
        Its name; empty for an agreement.
    """

    event: str
    county: str
    day: date
    province: str
    city: str
    station: str


@dataclass(frozen=True)
class StatusLayer:
    """What one kind of reader is shown on the map.

    Attributes
    ----------
    head
        Digest of the newest entry that was known; empty if there was none.
    townships
        By code: those of today's boundaries, and those the log speaks of.
    steps
        In order; the last one is the day shown.
    flows
        Whole years that had ended by the day shown and that the data cover; none below the planner.
    """

    day: date
    tier: Tier
    lifecycle: Lifecycle
    head: str
    vintage: str
    townships: Mapping[str, TownshipStatus]
    steps: tuple[Step, ...]
    ties: tuple[Tie, ...]
    flows: Flows

    def of(self, code: str) -> TownshipStatus:
        """Return how a township stands; one nothing is known of is at the beginning."""
        late = 0 if self.shows_deadlines else None
        state = self.lifecycle.content.initial
        new = TownshipStatus(code, "", state, False, None, None, late, None)
        return self.townships.get(code, new)

    @property
    def shows_deadlines(self) -> bool:
        """Whether deadlines and what is overdue are shown."""
        return self.tier.sees_exact_counts

    @cached_property
    def ever_listed(self) -> list[str]:
        """Codes of the townships that were ever listed, what is overdue first, then what is listed."""
        found = {
            code
            for step in self.steps
            for code, state in step.states.items()
            if self.lifecycle.is_frozen(state) and code in self.townships
        }

        def order(code: str) -> tuple[int, bool, date, str]:
            each = self.townships[code]
            return -(each.overdue or 0), not each.is_listed, each.since or date.max, code

        return sorted(found, key=order)

    @cached_property
    def destinations(self) -> list[str]:
        """The provinces that flows and ties lead to, in a stable order."""
        found = {
            province for years in self.flows.values() for year in years.values() for province in year
        }
        return sorted(found | {each.province for each in self.ties})


def make_status_layer(situation: Situation, tier: Tier, counties: Collection[str] = ()) -> StatusLayer:
    """Return the layer of a day for one kind of reader.

    Parameters
    ----------
    tier
        Partner or above.
    counties
        The counties a reader is limited to; none means all.
    """
    steps = tuple(_steps(situation, counties))
    figures = situation.figures
    known = {*(figures.townships if figures else ()), *situation.register.courses}
    townships = {code: _stand(situation, code, tier) for code in sorted(known)}
    is_shown = tier.sees_exact_counts and figures is not None
    return StatusLayer(
        day=situation.day,
        tier=tier,
        lifecycle=situation.rulebook.lifecycle,
        head=situation.log[-1].digest if situation.log else "",
        vintage=figures.vintage if figures else "",
        townships={
            code: each for code, each in townships.items() if not counties or each.county in counties
        },
        steps=steps,
        ties=tuple(_ties(situation, counties)),
        flows=_flows(figures, situation.day, counties) if figures and is_shown else {},
    )


def _stand(situation: Situation, code: str, tier: Tier) -> TownshipStatus:
    course = situation.course(code)
    is_listed = situation.is_listed(course)
    restricted = restricted_clocks(situation)
    sees_all, sees_deadlines = tier.includes(Tier.COMMANDER), tier.sees_exact_counts
    deadlines = [
        each
        for each in situation.deadlines.get(code, [])
        if sees_deadlines and each.is_open and (sees_all or each.clock not in restricted)
    ]
    late = sum(each.standing is Standing.OVERDUE for each in deadlines)
    return TownshipStatus(
        unit=code,
        county=_county(situation, code),
        state=course.state,
        is_listed=is_listed,
        since=course.since,
        until=course.term_ends if is_listed else None,
        overdue=late if sees_deadlines else None,
        next_deadline=deadlines[0] if deadlines else None,
    )


def _county(situation: Situation, code: str) -> str:
    """Return the county of a township: that of today's boundaries, else what the log says."""
    known = situation.figures.townships.get(code) if situation.figures else None
    return known.county if known else situation.course(code).county


def _steps(situation: Situation, counties: Collection[str]) -> Iterator[Step]:
    """Yield the days on which a state changed or a tie was made, then the day shown.

    The log is replayed day by day, so that no step can know of a later one. Days on which no state
    changed are left out: they would tell of interviews.
    """
    lifecycle = situation.rulebook.lifecycle
    entries = [each for each in standing_entries(situation.log) if each.effective_on <= situation.day]
    tied = {each.day for each in _ties(situation, counties)}
    register, before = Register({}, ()), dict[str, str]()
    for day in sorted({each.effective_on for each in entries} | {situation.day}):
        for entry in entries:
            if entry.effective_on == day:
                register = advance(register, entry, lifecycle)
        states = {
            code: course.state
            for code, course in register.courses.items()
            if not counties or _county(situation, code) in counties
        }
        changed = {
            code: state
            for code, state in states.items()
            if before.get(code, lifecycle.content.initial) != state
        }
        before = states
        if changed or day in tied or day == situation.day:
            yield Step(day, changed, sum(map(lifecycle.is_frozen, states.values())))


def _ties(situation: Situation, counties: Collection[str]) -> Iterator[Tie]:
    for entry in situation.register.of_others:
        is_shown = not counties or entry.county in counties
        if entry.event in {AGREEMENT, STATION} and is_shown:
            yield _tie(entry)


def _tie(entry: Entry) -> Tie:
    said = {name: str(entry.details.get(name, "")) for name in ("province", "city", "station")}
    county = CITY if scope_of(entry) is Scope.CITY else entry.county
    return Tie(event=entry.event, county=county, day=entry.effective_on, **said)


def _flows(figures: Figures, day: date, counties: Collection[str]) -> Flows:
    def is_known(year: str) -> bool:
        window = Window(date(int(year), 1, 1), date(int(year), 12, 31))
        return window.end <= day and figures.covers(window)

    years = {year for flows in figures.flows.values() for year in flows}
    known = {year for year in years if is_known(year)}
    return {
        county: {year: flows[year] for year in sorted(known & {*flows})}
        for county, flows in figures.flows.items()
        if not counties or county in counties
    }
