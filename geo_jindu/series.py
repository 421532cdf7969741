"""Counts of townships in consecutive steps of time."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from geo_jindu.aggregation import Joined
from geo_jindu.configuration import Indicator
from geo_jindu.periods import Window, is_within, parse_periods

YEAR = 12
"""Months of a year, and of a step where only years are known."""


@dataclass(frozen=True)
class Series:
    """Counts of every township in steps of equal length, oldest first.

    Attributes
    ----------
    counts
        Index = code; integers, one column per step, called by its first month (``2017-01``). None
        if the window is shorter than a step.
    months
        Months in a step.
    """

    counts: pd.DataFrame
    months: int

    @property
    def steps(self) -> list[str]:
        """First month of each step."""
        return [str(step) for step in self.counts.columns]

    def span(self, first: int, last: int) -> str:
        """Return steps ``first`` to ``last`` as a window is labelled: ISO dates with a slash."""
        start = pd.Period(self.steps[first], "M")
        end = pd.Period(self.steps[last], "M") + self.months - 1
        return _months(start, end).label


def count_steps(joined: Joined, source: str, window: Window, months: int) -> Series:
    """Count a source's incidents or persons in steps that end with the window.

    Months at the start of the window that make no whole step are left out. Steps are of a year where
    the source knows some of its records by the year only, whatever was asked for.

    Parameters
    ----------
    window
        Whole months.
    months
        Months in a step.

    Notes
    -----
    What was counted in an earlier vintage is carried over step by step. Where a share of it is
    estimated, a township's steps may therefore differ from its count of the window by a unit; the
    city's total is the same.
    """
    known = pd.Series(joined.inputs.counts[source].observations["period"].unique(), dtype="str")
    days = parse_periods(known)
    if (known[is_within(days, window)].str.len() == len("2017")).any():
        months = YEAR
    last = pd.Period(window.end, "M")
    ends = [last - months * back for back in range(len(window.months) // months)][::-1]
    spans = [_months(end - (months - 1), end) for end in ends]
    atoms = [tuple(sorted(known[is_within(days, span)])) for span in spans]
    counted = joined.by_atom(source, atoms)
    table = {span.label[:7]: counted[atom] for span, atom in zip(spans, atoms, strict=True)}
    codes = joined.inputs.townships.frame.index
    return Series(pd.DataFrame(table, index=codes, dtype="int64"), months)


def history_of(joined: Joined, indicator: Indicator) -> Window:
    """Return the window of an indicator, begun as early as its source has records."""
    first, _ = joined.inputs.counts[indicator.numerator].days
    start = min(date.fromisoformat(first or indicator.days.start.isoformat()), indicator.days.start)
    return Window(start.replace(day=1), indicator.days.end)


def _months(first: pd.Period, last: pd.Period) -> Window:
    return Window(first.start_time.date(), last.end_time.date())
