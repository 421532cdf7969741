"""Outlines above the townships: top lists, key areas, counties."""

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo_jindu.results import Results
from geo_jindu.texts import Language, translate
from maps.geometry import county_borders
from maps.safe_text import display_text
from maps.top_list import Ranking, certainty, top_townships
from maps.verbatim import DivIcon, FeatureGroup, GeoJson, Marker

Style = dict[str, Any]

_LINE: Style = {"fill": False, "interactive": False}
_DASHES: dict[str, Style] = {
    "solid": {},
    "dashed": {"dashArray": "8 5"},
    "dotted": {"dashArray": "2 5"},
}
_COUNTY: Style = _LINE | {"color": "#222222", "weight": 1.8}
_TOP: Style = _LINE | {"color": "#08306b", "weight": 3}
_KEY_AREA: Style = _LINE | {"color": "#7a0177", "weight": 4}
_CASING: Style = _LINE | {"color": "#ffffff", "weight": 6}


def draw_top_list(
    results: Results, ranking: Ranking, polygons: gpd.GeoSeries, *, first: bool
) -> FeatureGroup:
    """Outline a top list, the surer the fuller the line."""
    configuration = results.configuration
    name = translate(
        "map.top_layer",
        configuration.area.language,
        indicator=ranking.name,
        k=configuration.ranking.k,
    )
    layer = FeatureGroup(name=display_text(name), show=first)
    top = top_townships(results, ranking).sort_index()
    styles = [_TOP | _DASHES[certainty(each)] for each in top[f"{ranking.id}_top_k_probability"]]
    _outlines(polygons[top.index], styles).add_to(layer)
    return layer


def draw_counties(table: pd.DataFrame, polygons: gpd.GeoSeries, language: Language) -> FeatureGroup:
    """Draw county borders and names; ``table`` has ``county`` and ``county_name``."""
    layer = FeatureGroup(name=display_text(translate("map.county_layer", language)))
    names = table.drop_duplicates("county").set_index("county")["county_name"]
    borders = county_borders(polygons, table["county"].to_numpy())
    _outlines(borders, [_COUNTY] * len(borders)).add_to(layer)
    for county, shape in borders.items():
        _county_name(shape, names[county]).add_to(layer)
    return layer


def draw_key_areas(key_areas: pd.DataFrame, polygons: gpd.GeoSeries, name: str) -> FeatureGroup:
    """Outline the key areas: listed now in a full line, delisted dashed."""
    layer = FeatureGroup(name=display_text(name))
    listed = key_areas.sort_index()
    shapes = polygons[listed.index]
    lines = ["solid" if is_listed else "dashed" for is_listed in listed["is_listed"]]
    _outlines(shapes, [_CASING] * len(shapes)).add_to(layer)  # so that dashes show on any line below
    _outlines(shapes, [_KEY_AREA | _DASHES[line] for line in lines]).add_to(layer)
    return layer


def _outlines(shapes: gpd.GeoSeries, styles: list[Style]) -> GeoJson:
    features = [
        feature(position, shape, {"style": dict(style)})
        for position, (shape, style) in enumerate(zip(shapes, styles, strict=True))
    ]
    return GeoJson(
        {"type": "FeatureCollection", "features": features},
        control=False,
        style_function=lambda feature: feature["properties"]["style"],
    )


def _county_name(shape: shapely.Geometry, name: str) -> Marker:
    point = shapely.point_on_surface(shape)
    html = f"<span>{display_text(name)}</span>"
    icon = DivIcon(html=html, icon_size=(0, 0), class_name="county-name")
    return Marker([point.y, point.x], icon=icon, interactive=False, keyboard=False)


def feature(position: int, shape: shapely.Geometry, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {
        "type": "Feature",
        "id": position,
        "properties": properties,
        "geometry": shapely.geometry.mapping(shape),
    }
