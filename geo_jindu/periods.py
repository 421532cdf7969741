"""Dates written as day, month or year, and windows made of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

import numpy as np
import pandas as pd

_WRITTEN = (
    r"^(?P<year>(?:19|20)\d{2})"
    r"(?:(?:[-/.年](?P<month>\d{1,2})(?:[-/.月](?P<day>\d{1,2})日?|月)?|年)"
    r"|(?P<month2>\d{2})(?P<day2>\d{2})?)?"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$"
)


@dataclass(frozen=True)
class Window:
    """Days from ``start`` to ``end``, both included."""

    start: date
    end: date

    @property
    def label(self) -> str:
        """The window as ISO dates, ``2016-07-01/2018-07-31``."""
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    @property
    def is_whole_months(self) -> bool:
        """Whether the window begins with a month and ends with one."""
        return self.start.day == 1 and (self.end + timedelta(days=1)).day == 1

    @property
    def months(self) -> pd.PeriodIndex:
        """Every month the window touches, in order."""
        return pd.period_range(pd.Timestamp(self.start), pd.Timestamp(self.end), freq="M")


def parse_periods(written: pd.Series) -> pd.DataFrame:
    """Read dates written as day, month or year.

    ``2018``, ``2018-07``, ``2018-07-15``, ``2018/7/15``, ``201807``, ``20180715``, ``2018年7月15日``
    and ISO times are understood; anything else, an Excel serial number included, is not. Nor is
    ``2018.1``: a spreadsheet makes it of 2018.10.

    Parameters
    ----------
    written
        Text, shape (n,); any index.

    Returns
    -------
    pandas.DataFrame
        Same index. ``start`` and ``end`` (datetime64, first and last day; NaT if unreadable) and
        ``period`` (text: the year if only a year was written, else the month; empty if unreadable).
    """
    positions, different = pd.factorize(written, use_na_sentinel=False)
    parsed = _parse_different(tuple(different))
    return parsed.iloc[positions].set_axis(written.index)


@lru_cache(maxsize=64)
def _parse_different(written: tuple[str, ...]) -> pd.DataFrame:
    """Read texts that are all different; the same few months are asked for again and again."""
    texts = pd.Series(written, dtype="str")
    plain = texts.str.normalize("NFKC").str.strip()
    parts = plain.mask(plain.str.fullmatch(r"\d{4}\.\d"), "").str.extract(_WRITTEN)
    month = parts["month"].fillna(parts["month2"])
    day = parts["day"].fillna(parts["day2"])
    start = pd.to_datetime(
        parts["year"] + "-" + month.fillna("1") + "-" + day.fillna("1"),
        format="%Y-%m-%d",
        errors="coerce",
    ).astype("datetime64[s]")
    end = start.copy()
    by_month, by_year = month.notna() & day.isna(), month.isna()
    end[by_month] = start[by_month] + pd.offsets.MonthEnd(1)
    end[by_year] = start[by_year] + pd.offsets.YearEnd(1)
    label = np.where(by_year, start.dt.strftime("%Y"), start.dt.strftime("%Y-%m"))
    period = pd.Series(label, index=texts.index).where(start.notna(), "")
    return pd.DataFrame({"start": start, "end": end, "period": period})


@cache
def parse_window(first: str, last: str) -> Window | None:
    """Return the window from the first day of ``first`` to the last of ``last``.

    ``None`` if either is unreadable or the end lies before the start.
    """
    days = parse_periods(pd.Series([first, last], dtype="str"))
    start, end = days["start"].iloc[0], days["end"].iloc[1]
    if pd.isna(start) or pd.isna(end) or end < start:
        return None
    return Window(start.date(), end.date())


def is_within(periods: pd.DataFrame, window: Window) -> pd.Series:
    """Return for each row of `parse_periods` whether its whole period lies in ``window``."""
    inside: pd.Series = (periods["start"] >= pd.Timestamp(window.start)) & (
        periods["end"] <= pd.Timestamp(window.end)
    )
    return inside
