"""What the rules propose on a day. Nothing here decides: a committee lists, escalates and delists."""

from dataclasses import dataclass
from datetime import timedelta

from geo_jindu.rectification.clocks import Deadline, Standing
from geo_jindu.rectification.courses import Course
from geo_jindu.rectification.entries import Result, Trace
from geo_jindu.rectification.lifecycle import STAYS, Transition
from geo_jindu.rectification.situations import Situation

_RULES = {
    "ESC-INTERVIEW": "interview",
    "TERM-OVER": "extend",
    "EXT-SPENT": "escalate",
    "RELAPSE": "relapse",
    "PUB-DAYS": "delist",
    "LOOK-DONE": "close",
}
"""Rules, and groups of rules, that propose an event where the life-cycle allows it."""


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
    """

    newly_overdue: tuple[Deadline, ...]
    overdue: tuple[Deadline, ...]
    due_soon: tuple[Deadline, ...]
    proposals: tuple[Proposal, ...]


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
    )


def _proposals(situation: Situation) -> list[Proposal]:
    found = []
    for course in situation.listed:
        asked = {
            rule: transition.event
            for transition in situation.rulebook.lifecycle.allowed(course.state)
            for rule in (*transition.guards, *transition.advice)
            if _RULES.get(rule) == transition.event and _is_news(situation, course, transition)
        }
        for trace in situation.ask(course, *asked) if asked else []:
            if trace.rule in asked and trace.result is Result.PASS:
                found.append(Proposal(course, asked[trace.rule], trace))
    return found


def _is_news(situation: Situation, course: Course, transition: Transition) -> bool:
    """Return whether an event would change anything: no interview just held, no level reached."""
    if transition.event == "interview":
        within = timedelta(days=int(str(situation.rulebook.parameters["interview_within_days"])))
        held = any(situation.day - each <= within for each in course.interviewed_on)
        return situation.is_listed(course) and not held
    stays = transition.to == STAYS
    return not stays or transition.escalation_least > course.escalation
