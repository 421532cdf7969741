"""The canvas of every chart: one size, one font to measure with, the same bytes for the same input.

Places are measured with the one font that matplotlib brings along, whatever fonts are installed; the
page's fonts are named afterwards. matplotlib is imported when a chart is drawn.
"""

import io
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from geo_jindu.texts import Language, translate

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

WIDTH = 520
"""Points, the width of the text on A4; a screen may scale it."""
GREY = "#6b6b6b"
CITY: dict[str, Any] = {"color": "#1b1b1b", "linestyle": "--"}
"""How the city's course and the city's change are drawn."""

Say = Callable[..., str]

_LOCK = threading.Lock()
"""matplotlib keeps its settings in one place for the whole process."""
_SETTINGS: Any = {
    "svg.hashsalt": "geo_jindu",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,
    "text.usetex": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "hatch.linewidth": 0.6,
}


def chart_words(language: Language) -> Say:
    """Return the function that gives the words of the charts in a language."""
    return lambda key, **values: translate(f"charts.{key}", language, **values)


@contextmanager
def open_figure(height: float) -> Iterator["Figure"]:
    """Yield an empty figure; nothing else may use matplotlib until it is drawn."""
    import matplotlib
    from matplotlib.figure import Figure

    with _LOCK, matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield Figure(figsize=(WIDTH / 72, height / 72))


def put_legend(figure: "Figure") -> None:
    """Write the legend along the top."""
    figure.legend(
        loc="upper left",
        bbox_to_anchor=(0, 1),
        ncols=5,
        frameon=False,
        fontsize=8,
        borderaxespad=0,
        handlelength=2.2,
    )


def whole_numbers() -> "MaxNLocator":
    """Return what puts ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins="auto", steps=[1, 2, 5, 10], integer=True)


def render(figure: "Figure") -> str:
    """Return a figure as SVG."""
    drawn = io.StringIO()
    unsaid = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(drawn, format="svg", metadata=unsaid)
    return drawn.getvalue()
