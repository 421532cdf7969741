"""Reading a decision as the terminal writes it, recording it, and showing how a township stands."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

from rich.markup import escape

from geo_jindu.cli.terminal import OUTPUT, language, progress, show_table
from geo_jindu.digests import digest_file
from geo_jindu.errors import InputError, Problem
from geo_jindu.rectification.commands import Command
from geo_jindu.rectification.decisions import decide, draft_entry
from geo_jindu.rectification.entries import Detail, Entry, Evidence
from geo_jindu.rectification.history import read_detail, read_history, record_history
from geo_jindu.rectification.lifecycle import Lifecycle
from geo_jindu.rectification.rulebook import Rulebook
from geo_jindu.rectification.status import Status
from geo_jindu.store import open_store
from geo_jindu.store.kept_head import appending
from geo_jindu.store.times import CALENDAR, now
from geo_jindu.texts import translate
from geo_jindu.workspace import Workspace


def read_command(
    *,
    event: str,
    unit: str,
    on: str,
    role: str,
    reasons: str,
    evidence: Sequence[str],
    details: Sequence[str],
    corrects: int | None,
    lifecycle: Lifecycle,
) -> Command:
    """Return the command that the options of the terminal write.

    Raises
    ------
    InputError
        If a day, a piece of evidence or a detail cannot be read, or the file of a piece of evidence.
    """
    problems: list[Problem] = []
    day = _read_day(on, problems)
    brought = tuple(_read_evidence(each, problems) for each in evidence)
    said = dict(_read_details(details, lifecycle, problems))
    if problems:
        raise InputError(problems)
    return Command(
        event=event,
        unit=unit,
        effective_on=day,
        role=role,
        reasons=reasons,
        evidence=brought,
        details=said,
        key_id="terminal",
        idempotency_key=uuid4().hex,
        corrects=corrects,
    )


def record_command(directory: Path, command: Command, rulebook: Rulebook, *, is_dry: bool) -> Entry:
    """Put a command on record; a dry one is only judged.

    Raises
    ------
    RefusedError, StoreError
        Then nothing has changed.
    """
    with closing(open_store(directory, create=False)) as store:
        if is_dry:
            with store.reading() as connection:
                return draft_entry(connection, command, rulebook, now()).entry
        with appending(store, directory) as connection:
            entry, _ = decide(connection, command, rulebook)
    return entry


def import_history(workspace: Workspace, file: Path, rulebook: Rulebook) -> tuple[int, int]:
    """Put a table of decisions on record, all of it or nothing, with a progress bar.

    Returns
    -------
    int, int
        How many entries are new, and how many rows the file has.

    Raises
    ------
    InputError, StoreError
        Then nothing has changed.
    """
    provenance = workspace.configuration.area.provenance
    history = read_history(file, str(file), rulebook.lifecycle, provenance)
    number = len(history.rows)
    with closing(open_store(workspace.directory, create=False)) as store, progress() as bar:
        task = bar.add_task(escape(translate("cli.reading", language(), file=file.name)), total=number)
        with appending(store, workspace.directory) as connection:
            new = record_history(
                connection, history, rulebook, lambda done: bar.update(task, completed=done)
            )
    return new, number


def show_status(status: Status, lifecycle: Lifecycle) -> None:
    """Print how a township stands."""
    course, lang = status.course, language()
    lines = [
        ("state", f"{lifecycle.state_name(course.state, lang)} {course.since or ''}".strip()),
        ("listed_on", str(course.listed_on or "—")),
        ("term_ends", str(course.term_ends or "—")),
        ("escalation", lifecycle.content.escalations[course.escalation].name(lang)),
        ("freeze", _say(f"rectify_freeze_{'on' if status.is_frozen else 'off'}")),
        ("relapses", str(course.relapses)),
        ("extensions", str(course.extensions)),
        ("heirs", ", ".join(course.heirs) or "—"),
    ]
    title = f"{status.name} {course.unit} · {status.county_name} · {status.day}"
    OUTPUT.print(title, style="bold", markup=False)
    for key, text in lines:
        OUTPUT.print(f"  {_say(f'rectify_{key}')}: {text}", markup=False)
    _show_deadlines(status)
    for trace in status.traces:
        OUTPUT.print(f"  {trace.rule}  {trace.zh if lang == 'zh' else trace.en}", markup=False)
    named = {each.event: each.name(lang) for each in lifecycle.content.transitions}
    for entry in status.timeline:
        shown = f"  {entry.effective_on}  #{entry.number}  {named.get(entry.event, entry.event)}"
        OUTPUT.print(shown, markup=False)
    OUTPUT.print(_say("rectify_proposes_only"), markup=False)


def _show_deadlines(status: Status) -> None:
    rows = [
        [
            each.name_zh if language() == "zh" else each.name_en,
            each.owner,
            translate(f"standings.{each.standing}", language()),
            str(each.due_on),
            str(each.days_left),
        ]
        for each in status.deadlines
    ]
    if rows:
        header = ("deadline", "owner", "standing", "due_on", "days_left")
        title = _say("rectify_deadlines")
        show_table(title, [_say(f"rectify_{name}") for name in header], rows, numbers=2)


def _read_day(text: str, problems: list[Problem]) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(CALENDAR).date()
    except ValueError:
        problems.append(Problem("detail_not_day", field="--on"))
        return date.min


def _read_evidence(text: str, problems: list[Problem]) -> Evidence:
    """Read ``kind=title`` or ``kind=title@file``; of the file the digest is kept."""
    kind, separator, title = text.partition("=")
    if not separator:
        problems.append(Problem("evidence_unreadable", field="--evidence"))
    title, _, file = title.partition("@")
    if not file:
        return Evidence(kind, title)
    try:
        return Evidence(kind, title, digest_file(Path(file)))
    except OSError:
        problems.append(Problem("file_missing", file=file, field="--evidence"))
        return Evidence(kind, title)


def _read_details(
    written: Sequence[str], lifecycle: Lifecycle, problems: list[Problem]
) -> Iterator[tuple[str, Detail]]:
    for text in written:
        name, separator, value = text.partition("=")
        if not separator:
            problems.append(Problem("detail_unreadable", field="--detail"))
        yield name, read_detail(name, value, lifecycle)


def _say(key: str, **values: object) -> str:
    return translate(f"cli.{key}", language(), **values)
