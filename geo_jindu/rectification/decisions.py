"""Decisions: whether a command may be put on record, and putting it there, in one transaction."""

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from geo_jindu.errors import Problem
from geo_jindu.rectification.commands import Command, form_problems, lacking, tidy
from geo_jindu.rectification.conditions import judge
from geo_jindu.rectification.context import build_context
from geo_jindu.rectification.desk import DRAFT, Desk, Draft, RefusedError, refuse_contradiction
from geo_jindu.rectification.entries import Detail, Entry, Result, Trace
from geo_jindu.rectification.figures import Figures
from geo_jindu.rectification.lifecycle import (
    DAYS,
    FIRST,
    HEIR_COUNTIES,
    KEPT_DETAILS,
    TERMS,
    Effect,
    Lifecycle,
    Scope,
    Transition,
)
from geo_jindu.rectification.replay import CITY, WITHDRAW, Register, live_numbers, scope_of
from geo_jindu.rectification.rulebook import Rulebook
from geo_jindu.store.rectification_log import find_recorded
from geo_jindu.store.times import CALENDAR

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["RefusedError", "decide", "draft_entry", "draft_on"]

_STOPPED = {Result.FAIL: "guard_fail", Result.INSUFFICIENT: "guard_insufficient"}


def decide(
    connection: "Connection", command: Command, rulebook: Rulebook, recorded_at: str = ""
) -> tuple[Entry, bool]:
    """Put a command on record.

    Parameters
    ----------
    connection
        Of `geo_jindu.store.Store.writing`: one at a time, so that nothing comes between reading the log
        and adding to it.
    recorded_at
        The moment; now if empty. For histories that are replayed.

    Returns
    -------
    Entry
        As recorded.
    bool
        Whether it is new: the same command under the same idempotency key is recorded once.

    Raises
    ------
    RefusedError
        If the life-cycle, the rules or the log do not allow it, with what is missing.
    StoreError
        If the log cannot be read or written.
    """
    command = tidy(command)
    _refuse_malformed(command, rulebook.lifecycle)
    known = find_recorded(connection, command.key_id, command.kept_key)
    if known is not None:
        _refuse_another(known, command)
        return known, False
    desk = Desk(connection, rulebook, recorded_at)
    return desk.record(draft_on(desk, command)), True


def draft_entry(connection: "Connection", command: Command, rulebook: Rulebook, moment: str) -> Draft:
    """Return the entry a command would be recorded as.

    Raises
    ------
    RefusedError
        As `decide`.
    """
    return draft_on(Desk(connection, rulebook, moment), command)


def draft_on(desk: Desk, command: Command) -> Draft:
    """Return the entry that a command would be recorded as.

    Raises
    ------
    RefusedError
        As `decide`.
    """
    command = tidy(command)
    _refuse_malformed(command, desk.rulebook.lifecycle)
    rulebook, figures = desk.rulebook, desk.figures
    scope, county = _place(command, figures, desk.log)
    _refuse_future(command, desk.moment)
    _refuse_other_rules(desk)
    corrected = _find_corrected(command, desk.log)
    before = desk.before(command)
    transition = _find_transition(command, scope, before, figures, rulebook.lifecycle)
    if not command.role and len(transition.roles) == 1:
        command = replace(command, role=transition.roles[0])
    transition = _withdrawable(transition, corrected)
    problems = list(lacking(command, transition, rulebook.lifecycle))
    problems += _unknown_heirs(command, figures)
    if problems:
        raise RefusedError(problems)
    traces = _ask(command, transition, before, figures, county, rulebook)
    _refuse_unpassed(transition, traces)
    entry = Entry(
        number=DRAFT,
        event=command.event,
        unit=command.unit,
        vintage=figures.vintage,
        county=county,
        role=command.role,
        effective_on=command.effective_on,
        recorded_at=desk.moment,
        reasons=command.reasons,
        evidence=command.evidence,
        details={**command.details, **_kept(command, transition, corrected, desk)},
        traces=tuple(traces),
        ruleset=rulebook.ruleset.label,
        lifecycle=rulebook.lifecycle.label,
        snapshot=figures.digest,
        corrects=command.corrects,
        key_id=command.key_id,
        idempotency_key=command.kept_key,
    )
    refuse_contradiction(desk, command, Draft(entry, before))
    return Draft(entry, before)


def _refuse_malformed(command: Command, lifecycle: Lifecycle) -> None:
    problems = list(form_problems(command, lifecycle))
    if problems:
        raise RefusedError(problems)


def _refuse_another(known: Entry, command: Command) -> None:
    same = (
        (known.event, known.unit, known.effective_on, known.reasons, known.corrects)
        == (command.event, command.unit, command.effective_on, command.reasons, command.corrects)
        and known.role in (command.role, *([] if command.role else [known.role]))
        and known.evidence == command.evidence
        and {name: each for name, each in known.details.items() if name not in KEPT_DETAILS}
        == command.details
    )
    if not same:
        problem = Problem("idempotency_key_used", values={"number": known.number})
        raise RefusedError([problem], is_conflict=True)


def _place(command: Command, figures: Figures, log: list[Entry]) -> tuple[Scope, str]:
    """Return what kind of unit a command is about, and its county; the log knows units of the past."""
    if command.unit == CITY:
        return Scope.CITY, ""
    if command.unit in figures.counties:
        return Scope.COUNTY, command.unit
    if command.unit in figures.townships:
        return Scope.TOWNSHIP, figures.townships[command.unit].county
    for entry in reversed(log):
        if entry.unit == command.unit:
            return scope_of(entry), entry.county
    raise RefusedError([Problem("unit_unknown", field="unit")])


def _refuse_future(command: Command, moment: str) -> None:
    today = _day_of(moment)
    if command.effective_on > today:
        values = {"today": today}
        raise RefusedError([Problem("effective_in_future", field="effective_on", values=values)])


def _refuse_other_rules(desk: Desk) -> None:
    """Refuse to decide by rules that are not in force on the day of recording."""
    if not desk.rulebook.ruleset.is_in_force(_day_of(desk.moment)):
        values = {"rules": desk.rulebook.ruleset.label}
        raise RefusedError([Problem("rules_not_in_force", values=values)], is_conflict=True)


def _find_corrected(command: Command, log: list[Entry]) -> Entry | None:
    """Return the entry a command corrects or withdraws.

    It must be there, of the same unit, still hold, and be of the same event: a correction changes what
    was recorded, not who was entitled to record it.
    """
    if command.corrects is None:
        if command.event == WITHDRAW:
            raise RefusedError([Problem("withdraw_without_number", field="corrects")])
        return None
    found = [each for each in log if each.number == command.corrects and each.unit == command.unit]
    if not found:
        raise RefusedError([Problem("corrects_unknown", field="corrects")])
    if command.corrects not in live_numbers(log):
        raise RefusedError([Problem("corrected_before", field="corrects")], is_conflict=True)
    if command.event not in (found[0].event, WITHDRAW):
        values = {"event": found[0].event}
        raise RefusedError([Problem("corrects_other_event", field="corrects", values=values)])
    return found[0]


def _withdrawable(transition: Transition, corrected: Entry | None) -> Transition:
    """Return a withdrawal as whoever decided the withdrawn entry may decide it, too."""
    if corrected is None or transition.event != WITHDRAW:
        return transition
    return transition.model_copy(update={"roles": (*transition.roles, corrected.role)})


def _find_transition(
    command: Command, scope: Scope, before: Register, figures: Figures, lifecycle: Lifecycle
) -> Transition:
    if not lifecycle.named(command.event):
        events = ", ".join(dict.fromkeys(each.event for each in lifecycle.content.transitions))
        raise RefusedError([Problem("event_unknown", field="event", values={"events": events})])
    course = before.courses.get(command.unit)
    state = course.state if course else lifecycle.content.initial
    found = lifecycle.find(command.event, state, scope)
    if found is None:
        allowed = ", ".join(dict.fromkeys(each.event for each in lifecycle.allowed(state, scope)))
        named = lifecycle.content.states[state]
        values = {
            "event": command.event,
            "unit": command.unit,
            "day": command.effective_on,
            "zh": named.zh,
            "en": named.en,
            "allowed": allowed or "—",
        }
        problem = Problem("event_not_in_state", field="event", values=values)
        raise RefusedError([problem], is_conflict=True)
    return found


def _unknown_heirs(command: Command, figures: Figures) -> list[Problem]:
    heirs = command.details.get("heirs", ())
    named = heirs if isinstance(heirs, tuple) else ()
    unknown = [each for each in named if each not in figures.townships]
    return [Problem("heirs_unknown", field="details.heirs")] if unknown else []


def _ask(
    command: Command,
    transition: Transition,
    before: Register,
    figures: Figures,
    county: str,
    rulebook: Rulebook,
) -> list[Trace]:
    """Evaluate the rules of a transition."""
    ids = (*transition.guards, *transition.advice)
    if not ids or command.unit in (CITY, county):
        return []
    course = before.course(command.unit, figures.vintage, county, rulebook.lifecycle)
    values = build_context(
        course,
        figures,
        command.effective_on,
        rulebook,
        evidence_kinds={each.kind for each in command.evidence},
        details=command.details,
    )
    return judge(ids, rulebook.ruleset, values)


def _kept(
    command: Command, transition: Transition, corrected: Entry | None, desk: Desk
) -> dict[str, Detail]:
    """Return what an entry keeps of rules and boundaries: later ones move nothing in the past."""
    kept: dict[str, Detail] = {}
    same = corrected.details if corrected is not None and corrected.event == command.event else {}
    for effect in transition.effects:
        if effect in TERMS:
            days = desk.rulebook.parameters[TERMS[effect]]
            kept[DAYS] = same.get(DAYS, int(str(days)))
        if effect is Effect.ADD_MEASURE and corrected is not None:
            kept[FIRST] = same.get(FIRST, corrected.number)
        if effect is Effect.HAND_OVER:
            heirs = command.details["heirs"]
            named = heirs if isinstance(heirs, tuple) else ()
            kept[HEIR_COUNTIES] = tuple(desk.figures.townships[each].county for each in named)
    return kept


def _day_of(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(CALENDAR).date()


def _refuse_unpassed(transition: Transition, traces: list[Trace]) -> None:
    said = {each.rule: each for each in traces}
    stopped = [said[rule] for rule in transition.guards if said[rule].result is not Result.PASS]
    if stopped:
        problems = [
            Problem(_STOPPED[each.result], values={"rule": each.rule, "zh": each.zh, "en": each.en})
            for each in stopped
        ]
        unpassed = [each for each in traces if each.result is not Result.PASS]
        raise RefusedError(problems, unpassed, is_conflict=True)
