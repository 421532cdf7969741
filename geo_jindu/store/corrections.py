"""Corrections: a county disputes a value, until an auditor closes the matter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from geo_jindu.errors import InputError, Problem, StoreError
from geo_jindu.store.engine import Store
from geo_jindu.store.free_text import one_line, text_problems
from geo_jindu.store.schema import CORRECTION_CLOSINGS, CORRECTIONS, UNITS, VINTAGES
from geo_jindu.store.times import now

_FORMS = {
    "code": re.compile(r"[0-9A-Za-z]{1,12}"),
    "vintage": re.compile(r"[0-9A-Za-z-]{1,40}"),
    "indicator": re.compile(r"[a-z][a-z0-9_]{0,39}"),
}
_LONGEST_NOTE = 500
_LARGEST_ID = 2**31 - 1


class Ground(StrEnum):
    """Why a value is said to be wrong."""

    WRONG_TOWNSHIP = "wrong_township"
    COUNTED_TWICE = "counted_twice"
    RECORDS_MISSING = "records_missing"
    WRONG_PERIOD = "wrong_period"
    OTHER = "other"


class Outcome(StrEnum):
    """How an auditor closed a correction."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Correction:
    """A county's objection to a value.

    Attributes
    ----------
    code, vintage, indicator
        Which value is disputed.
    note
        One line in the county's own words; may be empty.
    key_id
        Who lodged it.
    lodged_at, closed_at
        As `geo_jindu.store.times` writes moments.
    outcome, closed_at
        ``None`` while it is open.
    """

    id: int
    code: str
    vintage: str
    indicator: str
    ground: Ground
    note: str
    key_id: str
    lodged_at: str
    outcome: Outcome | None = None
    closed_at: str | None = None


def lodge_correction(
    store: Store,
    *,
    code: str,
    vintage: str,
    indicator: str,
    ground: Ground,
    note: str,
    key_id: str,
) -> Correction:
    """Record that a county disputes a value; whether it may is for the caller to check.

    Raises
    ------
    InputError
        If there is no such unit, or the note is too long or holds personal data; then nothing is kept.
    """
    note = one_line(note)
    value = {"code": code, "vintage": vintage, "indicator": indicator}
    problems = [*_form_problems(value), *text_problems(note, "note", _LONGEST_NOTE)]
    if problems:
        raise InputError(problems)
    row = value | {"ground": ground.value, "note": note, "key_id": key_id, "lodged_at": now()}
    with store.writing() as connection:
        _refuse_unknown_unit(connection, code, vintage)
        lodged = connection.execute(CORRECTIONS.insert().returning(CORRECTIONS.c.id), row).scalar_one()
        return _find(connection, lodged)


def close_correction(store: Store, correction_id: int, outcome: Outcome, key_id: str) -> Correction:
    """Record an auditor's decision on a correction; it is final.

    Raises
    ------
    StoreError
        If there is no such correction or it is closed already.
    """
    with store.writing() as connection:
        if _find(connection, correction_id).outcome is not None:
            raise StoreError("correction_closed", id=correction_id)
        row = {
            "correction_id": correction_id,
            "outcome": outcome.value,
            "key_id": key_id,
            "closed_at": now(),
        }
        connection.execute(CORRECTION_CLOSINGS.insert(), row)
        return _find(connection, correction_id)


def open_corrections(store: Store, vintage: str) -> list[Correction]:
    """Return what is disputed in a vintage, the oldest first."""
    undecided = CORRECTION_CLOSINGS.c.outcome.is_(None)
    with store.reading() as connection:
        rows = connection.execute(_all().where(CORRECTIONS.c.vintage == vintage, undecided))
        return [_as_correction(row) for row in rows]


def list_corrections(store: Store) -> list[Correction]:
    """Return all corrections, open and closed, the oldest first."""
    with store.reading() as connection:
        return [_as_correction(row) for row in connection.execute(_all())]


def _form_problems(value: dict[str, str]) -> Iterator[Problem]:
    for field, text in value.items():
        if not _FORMS[field].fullmatch(text):
            yield Problem("correction_field_unreadable", field=field)


def _refuse_unknown_unit(connection: Connection, code: str, vintage: str) -> None:
    """Refuse what is no unit, if the store knows any."""
    units = select(UNITS.c.code)
    mine = units.join(VINTAGES).where(UNITS.c.code == code, VINTAGES.c.vintage == vintage)
    if connection.execute(mine).first() is None and connection.execute(units).first() is not None:
        values = {"code": code, "vintage": vintage}
        raise InputError([Problem("correction_of_no_unit", field="code", values=values)])


def _find(connection: Connection, correction_id: int) -> Correction:
    wanted = _all().where(CORRECTIONS.c.id == correction_id)
    row = connection.execute(wanted).first() if 0 < correction_id <= _LARGEST_ID else None
    if row is None:
        raise StoreError("correction_unknown", id=correction_id)
    return _as_correction(row)


def _all() -> Select[Any]:
    closings = CORRECTION_CLOSINGS.c
    columns = (*CORRECTIONS.c, closings.outcome, closings.closed_at)
    return select(*columns).join(CORRECTION_CLOSINGS, isouter=True).order_by(CORRECTIONS.c.id)


def _as_correction(row: Row[Any]) -> Correction:
    return Correction(
        row.id,
        row.code,
        row.vintage,
        row.indicator,
        Ground(row.ground),
        row.note,
        row.key_id,
        row.lodged_at,
        None if row.outcome is None else Outcome(row.outcome),
        row.closed_at,
    )
