"""Folium maps that open with the network unplugged and cannot be talked into running anything."""

from maps.hotspot_map import draw_hotspot_map
from maps.inspection_map import draw_inspection_map

__all__ = ["draw_hotspot_map", "draw_inspection_map"]
