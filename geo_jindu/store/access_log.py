"""Who read what and when: lines are added, read, and after half a year at the earliest forgotten."""

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select

from geo_jindu.configuration import LONGEST_LOG_MONTHS, SHORTEST_LOG_MONTHS
from geo_jindu.errors import InputError, Problem
from geo_jindu.store.engine import Store
from geo_jindu.store.keys import KEY_PREFIX
from geo_jindu.store.migrations.append_only import OLDEST_DELETABLE_DAYS
from geo_jindu.store.schema import ACCESS_LOG
from geo_jindu.store.times import CALENDAR, end_of, now, written
from geo_jindu.tiers import Tier

WITHHELD = "?"
"""Stands for what a reader sent that is none of our codes or names: an ID number or a key, perhaps."""

_FORMS = {
    "key_id": re.compile(r"[0-9A-Za-z.:-]{0,64}"),
    "route": re.compile(r"[0-9A-Za-z_./{}:-]{0,100}"),
    "unit": re.compile(r"[0-9A-Za-z]{0,20}"),
    "indicator": re.compile(r"[0-9a-z_]{0,40}"),
}
_SENT_BY_READERS = ("route", "unit", "indicator")


@dataclass(frozen=True, slots=True)
class Access:
    """One answer to one reader.

    Attributes
    ----------
    key_id
        Empty for the public.
    route
        The pattern, such as ``/townships/{code}``.
    unit, indicator
        Empty if the answer is of none in particular.
    status, size
        HTTP status and bytes of the answer.
    at
        When, as `geo_jindu.store.times` writes moments; the store fills it in.
    """

    key_id: str
    tier: Tier
    route: str
    unit: str
    indicator: str
    status: int
    size: int
    at: str = ""


def record_access(store: Store, access: Access) -> None:
    """Add a line to the log; of what is no code or name of ours only that there was something."""
    kept = {name: _kept(name, getattr(access, name)) for name in _FORMS}
    row = asdict(access) | kept | {"tier": access.tier.value, "at": now()}
    with store.writing() as connection:
        connection.execute(ACCESS_LOG.insert(), row)


def read_access(
    store: Store,
    *,
    since: str = "",
    until: str = "",
    key_id: str = "",
    unit: str = "",
    route: str = "",
    limit: int | None = 1000,
) -> list[Access]:
    """Return lines of the log, the newest first.

    Parameters
    ----------
    since, until
        First and last day in `CALENDAR`, such as ``2019-06-26``; empty for no bound.
    key_id, unit, route
        Empty for any.
    limit
        Most lines returned; ``None`` for all.

    Raises
    ------
    InputError
        If a day cannot be read.
    """
    wanted = {"key_id": key_id, "unit": unit, "route": route}
    log = ACCESS_LOG.c
    statement = select(*(log[name] for name in Access.__slots__))
    statement = statement.order_by(log.at.desc(), log.id.desc()).limit(limit)
    for name, value in wanted.items():
        if value:
            statement = statement.where(log[name] == _kept(name, value))
    if since:
        statement = statement.where(log.at >= _start_of(_day(since, "since")))
    if until:
        statement = statement.where(log.at <= end_of(_day(until, "until")))
    with store.reading() as connection:
        rows = connection.execute(statement).mappings().all()
    return [Access(**(dict(row) | {"tier": Tier(row["tier"])})) for row in rows]


def forget_old_access(store: Store, keep_months: int) -> int:
    """Delete lines older than ``keep_months``, at least half a year; return how many.

    Raises
    ------
    InputError
        If they are to be kept for too short a time.
    """
    if not SHORTEST_LOG_MONTHS <= keep_months <= LONGEST_LOG_MONTHS:
        values = {"least": SHORTEST_LOG_MONTHS, "most": LONGEST_LOG_MONTHS}
        raise InputError([Problem("log_kept_too_short", field="keep_months", values=values)])
    before = _start_of(oldest_kept(datetime.now(CALENDAR).date(), keep_months))
    with store.writing() as connection:
        return connection.execute(delete(ACCESS_LOG).where(ACCESS_LOG.c.at < before)).rowcount


def oldest_kept(today: date, keep_months: int) -> date:
    """Return the first day that is kept: of a whole month, and never one the database keeps yet.

    Six months can have 181 days, fewer than the database keeps; a day more than its limit, so that two
    clocks need not agree.
    """
    year, month = divmod(today.year * 12 + today.month - 1 - keep_months, 12)
    return min(date(year, month + 1, 1), today - timedelta(days=OLDEST_DELETABLE_DAYS + 1))


def _kept(name: str, value: str) -> str:
    """Return what may be kept of a value; a passport number is written as codes of England are."""
    from geo_jindu.screening import PersonalKind, holds_personal

    if not _FORMS[name].fullmatch(value) or KEY_PREFIX in value:
        return WITHHELD
    if name in _SENT_BY_READERS and holds_personal(value) not in {None, PersonalKind.PASSPORT}:
        return WITHHELD
    return value


def _day(text: str, field: str) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        day = date.min
    if not date(1900, 1, 1) <= day <= date(2999, 12, 31):
        raise InputError([Problem("day_unreadable", field=field)])
    return day


def _start_of(day: date) -> str:
    return written(datetime.combine(day, time(), CALENDAR))
