"""Decisions: whether a command may be put on record, and putting it there, in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from geo_jindu.errors import InputError, Problem
from geo_jindu.rectification.commands import Command, form_problems, lacking, tidy
from geo_jindu.rectification.conditions import judge
from geo_jindu.rectification.context import build_context
from geo_jindu.rectification.entries import Detail, Entry, Result, Trace
from geo_jindu.rectification.figures import Figures
from geo_jindu.rectification.lifecycle import DAYS, TERMS, Lifecycle, Scope, Transition
from geo_jindu.rectification.replay import CITY, WITHDRAW, Register, ReplayError, replay, scope_of
from geo_jindu.rectification.rulebook import Rulebook
from geo_jindu.store.rectification_log import append_entry, find_recorded, read_log
from geo_jindu.store.snapshots import latest_snapshot
from geo_jindu.store.times import CALENDAR, now

if TYPE_CHECKING:
    from sqlalchemy import Connection

DRAFT = 2**62
"""Stands for the number of an entry that has none yet: after all others."""

_STOPPED = {Result.FAIL: "guard_fail", Result.INSUFFICIENT: "guard_insufficient"}


class RefusedError(InputError):
    """A command that is not put on record; nothing has changed.

    Attributes
    ----------
    traces
        Of the guards that did not pass; none if something else is in the way.
    is_conflict
        Whether it is the log that stands against it, rather than the command's own form.
    """

    def __init__(
        self, problems: Iterable[Problem], traces: Iterable[Trace] = (), *, is_conflict: bool = False
    ) -> None:
        super().__init__(problems)
        self.traces = tuple(traces)
        self.is_conflict = is_conflict


@dataclass(frozen=True)
class Draft:
    """An entry that may be put on record, and how things stand before it."""

    entry: Entry
    register: Register


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
    problems = list(form_problems(command, rulebook.lifecycle))
    if problems:
        raise RefusedError(problems)
    known = find_recorded(connection, command.key_id, command.idempotency_key)
    moment = recorded_at or now()
    if known is not None:
        _refuse_another(known, command)
        return known, False
    draft = draft_entry(connection, command, rulebook, moment)
    return append_entry(connection, draft.entry), True


def draft_entry(connection: "Connection", command: Command, rulebook: Rulebook, moment: str) -> Draft:
    """Return the entry a command would be recorded as.

    Raises
    ------
    RefusedError
        As `decide`.
    """
    content = latest_snapshot(connection, moment)
    if content is None:
        raise RefusedError([Problem("snapshot_missing")], is_conflict=True)
    figures = Figures.from_bytes(content)
    log = read_log(connection, until=moment)
    scope, county = _place(command, figures, log)
    _refuse_future(command, moment)
    _refuse_wrong_correction(command, log)
    before = _replayed(log, command, rulebook.lifecycle)
    transition = _find_transition(command, scope, before, figures, rulebook.lifecycle)
    if not command.role and len(transition.roles) == 1:
        command = replace(command, role=transition.roles[0])
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
        recorded_at=moment,
        reasons=command.reasons,
        evidence=command.evidence,
        details={**command.details, **_term(transition, rulebook)},
        traces=tuple(traces),
        ruleset=rulebook.ruleset.label,
        lifecycle=rulebook.lifecycle.label,
        snapshot=figures.digest,
        corrects=command.corrects,
        key_id=command.key_id,
        idempotency_key=command.idempotency_key,
    )
    _refuse_contradiction([*log, entry], rulebook.lifecycle)
    return Draft(entry, before)


def _refuse_another(known: Entry, command: Command) -> None:
    same = (
        (known.event, known.unit, known.effective_on, known.reasons, known.corrects)
        == (command.event, command.unit, command.effective_on, command.reasons, command.corrects)
        and known.role in (command.role, *([] if command.role else [known.role]))
        and known.evidence == command.evidence
        and {name: each for name, each in known.details.items() if name != DAYS} == command.details
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
    today = datetime.fromisoformat(moment).astimezone(CALENDAR).date()
    if command.effective_on > today:
        values = {"today": today}
        raise RefusedError([Problem("effective_in_future", field="effective_on", values=values)])


def _refuse_wrong_correction(command: Command, log: list[Entry]) -> None:
    """Refuse to correct what is not there, is of another unit, or has been corrected before."""
    if command.corrects is None:
        if command.event == WITHDRAW:
            raise RefusedError([Problem("withdraw_without_number", field="corrects")])
        return
    same = [each for each in log if each.number == command.corrects and each.unit == command.unit]
    if not same:
        raise RefusedError([Problem("corrects_unknown", field="corrects")])
    if any(each.corrects == command.corrects for each in log):
        raise RefusedError([Problem("corrected_before", field="corrects")], is_conflict=True)


def _replayed(log: list[Entry], command: Command, lifecycle: Lifecycle) -> Register:
    """Return how things stand before a command, without the entry it corrects."""
    standing = [each for each in log if each.number != command.corrects]
    try:
        return replay(standing, lifecycle, day=command.effective_on)
    except ReplayError:
        return replay(log, lifecycle, day=command.effective_on)


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
    if not ids or command.unit not in figures.townships:
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


def _term(transition: Transition, rulebook: Rulebook) -> dict[str, Detail]:
    """Return the term that an entry sets, in days, as the rules of the moment say."""
    named = [TERMS[effect] for effect in transition.effects if effect in TERMS]
    return {DAYS: int(str(rulebook.parameters[named[0]]))} if named else {}


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


def _refuse_contradiction(log: list[Entry], lifecycle: Lifecycle) -> None:
    """Refuse what would make of the whole history one that the life-cycle does not allow."""
    try:
        replay(log, lifecycle)
    except ReplayError as error:
        if error.number == DRAFT:
            raise RefusedError(error.problems, is_conflict=True) from None
        problem = Problem("later_entry_contradicted", values={"number": error.number})
        raise RefusedError([problem], is_conflict=True) from None
