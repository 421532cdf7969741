"""The rectification map: states by colour and pattern, day by day, as one file that opens offline."""

from typing import Any

import geopandas as gpd
import pandas as pd

from geo_jindu.rectification.ground import Ground
from geo_jindu.rectification.status_layer import StatusLayer
from geo_jindu.texts import translate
from maps.corridors import corridor_data
from maps.geometry import simplify_for_display
from maps.outlines import draw_counties, feature
from maps.page import figure_of, render_page
from maps.print_map import STATE_MARKS, state_mark
from maps.safe_text import display_text
from maps.verbatim import FeatureGroup, FitBounds, GeoJson, LayerControl, Map, number_elements

_BORDER = {"color": "#6b6b6b", "weight": 0.6, "fillColor": "#f7f7f5", "fillOpacity": 0.9}
_WORDS = ("zoom_in", "zoom_out", "close", "layers")
_OWN_WORDS = (
    *("play", "pause", "day", "state", "since", "until", "next", "overdue"),
    *("flow", "tie", "flow_year", "agreement", "station"),
)
_GAPS = {name: f"{{{name}}}" for name in ("day", "number", "county", "province", "year")}
"""What stands in the words of the script for values that it puts in."""


def draw_rectification_map(ground: Ground, layer: StatusLayer, *, home: str = "") -> str:
    """Draw how every township stands, with a slider over the days that led there.

    Parameters
    ----------
    ground
        Townships as the reader of the layer is shown them.
    home
        Address of a page to go back to; empty for none.

    Returns
    -------
    str
        A whole HTML page, scripts and styles inside. Names reach it as JSON and become text nodes.
    """
    language = ground.language
    rows = list(ground.rows)
    codes = [str(row["code"]) for row in rows]
    table = pd.DataFrame(rows, index=codes)[["name", "county", "county_name"]]
    borders = gpd.GeoSeries(ground.shapes, index=codes, crs=4326)
    polygons = simplify_for_display(borders, ground.facts["area"]["measuring_crs"])
    canvas = Map(tiles=None, zoom_control=False, zoom_snap=0.25, zoom_delta=0.5)
    canvas.options["max_zoom"] = 18
    townships = _townships(polygons).add_to(canvas)
    if (table["county"] != "").any():
        draw_counties(table, polygons, language).add_to(canvas)
    corridors = corridor_data(ground, layer, polygons)
    flow_name = display_text(translate("rectification_map.flow_layer", language))
    flows = FeatureGroup(name=flow_name, show=False)
    if corridors["boxes"]:
        flows.add_to(canvas)
    LayerControl(collapsed=False).add_to(canvas)
    west, south, east, north = polygons.total_bounds
    FitBounds([[south, west], [north, east]], padding=(12, 12)).add_to(canvas)
    number_elements(figure_of(canvas))
    settings = {
        "map": canvas.get_name(),
        "layer": townships.get_name(),
        "flows": flows.get_name() if corridors["boxes"] else "",
        "words": {word: translate(f"map.{word}", language) for word in _WORDS}
        | {word: translate(f"rectification_map.{word}", language, **_GAPS) for word in _OWN_WORDS},
    }
    separator = translate("map.and_source", language)
    return render_page(
        canvas,
        "rectification",
        language=language,
        ground=ground,
        layer=layer,
        home=home,
        area=ground.facts["area"],
        boundaries=ground.facts["boundaries"],
        sources=separator.join(_sources(ground)),
        marks=STATE_MARKS,
        listed=[codes.index(code) for code in layer.ever_listed if code in codes],
        places=[(row["name"], row["county_name"]) for row in rows],
        corridors=corridors,
        data=map_data(ground, layer, polygons),
        settings=settings,
        say=lambda key, **values: translate(key, language, **values),
    )


def map_data(ground: Ground, layer: StatusLayer, polygons: gpd.GeoSeries) -> dict[str, Any]:
    """Return what the script of the page knows: nothing that the layer does not show.

    ``steps`` hold ``[day, listed, [[position, state], ...]]`` with positions in the rows of the ground
    and in ``states``; a township that no step speaks of is in the first state.
    """
    language, lifecycle = ground.language, layer.lifecycle
    ids = [lifecycle.content.initial]
    ids += [each for each in lifecycle.content.states if each != lifecycle.content.initial]
    positions = {str(row["code"]): at for at, row in enumerate(ground.rows)}
    points = polygons.representative_point()
    return {
        "day": layer.day.isoformat(),
        "states": [
            {
                "name": lifecycle.state_name(each, language),
                "mark": state_mark(each).key,
                "listed": lifecycle.is_frozen(each),
            }
            for each in ids
        ],
        "townships": [
            _township(row, layer, [round(point.y, 5), round(point.x, 5)], language)
            for row, point in zip(ground.rows, points, strict=True)
        ],
        "steps": [
            [
                step.day.isoformat(),
                step.listed,
                [
                    [positions[code], ids.index(state)]
                    for code, state in sorted(step.states.items())
                    if code in positions
                ],
            ]
            for step in layer.steps
        ],
    }


def _township(row: Any, layer: StatusLayer, at: list[float], language: str) -> dict[str, Any]:
    status = layer.of(str(row["code"]))
    said: dict[str, Any] = {
        "name": row["name"],
        "county": row["county_name"],
        "code": row["code"],
        "at": at,
        "until": status.until.isoformat() if status.until else "",
    }
    if layer.shows_deadlines:
        due = status.next_deadline
        named = (due.name_zh if language == "zh" else due.name_en) if due else ""
        said |= {"overdue": status.overdue, "next": f"{named} {due.due_on}" if due else ""}
    return said


def _townships(polygons: gpd.GeoSeries) -> GeoJson:
    features = [feature(position, shape, {}) for position, shape in enumerate(polygons)]
    return GeoJson(
        {"type": "FeatureCollection", "features": features},
        name="townships",
        control=False,
        style_function=lambda _: _BORDER,
    )


def _sources(ground: Ground) -> list[str]:
    """Return where figures and borders come from, each once, with licence and map-approval number."""
    language, boundaries = ground.language, ground.facts["boundaries"]
    named = [each for each in ground.facts["sources"] if each["source"]]
    texts = [
        translate("map.licensed", language, source=each["source"], licence=each["licence"])
        if each["licence"]
        else each["source"]
        for each in [*named, boundaries]
    ]
    number = boundaries["map_approval_number"]
    texts += [translate("map.approval", language, number=number)] if number else []
    return list(dict.fromkeys(texts))
