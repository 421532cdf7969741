"""GCJ-02 and BD-09, the offset coordinates of Chinese web maps, to WGS 84 and back.

Own code, because on PyPI no package is both exact and fast: the compiled ones (coordTransform,
pybind11_coordtransform) are up to 4.9 m off, the exact ones (prcoords, coord-convert,
geocoordinates-rs) take one point at a time.

No document of the authority gives the formulas. They are known from the public domain PRCoords
(https://github.com/Artoria2e5/PRCoords) and from eviltransform
(https://github.com/googollee/eviltransform), which agree but for the radius of the second.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo_jindu.rates import Array

if TYPE_CHECKING:
    import geopandas as gpd

    Degrees: TypeAlias = NDArray[np.floating[Any]]

_LOW = np.array([[72.004], [0.8293]])
_HIGH = np.array([[137.8347], [55.8271]])
"""Mainland bounds [degrees, WGS 84], longitude and latitude: the box of both sources, within which
they displace and outside of which they do not. It reaches far beyond the border."""

_REACH = 0.05
"""Farther than any offset in the box [degrees]; the largest is 0.018."""

_SLACK = 1e-8
"""Some 1 mm [degrees]: more than the inverse errs, so that it finds points on the box's edge."""

_SEMI_MAJOR_AXIS = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
"""Krasovsky's ellipsoid of 1940 [metres, 1], which the formula of GCJ-02 takes."""

_GCJ02_ROUNDS = (np.float32, np.float32, np.float64)
"""Precision of each round of the inverse. The offset changes by at most 0.9 % of a distance, so
the rounds leave 5 m, 34 mm, 0.3 mm. That also damps the rounding of the first rounds, whose sines
cost less than a tenth in single precision."""

_BD09_ROUNDS = 4
"""As above: BD-09 changes against GCJ-02 by at most 4 %; the rounds leave 16 m to 0.02 mm."""

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
    return _displace(lon, lat, _Gcj02)


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
    return _restore(lon, lat, _Gcj02)


def to_bd09(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Convert WGS 84 to BD-09, of Baidu; otherwise as `to_gcj02`."""
    return _displace(lon, lat, _Bd09)


def from_bd09(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Convert BD-09, of Baidu, to WGS 84; otherwise as `from_gcj02`."""
    return _restore(lon, lat, _Bd09)


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


class _Datum(Protocol):
    """Adds an offset to WGS 84 or subtracts it, for at most ``n`` points at once, shape (2, n)."""

    def __init__(self, n: int) -> None: ...

    def add(self, points: Array) -> Array: ...

    def subtract(self, points: Array) -> Array: ...


def _displace(lon: Array, lat: Array, make: type[_Datum]) -> tuple[Array, Array]:
    """Add the offset to points in the box."""
    points = _copy_points(lon, lat)
    datum = make(min(points[0].size, _POINTS_AT_ONCE))
    for part in _cut_up(points):
        near = np.clip(part, _LOW, _HIGH)
        part[:] = np.where((near == part).all(axis=0), datum.add(near), part)
    return points[0], points[1]


def _restore(lon: Array, lat: Array, make: type[_Datum]) -> tuple[Array, Array]:
    """Subtract the offset from points that come from the box."""
    points = _copy_points(lon, lat)
    datum = make(min(points[0].size, _POINTS_AT_ONCE))
    for part in _cut_up(points):
        found = datum.subtract(np.clip(part, _LOW - _REACH, _HIGH + _REACH))
        inside = np.clip(found, _LOW, _HIGH)
        part[:] = np.where((np.abs(found - inside) < _SLACK).all(axis=0), inside, part)
    return points[0], points[1]


def _copy_points(lon: Array, lat: Array) -> Array:
    points: Array = np.stack((lon, lat), dtype=np.float64)
    points[:, ~np.isfinite(points).all(axis=0)] = np.nan
    return points


def _cut_up(points: Array) -> Iterator[Array]:
    """Give views, shape (2, n), that can be written to."""
    flat = points.reshape(2, -1)
    for start in range(0, flat.shape[1], _POINTS_AT_ONCE):
        yield flat[:, start : start + _POINTS_AT_ONCE]


class _Gcj02:
    def __init__(self, n: int) -> None:
        self._offsets = {each: _Gcj02Offset(n, each) for each in _GCJ02_ROUNDS}

    def add(self, points: Array) -> Array:
        return points + self._offsets[np.float64].measure(points)

    def subtract(self, points: Array) -> Array:
        found = points
        for precision in _GCJ02_ROUNDS:
            found = points - self._offsets[precision].measure(found)
        return found


class _Bd09:
    def __init__(self, n: int) -> None:
        self._gcj02 = _Gcj02(n)

    def add(self, points: Array) -> Array:
        gcj02 = self._gcj02.add(points)
        return gcj02 + _measure_bd09_offset(gcj02)

    def subtract(self, points: Array) -> Array:
        gcj02 = points
        for _ in range(_BD09_ROUNDS):
            gcj02 = points - _measure_bd09_offset(gcj02)
        return self._gcj02.subtract(gcj02)


class _Gcj02Offset:
    """GCJ-02 minus WGS 84, in one precision.

    It computes in arrays of its own: to get memory anew for each piece costs more than the sines.
    """

    def __init__(self, n: int, precision: type[np.floating[Any]]) -> None:
        self._reals = np.empty((3, 2, n), precision)
        self._turns = np.empty((2, 2, n), np.result_type(precision, np.complex64))

    def measure(self, points: Array) -> "Degrees":
        """Return the offset [degrees] at points in WGS 84, shape (2, n), until the next call.

        With x, y [degrees] from 105° E, 35° N, the formula is, to the east and north [metres]::

             300 +  x + 2y + x²/10 + xy/10 + √|x|/10 + 40/3 (w(x) + sin πx + 2 sin πx/3
                                                             + 7.5 sin πx/12 + 15 sin πx/30)
            -100 + 2x + 3y + y²/5  + xy/10 + √|x|/5  + 40/3 (w(x) + sin πy + 2 sin πy/3
                                                             + 8 sin πy/12 + 16 sin πy/30)
             where w(x) = sin 6πx + sin 2πx

        each divided by the length of its degree on the ellipsoid.
        """
        offset: Degrees
        plane, offset, spare = self._reals[..., : points.shape[1]]
        (x, y), (east, north) = plane, offset
        x[:] = points[0] - 105
        y[:] = points[1] - 35
        self._add_up_waves(plane, offset, spare)
        root = np.sqrt(np.abs(x, out=spare[0]), out=spare[0])
        east += 300 + x + 2 * y + (x * (x + y) + root) / 10
        north += -100 + 2 * x + (3 + x / 10 + y / 5) * y + root / 5
        cos = np.cos((y + 35) * math.radians(1), out=spare[0])
        flat = 1 - _ECCENTRICITY_SQUARED + _ECCENTRICITY_SQUARED * cos * cos
        per_metre = np.sqrt(flat) / (_SEMI_MAJOR_AXIS * math.radians(1))
        east *= per_metre / cos
        north *= per_metre * flat / (1 - _ECCENTRICITY_SQUARED)
        return offset

    def _add_up_waves(self, plane: "Degrees", waves: "Degrees", spare: "Degrees") -> None:
        """Write the formula's sines, all as powers of exp(iπx/60) and exp(iπy/60).

        The comments give the exponents: 60 is sin πx.
        """
        turn, power = self._turns[..., : plane.shape[1]]
        np.multiply(plane, np.pi / 60, out=spare)
        np.cos(spare, out=turn.real)
        np.sin(spare, out=turn.imag)
        np.multiply(turn, turn, out=power)  # 2
        np.multiply(power.imag, 2, out=waves)
        power *= power  # 4
        turn *= power  # 5
        waves += turn.imag
        waves[0] *= 7.5
        waves[1] *= 8
        turn *= turn  # 10
        turn *= turn  # 20
        waves += turn.imag
        waves += turn.imag
        np.multiply(turn, turn, out=power)  # 40
        turn *= power  # 60
        waves += turn.imag
        fast, other = power
        np.multiply(turn[0], turn[0], out=fast)  # 120, of x for both directions
        waves += fast.imag
        np.multiply(fast, fast, out=other)  # 240
        fast *= other  # 360
        waves += fast.imag
        waves *= 40 / 3


def _measure_bd09_offset(points: Array) -> Array:
    """Return BD-09 minus GCJ-02 at points in GCJ-02 [degrees], shape (2, n).

    Both sources take degrees as plane coordinates, stretch the radius from (0, 0) by
    0.00002 sin(50π lat/3), turn by 0.000003 cos(50π lon/3) radians, then move by (0.0065, 0.006).
    """
    lon, lat = points
    angle = 0.000003 * np.cos(lon * (50 * np.pi / 3))
    stretch = 1 + 0.00002 * np.sin(lat * (50 * np.pi / 3)) / np.hypot(lon, lat)
    cos, sin = stretch * np.cos(angle), stretch * np.sin(angle)
    return np.stack((lon * cos - lat * sin - lon + 0.0065, lat * cos + lon * sin - lat + 0.006))
