"""Polygons cut along all their borders: each face of the ground with the units that claim it.

A face that several units claim is an overlap; one that none claims is a gap, and is enclosed, for
open ground is no face. Overlaps of three units and gaps beside overlaps need no case of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_jindu.rates import Array

Shapes = NDArray[np.object_]
Positions = NDArray[np.int64]

SLIVER_WIDTH_M = 1.0
"""A face that is nowhere wider [m] is a sliver. One border drawn twice and rounded to five decimals of
a degree, 1.1 m, leaves such slivers; a lane or a ditch is wider. Assumed."""

ROUNDING_M = 1e-8
"""A face of less mean width [m], twice its area over its perimeter, comes from rounding: coordinates
of millions of metres are exact to 5e-10 m, and projecting there and back rounds a few times over."""


@dataclass(frozen=True)
class Faces:
    """Ground between borders, without overlap.

    Attributes
    ----------
    shapes
        Polygons in the CRS of the units, (n,); where they meet, they have the same points.
    claimed, claimant
        Pairs of positions: this face is claimed by this unit; sorted, (m,) each.
    claims
        Number of units that claim each face, (n,).
    areas
        Area of each face, (n,).
    """

    shapes: Shapes
    claimed: Positions
    claimant: Positions
    claims: Positions
    areas: Array

    @property
    def patches(self) -> Positions:
        """The faces that not exactly one unit claims: overlaps and gaps, but for crumbs."""
        patches: Positions = np.flatnonzero((self.claims != 1) & ~self._are_thin)
        return patches

    @property
    def crumbs(self) -> Positions:
        """Overlaps and gaps that only come from rounding coordinates."""
        crumbs: Positions = np.flatnonzero((self.claims != 1) & self._are_thin)
        return crumbs

    @property
    def _are_thin(self) -> NDArray[np.bool_]:
        thin: NDArray[np.bool_] = 2 * self.areas < ROUNDING_M * shapely.length(self.shapes)
        return thin

    def claimants(self, face: int) -> Positions:
        """Return the units that claim a face, sorted."""
        start, end = np.searchsorted(self.claimed, [face, face + 1])
        claimants: Positions = self.claimant[start:end]
        return claimants


@dataclass(frozen=True)
class Borders:
    """Where faces meet along a line.

    Attributes
    ----------
    face, other
        Positions, sorted by ``face``, (n,) each; a pair stands both ways round if both were asked for.
    lengths
        Length of the line [m], (n,).
    """

    face: Positions
    other: Positions
    lengths: Array

    def of(self, face: int) -> Iterator[tuple[int, float]]:
        """Return the faces that a face meets, and the lengths [m]."""
        start, end = np.searchsorted(self.face, [face, face + 1])
        return zip(self.other[start:end].tolist(), self.lengths[start:end].tolist(), strict=True)


def cut_faces(units: Shapes) -> Faces:
    """Cut valid polygons along all their borders.

    Points of the units are kept as they are; new ones stand only where borders cross or touch.

    Parameters
    ----------
    units
        Valid polygons in one projected CRS.
    """
    lines = shapely.union_all(shapely.boundary(units))
    shapes = shapely.get_parts(shapely.polygonize([lines]))
    inside = shapely.point_on_surface(shapes)
    claimed, claimant = shapely.STRtree(units).query(inside, predicate="intersects")
    order = np.lexsort((claimant, claimed))
    claims = np.bincount(claimed, minlength=len(shapes))
    return Faces(shapes, claimed[order], claimant[order], claims, shapely.area(shapes))


def measure_borders(faces: Faces, wanted: Positions) -> Borders:
    """Measure the lines that the wanted faces, sorted, share with others."""
    found, other = shapely.STRtree(faces.shapes).query(faces.shapes[wanted], predicate="intersects")
    face = wanted[found]
    face, other = face[face != other], other[face != other]
    rings = shapely.boundary(faces.shapes)
    lengths = shapely.length(shapely.intersection(rings[face], rings[other]))
    meets = lengths > 0
    return Borders(face[meets], other[meets], lengths[meets])


def are_slivers(shapes: Shapes, width_m: float) -> NDArray[np.bool_]:
    """Return of each polygon whether it is nowhere wider than ``width_m``.

    Shrunk by half of that from all sides, nothing of such a polygon is left.
    """
    slivers: NDArray[np.bool_] = shapely.is_empty(shapely.buffer(shapes, -width_m / 2))
    return slivers
