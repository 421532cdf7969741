"""What readers ask in an address: known names, each once, and days that can be meant."""

from collections.abc import Collection
from datetime import date
from typing import Annotated

from fastapi import Query
from starlette.requests import Request

from api.errors import Refused

DAYS = ("as_of", "known_by")
"""Which day is read, and what was known by which day."""

FILTERS = ("state", "county", "overdue", *DAYS)
"""What narrows down the listed areas."""

Day = Annotated[str, Query(max_length=10, json_schema_extra={"format": "date"})]
"""A day in an address, still text."""

Name = Annotated[str, Query(max_length=40)]
"""A code or an identifier in an address."""

EARLIEST = date(1990, 1, 1)
"""No list of townships for rectification is older; days near year 1 would leave the calendar."""


def refuse_unknown(request: Request, known: Collection[str]) -> None:
    """Refuse parameters that are not known, or are given twice.

    Raises
    ------
    Refused
        400, with those that are known.
    """
    asked = request.query_params
    if set(asked) - set(known) or len(asked.multi_items()) > len(asked):
        raise Refused(400, "unknown_parameter", known=", ".join(known) or "—")


def read_day(text: str, latest: date) -> date:
    """Return a day written as ``2019-06-26``.

    Raises
    ------
    Refused
        400, if it is written otherwise, or lies before `EARLIEST` or after ``latest``.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.isoformat() != text or not EARLIEST <= day <= latest:
        raise Refused(400, "bad_day", earliest=EARLIEST, latest=latest)
    return day
