"""Corridors from counties to provinces: arcs to labelled boxes around the frame of the map.

Destinations have no geometry here: a box says where persons were caught, not in which direction.
"""

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np

from geo_jindu.records import UNLISTED
from geo_jindu.rectification.ground import Ground
from geo_jindu.rectification.replay import CITY
from geo_jindu.rectification.status_layer import AGREEMENT, StatusLayer
from geo_jindu.texts import translate
from maps.geometry import county_borders

_FRAME = 0.16
"""How far outside the townships the boxes stand, in parts of the larger side."""


def corridor_data(ground: Ground, layer: StatusLayer, polygons: gpd.GeoSeries) -> dict[str, Any]:
    """Return counties, boxes, flows by year and ties, as the script of the page draws them.

    Flows are ``[county, box, persons]`` and ties ``[county, box, event, day, text]``, with positions in
    ``counties`` (-1 for the city) and ``boxes``.
    """
    language = ground.language
    names = {str(row["county"]): row["county_name"] for row in ground.rows}
    codes = sorted(names)
    borders = county_borders(polygons, np.array([str(row["county"]) for row in ground.rows]))
    centres = {str(code): shape.representative_point() for code, shape in borders.items()}
    provinces = sorted(layer.destinations, key=lambda each: (each == UNLISTED, each))
    boxes = [
        {"name": translate("rectification_map.other", language) if each == UNLISTED else each, "at": at}
        for each, at in zip(provinces, _around(polygons, len(provinces)), strict=True)
    ]
    years = sorted({year for flows in layer.flows.values() for year in flows})
    return {
        "counties": [
            {"name": names[code], "at": [round(centres[code].y, 5), round(centres[code].x, 5)]}
            for code in codes
        ],
        "boxes": boxes,
        "flows": {
            year: sorted(
                [codes.index(county), provinces.index(province), persons]
                for county, flows in layer.flows.items()
                if county in names
                for province, persons in flows.get(year, {}).items()
            )
            for year in years
        },
        "ties": [
            [
                codes.index(each.county) if each.county in names else -1,
                provinces.index(each.province),
                each.event,
                each.day.isoformat(),
                _tie_text(ground, each, names),
            ]
            for each in layer.ties
        ],
    }


def _tie_text(ground: Ground, tie: Any, names: dict[str, str]) -> str:
    language = ground.language
    county = translate("rectification_map.city_itself", language) if tie.county == CITY else ""
    values = {"province": tie.province, "city": tie.city, "station": tie.station, "day": tie.day}
    key = "agree_line" if tie.event == AGREEMENT else "station_line"
    named = county or names.get(tie.county, tie.county)
    return translate(f"rectification_map.{key}", language, county=named, **values)


def _around(polygons: gpd.GeoSeries, number: int) -> Iterator[list[float]]:
    """Yield places around the frame at equal distances, clockwise from the upper left corner."""
    west, south, east, north = polygons.total_bounds
    stretch = 1 / np.cos(np.radians((south + north) / 2))
    margin = _FRAME * max(north - south, (east - west) / stretch)
    west, east = west - margin * stretch, east + margin * stretch
    south, north = south - margin, north + margin
    across, down = (east - west) / stretch, north - south
    for at in range(number):
        along = (at + 0.5) / number * 2 * (across + down)
        side, rest = divmod(along, across + down)
        ahead = (min(rest, across) * stretch, max(rest - across, 0))
        y, x = (north - ahead[1], west + ahead[0]) if not side else (south + ahead[1], east - ahead[0])
        yield [round(float(y), 5), round(float(x), 5)]
