"""What the rules propose on a day. Nothing here decides: a committee lists, escalates and delists."""

from dataclasses import dataclass
from datetime import timedelta

from geo_jindu.rectification.clocks import Deadline, Standing
from geo_jindu.rectification.conditions import judge
from geo_jindu.rectification.courses import Course
from geo_jindu.rectification.entries import Result, Trace, Value
from geo_jindu.rectification.lifecycle import STAYS, Transition
from geo_jindu.rectification.situations import Situation

_RULES = {
    "ESC-INTERVIEW": "interview",
    "TERM-OVER": "extend",
    "EXT-SPENT": "escalate",
    "ACCEPTANCE": "publicise",
    "RELAPSE": "relapse",
    "PUB-DAYS": "delist",
    "LOOK-DONE": "close",
}
"""The event that a rule, or a group of rules, speaks for where the life-cycle allows it."""

FLAG = "flag"
"""The event that puts a township on watch."""

COUNTY_NOTICE = "county_notice"
"""The effect of rules about counties."""

WATCH = "watch"
"""The state that stands for a serious area."""


@dataclass(frozen=True)
class Proposal:
    """An event that a rule speaks for.

    Attributes
    ----------
    trace
        How the rule was evaluated.
    """

    course: Course
    event: str
    trace: Trace


@dataclass(frozen=True)
class Agenda:
    """What a day brings.

    Attributes
    ----------
    newly_overdue
        Due the day before.
    overdue, due_soon
        All that is overdue, and what is due within the days that the life-cycle calls soon.
    proposals
        What rules speak for.
    county_notices
        Counties of which a rule says that they should be given notice, each with how it was evaluated.
    """

    newly_overdue: tuple[Deadline, ...]
    overdue: tuple[Deadline, ...]
    due_soon: tuple[Deadline, ...]
    proposals: tuple[Proposal, ...]
    county_notices: tuple[tuple[str, Trace], ...]


def make_agenda(situation: Situation) -> Agenda:
    """Return what is due, what is overdue and what the rules propose."""
    every = [each for found in situation.deadlines.values() for each in found]
    every.sort(key=lambda each: (each.due_on, each.unit, each.clock))
    overdue = tuple(each for each in every if each.standing is Standing.OVERDUE)
    return Agenda(
        newly_overdue=tuple(each for each in overdue if each.days_left == -1),
        overdue=overdue,
        due_soon=tuple(each for each in every if each.standing is Standing.DUE_SOON),
        proposals=tuple(_proposals(situation)),
        county_notices=tuple(_county_notices(situation)),
    )


def _proposals(situation: Situation) -> list[Proposal]:
    """Ask what the rules speak for: events of which a rule here passes, and every guard as well."""
    found = []
    for course in situation.listed:
        for transition in situation.rulebook.lifecycle.allowed(course.state):
            rules = (*transition.guards, *transition.advice)
            asked = [each for each in rules if transition.event == _RULES.get(each)]
            if asked and _is_news(situation, course, transition):
                said = {each.rule: each for each in situation.ask(course, *rules)}
                if all(said[each].result is Result.PASS for each in (*transition.guards, asked[0])):
                    found.append(Proposal(course, transition.event, said[asked[0]]))
    return found + _listings_proposed(situation)


def _listings_proposed(situation: Situation) -> list[Proposal]:
    """Ask the rules of listing about townships of which nothing was ever decided."""
    figures, lifecycle = situation.figures, situation.rulebook.lifecycle
    if figures is None:
        return []
    initial = lifecycle.content.initial
    flags = [each for each in lifecycle.allowed(initial) if each.event == FLAG and each.advice]
    ranked = [unit for unit in figures.codes if figures.townships[unit].prob_rank_top is not None]
    courses = [course for course in map(situation.course, ranked) if course.state == initial]
    found = []
    for transition in flags:
        for course in courses:
            traces = situation.ask(course, *transition.advice)
            passed = [each for each in traces if each.result is Result.PASS]
            found += [Proposal(course, FLAG, each) for each in passed[:1]]
    return found


def _county_notices(situation: Situation) -> list[tuple[str, Trace]]:
    """Ask the rules of notices about each county; areas on watch count as serious ones."""
    rules = [
        each.id for each in situation.rulebook.ruleset.rules.values() if each.effect == COUNTY_NOTICE
    ]
    courses = situation.register.courses.values()
    found = []
    for county in sorted({each.county for each in courses if each.county}):
        mine = [each for each in courses if each.county == county]
        values: dict[str, Value] = {
            "county.listed_current": sum(situation.is_listed(each) for each in mine),
            "county.serious_areas": sum(each.state == WATCH for each in mine),
        }
        traces = judge(rules, situation.rulebook.ruleset, values)
        found += [(county, trace) for trace in traces if trace.result is Result.PASS]
    return found


def _is_news(situation: Situation, course: Course, transition: Transition) -> bool:
    """Return whether an event would change anything: no interview just held, no level reached."""
    if transition.event == "interview":
        days = situation.rulebook.parameters.get("interview_within_days", 0)
        within = timedelta(days=int(str(days)))
        held = any(situation.day - each <= within for each in course.interviewed_on)
        return situation.is_listed(course) and not held
    stays = transition.to == STAYS
    return not stays or transition.escalation_least > course.escalation
