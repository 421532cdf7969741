"""Scores with what they are made of, beside the interval of each rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo_jindu.texts import Language
from maps.drawing import GREY, chart_words, open_figure, put_legend, render
from maps.svg_text import finish_drawing, readable_text, shorten

_PART_COLOURS = ("#0b4f8a", "#d98200", "#4d7c0f", "#7a0177", "#5b5b5b")
_RANK_COLOUR = "#1b1b1b"
_LISTED_COLOUR = "#7a0177"
_WIDEST_NAME = 22


@dataclass(frozen=True)
class ScoredPlace:
    """One line of the chart.

    Attributes
    ----------
    contributions
        Points of the score by indicator id; they add up to the score.
    rank, rank_low, rank_high
        Place, and the ends of its 90 % interval.
    is_listed
        Whether it is listed for rectification now; its interval is drawn in another colour.
    """

    name: str
    contributions: Mapping[str, float]
    rank: int
    rank_low: int
    rank_high: int
    is_listed: bool


def draw_scores(
    places: Sequence[ScoredPlace], names: Mapping[str, str], k: int, language: Language
) -> str:
    """Draw scores as bars of their parts, and rank intervals beside the length of the top list.

    Parameters
    ----------
    places
        At least one; drawn from the top down in the order given.
    names
        Of the indicators by id, in the order of the bars.
    k
        Length of the top list, drawn as a line.

    Returns
    -------
    str
        An SVG drawing; the same input gives the same text.
    """
    say = chart_words(language)
    rows = list(range(len(places)))
    height = 52 + 14 * len(places)
    with open_figure(height) as figure:
        bottom, top = 30 / height, 1 - 22 / height
        left = figure.add_axes((0.2, bottom, 0.37, top - bottom))
        right = figure.add_axes((0.62, bottom, 0.36, top - bottom), sharey=left)
        left.set_ylim(len(places) - 0.5, -0.5)
        left.set_yticks(rows, [shorten(each.name, _WIDEST_NAME) for each in places])
        right.tick_params(labelleft=False, length=0)
        start = [0.0] * len(places)
        for at, (key, name) in enumerate(names.items()):
            widths = [each.contributions[key] for each in places]
            colour = _PART_COLOURS[at % len(_PART_COLOURS)]
            left.barh(rows, widths, 0.7, start, color=colour, label=readable_text(name))
            start = [before + width for before, width in zip(start, widths, strict=True)]
        left.set_xlim(left=0)
        left.set_xlabel(say("score_axis"), labelpad=2)
        colours = [_LISTED_COLOUR if each.is_listed else _RANK_COLOUR for each in places]
        lows, highs = [each.rank_low for each in places], [each.rank_high for each in places]
        right.hlines(rows, lows, highs, color=colours, linewidth=1.4)
        right.scatter([each.rank for each in places], rows, 16, color=colours, marker="D", zorder=3)
        right.axvline(k + 0.5, color=GREY, linestyle="--", linewidth=1)
        right.set_xlim(left=0)
        right.set_xlabel(say("rank_axis", k=k), labelpad=2)
        put_legend(figure)
        drawn = render(figure)
    title = say("scores_title", number=len(places))
    return finish_drawing(drawn, title, say("scores_description", number=len(places), k=k))
