"""Baseline and current outflow of each area with intervals, beside the change of the city."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo_jindu.texts import Language
from maps.drawing import CITY, GREY, Say, chart_words, open_figure, put_legend, render
from maps.popup_texts import signed_percent
from maps.svg_text import finish_drawing, readable_text, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CURRENT = "#0b4f8a"
_INTERVALS: Mapping[str, dict[str, Any]] = {
    "baseline": {"color": GREY, "marker": "o", "markerfacecolor": "#ffffff"},
    "current": {"color": _CURRENT, "marker": "s"},
    "change": {"color": _CURRENT, "marker": "D"},
}
_MOST_PERCENT = 150
_WIDEST_NAME = 26


@dataclass(frozen=True)
class Interval:
    """A value with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class AreaChange:
    """One line of the chart of changes; what is ``None`` is shown as insufficient.

    Attributes
    ----------
    baseline, current
        Outflow in the two windows, in the unit of the chart.
    change_pct
        Change from the baseline to the current window [%].
    """

    name: str
    baseline: Interval | None
    current: Interval | None
    change_pct: Interval | None


def draw_changes(
    areas: Sequence[AreaChange], city_change_pct: float | None, unit: str, language: Language
) -> str:
    """Draw baseline and current outflow of each area with intervals, beside the city's change.

    Parameters
    ----------
    areas
        At least one; drawn from the top down in the order given.
    unit
        What baseline and current are counted in, as it stands under their axis.
    """
    say = chart_words(language)
    city = signed_percent(city_change_pct)
    rows = list(range(len(areas)))
    height = 52 + 16 * len(areas)
    with open_figure(height) as figure:
        bottom, top = 30 / height, 1 - 22 / height
        left = figure.add_axes((0.2, bottom, 0.37, top - bottom))
        right = figure.add_axes((0.62, bottom, 0.36, top - bottom), sharey=left)
        left.set_ylim(len(areas) - 0.5, -0.5)
        left.set_yticks(rows, [shorten(each.name, _WIDEST_NAME) for each in areas])
        right.tick_params(labelleft=False, length=0)
        for axes in (left, right):
            axes.hlines(
                [row + 0.5 for row in rows[:-1]],
                0,
                1,
                transform=axes.get_yaxis_transform(),
                color="#dddddd",
                linewidth=0.5,
            )
        _draw_intervals(left, [each.baseline for each in areas], "baseline", say, above=0.18)
        _draw_intervals(left, [each.current for each in areas], "current", say, above=-0.18)
        left.set_xlim(left=0)
        left.set_xlabel(readable_text(unit), labelpad=2)
        _draw_intervals(right, [each.change_pct for each in areas], "change", say)
        right.set_xlim(-105, _MOST_PERCENT)
        right.axvline(0, color=GREY, linewidth=0.8)
        if city_change_pct is not None:
            right.axvline(city_change_pct, label=say("city_change", change=city), linewidth=1.4, **CITY)
        right.set_xlabel(say("change_axis"), labelpad=2)
        put_legend(figure)
        drawn = render(figure)
    description = say("changes_description", number=len(areas), city=city)
    return finish_drawing(drawn, say("changes_title", number=len(areas)), description)


def _draw_intervals(
    axes: "Axes",
    intervals: Sequence[Interval | None],
    kind: str,
    say: Say,
    above: float = 0.0,
) -> None:
    """Draw points on their intervals; say where there is none, and where one goes off the chart."""
    style = _INTERVALS[kind]
    known = [(row - above, each) for row, each in enumerate(intervals) if each is not None]
    rows = [row for row, _ in known]
    axes.hlines(
        rows,
        [each.low for _, each in known],
        [each.high for _, each in known],
        color=style["color"],
        linewidth=1.4,
    )
    axes.plot(
        [each.value for _, each in known], rows, linestyle="", markersize=5, label=say(kind), **style
    )
    beyond = [row for row, each in known if kind == "change" and each.high > _MOST_PERCENT]
    axes.plot([_MOST_PERCENT] * len(beyond), beyond, ">", color=style["color"], clip_on=False)
    for row, each in enumerate(intervals):
        if each is None and kind != "baseline":
            axes.annotate(
                say("insufficient"),
                (0.99, row - above),
                (0, -3),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                ha="right",
                fontsize=8,
                color=GREY,
            )
