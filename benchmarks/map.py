"""The hotspot map beside a plain Folium map of the same table."""

import gzip
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import folium
from rows import Row, least_ms_in_turn

from geo_jindu.assessment import Assessment
from geo_jindu.results import full_results
from maps import draw_hotspot_map

PEER = "plain folium.GeoJson with tooltip"


def measure_map(assess: Callable[[Path], Assessment]) -> list[Row]:
    """Draw the townships of a workspace both ways: time, bytes and packed bytes of the page."""
    with TemporaryDirectory() as folder:
        assessment = assess(Path(folder, "workspace"))
    (ours, page), (peer, plain_page) = least_ms_in_turn(
        lambda: draw_hotspot_map(full_results(assessment)).encode(),
        lambda: _draw_plain_map(assessment).encode(),
    )
    what = f"map of {len(assessment.table):,} townships: "
    loading = "ours holds popups, top lists and scripts; the peer loads scripts from outside"
    return [
        Row(what + "draw", ours, "ms", peer, PEER, "ours merges points nearer than half a pixel"),
        Row(what + "size", len(page) / 1e6, "MB", len(plain_page) / 1e6, PEER, loading),
        Row(what + "gzip", _packed_mb(page), "MB", _packed_mb(plain_page), PEER, loading),
    ]


def _draw_plain_map(assessment: Assessment) -> str:
    table = assessment.table.to_crs(4326)
    canvas = folium.Map(tiles=None)
    tooltip = folium.GeoJsonTooltip([column for column in table.columns if column != "geometry"])
    folium.GeoJson(table, tooltip=tooltip).add_to(canvas)
    page: str = canvas.get_root().render()
    return page


def _packed_mb(page: bytes) -> float:
    return len(gzip.compress(page)) / 1e6
