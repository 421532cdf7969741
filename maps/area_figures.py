"""The outflow of a township under rectification, as charts draw it and tables say it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np

from geo_jindu.measures import PER
from geo_jindu.periods import Window
from geo_jindu.rates import rate_interval
from geo_jindu.rectification.courses import Course
from geo_jindu.rectification.entries import Value
from geo_jindu.rectification.figures import Figures
from geo_jindu.rectification.lifecycle import Effect, Lifecycle
from geo_jindu.rectification.months import last_day
from geo_jindu.rectification.outflow import Windows
from geo_jindu.rectification.situations import Situation
from geo_jindu.rectification.status import Status
from geo_jindu.rectification.variables import RATIO_LEVEL
from geo_jindu.texts import Language, translate
from maps.change_chart import AreaChange, Interval, draw_changes
from maps.outflow_chart import Mark, MarkKind, OutflowPeriod, draw_outflow

MOST_QUARTERS = 20
"""Five years; more would not be told apart on paper."""

_MARKS: dict[Effect, MarkKind] = {
    Effect.BEGIN_TERM: "listed",
    Effect.EXTEND_TERM: "extended",
    Effect.END_LISTING: "delisted",
    Effect.COUNT_RELAPSE: "relapsed",
}


@dataclass(frozen=True)
class AreaFigures:
    """What is known of a township's outflow; ``None`` is what is not known, or not for the reader.

    Attributes
    ----------
    baseline, current
        Persons with an interval of level `RATIO_LEVEL`.
    baseline_rate, current_rate
        The same per 10,000 of the indicator's denominator.
    baseline_window, current_window
        Their months; ``None`` where there is no such window.
    change_pct
        With the interval of the rules.
    """

    name: str
    baseline: Interval | None
    current: Interval | None
    baseline_rate: Interval | None
    current_rate: Interval | None
    baseline_window: Window | None
    current_window: Window | None
    change_pct: Interval | None
    city_pct: float | None
    expected_pct: float | None
    top_probability: float | None

    @property
    def windows(self) -> str:
        """The windows that are compared; the same for townships that may stand in one chart."""
        both = (self.baseline_window, self.current_window)
        return " ".join(each.label if each else "" for each in both)


def read_area(situation: Situation, status: Status) -> AreaFigures:
    """Gather what the reader of a status is shown of its outflow."""
    values, figures = status.values, situation.figures
    known = figures.townships.get(status.course.unit) if figures else None
    persons = known.persons if known else None
    baseline = _counted(values.get("outflow.baseline_n"))
    current = _counted(values.get("outflow.current_n"))
    before, after = _windows(situation, status.course) if figures else (None, None)
    return AreaFigures(
        name=status.name,
        baseline=baseline,
        current=current,
        baseline_rate=_rate(baseline, persons),
        current_rate=_rate(current, persons),
        baseline_window=before if baseline else None,
        current_window=after if current else None,
        change_pct=_change(values),
        city_pct=_number(values.get("outflow.city_change_pct")),
        expected_pct=_number(values.get("outflow.expected_pct")),
        top_probability=_number(values.get("outflow.prob_rank_top")),
    )


def draw_area_changes(areas: Iterable[AreaFigures], language: Language) -> Iterator[tuple[str, str]]:
    """Draw townships that are compared over the same windows together, and say which these are.

    The city's change is another one for other windows, so there is one chart for each pair of them.
    Townships without a current window are in none.
    """
    shown = sorted((each for each in areas if each.current is not None), key=lambda each: each.windows)
    for _, group in groupby(shown, key=lambda each: each.windows):
        mine = list(group)
        lines = [AreaChange(each.name, each.baseline, each.current, each.change_pct) for each in mine]
        drawn = draw_changes(lines, mine[0].city_pct, translate("units.person", language), language)
        yield (
            drawn,
            translate(
                "rectification.changes_caption",
                language,
                baseline=window_text(mine[0].baseline_window),
                current=window_text(mine[0].current_window),
                level=round(100 * RATIO_LEVEL),
            ),
        )


def window_text(window: Window | None) -> str:
    """Write the months of a window."""
    return f"{window.start:%Y-%m}–{window.end:%Y-%m}" if window else "—"


def draw_area_outflow(
    situation: Situation, status: Status, language: Language, *, shows_city: bool
) -> str | None:
    """Draw the outflow of a township by quarter; ``None`` if no quarter is covered.

    Parameters
    ----------
    shows_city
        Whether the reader is shown what depends on the townships of every county.
    """
    figures, unit = situation.figures, status.course.unit
    if figures is None or unit not in figures.townships:
        return None
    periods = _quarters(figures, unit, status.day, shows_city=shows_city)
    if not any(each.persons is not None for each in periods):
        return None
    marks = _marks(status.course, situation.rulebook.lifecycle)
    return draw_outflow(status.name, periods, marks, language)


def _windows(situation: Situation, course: Course) -> tuple[Window | None, Window | None]:
    figures = situation.figures
    windows = Windows.of(situation.rulebook.parameters)
    latest = windows.latest(figures, situation.day) if figures else None
    if course.listed_on is None:
        return latest, latest
    return windows.before(min(course.listed_on, situation.day)), latest


def _counted(value: Value) -> Interval | None:
    persons = _number(value)
    if persons is None:
        return None
    low, high = rate_interval(np.array([persons]), np.ones(1), RATIO_LEVEL)
    return Interval(persons, float(low[0]), float(high[0]))


def _rate(counted: Interval | None, persons: int | None) -> Interval | None:
    if counted is None or not persons:
        return None
    scale = PER / persons
    return Interval(counted.value * scale, counted.low * scale, counted.high * scale)


def _change(values: Mapping[str, Value]) -> Interval | None:
    """Return the change [%] with the interval that belongs to the ratio of the rules."""
    names = ("outflow.ratio", "outflow.ratio_low", "outflow.ratio_high")
    ratio, low, high = (_number(values.get(name)) for name in names)
    if ratio is None or low is None or high is None:
        return None
    return Interval(100 * (ratio - 1), 100 * (low - 1), 100 * (high - 1))


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _quarters(figures: Figures, unit: str, day: date, *, shows_city: bool) -> list[OutflowPeriod]:
    """Return the quarters that ended on or before a day, from the first to the last with data."""
    first, last = figures.first_day, figures.last_day
    if first is None or last is None:
        return []
    at = figures.codes.index(unit)
    found = []
    for window in _quarter_windows(first, min(last, day)):
        counted = figures.counted(window) if figures.covers(window) else None
        mine = None if counted is None else int(counted[at])
        citys = None if counted is None or not shows_city else int(counted.sum())
        found.append(OutflowPeriod(window.start, window.end, mine, citys))
    return found[-MOST_QUARTERS:]


def _quarter_windows(first: date, last: date) -> Iterator[Window]:
    number = 4 * first.year + (first.month - 1) // 3
    while True:
        year, quarter = divmod(number, 4)
        window = Window(date(year, 3 * quarter + 1, 1), last_day(f"{year}-{3 * quarter + 3:02d}"))
        if window.end > last:
            return
        yield window
        number += 1


def _marks(course: Course, lifecycle: Lifecycle) -> Sequence[Mark]:
    """Return the days of all listings that the chart marks, each kind of a day once."""
    return list(
        dict.fromkeys(
            Mark(entry.effective_on, _MARKS[effect])
            for entry in course.entries
            for transition in lifecycle.named(entry.event)
            for effect in transition.effects
            if effect in _MARKS
        )
    )
