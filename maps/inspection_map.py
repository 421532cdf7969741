"""The map of an inspection: where in the file each finding lies. For checking, not for display."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from folium import CircleMarker

from geo_jindu.boundary_findings import Finding, FindingKind, Inspection
from geo_jindu.boundary_texts import (
    area_text,
    detail_text,
    facts,
    kind_text,
    offset_text,
    place_text,
    unit_names,
    units_text,
    verdict_text,
)
from geo_jindu.provenance import Provenance
from geo_jindu.texts import Language, translate
from maps.outlines import feature
from maps.page import figure_of, render_page
from maps.safe_text import display_text
from maps.verbatim import (
    FeatureGroup,
    FitBounds,
    GeoJson,
    GeoJsonPopup,
    LayerControl,
    Map,
    number_elements,
)

BORDER_STEPS = 10_000
"""Borders are drawn to the area's longer side over this: 18 m at Beijing, a fifth of its points."""
MOST_DRAWN = 1_000
"""Places of one kind that are drawn, the largest first: more would not be told apart on a screen."""
MOST_LISTED = 20
"""Of these, places that are listed beside the map."""

_CODE, _PARENT = "#7a0177", "#b35806"
COLOURS = {
    FindingKind.EMPTY_CODE: _CODE,
    FindingKind.REPEATED_CODE: _CODE,
    FindingKind.MALFORMED_CODE: _CODE,
    FindingKind.EMPTY_NAME: _CODE,
    FindingKind.INVALID_POLYGON: "#000000",
    FindingKind.MOSTLY_CLAIMED: "#67001f",
    FindingKind.OVERLAP: "#d6181f",
    FindingKind.GAP: "#1c5fd0",
    FindingKind.NO_PARENT: _PARENT,
    FindingKind.OTHER_PARENT: _PARENT,
    FindingKind.UNKNOWN_PARENT: _PARENT,
    FindingKind.OUTSIDE_PARENT: _PARENT,
    FindingKind.EXCLAVE: "#1b7837",
    FindingKind.DETACHED_PART: "#5aae61",
    FindingKind.ISLAND: "#01818a",
    FindingKind.STATISTICS_ONLY: "#636363",
}
"""Of every kind that has a place on the map."""
_UNIT = {"color": "#5a6570", "weight": 0.8, "fillColor": "#fdfdfb", "fillOpacity": 0.9}


Placed = list[tuple[int, Finding]]
"""Findings that have a place, each with its number in the inspection."""


@dataclass(frozen=True)
class PlaceList:
    """The places of one kind beside the map, each with the number of its finding.

    Texts are not yet made safe for display.
    """

    heading: str
    colour: str
    rows: list[tuple[int, dict[str, str]]]
    more: int
    drawn: int


def draw_inspection_map(frame: gpd.GeoDataFrame, inspection: Inspection, language: Language) -> str:
    """Draw where in a boundary file the findings lie.

    Parameters
    ----------
    frame
        ``code``, ``name`` (text or ``None``) and geometry in any CRS, index = row: what was inspected.

    Returns
    -------
    str
        A whole HTML page that opens offline; the same inspection gives the same text.
    """
    without = [row for each in inspection.by_kind.get(FindingKind.NO_POLYGON, []) for row in each.rows]
    measured = frame.drop(index=without).to_crs(inspection.measuring_crs)
    west, south, east, north = measured.total_bounds
    tolerance_m = max(east - west, north - south) / BORDER_STEPS
    texts = _finding_texts(inspection, unit_names(frame["code"], frame["name"]), language)
    placed = _placed(inspection)
    canvas = Map(tiles=None, zoom_control=False, zoom_snap=0.25, zoom_delta=0.5)
    canvas.options["max_zoom"] = 20
    _draw_units(measured, tolerance_m, language).add_to(canvas)
    groups = [
        _draw_places(kind, findings, texts, language).add_to(canvas)
        for kind, findings in placed.items()
    ]
    LayerControl(collapsed=False).add_to(canvas)
    west, south, east, north = measured.to_crs(4326).total_bounds
    FitBounds([[south, west], [north, east]], padding=(12, 12)).add_to(canvas)
    number_elements(figure_of(canvas))
    words = ("zoom_in", "zoom_out", "close", "layers")
    settings = {
        "map": canvas.get_name(),
        "groups": [group.get_name() for group in groups],
        "words": {word: translate(f"map.{word}", language) for word in words},
    }
    return render_page(
        canvas,
        "inspection",
        language=language,
        is_synthetic=inspection.provenance is Provenance.SYNTHETIC,
        verdict=verdict_text(inspection, language),
        offset=offset_text(inspection.offset, language) if inspection.offset else "",
        facts=facts(inspection, language),
        lists=[_list(kind, findings, texts, language) for kind, findings in placed.items()],
        unplaced=_unplaced(inspection, language),
        tolerance_m=f"{tolerance_m:,.1f}",
        say=lambda key, **values: translate(key, language, **values),
        settings=settings,
    )


def _finding_texts(
    inspection: Inspection, names: dict[int, str], language: Language
) -> list[dict[str, str]]:
    """Return what is said of each finding, by the words that label it."""
    return [
        {
            "found": kind_text(each.kind, language),
            "unit": units_text(each, names, language),
            "area": area_text(each.area_m2, language),
            "where": place_text(each.at),
            "detail": detail_text(each, language),
        }
        for each in inspection.findings
    ]


def _placed(inspection: Inspection) -> dict[FindingKind, Placed]:
    placed: dict[FindingKind, Placed] = {}
    for number, finding in enumerate(inspection.findings):
        if finding.at:
            placed.setdefault(finding.kind, []).append((number, finding))
    return placed


def _unplaced(inspection: Inspection, language: Language) -> list[str]:
    """Name what has no place on the map, but for the offset, which has a sentence of its own."""
    found = {
        kind: sum(not each.at for each in findings) for kind, findings in inspection.by_kind.items()
    }
    return [
        _heading(kind, number, language)
        for kind, number in found.items()
        if number and kind is not FindingKind.OFFSET
    ]


def _heading(kind: FindingKind, number: int, language: Language) -> str:
    return translate(
        "inspection.places", language, kind=kind_text(kind, language), number=f"{number:,}"
    )


def _labels(keys: Iterable[str], language: Language) -> list[str]:
    return [display_text(translate(f"inspection.{key}", language)) for key in keys]


def _draw_units(measured: gpd.GeoDataFrame, tolerance_m: float, language: Language) -> GeoJson:
    simple = measured.geometry.simplify(tolerance_m).to_crs(4326)
    degrees = shapely.transform(simple.to_numpy(), lambda points: np.round(points, 5))
    names = unit_names(measured["code"], measured["name"]).values()
    features = []
    for at, (shape, name, area) in enumerate(zip(degrees, names, measured.area, strict=True)):
        texts = {"unit": display_text(name), "area": display_text(area_text(area, language))}
        features.append(feature(at, shape, texts))
    layer = GeoJson(
        {"type": "FeatureCollection", "features": features},
        control=False,
        style_function=lambda _: _UNIT,
    )
    keys = ("unit", "area")
    GeoJsonPopup(list(keys), _labels(keys, language), max_width=420).add_to(layer)
    return layer


def _draw_places(
    kind: FindingKind, placed: Placed, texts: list[dict[str, str]], language: Language
) -> FeatureGroup:
    """Draw each place as it is, and a circle on it that is seen at any scale."""
    colour = COLOURS[kind]
    heading = display_text(_heading(kind, len(placed), language))
    placed = placed[:MOST_DRAWN]
    group = FeatureGroup(name=f'<i class="place" style="background:{colour}"></i>{heading}')
    shapes = [feature(number, _exact(each.shape), {}) for number, each in placed if each.shape]
    if shapes:
        GeoJson(
            {"type": "FeatureCollection", "features": shapes},
            style_function=lambda _: {"color": colour, "weight": 1, "fillOpacity": 0.5},
            interactive=False,
        ).add_to(group)
    points = [_point(number, each, texts[number]) for number, each in placed]
    layer = GeoJson(
        {"type": "FeatureCollection", "features": points},
        style_function=lambda _: {"color": "#ffffff", "weight": 1, "fillColor": colour},
        marker=CircleMarker(radius=5, fill=True, fill_opacity=0.85),
    )
    keys = list(texts[placed[0][0]])
    GeoJsonPopup(keys, _labels(keys, language), max_width=420).add_to(layer)
    layer.add_to(group)
    return group


def _exact(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda degrees: np.round(degrees, 7))


def _point(number: int, finding: Finding, texts: dict[str, str]) -> dict[str, Any]:
    point = shapely.Point(finding.at)
    west, south, east, north = shapely.bounds(_exact(finding.shape or point))
    shown = {key: display_text(text or "—") for key, text in texts.items()}
    return feature(number, _exact(point), shown | {"box": [[south, west], [north, east]]})


def _list(
    kind: FindingKind, placed: Placed, texts: list[dict[str, str]], language: Language
) -> PlaceList:
    rows = [(number, texts[number]) for number, _ in placed[:MOST_LISTED]]
    heading = _heading(kind, len(placed), language)
    drawn = min(len(placed), MOST_DRAWN)
    return PlaceList(heading, COLOURS[kind], rows, len(placed) - len(rows), drawn)
