"""The density of incidents as GeoJSON: one feature for each class, and never a point."""

import geopandas as gpd
import numpy as np
import orjson
import shapely

from geo_jindu.density_layer import DensityLayer
from geo_jindu.description import reporting_note
from geo_jindu.hotspots.density import FEWEST_PLACES
from geo_jindu.rates import Array
from geo_jindu.township_files import COORDINATE_DIGITS, display_shapes

DIGITS = 4
"""Significant digits of a density: more would say more than a kernel knows."""


def write_density(layer: DensityLayer) -> bytes:
    """Return RFC 7946 GeoJSON: WGS 84, six digits, the lowest class first.

    The same layer gives the same bytes.
    """
    shapes = contour_shapes(layer)
    features = [
        {
            "type": "Feature",
            "id": level,
            "bbox": list(shapely.bounds(shape)),
            "geometry": orjson.Fragment(shapely.to_geojson(shape)),
            "properties": {
                "level": level,
                "from": _rounded(contour.low),
                "to": _rounded(contour.high),
                "unit": layer.unit,
                "provenance": layer.configuration.area.provenance.value,
            },
        }
        for level, (contour, shape) in enumerate(zip(layer.contours, shapes, strict=True), 1)
    ]
    collection = {
        "type": "FeatureCollection",
        "bbox": list(shapely.total_bounds(shapes)),
        **_about(layer),
        "features": features,
    }
    return orjson.dumps(collection, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def contour_shapes(layer: DensityLayer) -> Array:
    """Return the ground of each class in degrees, valid, oriented and to six digits; shape (n,)."""
    measured = gpd.GeoSeries(
        [each.shape for each in layer.contours], crs=layer.configuration.area.measuring_crs
    )
    degrees = shapely.set_precision(measured.to_crs(4326).to_numpy(), 10.0**-COORDINATE_DIGITS)
    return display_shapes(np.asarray(degrees))


def _about(layer: DensityLayer) -> dict[str, object]:
    area = layer.configuration.area
    return {
        "title": layer.title,
        "provenance": area.provenance.value,
        "incidents": layer.incidents,
        "first_period": layer.periods[0],
        "last_period": layer.periods[1],
        "kernel": layer.kernel.value,
        "bandwidth_m": round(layer.bandwidth_m, 1),
        "cell_m": round(layer.kernel.cell_m(layer.bandwidth_m), 1),
        "fewest_places": FEWEST_PLACES,
        "unit": layer.unit,
        "method": layer.method,
        "note": reporting_note(area.language),
    }


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
