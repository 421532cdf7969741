"""Months as text, ``2018-07``: those of a window, of a year, and the days they begin and end with."""

from collections.abc import Iterable
from datetime import date, timedelta

from geo_jindu.periods import Window

_YEAR = 4
"""Characters of a period that is a whole year."""


def is_year(period: str) -> bool:
    """Return whether a period is a whole year."""
    return len(period) == _YEAR


def months_of(window: Window) -> list[str]:
    """Return the months a window touches, in order."""
    first = 12 * window.start.year + window.start.month - 1
    last = 12 * window.end.year + window.end.month - 1
    return [f"{each // 12:04d}-{each % 12 + 1:02d}" for each in range(first, last + 1)]


def months_in(period: str) -> list[str]:
    """Return the months of a period: twelve of a year, itself if it is a month."""
    return [f"{period}-{month:02d}" for month in range(1, 13)] if is_year(period) else [period]


def first_day(month: str) -> date:
    """Return the first day of a month."""
    return date.fromisoformat(f"{month}-01")


def last_day(month: str) -> date:
    """Return the last day of a month."""
    return (first_day(month) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def whole_months(days: Iterable[tuple[str, str]]) -> list[str]:
    """Return the months that lie whole in one of several stretches of days, in order.

    Parameters
    ----------
    days
        First and last day of each, ISO dates.
    """
    months: set[str] = set()
    for start, end in days:
        touched = months_of(Window(date.fromisoformat(start), date.fromisoformat(end)))
        months.update(
            each
            for each in touched
            if start <= first_day(each).isoformat() and last_day(each).isoformat() <= end
        )
    return sorted(months)


def stretches(months: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return first and last of each run of months without a gap; the months are in order."""
    found: list[tuple[str, str]] = []
    for month in months:
        if found and last_day(found[-1][1]) + timedelta(days=1) == first_day(month):
            found[-1] = (found[-1][0], month)
        else:
            found.append((month, month))
    return tuple(found)
