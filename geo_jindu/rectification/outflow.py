"""What rules are told of outflow: a baseline, a current window, and the change between them.

Only what ended on or before the day asked for is used, so that no later month changes an earlier
answer. A local change is never alone: its interval, the city's own change and the change expected by
chance go with it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from geo_jindu.changes import expected_after, ratio_interval
from geo_jindu.errors import InputError, Problem
from geo_jindu.periods import Window
from geo_jindu.rectification.variables import RATIO_LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_jindu.rectification.figures import Figures

MONTHS_OF_YEAR = 12
MOST_MONTHS = 120


@dataclass(frozen=True)
class Windows:
    """How long windows are, and with what they end.

    Attributes
    ----------
    months
        Their length.
    ends
        ``month``: with any month; ``year``: with a calendar year.
    """

    months: int = MONTHS_OF_YEAR
    ends: str = "month"

    @classmethod
    def of(cls, parameters: "Mapping[str, object]") -> "Windows":
        """Return the windows that ``window_months`` and ``window_ends`` of the rules ask for.

        Raises
        ------
        InputError
            If there are no such windows.
        """
        months = parameters.get("window_months", cls.months)
        ends = parameters.get("window_ends", cls.ends)
        units = {"month": 1, "year": MONTHS_OF_YEAR}
        unit = units.get(str(ends), MOST_MONTHS + 1)
        if isinstance(months, int) and unit <= months <= MOST_MONTHS and not months % unit:
            return cls(months, str(ends))
        values = {"months": months, "ends": ends, "most": MOST_MONTHS}
        raise InputError([Problem("windows_unknown", field="window_months", values=values)])

    def before(self, day: date) -> Window:
        """Return the last window that ended before a day."""
        after = day.replace(month=1, day=1) if self.ends == "year" else day.replace(day=1)
        first = max(12 * after.year + after.month - 1 - self.months, 12)
        return Window(date(first // 12, first % 12 + 1, 1), after - timedelta(days=1))

    def latest(self, figures: "Figures", day: date) -> Window | None:
        """Return the last window that ended on or before a day and is covered; ``None`` if none is."""
        if figures.first_day is None or figures.last_day is None:
            return None
        window = self.before(min(day, figures.last_day) + timedelta(days=1))
        while window.start >= figures.first_day:
            if figures.covers(window):
                return window
            window = self.before(window.end)
        return None


def outflow_values(
    figures: "Figures",
    unit: str,
    baseline_until: date | None,
    day: date,
    delisted_on: date | None,
    windows: Windows,
) -> dict[str, int | float]:
    """Return the variables ``outflow.*`` of a township on a day; one without a value is left out.

    Parameters
    ----------
    baseline_until
        Day of the listing: the baseline is the last window before it. ``None`` for a township that is
        not listed: its baseline is the last window there is, and nothing is current yet.
    day
        Nothing that ended after it is used.
    delisted_on
        The current window is compared with the last one before this day as well.

    Returns
    -------
    dict
        Current values are left out while the current window overlaps the baseline, all values of a
        window that the data do not cover.
    """
    if unit not in figures.townships:
        return {}
    at = figures.codes.index(unit)
    values = _ranked(figures, unit, day)
    current = windows.latest(figures, day)
    baseline = current if baseline_until is None else windows.before(min(baseline_until, day))
    if baseline is not None and figures.covers(baseline):
        values["outflow.baseline_n"] = int(figures.counted(baseline)[at])
    if current is None or baseline is None:
        return values
    values["outflow.data_age_days"] = (day - current.end).days
    if baseline.end < current.start:
        values["outflow.current_n"] = int(figures.counted(current)[at])
        if figures.covers(baseline):
            values |= _changes(figures, at, baseline, current)
    if delisted_on is not None:
        values |= _since_delisting(figures, at, windows.before(delisted_on), current)
    return values


def _ranked(figures: "Figures", unit: str, day: date) -> dict[str, int | float]:
    probability = figures.townships[unit].prob_rank_top
    if probability is None or day.isoformat() < figures.ranked_until:
        return {}
    return {"outflow.prob_rank_top": probability}


def _changes(figures: "Figures", at: int, baseline: Window, current: Window) -> dict[str, int | float]:
    before, after = figures.counted(baseline).astype(float), figures.counted(current).astype(float)
    if not before.sum():
        return {}
    city = float(100 * (after.sum() - before.sum()) / before.sum())
    values: dict[str, int | float] = {"outflow.city_change_pct": city}
    if not before[at]:
        return values
    low, high = ratio_interval(before[at], after[at], RATIO_LEVEL)
    change = float(100 * (after[at] - before[at]) / before[at])
    values |= {
        "outflow.change_pct": change,
        "outflow.ratio": float(after[at] / before[at]),
        "outflow.ratio_low": float(low),
        "outflow.ratio_high": float(high),
        "outflow.change_vs_comparison_pp": change - city,
    }
    expected = expected_after(before, figures.persons, after.sum() / before.sum())[at]
    if np.isfinite(expected):
        values["outflow.expected_pct"] = float(100 * (expected / before[at] - 1))
    return values


def _since_delisting(
    figures: "Figures", at: int, before: Window, current: Window
) -> dict[str, int | float]:
    if before.end >= current.start or not figures.covers(before):
        return {}
    was, now = (figures.counted(each).astype(float) for each in (before, current))
    low, _ = ratio_interval(was[at], now[at], RATIO_LEVEL)
    return {"outflow.ratio_to_delisting_low": float(low)}
