"""``geo-jindu rectify``: decisions put on record, and how rectifications stand."""

from collections.abc import Collection
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_jindu.cli.terminal import OUTPUT, language, say, show_table
from geo_jindu.errors import InputError, Problem
from geo_jindu.texts import translate
from geo_jindu.tiers import Tier

if TYPE_CHECKING:
    from geo_jindu.rectification.entries import Entry
    from geo_jindu.rectification.rulebook import Rulebook
    from geo_jindu.rectification.situations import Situation
    from geo_jindu.workspace import Workspace


def _help(key: str) -> str:
    return translate(f"cli_help.{key}", language())


app = typer.Typer(name="rectify", help=_help("rectify"), no_args_is_help=True)

Directory = Annotated[Path, typer.Argument(metavar="DIR", help=_help("directory"))]
Unit = Annotated[str, typer.Argument(metavar="UNIT", help=_help("rectify_unit"))]
AsOf = Annotated[str, typer.Option("--as-of", metavar="DAY", help=_help("rectify_as_of"))]
KnownBy = Annotated[str, typer.Option("--known-by", metavar="DAY", help=_help("rectify_known_by"))]


@app.command(help=_help("rectify_decide"))
def decide(
    directory: Directory,
    event: Annotated[str, typer.Argument(metavar="EVENT", help=_help("rectify_event"))],
    unit: Unit,
    on: Annotated[str, typer.Option("--on", metavar="DAY", help=_help("rectify_on"))] = "",
    role: Annotated[str, typer.Option(metavar="ROLE", help=_help("rectify_role"))] = "",
    reasons: Annotated[str, typer.Option(metavar="TEXT", help=_help("rectify_reasons"))] = "",
    evidence: Annotated[
        list[str] | None, typer.Option(metavar="KIND=TITLE[@FILE]", help=_help("rectify_evidence"))
    ] = None,
    detail: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help=_help("rectify_detail"))
    ] = None,
    corrects: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, help=_help("rectify_corrects"))
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_help("rectify_dry_run"))] = False,
) -> None:
    """Put a decision on record, or say what is in its way."""
    from geo_jindu.cli.rectifying import read_command, record_command

    rulebook = _rulebook(directory)
    command = read_command(
        event=event,
        unit=unit,
        on=on,
        role=role,
        reasons=reasons,
        evidence=evidence or (),
        details=detail or (),
        corrects=corrects,
        lifecycle=rulebook.lifecycle,
    )
    entry = record_command(directory, command, rulebook, is_dry=dry_run)
    for trace in entry.traces:
        OUTPUT.print(f"  {trace.rule}  {trace.zh if language() == 'zh' else trace.en}", markup=False)
    if dry_run:
        say("rectify_possible", event=event, unit=unit)
    else:
        say("rectify_recorded", number=entry.number, digest=entry.digest)


@app.command(name="import", help=_help("rectify_import"))
def import_file(
    directory: Directory,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_help("rectify_import_file"))],
) -> None:
    """Put decisions on paper, one a row of a table, on record: all of them or none."""
    from geo_jindu.cli.rectifying import import_history
    from geo_jindu.rectification.rulebook import read_rulebook
    from geo_jindu.workspace import read_workspace

    workspace = read_workspace(directory)
    new, number = import_history(workspace, file, read_rulebook(workspace))
    say("rectify_imported", new=new, number=number, known=number - new)


@app.command(help=_help("rectify_events"))
def events(directory: Directory, unit: Unit) -> None:
    """Show what may be decided about a unit next, and what each decision needs."""
    from geo_jindu.rectification.lifecycle import Scope
    from geo_jindu.rectification.replay import CITY

    situation = _situation(directory, "", "")
    lifecycle, lang = situation.rulebook.lifecycle, language()
    counties = situation.figures.counties if situation.figures else {}
    scope = Scope.COUNTY if unit in counties else Scope.CITY if unit == CITY else Scope.TOWNSHIP
    if scope is Scope.TOWNSHIP:
        _refuse_unknown_unit(unit, situation)
    state = situation.course(unit).state if scope is Scope.TOWNSHIP else lifecycle.content.initial
    rows = [
        [
            each.event,
            each.name(lang),
            ", ".join(each.roles),
            ", ".join(each.evidence),
            ", ".join((*each.details, *(["reasons"] if each.reasons else []))),
            ", ".join(each.guards),
        ]
        for each in lifecycle.allowed(state, scope)
    ]
    header = ("event", "meaning", "roles", "evidence", "details", "guards")
    title = _say("rectify_events_title", unit=unit, state=lifecycle.state_name(state, lang))
    show_table(title, [_say(f"rectify_{name}") for name in header], rows, numbers=0)


@app.command(name="list", help=_help("rectify_list"))
def show_list(
    directory: Directory,
    state: Annotated[str, typer.Option(metavar="STATE", help=_help("rectify_state"))] = "",
    county: Annotated[str, typer.Option(metavar="CODE", help=_help("rectify_county"))] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help=_help("rectify_overdue"))] = False,
    as_of: AsOf = "",
    known_by: KnownBy = "",
) -> None:
    """List the townships that were ever proposed for listing."""
    from geo_jindu.rectification.status import status_of

    situation = _situation(directory, as_of, known_by)
    lifecycle = situation.rulebook.lifecycle
    _refuse_unknown(state, lifecycle.content.states, "--state")
    _refuse_unknown(county, situation.figures.counties if situation.figures else {}, "--county")
    rows = []
    for course in situation.listed:
        status = status_of(situation, course.unit, Tier.AUDITOR)
        late = len(status.overdue)
        fits = state in ("", course.state) and county in ("", course.county)
        if fits and (late or not overdue):
            first = status.next_deadline
            named = (first.name_zh if language() == "zh" else first.name_en) if first else ""
            rows.append(
                [
                    course.id,
                    status.name,
                    status.county_name,
                    lifecycle.state_name(course.state, language()),
                    str(course.listed_on or ""),
                    str(course.term_ends or ""),
                    f"{named} {first.due_on}" if first else "",
                    str(late),
                    str(course.escalation),
                ]
            )
    header = (
        "id",
        "name",
        "county_name",
        "state",
        "listed_on",
        "term_ends",
        "next",
        "overdue",
        "escalation",
    )
    title = _say("rectify_list_title", day=situation.day, number=len(rows))
    show_table(title, [_say(f"rectify_{name}") for name in header], rows, numbers=2)


@app.command(help=_help("rectify_show"))
def show(directory: Directory, unit: Unit, as_of: AsOf = "", known_by: KnownBy = "") -> None:
    """Show one township: state, clock, deadlines, rules and what happened."""
    from geo_jindu.cli.rectifying import show_status
    from geo_jindu.rectification.status import status_of

    situation = _situation(directory, as_of, known_by)
    _refuse_unknown_unit(unit, situation)
    show_status(status_of(situation, unit, Tier.AUDITOR), situation.rulebook.lifecycle)


@app.command(name="log", help=_help("rectify_log"))
def show_log(
    directory: Directory,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help=_help("rectify_unit"))] = "",
) -> None:
    """Show every entry of the log, those that were corrected too."""
    situation = _situation(directory, "", "")
    rows = [_entry_row(each, situation) for each in situation.log if unit in ("", each.unit)]
    header = ("effective_on", "unit", "event", "role", "recorded_at", "corrects", "digest", "number")
    title = _say("rectify_log_title", number=len(rows))
    show_table(title, [_say(f"rectify_{name}") for name in header], rows)


def _entry_row(entry: "Entry", situation: "Situation") -> list[str]:
    content = situation.rulebook.lifecycle.content
    named = situation.rulebook.lifecycle.named(entry.event)
    role = content.roles.get(entry.role)
    return [
        str(entry.effective_on),
        entry.unit,
        named[0].name(language()) if named else entry.event,
        role.name(language()) if role else entry.role,
        entry.recorded_at[:19],
        str(entry.corrects or ""),
        entry.digest[:12],
        str(entry.number),
    ]


def _rulebook(directory: Path) -> "Rulebook":
    from geo_jindu.rectification.rulebook import read_rulebook
    from geo_jindu.workspace import read_workspace

    return read_rulebook(read_workspace(directory))


def _situation(directory: Path, as_of: str, known_by: str) -> "Situation":
    return read_situation_of(directory, as_of, known_by)[0]


def read_situation_of(directory: Path, as_of: str, known_by: str) -> tuple["Situation", "Workspace"]:
    """Return how things stood in a workspace on a day, and the workspace.

    Parameters
    ----------
    as_of, known_by
        Days as written; empty for the day that stands for today, and for all that is on record.
    """
    from geo_jindu.rectification.rulebook import read_rulebook
    from geo_jindu.rectification.situations import day_shown, read_situation
    from geo_jindu.store import open_store
    from geo_jindu.store.times import end_of
    from geo_jindu.workspace import read_workspace

    workspace = read_workspace(directory)
    day = _day(as_of, "--as-of") or day_shown(workspace.configuration.rectification)
    known = _day(known_by, "--known-by")
    with closing(open_store(directory, create=False)) as store, store.reading() as connection:
        until = "" if known is None else end_of(known)
        return read_situation(connection, read_rulebook(workspace), day, until), workspace


def _day(text: str, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError([Problem("detail_not_day", field=option)]) from None


def _refuse_unknown_unit(unit: str, situation: "Situation") -> None:
    known = situation.figures.townships if situation.figures else {}
    if unit not in known and unit not in situation.register.courses:
        raise InputError([Problem("unit_unknown", field="UNIT")])


def _refuse_unknown(value: str, known: Collection[str], option: str) -> None:
    if value and value not in known:
        raise InputError([Problem("detail_choice", field=option, values={"choices": ", ".join(known)})])


def _say(key: str, **values: object) -> str:
    return translate(f"cli.{key}", language(), **values)
