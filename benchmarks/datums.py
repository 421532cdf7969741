"""GCJ-02 to WGS 84: `geo_jindu.offset_datums.from_gcj02` beside the formula as it is published."""

import numpy as np
from numpy.typing import NDArray
from rows import PER_SECOND, Row, least_ms_in_turn

from geo_jindu.offset_datums import from_gcj02

POINTS = 5_000_000
WEST, SOUTH, EAST, NORTH = 73.5, 3.9, 135.0, 53.5
ENOUGH_DEGREES = 1e-6
METRES_PER_DEGREE = 111_320

Points = NDArray[np.float64]


def measure_offsets() -> list[Row]:
    """Convert random points of the mainland both ways; both must find where they come from."""
    generator = np.random.default_rng(POINTS)
    wgs84 = generator.uniform([[WEST], [SOUTH]], [[EAST], [NORTH]], (2, POINTS))
    gcj02 = wgs84 + _offset(wgs84)
    (our_ms, ours), (peer_ms, peers) = least_ms_in_turn(
        lambda: np.stack(from_gcj02(*gcj02)), lambda: _iterate(gcj02), repeats=3
    )
    off, peers_off = _metres_off(ours, wgs84), _metres_off(peers, wgs84)
    assert max(off, peers_off) < 0.01
    return [
        Row(
            f"convert {POINTS:,} points from GCJ-02 to WGS 84",
            POINTS / our_ms * 1000,
            PER_SECOND,
            POINTS / peer_ms * 1000,
            "the formula in NumPy, iterated",
            f"farthest off: {off * 1000:.2f} mm, peer {peers_off * 1000:.2f} mm; one thread",
        )
    ]


def _iterate(gcj02: Points) -> Points:
    """Subtract the offset until nothing moves any more, as prcoords and coord-convert do."""
    found, change = gcj02, np.inf
    while change > ENOUGH_DEGREES:
        better = gcj02 - _offset(found)
        found, change = better, np.abs(better - found).max()
    return found


def _offset(points: Points) -> Points:
    """Write the formula out, a sine at a time."""
    (lon, lat), pi, sin = points, np.pi, np.sin
    x, y = lon - 105, lat - 35
    common = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (common + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (common + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    axis, eccentricity_squared = 6378245.0, 0.00669342162296594323
    flat = 1 - eccentricity_squared * sin(np.radians(lat)) ** 2
    meridian = axis * (1 - eccentricity_squared) / (flat * np.sqrt(flat))
    parallel = axis / np.sqrt(flat) * np.cos(np.radians(lat))
    return np.stack((np.degrees(east / parallel), np.degrees(north / meridian)))


def _metres_off(points: Points, true: Points) -> float:
    lon, lat = (points - true) * METRES_PER_DEGREE
    return float(np.hypot(lon * np.cos(np.radians(true[1])), lat).max())
