"""The map of densities: classes of ground, and never a point."""

import geopandas as gpd

from geo_jindu.density_file import DIGITS, contour_shapes
from geo_jindu.density_layer import DensityLayer
from geo_jindu.description import reporting_note
from geo_jindu.texts import translate
from maps.geometry import simplify_for_display
from maps.outlines import feature
from maps.page import figure_of, render_page
from maps.safe_text import display_text
from maps.style import class_colours
from maps.verbatim import (
    FeatureGroup,
    FitBounds,
    GeoJson,
    GeoJsonPopup,
    LayerControl,
    Map,
    number_elements,
)

_BORDER = {"color": "#6b6b6b", "weight": 0.8, "fillColor": "#fdfdfb", "fillOpacity": 0.9}


def draw_density_map(layer: DensityLayer) -> str:
    """Draw how dense incidents lie.

    Returns
    -------
    str
        A whole HTML page that opens offline; the same layer gives the same text.
    """
    area = layer.configuration.area
    polygons = simplify_for_display(layer.townships.geometry, area.measuring_crs)
    colours = class_colours(len(layer.contours))
    canvas = Map(tiles=None, zoom_control=False, zoom_snap=0.25, zoom_delta=0.5)
    canvas.options["max_zoom"] = 16
    _draw_townships(layer, polygons).add_to(canvas)
    group = FeatureGroup(name=display_text(layer.name)).add_to(canvas)
    _draw_classes(layer, colours).add_to(group)
    LayerControl(collapsed=False).add_to(canvas)
    west, south, east, north = polygons.total_bounds
    FitBounds([[south, west], [north, east]], padding=(12, 12)).add_to(canvas)
    number_elements(figure_of(canvas))
    words = ("zoom_in", "zoom_out", "close", "layers")
    return render_page(
        canvas,
        "density",
        layer=layer,
        boundaries=layer.configuration.boundaries,
        language=area.language,
        legend=_legend(layer, colours),
        note=reporting_note(area.language),
        say=lambda key, **values: translate(key, area.language, **values),
        settings={
            "map": canvas.get_name(),
            "words": {word: translate(f"map.{word}", area.language) for word in words},
        },
    )


def _draw_townships(layer: DensityLayer, polygons: gpd.GeoSeries) -> GeoJson:
    names = layer.townships["name"]
    features = [
        feature(at, shape, {"name": display_text(name), "code": display_text(code)})
        for at, (code, shape, name) in enumerate(zip(polygons.index, polygons, names, strict=True))
    ]
    townships = GeoJson(
        {"type": "FeatureCollection", "features": features},
        control=False,
        style_function=lambda _: _BORDER,
    )
    GeoJsonPopup(["name", "code"], labels=False).add_to(townships)
    return townships


def _draw_classes(layer: DensityLayer, colours: tuple[str, ...]) -> GeoJson:
    features = [
        feature(at, shape, {"fill": colour})
        for at, (shape, colour) in enumerate(zip(contour_shapes(layer), colours, strict=True))
    ]
    return GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda each: {
            "stroke": False,
            "fillColor": each["properties"]["fill"],
            "fillOpacity": 0.75,
        },
        interactive=False,
    )


def _legend(layer: DensityLayer, colours: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return colour and limits of each class, the highest first."""
    entries = [
        (colour, f"{each.low:.{DIGITS - 1}g} – {each.high:.{DIGITS - 1}g}")
        for colour, each in zip(colours, layer.contours, strict=True)
    ]
    return entries[::-1]
