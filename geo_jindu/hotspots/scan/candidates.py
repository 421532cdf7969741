"""Sets of units that may be clusters: circles and ellipses that grow around every unit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_jindu.rates import Array

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth (IUGG 1980, Moritz 2000, doi:10.1007/s001900050278)."""

SHAPES = (1.5, 2.0, 3.0, 4.0, 5.0)
"""Ratios of the axes of ellipses beside the circle; SaTScan's (User Guide, elliptic scan)."""
ANGLES = (4, 6, 9, 12, 15)
"""How many directions an ellipse of each of these ratios is turned to; SaTScan's."""

Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Candidates:
    """Sets of units in groups; each set is an earlier one of its group and one unit more.

    Attributes
    ----------
    units
        Position of the unit that each set adds, shape (m,).
    parents
        Place within the group of the set it is added to, always before it; -1 for none. Shape (m,).
    starts
        Where each group starts, and the end of the last one; shape (g + 1,).
    counted
        Whether a set is a candidate; a circle that would cut through units equally far is none.
    reach
        Distance of the added unit from the centre, in the unit of the coordinates, which is the radius
        (of an ellipse, the longer half axis); NaN where a set has none. Shape (m,).
    centres
        Position of the unit in the middle of each group, shape (g,).
    penalties
        What the statistic of each group is multiplied by; 1 for circles. Shape (g,).
    is_nested
        Whether each set is added to the one just before it, as for circles.
    """

    units: Positions
    parents: Positions
    starts: Positions
    counted: NDArray[np.bool_]
    reach: Array
    centres: Positions
    penalties: Array
    is_nested: bool

    def members(self, candidate: int) -> Positions:
        """Return the positions of the units of a set, the centre first."""
        start = self.starts[np.searchsorted(self.starts, candidate, side="right") - 1]
        found = []
        at = candidate - start
        while at >= 0:
            found.append(self.units[start + at])
            at = self.parents[start + at]
        return np.array(found[::-1])


def circles(
    coordinates: Array, expected: Array, max_share: float = 0.5, *, great_circle: bool = False
) -> Candidates:
    """Return every circle around a unit that holds at most a share of what is expected.

    Kulldorff 1997 (doi:10.1080/03610929708831995). Units equally far from the centre come in together.

    Parameters
    ----------
    coordinates
        Shape (n, 2): planar, or longitude and latitude in degrees on the great circle.
    expected
        Shape (n,); what the size of a cluster is measured in.
    max_share
        Of the sum of ``expected``, at most; a single unit with more is no candidate.
    great_circle
        Whether distances are measured on the sphere, in kilometres.
    """
    n = len(coordinates)
    distances = _great_circle if great_circle else _planar
    grown = [_grow(distances(coordinates, centre), expected, max_share) for centre in range(n)]
    return _gather(grown, np.arange(n), np.ones(n))


def ellipses(
    coordinates: Array, expected: Array, max_share: float = 0.5, *, penalty: float = 0.5
) -> Candidates:
    """Return circles, and ellipses of `SHAPES` in as many directions as `ANGLES` says.

    Kulldorff, Huang, Pickle and Duczmal 2006 (doi:10.1002/sim.2490): the statistic of an ellipse whose
    longer axis is ``s`` times the shorter is multiplied by ``(4 s / (s + 1)**2) ** penalty``.

    Parameters
    ----------
    coordinates
        Shape (n, 2), planar.
    penalty
        0 for none, 0.5 for medium, 1 for strong: how much compact clusters are preferred.
    """
    n = len(coordinates)
    grown: list[tuple[Positions, NDArray[np.bool_], Array]] = []
    centres: list[int] = []
    penalties: list[float] = []
    for ratio, number in ((1.0, 1), *zip(SHAPES, ANGLES, strict=True)):
        for turn in range(number):
            turned = _turn(coordinates, np.pi * turn / number) * np.array([1.0, ratio])
            grown += [_grow(_planar(turned, centre), expected, max_share) for centre in range(n)]
            centres += range(n)
            penalties += [(4 * ratio / (ratio + 1) ** 2) ** penalty] * n
    return _gather(grown, np.array(centres), np.array(penalties))


def _planar(coordinates: Array, centre: int) -> Array:
    return np.asarray(np.hypot(*(coordinates - coordinates[centre]).T), dtype=float)


def _great_circle(coordinates: Array, centre: int) -> Array:
    """Return distances on the sphere [km] by the haversine formula."""
    longitude, latitude = np.radians(coordinates).T
    across = np.sin((longitude - longitude[centre]) / 2) ** 2
    along = np.sin((latitude - latitude[centre]) / 2) ** 2
    share = along + np.cos(latitude) * np.cos(latitude[centre]) * across
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(share, 1.0))), dtype=float)


def _turn(coordinates: Array, angle: float) -> Array:
    """Return coordinates along a direction and across it."""
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-np.sin(angle), np.cos(angle)])
    return np.column_stack([coordinates @ along, coordinates @ across])


def _grow(
    distance: Array, expected: Array, max_share: float
) -> tuple[Positions, NDArray[np.bool_], Array]:
    """Return units from the nearest on, which sets are whole circles, and the distances."""
    order = np.argsort(distance)
    inside = np.cumsum(expected[order]) <= max_share * expected.sum() * (1 + 1e-9)
    number = int(np.argmin(inside)) if not inside.all() else len(order)
    near = distance[order]
    apart = np.append(np.diff(near) > 1e-9 * max(float(near[-1]), 1e-300), True)
    return order[:number], apart[:number], near[:number]


def _gather(
    grown: list[tuple[Positions, NDArray[np.bool_], Array]], centres: Positions, penalties: Array
) -> Candidates:
    sizes = np.array([len(order) for order, _, _ in grown], dtype=np.intp)
    kept = sizes > 0
    parts = [each for each, is_kept in zip(grown, kept, strict=True) if is_kept]
    nothing = (np.empty(0, np.intp), np.empty(0, bool), np.empty(0))
    units, counted, reach = (np.concatenate(part) for part in zip(*(parts or [nothing]), strict=True))
    return Candidates(
        units=units,
        parents=np.concatenate([np.arange(-1, size - 1) for size in sizes[kept]] or [sizes[:0]]),
        starts=np.concatenate([[0], np.cumsum(sizes[kept])]).astype(np.intp),
        counted=counted,
        reach=reach,
        centres=centres[kept],
        penalties=penalties[kept],
        is_nested=True,
    )
