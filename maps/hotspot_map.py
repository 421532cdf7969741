"""The hotspot map: one HTML file that opens from disk with the network off."""

from typing import Any

import geopandas as gpd

from geo_jindu.configuration import Configuration
from geo_jindu.description import reporting_note, results_title
from geo_jindu.results import Results
from geo_jindu.texts import translate
from maps.geometry import simplify_for_display
from maps.key_areas import describe_key_areas
from maps.outlines import draw_counties, draw_key_areas, draw_top_list, feature
from maps.page import figure_of, render_page
from maps.popup_texts import Field, percent, township_fields
from maps.safe_text import display_text
from maps.scan_layer import draw_clusters
from maps.themes import Theme, themes
from maps.top_list import LIKELY, SURE, rankings, top_rows
from maps.verbatim import (
    FeatureGroup,
    FitBounds,
    GeoJson,
    GeoJsonPopup,
    LayerControl,
    Map,
    number_elements,
)

_BORDER = {"color": "#6b6b6b", "weight": 0.6, "fillOpacity": 0.85}


def draw_hotspot_map(results: Results) -> str:
    """Draw the map of what a tier may see.

    Returns
    -------
    str
        A whole HTML page: choropleth and hotspots of every severity indicator, changes beside the
        city's, outlines of top lists and key areas, county borders; scripts and styles inside. The
        same results gives the same text.
    """
    measuring_crs = results.configuration.area.measuring_crs
    polygons = simplify_for_display(results.table.geometry, measuring_crs)
    shown = themes(results)
    fields = {f"t{at}": field for at, field in enumerate(township_fields(results))}
    canvas = Map(tiles=None, zoom_control=False, zoom_snap=0.25, zoom_delta=0.5)
    canvas.options["max_zoom"] = 18
    layers = [_theme_group(theme, first=theme is shown[0]).add_to(canvas) for theme in shown]
    townships = _township_layer(fields, polygons, shown).add_to(canvas)
    if (results.table["county"] != "").any():
        language = results.configuration.area.language
        draw_counties(results.table, polygons, language).add_to(canvas)
    ranked = rankings(results)
    tops = [
        draw_top_list(results, each, polygons, first=each is ranked[0]).add_to(canvas)
        for each in ranked
    ]
    for indicator in results.severity_indicators:
        clusters = draw_clusters(results, indicator, polygons)
        if clusters is not None:
            clusters.add_to(canvas)
    if results.key_areas is not None:
        name = translate("map.key_area_layer", results.configuration.area.language)
        draw_key_areas(results.key_areas, polygons, name).add_to(canvas)
    LayerControl(collapsed=False).add_to(canvas)
    xmin, ymin, xmax, ymax = polygons.total_bounds
    FitBounds([[ymin, xmin], [ymax, xmax]], padding=(12, 12)).add_to(canvas)
    number_elements(figure_of(canvas))
    language = results.configuration.area.language
    groups = [each.id for each in ranked] or [each.id for each in results.severity_indicators]
    words = ("zoom_in", "zoom_out", "close", "layers", "disputed")
    settings = {
        "map": canvas.get_name(),
        "townships": townships.get_name(),
        "themes": [layer.get_name() for layer in layers],
        "theme_indicators": [groups.index(theme.indicator) for theme in shown],
        "tops": [layer.get_name() for layer in tops],
        "codes": [display_text(code) for code in results.table.index],
        "disputable": {
            indicator.id: _first_field(fields, indicator.id)
            for indicator in results.configuration.indicators
        },
        "labels": {key: field.label for key, field in fields.items()},
        "tooltips": [
            [key for key, field in fields.items() if field.indicator in (None, group)]
            for group in groups
        ],
        "words": {word: translate(f"map.{word}", language) for word in words},
    }
    return _page(results, canvas, shown, settings)


def _theme_group(theme: Theme, *, first: bool) -> FeatureGroup:
    """Return an empty layer that stands for a theme in the layer control; a script recolours."""
    return FeatureGroup(name=display_text(theme.name), overlay=False, show=first)


def _township_layer(fields: dict[str, Field], polygons: gpd.GeoSeries, shown: list[Theme]) -> GeoJson:
    rows = zip(*(field.texts for field in fields.values()), strict=True)
    fills = zip(*(theme.colours for theme in shown), strict=True)
    features = [
        feature(position, shape, dict(zip(fields, row, strict=True)) | {"fill": fill})
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


def _first_field(fields: dict[str, Field], indicator: str) -> str:
    """Return the key of the field that holds an indicator's count."""
    return next(key for key, field in fields.items() if field.indicator == indicator)


def _page(results: Results, canvas: Map, shown: list[Theme], settings: dict[str, Any]) -> str:
    language = results.configuration.area.language
    top_lists = [(each, top_rows(results, each)) for each in rankings(results)]
    disputes = [
        [display_text(code), indicator.id]
        for indicator in results.configuration.indicators
        for code in results.table.index[results.table[f"{indicator.id}_disputed"]]
    ]
    return render_page(
        canvas,
        "page",
        results=results,
        disputes=disputes,
        configuration=results.configuration,
        themes=shown,
        top_lists=top_lists,
        key_areas=describe_key_areas(results),
        title=results_title(results.configuration),
        sources=_source_texts(results.configuration),
        sure=percent(SURE),
        likely=percent(LIKELY),
        note=reporting_note(language),
        say=lambda key, **values: translate(key, language, **values),
        settings=settings,
    )


def _source_texts(configuration: Configuration) -> list[str]:
    """Return where the figures come from, each once, with its licence."""
    language = configuration.area.language
    named = [source for source in configuration.sources if source.source]
    texts = [
        translate("map.licensed", language, source=each.source, licence=each.licence)
        if each.licence
        else each.source
        for each in named
    ]
    return list(dict.fromkeys(texts))
