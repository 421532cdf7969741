"""The hotspot map: one HTML file that opens from disk with the network off."""

from importlib.resources import files
from typing import Any, cast

import geopandas as gpd
import jinja2
import shapely
from branca.element import CssLink, Figure, JavascriptLink

from geo_jindu.assessment import Assessment
from geo_jindu.export import reporting_note
from geo_jindu.texts import translate
from maps.geometry import county_borders, simplify_for_display
from maps.offline import asset_text, refuse_outside_addresses
from maps.popup_texts import label, percent, township_texts
from maps.safe_text import display_text
from maps.themes import Theme, themes
from maps.top_list import LIKELY, SURE, certainty, top_rows
from maps.verbatim import (
    DivIcon,
    FeatureGroup,
    FitBounds,
    GeoJson,
    GeoJsonPopup,
    GeoJsonTooltip,
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
    polygons = simplify_for_display(
        assessment.table.geometry, assessment.configuration.area.measuring_crs
    )
    shown = themes(assessment)
    canvas = Map(tiles=None, zoom_control=False, zoom_snap=0.25, zoom_delta=0.5)
    canvas.options["max_zoom"] = 18
    groups = [_theme_group(theme, first=theme is shown[0]).add_to(canvas) for theme in shown]
    townships = _township_layer(assessment, polygons, shown).add_to(canvas)
    for layer in _overlays(assessment, polygons):
        layer.add_to(canvas)
    LayerControl(collapsed=False).add_to(canvas)
    xmin, ymin, xmax, ymax = polygons.total_bounds
    FitBounds([[ymin, xmin], [ymax, xmax]], padding=(12, 12)).add_to(canvas)
    number_elements(_figure(canvas))
    settings = {
        "map": canvas.get_name(),
        "townships": townships.get_name(),
        "themes": [group.get_name() for group in groups],
        "zoomIn": translate("map.zoom_in", assessment.configuration.area.language),
        "zoomOut": translate("map.zoom_out", assessment.configuration.area.language),
    }
    return _page(assessment, canvas, shown, settings)


def _theme_group(theme: Theme, *, first: bool) -> FeatureGroup:
    """Return an empty layer that stands for a theme in the layer control; a script recolours."""
    return FeatureGroup(name=display_text(theme.name), overlay=False, show=first)


def _township_layer(assessment: Assessment, polygons: gpd.GeoSeries, shown: list[Theme]) -> GeoJson:
    texts = township_texts(assessment)
    keys = [f"t{position}" for position in range(texts.shape[1])]
    labels = dict(zip(keys, texts.columns, strict=True))
    rows = [dict(zip(keys, line, strict=True)) for line in texts.itertuples(index=False)]
    colours = zip(*(theme.colours for theme in shown), strict=True)
    features = [
        _feature(position, shape, row | {"fill": list(fill)})
        for position, (shape, row, fill) in enumerate(zip(polygons, rows, colours, strict=True))
    ]
    layer = GeoJson(
        {"type": "FeatureCollection", "features": features},
        name="townships",
        control=False,
        style_function=lambda feature: _BORDER | {"fillColor": feature["properties"]["fill"][0]},
    )
    brief = [key for key in keys if key != _code_key(labels, assessment)][:8]
    GeoJsonTooltip(brief, [labels[key] for key in brief], sticky=True).add_to(layer)
    GeoJsonPopup(keys, list(labels.values()), max_width=420, max_height=360).add_to(layer)
    return layer


def _code_key(labels: dict[str, str], assessment: Assessment) -> str:
    code = display_text(label("code", assessment.configuration.area.language))
    return next(key for key, text in labels.items() if text == code)


def _overlays(assessment: Assessment, polygons: gpd.GeoSeries) -> list[FeatureGroup]:
    language = assessment.configuration.area.language
    layers = []
    county = assessment.table["county"].to_numpy()
    if (county != "").any():
        layers.append(_county_layer(assessment, polygons))
    for position, indicator in enumerate(assessment.severity_indicators):
        layer = FeatureGroup(
            name=display_text(
                translate(
                    "map.top_layer",
                    language,
                    indicator=indicator.name,
                    k=assessment.configuration.ranking.k,
                )
            ),
            show=position == 0,
        )
        in_top = assessment.table[f"{indicator.id}_in_top_k"].fillna(value=False).astype(bool)
        top = assessment.table[in_top]
        probability = top[f"{indicator.id}_top_k_probability"]
        _outlines(polygons[top.index], [_top_style(each) for each in probability]).add_to(layer)
        layers.append(layer)
    return layers


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
