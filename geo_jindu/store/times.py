"""Moments as the store writes them: UTC, to the microsecond, in an order that text keeps."""

from datetime import UTC, date, datetime, time, timedelta, timezone

CALENDAR = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Days begin and end where the offices are; no summer time there since 1991."""


def now() -> str:
    """Return this moment, such as ``2019-06-26T08:00:00.000000Z``."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """Return an aware moment as the store writes it."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def end_of(day: date) -> str:
    """Return the last moment of a day in `CALENDAR`, as the store writes it."""
    next_day = datetime.combine(day + timedelta(days=1), time(), CALENDAR)
    return written(next_day - timedelta(microseconds=1))
