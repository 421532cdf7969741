"""GCJ-02 and BD-09, the offset coordinates of Chinese web maps, to WGS 84 and back.

Own code, because on PyPI no package is both exact and fast: the compiled ones (coordTransform,
pybind11_coordtransform) are up to 4.9 m off, the exact ones (prcoords, coord-convert,
geocoordinates-rs) take one point at a time.

No document of the authority gives the formulas. They are known from the public domain PRCoords
(https://github.com/Artoria2e5/PRCoords) and from eviltransform
(https://github.com/googollee/eviltransform), which agree but for the radius of the second.
"""

import cmath
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo_jindu.rates import Array

if TYPE_CHECKING:
    import geopandas as gpd

    Degrees: TypeAlias = NDArray[np.floating[Any]]
    Turns: TypeAlias = NDArray[np.complexfloating[Any, Any]]
    Convert: TypeAlias = Callable[[Array], Array]

_LOW = np.array([[72.004], [0.8293]])
_HIGH = np.array([[137.8347], [55.8271]])
"""Mainland bounds [degrees, WGS 84], longitude and latitude: the box of both sources. It is wider
than China, but what lies in it and is declared as offset, is."""

_REACH = 0.05
"""Farther than any offset in the box [degrees]; the largest is 0.018."""

_SLACK = 1e-8
"""Some 1 mm [degrees]: more than the inverse errs, so that it finds points on the box's edge."""

_SEMI_MAJOR_AXIS = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
"""Krasovsky's ellipsoid of 1940 [metres, 1], which the formula of GCJ-02 takes."""

_LATITUDE_OF_ORIGIN = cmath.rect(1, math.radians(35))

_GCJ02_ROUNDS = (np.float32, np.float32, np.float64)
"""Precision of each round of the inverse. The offset changes by at most 0.7 % of a distance, so a
round leaves 1/140 of the error: 5 m, 35 mm, 0.3 mm. That also holds for the rounding of the first
rounds, whose sines cost a tenth in single precision."""

_BD09_ROUNDS = (np.float64,) * 5
"""As above; BD-09 changes against GCJ-02 by 2 % of a distance: the last round leaves 0.01 mm."""

_POINTS_AT_ONCE = 8192
"""What is computed with at once stays in a core's cache."""


def to_gcj02(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Convert WGS 84 to GCJ-02.

    Parameters
    ----------
    lon, lat
        Degrees, of equal shape. Points outside of the box stay where they are.

    Returns
    -------
    tuple
        Longitude and latitude [degrees], shaped as the input; both NaN where either is not finite.
    """
    return _convert(lon, lat, partial(_displace, add=_add_gcj02))


def from_gcj02(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Convert GCJ-02 to WGS 84, to better than 1 mm.

    The inverse of `to_gcj02` for every point that was in the box. Just outside of the box a point
    can be where it always was, or come from inside; it is taken to come from inside.

    Parameters
    ----------
    lon, lat
        Degrees, of equal shape. Points that come from no point in the box stay where they are.

    Returns
    -------
    tuple
        Longitude and latitude [degrees], shaped as the input; both NaN where either is not finite.
    """
    return _convert(lon, lat, partial(_restore, subtract=_subtract_gcj02))


def to_bd09(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Convert WGS 84 to BD-09, of Baidu; otherwise as `to_gcj02`."""
    return _convert(lon, lat, partial(_displace, add=_add_bd09))


def from_bd09(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Convert BD-09, of Baidu, to WGS 84; otherwise as `from_gcj02`."""
    return _convert(lon, lat, partial(_restore, subtract=_subtract_bd09))


def convert_geometry(geometry: "gpd.GeoSeries", datum: str) -> "gpd.GeoSeries":
    """Convert every vertex to WGS 84.

    Parameters
    ----------
    geometry
        In degrees of ``datum``, whatever CRS it claims; heights are dropped.
    datum
        ``gcj02`` or ``bd09``, in any case.

    Returns
    -------
    geopandas.GeoSeries
        EPSG:4326, with the index of the input. None and empty stay.

    Raises
    ------
    KeyError
        If the datum is another; `geo_jindu.datums` tells users of that.
    """
    convert = {"gcj02": from_gcj02, "bd09": from_bd09}[datum.lower()]
    converted = geometry.transform(lambda points: np.column_stack(convert(*points.T)))
    return converted.set_crs("EPSG:4326", allow_override=True)


def _convert(lon: Array, lat: Array, convert: "Convert") -> tuple[Array, Array]:
    """Convert a copy piece by piece; ``convert`` takes and returns finite or NaN, shape (2, n)."""
    points = np.stack((lon, lat), dtype=np.float64)
    flat = points.reshape(2, -1)
    for start in range(0, flat.shape[1], _POINTS_AT_ONCE):
        part = flat[:, start : start + _POINTS_AT_ONCE]
        part[:, ~np.isfinite(part).all(axis=0)] = np.nan
        part[:] = convert(part)
    return points[0], points[1]


def _displace(points: Array, add: "Convert") -> Array:
    """Add the offset to points in the box."""
    near = np.clip(points, _LOW, _HIGH)
    return np.where((near == points).all(axis=0), add(near), points)


def _restore(points: Array, subtract: "Convert") -> Array:
    """Subtract the offset from points that come from the box."""
    found = subtract(np.clip(points, _LOW - _REACH, _HIGH + _REACH))
    inside = np.clip(found, _LOW, _HIGH)
    return np.where((np.abs(found - inside) < _SLACK).all(axis=0), inside, points)


def _add_gcj02(points: Array) -> Array:
    return points + _offset_gcj02(points)


def _subtract_gcj02(points: Array) -> Array:
    found = points
    for precision in _GCJ02_ROUNDS:
        found = points - _offset_gcj02(found.astype(precision))
    return found


def _add_bd09(points: Array) -> Array:
    gcj02 = _add_gcj02(points)
    return gcj02 + _offset_bd09(gcj02)


def _subtract_bd09(points: Array) -> Array:
    gcj02 = points
    for precision in _BD09_ROUNDS:
        gcj02 = points - _offset_bd09(gcj02.astype(precision))
    return _subtract_gcj02(gcj02)


def _offset_gcj02(points: "Degrees") -> "Degrees":
    """Return GCJ-02 minus WGS 84 at points in WGS 84 [degrees], shape (2, n), in their precision.

    With x, y [degrees] from 105° E, 35° N, the formula is, to the east and to the north [metres]::

        300 +  x + 2y + x²/10 + xy/10 + √|x|/10 + 40/3 (w(x) + sin πx + 2 sin πx/3
                                                        + 7.5 sin πx/12 + 15 sin πx/30)
       -100 + 2x + 3y + y²/5  + xy/10 + √|x|/5  + 40/3 (w(x) + sin πy + 2 sin πy/3
                                                        + 8 sin πy/12 + 16 sin πy/30)
        where w(x) = sin 6πx + sin 2πx

    which is divided by the length of a degree on the ellipsoid. All sines come from one turn in the
    complex plane per axis, as powers of it: the sine itself costs more than all else.
    """
    x, y = points[0] - 105, points[1] - 35
    turn = _turn(y * (np.pi / 180))
    latitude = turn * _LATITUDE_OF_ORIGIN
    _, waves_y = _sum_waves(turn * turn * turn, 8)
    turn_x, waves_x = _sum_waves(_turn(x * (np.pi / 60)), 7.5)
    turn_2x = turn_x * turn_x
    fast = (turn_2x * turn_2x * turn_2x).imag + turn_2x.imag
    root, tenth = np.sqrt(np.abs(x)) / 10, x / 10
    east = 300 + x + 2 * y + tenth * (x + y) + root + (40 / 3) * (fast + waves_x)
    north = -100 + 2 * x + (3 + tenth + y / 5) * y + 2 * root + (40 / 3) * (fast + waves_y)
    flattened = 1 - _ECCENTRICITY_SQUARED * latitude.imag**2
    curved = np.sqrt(flattened) / (_SEMI_MAJOR_AXIS * math.radians(1))
    meridian = curved * flattened / (1 - _ECCENTRICITY_SQUARED)
    return np.stack((east * curved / latitude.real, north * meridian))


def _turn(angle: "Degrees") -> "Turns":
    """Return exp(i angle), angle in radians."""
    turn = np.empty(angle.shape, np.result_type(angle, np.complex64))
    np.cos(angle, out=turn.real)
    np.sin(angle, out=turn.imag)
    return turn


def _sum_waves(turn: "Turns", slow: float) -> "tuple[Turns, Degrees]":
    """Return exp(iπt) and sin πt + 2 sin πt/3 + slow (sin πt/12 + 2 sin πt/30) from exp(iπt/60)."""
    turn_2 = turn * turn
    turn_5 = turn_2 * turn_2 * turn
    turn_10 = turn_5 * turn_5
    turn_20 = turn_10 * turn_10
    turn_60 = turn_20 * turn_20 * turn_20
    slowest = turn_5.imag + 2 * turn_2.imag
    return turn_60, turn_60.imag + 2 * turn_20.imag + slow * slowest


def _offset_bd09(points: "Degrees") -> "Degrees":
    """Return BD-09 minus GCJ-02 at points in GCJ-02 [degrees], shape (2, n).

    Both sources take degrees as plane coordinates, stretch the radius from (0, 0) by
    0.00002 sin(50π lat/3), turn by 0.000003 cos(50π lon/3) radians, then move by (0.0065, 0.006).
    """
    lon, lat = points
    angle = 0.000003 * np.cos(lon * (50 * np.pi / 3))
    stretch = 1 + 0.00002 * np.sin(lat * (50 * np.pi / 3)) / np.hypot(lon, lat)
    cos, sin = stretch * np.cos(angle), stretch * np.sin(angle)
    return np.stack((lon * cos - lat * sin - lon + 0.0065, lat * cos + lon * sin - lat + 0.006))
