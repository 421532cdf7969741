"""The hotspot map: one HTML file that opens from disk with the network off."""

from importlib.resources import files
from typing import Any, cast

import geopandas as gpd
import jinja2
import shapely
from branca.element import CssLink, Figure, JavascriptLink

from geo_jindu.assessment import Assessment
from geo_jindu.configuration import Indicator
from geo_jindu.export import reporting_note
from geo_jindu.texts import translate
from maps.geometry import county_borders, simplify_for_display
from maps.offline import asset_text, refuse_outside_addresses
from maps.popup_texts import Field, percent, township_fields
from maps.safe_text import display_text
from maps.themes import Theme, themes
from maps.top_list import LIKELY, SURE, certainty, top_rows, top_townships
from maps.verbatim import (
    DivIcon,
    FeatureGroup,
    FitBounds,
    GeoJson,
    GeoJsonPopup,
    LayerControl,
    Map,
    Marker,
    number_elements,
)

_DASHES = {"solid": {}, "dashed": {"dashArray": "8 5"}, "dotted": {"dashArray": "2 5"}}
_BORDER = {"color": "#6b6b6b", "weight": 0.6, "fillOpacity": 0.85}


def draw_hotspot_map(assessment: Assessment) -> str:
    """Draw the map of an assessment.

    Returns
    -------
    str
        A whole HTML page: choropleth and hotspots of every severity indicator, outlines of the top
        list, county borders; scripts and styles inside. The same assessment gives the same text.
    """
    measuring_crs = assessment.configuration.area.measuring_crs
    polygons = simplify_for_display(assessment.table.geometry, measuring_crs)
    shown = themes(assessment)
    fields = {f"t{at}": field for at, field in enumerate(township_fields(assessment))}
    canvas = Map(tiles=None, zoom_control=False, zoom_snap=0.25, zoom_delta=0.5)
    canvas.options["max_zoom"] = 18
    groups = [_theme_group(theme, first=theme is shown[0]).add_to(canvas) for theme in shown]
    townships = _township_layer(fields, polygons, shown).add_to(canvas)
    if (assessment.table["county"] != "").any():
        _county_layer(assessment, polygons).add_to(canvas)
    tops = [
        _top_layer(assessment, indicator, polygons).add_to(canvas)
        for indicator in assessment.severity_indicators
    ]
    LayerControl(collapsed=False).add_to(canvas)
    xmin, ymin, xmax, ymax = polygons.total_bounds
    FitBounds([[ymin, xmin], [ymax, xmax]], padding=(12, 12)).add_to(canvas)
    number_elements(_figure(canvas))
    language = assessment.configuration.area.language
    words = ("zoom_in", "zoom_out", "close", "layers")
    settings = {
        "map": canvas.get_name(),
        "townships": townships.get_name(),
        "themes": [group.get_name() for group in groups],
        "tops": [layer.get_name() for layer in tops],
        "labels": {key: field.label for key, field in fields.items()},
        "tooltips": [
            [key for key, field in fields.items() if field.indicator in (None, indicator.id)]
            for indicator in assessment.severity_indicators
        ],
        "words": {word: translate(f"map.{word}", language) for word in words},
    }
    return _page(assessment, canvas, shown, settings)


def _theme_group(theme: Theme, *, first: bool) -> FeatureGroup:
    """Return an empty layer that stands for a theme in the layer control; a script recolours."""
    return FeatureGroup(name=display_text(theme.name), overlay=False, show=first)


def _township_layer(fields: dict[str, Field], polygons: gpd.GeoSeries, shown: list[Theme]) -> GeoJson:
    rows = zip(*(field.texts for field in fields.values()), strict=True)
    fills = zip(*(theme.colours for theme in shown), strict=True)
    features = [
        _feature(position, shape, dict(zip(fields, row, strict=True)) | {"fill": fill})
        for position, (shape, row, fill) in enumerate(zip(polygons, rows, fills, strict=True))
    ]
    layer = GeoJson(
        {"type": "FeatureCollection", "features": features},
        name="townships",
        control=False,
        style_function=lambda feature: _BORDER | {"fillColor": feature["properties"]["fill"][0]},
    )
    labels = [field.label for field in fields.values()]
    GeoJsonPopup(list(fields), labels, max_width=420, max_height=360).add_to(layer)
    return layer


def _top_layer(assessment: Assessment, indicator: Indicator, polygons: gpd.GeoSeries) -> FeatureGroup:
    configuration = assessment.configuration
    name = translate(
        "map.top_layer",
        configuration.area.language,
        indicator=indicator.name,
        k=configuration.ranking.k,
    )
    first = indicator is assessment.severity_indicators[0]
    layer = FeatureGroup(name=display_text(name), show=first)
    top = top_townships(assessment, indicator).sort_index()
    styles = [_top_style(each) for each in top[f"{indicator.id}_top_k_probability"]]
    _outlines(polygons[top.index], styles).add_to(layer)
    return layer


def _county_layer(assessment: Assessment, polygons: gpd.GeoSeries) -> FeatureGroup:
    layer = FeatureGroup(
        name=display_text(translate("map.county_layer", assessment.configuration.area.language))
    )
    names = assessment.table.drop_duplicates("county").set_index("county")["county_name"]
    borders = county_borders(polygons, assessment.table["county"].to_numpy())
    style = {"color": "#222222", "weight": 1.8, "fill": False, "interactive": False}
    _outlines(borders, [style] * len(borders)).add_to(layer)
    for county, shape in borders.items():
        _county_name(shape, names[county]).add_to(layer)
    return layer


def _top_style(probability: float) -> dict[str, Any]:
    style = {"color": "#08306b", "weight": 3, "fill": False, "interactive": False}
    return style | _DASHES[certainty(probability)]


def _outlines(shapes: gpd.GeoSeries, styles: list[dict[str, Any]]) -> GeoJson:
    features = [
        _feature(position, shape, {"style": style})
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


def _feature(position: int, shape: shapely.Geometry, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": position,
        "properties": properties,
        "geometry": shapely.geometry.mapping(shape),
    }


def _page(assessment: Assessment, canvas: Map, shown: list[Theme], settings: dict[str, Any]) -> str:
    figure = _figure(canvas)
    for child in figure._children.values():
        child.render()
    header = figure.header._children.values()
    language = assessment.configuration.area.language
    top_lists = [
        (indicator, top_rows(assessment, indicator)) for indicator in assessment.severity_indicators
    ]
    page = _template().render(
        assessment=assessment,
        configuration=assessment.configuration,
        themes=shown,
        top_lists=top_lists,
        sure=percent(SURE),
        likely=percent(LIKELY),
        note=reporting_note(assessment),
        say=lambda key, **values: translate(key, language, **values),
        styles=[asset_text(each.url) for each in header if isinstance(each, CssLink)],
        scripts=[asset_text(each.url) for each in header if isinstance(each, JavascriptLink)],
        map_html=figure.html.render(),
        map_script=figure.script.render(),
        own_style=_own_text("page.css"),
        own_script=_own_text("page.js"),
        settings=settings,
    )
    refuse_outside_addresses(page)
    return page


def _figure(canvas: Map) -> Figure:
    return cast(Figure, canvas.get_root())


def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_own_text("page.html.j2"))


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
