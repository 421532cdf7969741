"""The map for print: the state of every township by colour and pattern, as one SVG drawing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import geopandas as gpd
import jinja2
import numpy as np
import pandas as pd
import shapely

from geo_jindu.texts import Language, translate
from maps.geometry import county_borders
from maps.svg_text import name_drawing, shorten, svg_text

_MARGIN = 4.0
_LEGEND_ROW = 13.0
_LEGEND_COLUMN = 120.0
_FINEST = 0.5
"""Size of what borders may lose [pt]."""


@dataclass(frozen=True)
class StateMark:
    """How the townships of some states are drawn: a colour with a pattern that is read without it.

    Attributes
    ----------
    key
        Its words are ``map_states.<key>`` of the texts.
    hatch
        Path of the pattern in a square of 6 by 6; empty for none.
    stroke
        Width of its lines.
    """

    key: str
    colour: str
    hatch: str = ""
    stroke: float = 0.7

    @property
    def fill(self) -> str:
        """Fill in a drawing that has the patterns."""
        return f"url(#{self.key})" if self.hatch else self.colour

    @property
    def round(self) -> bool:
        """Whether the pattern is made of dots: lines without length and with round ends."""
        return "h0" in self.hatch


_RISING = "M-1 1l2 -2M0 6l6 -6M5 7l2 -2"
_FALLING = "M-1 5l2 2M0 0l6 6M5 -1l2 2"
NOT_LISTED = StateMark("none", "#f7f7f5")
STATE_MARKS = (
    StateMark("listed", "#fdae6b", _RISING, 1.1),
    StateMark("rectifying", "#fee6ce", _RISING),
    StateMark("extended", "#e6550d", _RISING + _FALLING, 0.9),
    StateMark("acceptance", "#c6dbef", "M1.5 0v6M4.5 0v6"),
    StateMark("delisted", "#c7e9c0", "M0 1.5h6M0 4.5h6"),
    StateMark("proposed", "#fff7bc", _FALLING),
    StateMark("watch", "#ffffe5", "M1.5 1.5h0M4.5 4.5h0", 1.3),
    NOT_LISTED,
)
"""In the order of the legend; light, so that a name on them can be read in grey print too."""
_MARK_OF_STATE = {
    "watch": "watch",
    "proposed": "proposed",
    "listed": "listed",
    "plan_approved": "listed",
    "rectifying": "rectifying",
    "extended": "extended",
    "acceptance_requested": "acceptance",
    "under_acceptance": "acceptance",
    "publicity": "acceptance",
    "delisted_consolidation": "delisted",
}


def state_mark(state: str) -> StateMark:
    """Return how a state of the life-cycle is drawn; without an open listing nothing stands out."""
    key = _MARK_OF_STATE.get(state, "none")
    return next(each for each in STATE_MARKS if each.key == key)


def draw_print_map(
    townships: gpd.GeoDataFrame,
    states: Mapping[str, str],
    measuring_crs: str,
    language: Language,
    *,
    is_synthetic: bool,
    emphasised: str = "",
    size: tuple[float, float] = (340.0, 300.0),
) -> str:
    """Draw the townships by state, with county borders, scale, north and legend.

    Parameters
    ----------
    townships
        Index = code; ``name``, ``county``, ``county_name`` and polygons in any CRS.
    states
        State by code; a township that is not in it was never spoken of.
    is_synthetic
        Whether the drawing says across its whole face that nothing on it exists.
    emphasised
        Code of the one township to be found at a glance; empty for none.
    size
        Width and height [pt].
    """
    width, height = size
    marks = [state_mark(states.get(str(code), "")) for code in townships.index]
    legend = _legend(marks, width, language)
    legend_height = legend[-1][2] + _LEGEND_ROW
    paper = _Paper.of(townships.geometry.to_crs(measuring_crs), width, height - legend_height - 20)
    has_counties = (townships["county"] != "").any()
    title = translate("print_map.title", language)
    found = _emphasised(paper, townships, emphasised, width) if emphasised else None
    drawn = _template().render(
        width=width,
        height=height,
        marks=sorted(set(marks), key=STATE_MARKS.index),
        townships=list(zip(map(_path, paper.shapes), marks, strict=True)),
        counties=_counties(paper, townships, width, found) if has_counties else [],
        emphasised=found,
        watermark=translate("map.watermark", language) if is_synthetic else "",
        watermark_places=_watermark_places(width, height - legend_height),
        north=translate("print_map.north", language),
        scale=_scale_bar(paper, height - legend_height - 8, language),
        legend=[(mark, x, y + height - legend_height, text) for mark, x, y, text in legend],
    )
    separator = translate("map.and_source", language)
    return name_drawing(drawn, title, separator.join(text for _, _, _, text in legend))


@dataclass(frozen=True)
class _Paper:
    """Polygons put on paper: points from the upper left corner, y downwards."""

    shapes: np.ndarray
    points_per_metre: float

    @classmethod
    def of(cls, polygons: gpd.GeoSeries, width: float, height: float) -> "_Paper":
        west, south, east, north = polygons.total_bounds
        room = (width - 2 * _MARGIN, height - 2 * _MARGIN)
        scale = min(room[0] / (east - west), room[1] / (north - south))
        left = _MARGIN + (room[0] - (east - west) * scale) / 2
        shapes = polygons.to_numpy()
        if shapely.coverage_is_valid(shapes):
            shapes = shapely.coverage_simplify(shapes, _FINEST / scale)

        def place(points: np.ndarray) -> np.ndarray:
            across = left + (points[:, 0] - west) * scale
            down = _MARGIN + (north - points[:, 1]) * scale
            return np.column_stack([across, down])

        return cls(shapely.transform(shapes, place), scale)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(files(__package__).joinpath("print_map.svg.j2").read_text("utf-8"))


def _path(shape: shapely.Geometry) -> str:
    rings = [
        ring
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join(_ring(shapely.get_coordinates(ring)[:-1]) for ring in rings)


def _ring(points: np.ndarray) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


@dataclass(frozen=True)
class _Emphasised:
    path: str
    x: float
    y: float
    text: str


def _counties(
    paper: _Paper, townships: gpd.GeoDataFrame, width: float, emphasised: _Emphasised | None
) -> list[tuple[str, float, float, str]]:
    """Return borders and names, the larger counties' first; no name stands in another one."""
    names = townships.drop_duplicates("county").set_index("county")["county_name"]
    borders = county_borders(gpd.GeoSeries(paper.shapes), townships["county"].to_numpy())
    taken = [(emphasised.x, emphasised.y)] if emphasised else []
    drawn = []
    for county in borders.area.sort_values(ascending=False, kind="stable").index:
        x, y, text = _label(borders[county], names[county], width)
        is_free = not any(abs(x - across) < 26 and abs(y - down) < 9 for across, down in taken)
        taken += [(x, y)] if is_free else []
        drawn.append((_path(borders[county]), x, y, text if is_free else ""))
    return drawn


def _label(shape: shapely.Geometry, name: str, width: float) -> tuple[float, float, str]:
    point = shapely.point_on_surface(shape)
    room = min(point.x, width - point.x)
    return round(point.x, 1), round(point.y + 3, 1), svg_text(shorten(name, max(4, int(room / 2.2))))


def _emphasised(paper: _Paper, townships: gpd.GeoDataFrame, code: str, width: float) -> _Emphasised:
    """Outline a township and put its name above it, or below where there is no room."""
    shape = paper.shapes[townships.index.get_loc(code)]
    x, _, text = _label(shape, townships.at[code, "name"], width)
    top, bottom = shape.bounds[1], shape.bounds[3]
    return _Emphasised(_path(shape), x, round(top - 4 if top > 16 else bottom + 12, 1), text)


@dataclass(frozen=True)
class _ScaleBar:
    x: float
    y: float
    half: float
    text: str


def _scale_bar(paper: _Paper, y: float, language: Language) -> _ScaleBar:
    """Return a bar of 1, 2 or 5 times a power of ten, at most 80 points long."""
    most = 80 / paper.points_per_metre
    step = 10.0 ** math.floor(math.log10(most))
    metres = step * max(each for each in (1, 2, 5) if each * step <= most)
    text = translate("print_map.kilometres", language, number=f"{metres / 1000:g}")
    return _ScaleBar(8.0, y, round(metres * paper.points_per_metre / 2, 2), text)


def _legend(
    marks: Sequence[StateMark], width: float, language: Language
) -> list[tuple[StateMark, float, float, str]]:
    columns = max(1, int(width // _LEGEND_COLUMN))
    counted = pd.Series([each.key for each in marks]).value_counts()
    present = [each for each in STATE_MARKS if each.key in counted.index]
    return [
        (
            mark,
            _MARGIN + at % columns * (width - 2 * _MARGIN) / columns,
            at // columns * _LEGEND_ROW,
            translate(
                "print_map.entry",
                language,
                state=translate(f"map_states.{mark.key}", language),
                number=int(counted[mark.key]),
            ),
        )
        for at, mark in enumerate(present)
    ]


def _watermark_places(width: float, height: float) -> list[tuple[float, float]]:
    """Return where the watermark stands: near enough to each other that no part goes without it."""
    columns, rows = math.ceil(width / 170), math.ceil(height / 75)
    return [
        (round(width * (at + 0.5) / columns, 1), round(height * (row + 0.5) / rows + 8, 1))
        for row in range(rows)
        for at in range(columns)
    ]
