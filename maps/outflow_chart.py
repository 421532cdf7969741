"""The outflow of a township by month or quarter, with the days of its listing and the city's course."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

from geo_jindu.texts import Language, translate
from maps.drawing import CITY, WIDTH, Say, chart_words, open_figure, put_legend, render, whole_numbers
from maps.svg_text import finish_drawing, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MarkKind = Literal["listed", "extended", "delisted", "relapsed"]

_MARKS: dict[MarkKind, tuple[str, str, str]] = {
    "listed": ("#7a0177", "v", "solid"),
    "extended": ("#b35806", "D", "dashed"),
    "delisted": ("#00663d", "^", "dashdot"),
    "relapsed": ("#b00020", "X", "dotted"),
}
"""Colour, shape and line of each day that is marked."""
_BESIDE_LINES = {"facecolor": "#ffffff", "edgecolor": "none", "pad": 0.5, "alpha": 0.85}
_LEGEND_HEIGHT, _LEVEL_HEIGHT, _PLOT_HEIGHT, _AXIS_HEIGHT = 16.0, 12.0, 88.0, 16.0
_PLOT_SHARE = 0.925
_MOST_LABELLED = 12


@dataclass(frozen=True)
class OutflowPeriod:
    """A month or a quarter of outflow.

    Attributes
    ----------
    start, end
        First and last day.
    persons, city_persons
        Of the township and of the city; ``None`` where no data cover the period or a count is hidden.
    """

    start: date
    end: date
    persons: int | None
    city_persons: int | None


@dataclass(frozen=True)
class Mark:
    """A day of the listing that is marked in the chart."""

    day: date
    kind: MarkKind


@dataclass(frozen=True)
class _Label:
    kind: MarkKind
    words: str
    at: float
    left: float
    right: float
    level: int


def draw_outflow(
    name: str, periods: Sequence[OutflowPeriod], marks: Sequence[Mark], language: Language
) -> str:
    """Draw the outflow of a township as bars, with the city's course beside it.

    The city's counts are scaled to the township's sum over the periods that ended before the first
    listing, so that from there on the line shows the course the township would have taken with the
    city's; without such periods, over all.

    Parameters
    ----------
    periods
        In order of time, without gaps; at least one.
    """
    say = chart_words(language)
    before = _before(periods, marks)
    city = _scale_city(periods, before or periods)
    highest = max([each.persons or 0 for each in periods] + [each for each in city if each > 0])
    labels = _place_labels(periods, marks, say)
    over = _LEVEL_HEIGHT * (1 + max([each.level for each in labels], default=0))
    height = _LEGEND_HEIGHT + over + _PLOT_HEIGHT + _AXIS_HEIGHT
    with open_figure(height) as figure:
        axes = figure.add_axes((0.055, _AXIS_HEIGHT / height, _PLOT_SHARE, _PLOT_HEIGHT / height))
        axes.set_ylim(0, 1.08 * max(highest, 1))
        _draw_bars(axes, periods, say)
        if not all(map(math.isnan, city)):
            label = say("city_scaled_before" if before else "city_scaled")
            style = CITY | {"linewidth": 1.2, "marker": "o"}
            axes.plot(list(map(_middle, periods)), city, markersize=2.6, label=label, **style)
        _label_periods(axes, periods)
        for each in labels:
            _draw_label(axes, each)
        axes.yaxis.set_major_locator(whole_numbers())
        put_legend(figure)
        drawn = render(figure)
    counted = [each.persons for each in periods if each.persons is not None]
    description = say(
        "outflow_description",
        start=periods[0].start,
        end=periods[-1].end,
        persons=sum(counted),
        uncovered=len(periods) - len(counted),
        marks=translate("map.and_source", language).join(
            f"{say(each.kind)} {each.day}" for each in marks
        )
        or "—",
    )
    return finish_drawing(drawn, say("outflow_title", name=name), description)


def _before(periods: Sequence[OutflowPeriod], marks: Sequence[Mark]) -> list[OutflowPeriod]:
    """Return the periods that ended before the first listing, where both are known and not zero."""
    listed = min((each.day for each in marks if each.kind == "listed"), default=date.min)
    ended = [each for each in periods if each.end < listed]
    return ended if _sums(ended)[0] and _sums(ended)[1] else []


def _sums(periods: Sequence[OutflowPeriod]) -> tuple[int, int]:
    """Return the persons of the township and of the city over the periods where both are known."""
    known = [
        (each.persons, each.city_persons)
        for each in periods
        if each.persons is not None and each.city_persons is not None
    ]
    return sum(one for one, _ in known), sum(other for _, other in known)


def _scale_city(periods: Sequence[OutflowPeriod], scaled_over: Sequence[OutflowPeriod]) -> list[float]:
    mine, citys = _sums(scaled_over)
    scale = mine / citys if citys else math.nan
    return [math.nan if each.city_persons is None else each.city_persons * scale for each in periods]


def _middle(period: OutflowPeriod) -> float:
    return (period.start.toordinal() + period.end.toordinal() + 1) / 2


def _length(period: OutflowPeriod) -> int:
    return period.end.toordinal() - period.start.toordinal() + 1


def _draw_bars(axes: "Axes", periods: Sequence[OutflowPeriod], say: Say) -> None:
    """Draw a bar for each count and a hatched field where nothing is known."""
    known = [each for each in periods if each.persons is not None]
    unknown = [each for each in periods if each.persons is None]
    bars = axes.bar(
        list(map(_middle, known)),
        [each.persons or 0 for each in known],
        [_length(each) * 0.8 for each in known],
        color="#7fa6c9",
        edgecolor="#2f5d86",
        linewidth=0.8,
        label=say("persons"),
    )
    if len(periods) <= _MOST_LABELLED:
        axes.bar_label(bars, fontsize=8, padding=1, bbox=_BESIDE_LINES)
    for at, each in enumerate(unknown):
        axes.axvspan(
            each.start.toordinal(),
            each.end.toordinal() + 1,
            facecolor="#f2f2f2",
            edgecolor="#b0b0b0",
            linewidth=0,
            hatch="////",
            label="" if at else say("unknown"),
        )


def _place_labels(periods: Sequence[OutflowPeriod], marks: Sequence[Mark], say: Say) -> list[_Label]:
    """Put a label right of its line if it ends before the next one, else left; over what is there.

    Days outside the periods are left out.
    """
    start, end = periods[0].start.toordinal(), periods[-1].end.toordinal() + 1
    ordered = sorted(marks, key=lambda mark: mark.day)
    shown = [each for each in ordered if start <= each.day.toordinal() < end]
    placed: list[_Label] = []
    days = [each.day.toordinal() for each in shown]
    for mark, at, following in zip(shown, days, [*days[1:], end], strict=False):
        words = f"{say(mark.kind)} {mark.day}"
        width = (text_width(words) * 4.2 + 12) / (WIDTH * _PLOT_SHARE) * (end - start)
        left = at - width if following - at < width <= at - start else at
        span = (left, left + width)
        level = next(row for row in count() if _is_free(row, span, placed))
        placed.append(_Label(mark.kind, words, at, *span, level))
    return placed


def _is_free(level: int, span: tuple[float, float], placed: Sequence[_Label]) -> bool:
    """Return whether no label stands there, and no line runs through."""
    left, right = span
    return not any(
        (each.level == level and left < each.right and each.left < right)
        or (each.level >= level and left < each.at < right)
        for each in placed
    )


def _draw_label(axes: "Axes", label: _Label) -> None:
    """Draw a day as a line with its shape and words above."""
    colour, shape, line = _MARKS[label.kind]
    height = 1 + _LEVEL_HEIGHT * (label.level + 0.55) / _PLOT_HEIGHT
    is_left = label.left < label.at
    style: dict[str, Any] = {"color": colour, "clip_on": False, "transform": axes.get_xaxis_transform()}
    axes.plot([label.at, label.at], [0, height], linestyle=line, linewidth=1.3, **style)
    axes.plot(label.at, height, marker=shape, markersize=5, **style)
    axes.annotate(
        label.words,
        (label.at, height),
        (-5 if is_left else 5, -3),
        annotation_clip=False,
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="right" if is_left else "left",
        va="baseline",
        fontsize=8,
        color=colour,
    )


def _label_periods(axes: "Axes", periods: Sequence[OutflowPeriod]) -> None:
    """Name each period where they are few, else each year where it begins."""
    axes.set_xlim(periods[0].start.toordinal(), periods[-1].end.toordinal() + 1)
    if len(periods) <= _MOST_LABELLED:
        axes.set_xticks(list(map(_middle, periods)), list(map(_period_name, periods)))
        axes.tick_params("x", length=0)
        return
    years = [each for each in periods if each.start.month == 1]
    axes.set_xticks([each.start.toordinal() for each in years])
    axes.set_xticklabels([str(each.start.year) for each in years], ha="left")
    axes.set_xticks([each.start.toordinal() for each in periods], minor=True)


def _period_name(period: OutflowPeriod) -> str:
    if _length(period) > 31:
        return f"{period.start.year}-Q{(period.start.month + 2) // 3}"
    return f"{period.start:%Y-%m}"
