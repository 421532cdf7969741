"""The import of a history: decisions on paper, one a row of a table, put on record one by one."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geo_jindu.codes import normalise_code, normalise_name, shorten_code
from geo_jindu.digests import digest_bytes
from geo_jindu.errors import InputError, Problem
from geo_jindu.periods import parse_periods
from geo_jindu.provenance import Provenance
from geo_jindu.readers import read_parts, read_table
from geo_jindu.rectification.commands import Command
from geo_jindu.rectification.decisions import draft_on
from geo_jindu.rectification.desk import Desk
from geo_jindu.rectification.entries import Detail, Evidence
from geo_jindu.rectification.lifecycle import Lifecycle
from geo_jindu.rectification.replay import CITY
from geo_jindu.rectification.rulebook import Rulebook
from geo_jindu.store.rectification_log import find_recorded
from geo_jindu.texts import translate

if TYPE_CHECKING:
    from sqlalchemy import Connection

COLUMNS = {
    "effective_on": "日期",
    "event": "事项",
    "unit": "单位代码",
    "unit_name": "单位名称",
    "role": "责任主体",
    "reasons": "理由",
    "evidence": "依据材料",
}
"""Columns by id, with the Chinese header; details add one each, named by the life-cycle."""

SHORT = {"team_independent": "验收组独立"}
"""Shorter headers of details."""
NEEDED = ("effective_on", "event", "unit")
MEASURE, NUMBER = "measure", "measure_number"
YES_NO = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
_CITY_NAMES = {CITY, "全市"}
_BETWEEN = re.compile(r"[;；\n]")


@dataclass(frozen=True)
class Row:
    """One decision of a history.

    Attributes
    ----------
    number
        Row in the file; the header is row 1.
    unit_name
        As the file has it; may be empty.
    """

    number: int
    unit_name: str
    command: Command


@dataclass(frozen=True)
class History:
    """The rows of a file, by day and then in the order of the file.

    Attributes
    ----------
    headers
        What the file calls a column, by id.
    """

    file: str
    headers: Mapping[str, str]
    rows: tuple[Row, ...]


def read_history(path: Path, file: str, lifecycle: Lifecycle, provenance: Provenance) -> History:
    """Read a table of decisions, screened as every input; columns it does not know are left out.

    Raises
    ------
    InputError
        If the file cannot be read, lacks day, event or unit, or a day is none; every row is named.
    """
    headers = _find_headers(path, file, lifecycle, provenance)
    table = read_table(path, list(headers.values()), provenance=provenance, file=file)
    cells = table[list(headers.values())].set_axis(list(headers), axis=1)
    cells = cells.apply(lambda column: column.str.strip())
    cells["unit"] = shorten_code(normalise_code(cells["unit"]))
    days = ["effective_on", *(name for name in headers if _kind(name, lifecycle) == "day")]
    problems = [problem for name in days for problem in _read_days(cells, name, file, headers[name])]
    if problems:
        raise InputError(problems)
    seen: Counter[str] = Counter()
    rows = [_read_row(number, said, lifecycle, seen) for number, said in _in_order(cells)]
    return History(file, headers, tuple(rows))


def record_history(
    connection: "Connection",
    history: History,
    rulebook: Rulebook,
    report: Callable[[int], None] = lambda done: None,
) -> int:
    """Put a history on record; return how many entries are new.

    Parameters
    ----------
    connection
        Of `geo_jindu.store.kept_head.appending`: all rows are recorded or none.
    report
        Told how many rows are done.

    Raises
    ------
    InputError
        If a row may not be recorded; each is named. Later rows of a unit that was refused are not
        judged: they would be refused for the rows missing before them.
    """
    desk = Desk(connection, rulebook)
    problems: list[Problem] = []
    refused: set[str] = set()
    new = 0
    for done, row in enumerate(history.rows, 1):
        report(done)
        command = row.command
        is_known = find_recorded(connection, command.key_id, command.kept_key) is not None
        if is_known or command.unit in refused:
            continue
        try:
            _refuse_other_name(row, desk)
            desk.record(draft_on(desk, _with_number(command, desk)))
            new += 1
        except InputError as error:
            refused.add(command.unit)
            problems += [_placed(each, row.number, history) for each in error.problems]
    if problems:
        raise InputError(problems)
    return new


def _find_headers(
    path: Path, file: str, lifecycle: Lifecycle, provenance: Provenance
) -> dict[str, str]:
    """Return what the file calls each column that it has: its id, or its name in either language."""
    found = next(iter(read_parts(path, [], provenance=provenance, file=file))).dropped
    details = lifecycle.content.details
    known = {name: {name, zh} for name, zh in COLUMNS.items()}
    known |= {name: {name, each.zh, each.en, SHORT.get(name, name)} for name, each in details.items()}
    headers = {
        name: header for name, words in known.items() for header in found if header.strip() in words
    }
    lacking = {name: COLUMNS[name] for name in NEEDED if name not in headers}
    return headers | lacking  # the reader says what is missing


def _read_days(cells: pd.DataFrame, name: str, file: str, header: str) -> list[Problem]:
    """Write days as ISO dates; what is no single day is a problem, and nothing is nothing."""
    written = cells[name]
    periods = parse_periods(written)
    is_day = periods["start"].notna() & (periods["start"] == periods["end"])
    may_be_empty = name != "effective_on"
    wrong = ~is_day & ~((written == "") & may_be_empty)
    cells[name] = periods["start"].dt.strftime("%Y-%m-%d").where(is_day, "")
    return [Problem("detail_not_day", file, int(row), header) for row in cells.index[wrong]]


def _in_order(cells: pd.DataFrame) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield number and cells of each row that says something, by day and then as they stand."""
    for at, said in cells.sort_values("effective_on", kind="stable").iterrows():
        yield int(str(at)), {str(name): str(value) for name, value in said.items()}


def _read_row(number: int, said: dict[str, str], lifecycle: Lifecycle, seen: Counter[str]) -> Row:
    content = lifecycle.content
    events = {
        word: each.event for each in content.transitions for word in (each.event, each.zh, each.en)
    }
    unit = CITY if said["unit"] in _CITY_NAMES else said["unit"]
    details = {
        name: read_detail(name, said[name], lifecycle) for name in content.details if said.get(name)
    }
    command = Command(
        event=events.get(said["event"], said["event"]),
        unit=unit,
        effective_on=date.fromisoformat(said["effective_on"]),
        role=_id_of(said.get("role", ""), content.roles),
        reasons=said.get("reasons", ""),
        evidence=tuple(_read_evidence(said.get("evidence", ""), lifecycle)),
        details=details,
        key_id="terminal",
        idempotency_key=_name_of_row(said, seen),
    )
    return Row(number, said.get("unit_name", ""), command)


def _name_of_row(said: dict[str, str], seen: Counter[str]) -> str:
    """Return a name for what a row says, and which of the rows that say so it is.

    So a row that was recorded is known again wherever it stands, in a file that has grown too.
    """
    content = "\n".join(f"{name}={said[name]}" for name in sorted(said) if said[name])
    digest = digest_bytes(content.encode())
    seen[digest] += 1
    return f"{digest}-{seen[digest]}"


def _read_evidence(text: str, lifecycle: Lifecycle) -> Iterator[Evidence]:
    """Read ``kind=title; kind=title``; a kind without a title has its own name as title."""
    for part in filter(None, (each.strip() for each in _BETWEEN.split(text))):
        kind, _, title = part.replace("＝", "=").partition("=")
        named = _id_of(kind.strip(), lifecycle.content.evidence)
        yield Evidence(named, title.strip())


def _id_of(word: str, named: Mapping[str, "object"]) -> str:
    """Return the id of what a word calls by its id or by its name in either language."""
    for name, each in named.items():
        if word in (name, getattr(each, "zh", ""), getattr(each, "en", "")):
            return name
    return word


def _kind(name: str, lifecycle: Lifecycle) -> object:
    detail = lifecycle.content.details.get(name)
    return detail.kind if detail else ""


def read_detail(name: str, text: str, lifecycle: Lifecycle) -> Detail:
    """Return a detail written as text as what its kind says; what does not fit stays text."""
    detail = lifecycle.content.details.get(name)
    kind = detail.kind if detail else "text"
    if kind == "entry" and text.isascii() and text.isdigit():
        return int(text)
    if kind == "codes":
        return tuple(each.strip() for each in re.split("[,，、]", text) if each.strip())
    if kind == "yes_no":
        return YES_NO.get(text.strip().lower(), text)
    if isinstance(kind, tuple) and name == "assessment":
        words: dict[str, str] = {translate(f"assessments.{each}", "zh"): each for each in kind}
        return words.get(text, text)
    return text


def _with_number(command: Command, desk: Desk) -> Command:
    """Return a command that names its measure by number; a row may give the measure's name instead."""
    takes = {name for each in desk.rulebook.lifecycle.named(command.event) for name in each.details}
    name = command.details.get(MEASURE)
    if NUMBER not in takes or NUMBER in command.details or name is None:
        return command
    course = desk.before(command).courses.get(command.unit)
    measures = course.measures if course else ()
    found = [each.id for each in measures if each.name == name and each.done_on is None]
    if len(found) != 1:
        values = {"number": len(found)}
        raise InputError([Problem("measure_not_one", field=f"details.{MEASURE}", values=values)])
    others = {key: each for key, each in command.details.items() if key != MEASURE}
    return replace(command, details={**others, NUMBER: found[0]})


def _refuse_other_name(row: Row, desk: Desk) -> None:
    """Refuse a unit whose code and name disagree."""
    unit, figures = row.command.unit, desk.figures
    names = dict(figures.counties)
    if unit in figures.townships:
        names[unit] = figures.townships[unit].name
    if row.unit_name and unit in names and not _is_same(row.unit_name, names[unit]):
        values = {"name": names[unit]}
        raise InputError([Problem("unit_named_otherwise", field="unit_name", values=values)])


def _is_same(one: str, other: str) -> bool:
    names: Iterable[str] = normalise_name(pd.Series([one, other]))
    return len({*names}) == 1


def _placed(problem: Problem, row: int, history: History) -> Problem:
    """Say where in the file a problem is."""
    column = problem.field.removeprefix("details.").partition(".")[0]
    return replace(
        problem, file=history.file, row=row, field=history.headers.get(column, problem.field)
    )
