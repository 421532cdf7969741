"""Folium maps that open with the network unplugged and cannot be talked into running anything."""

from maps.density_map import draw_density_map
from maps.hotspot_map import draw_hotspot_map
from maps.inspection_map import draw_inspection_map

__all__ = ["draw_density_map", "draw_hotspot_map", "draw_inspection_map"]
