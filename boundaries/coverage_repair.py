"""Small overlaps and gaps of a coverage removed, and every change listed.

`shapely.coverage_clean` removes every overlap whatever its size, limits gaps by width alone and lists
nothing. Here only patches below a stated area or width change hands; all else stays as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from boundaries.coverage_faces import (
    Borders,
    Faces,
    Positions,
    Shapes,
    are_slivers,
    cut_faces,
    measure_borders,
)
from boundaries.coverage_findings import has_polygon, places
from boundaries.inspection import split_layers
from boundaries.repair import repair_polygons
from geo_jindu.errors import GeoJinduError
from geo_jindu.rates import Array

CONSERVED_TO_M2 = 1.0
"""Difference [m²] between what a unit gained and lost and what is listed, at most: rounding of
coordinates. Assumed; Beijing's 16,416 km² stay within a thousandth of it."""

TOUCHING_M = 1e-6
"""A unit this close to a patch [m] touches it: where borders cross, their crossing is rounded."""


class AreaNotConservedError(GeoJinduError):
    """A repair changed ground that it does not list. A fault of this package, never of the input."""


class ChangeKind(StrEnum):
    """What a repair does."""

    MADE_VALID = "made_valid"
    """An invalid polygon was split into the polygons its rings enclose."""
    OVERLAP_GIVEN = "overlap_given"
    """Ground that several claimed was left to one."""
    GAP_FILLED = "gap_filled"
    """Ground that none claimed was given to a neighbour."""


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes
    ----------
    to, taken_from
        Code of the unit that has the ground now; codes of those that claimed it as well.
    area_m2
        The ground [m²], in the measuring CRS; of a polygon made valid, its area thereafter.
    at
        Longitude and latitude [degrees, WGS 84] of a point in it.
    is_sliver
        Whether it was narrower than the stated width everywhere.
    """

    kind: ChangeKind
    to: str
    taken_from: tuple[str, ...]
    area_m2: float
    at: tuple[float, float]
    is_sliver: bool = False


@dataclass(frozen=True)
class Repaired:
    """A repaired layer.

    Attributes
    ----------
    frame
        As it came, with other polygons where something changed.
    changes
        Every change: polygons made valid, then ground given, the largest first.
    area_before_km2, area_after_km2
        Sum of the units [km²], once valid.
    """

    frame: gpd.GeoDataFrame
    changes: tuple[Change, ...]
    area_before_km2: float
    area_after_km2: float


def repair_coverage(
    frame: gpd.GeoDataFrame, *, measuring_crs: str, fill_below_m2: float, snap_below_m: float
) -> Repaired:
    """Make polygons valid, fill small gaps and settle small overlaps.

    A gap or an overlap is settled if its area is below ``fill_below_m2`` or if it is a sliver, nowhere
    wider than ``snap_below_m``. It goes to the unit that has the longest border with it, of those that
    claim it if any do; of equal ones (to 1 mm) to the smaller code. Units that have no ground but what
    others claim too are left alone, and so is a patch that borders nothing but larger ones.

    Points of borders stay where they are, to the last digit. Where something is settled, so are the
    crumbs that rounding left (see `boundaries.coverage_faces.ROUNDING_M`), unlisted.

    Parameters
    ----------
    frame
        ``code`` and geometry without heights in any CRS. Units and their parents in one frame are
        repaired level by level.
    measuring_crs
        Projected, in metres.

    Raises
    ------
    AreaNotConservedError
        If a unit's area changed by more than a square metre beside what is listed.
    """
    polygons = has_polygon(frame.geometry)
    valid, made_valid = repair_polygons(frame[polygons])
    measured = valid.to_crs(measuring_crs)
    changes = list(_made_valid(measured, made_valid))
    shapes = valid.geometry.to_numpy().copy()
    before = measured.area.to_numpy()
    for layer in map(np.flatnonzero, split_layers(frame["code"][polygons])):
        shapes[layer], more = _repair_layer(
            valid.iloc[layer], measured.iloc[layer], fill_below_m2, snap_below_m
        )
        changes += more
    repaired = frame.geometry.to_numpy().copy()
    repaired[polygons] = shapes
    after = gpd.GeoSeries(shapes, crs=frame.crs).to_crs(measuring_crs).area.to_numpy()
    _prove_conservation(measured["code"], after - before, changes)
    return Repaired(
        frame.set_geometry(gpd.GeoSeries(repaired, index=frame.index, crs=frame.crs)),
        tuple(changes),
        round(float(before.sum()) / 1e6, 6),
        round(float(after.sum()) / 1e6, 6),
    )


def _made_valid(measured: gpd.GeoDataFrame, rows: tuple[object, ...]) -> Iterator[Change]:
    of_rows = measured.loc[list(rows)]
    points = places(shapely.point_on_surface(of_rows.geometry.to_numpy()), measured.crs)
    for code, area, at in zip(of_rows["code"], of_rows.area, points, strict=True):
        yield Change(ChangeKind.MADE_VALID, code, (), round(float(area), 4), at)


def _repair_layer(
    valid: gpd.GeoDataFrame, measured: gpd.GeoDataFrame, fill_below_m2: float, snap_below_m: float
) -> tuple[Shapes, list[Change]]:
    """Return the polygons of one layer in the CRS of ``valid``, repaired, and what changed."""
    faces = cut_faces(measured.geometry.to_numpy())
    shapes = valid.geometry.to_numpy().copy()
    slivers = faces.patches[are_slivers(faces.shapes[faces.patches], snap_below_m)]
    small = faces.patches[faces.areas[faces.patches] < fill_below_m2]
    chosen = np.unique(np.concatenate([slivers, small, faces.crumbs]))
    owners = _settle(faces, chosen, measured["code"].to_numpy())
    listed = {face: owners[face] for face in owners.keys() - set(faces.crumbs)}
    if not listed:
        return shapes, []
    units, rebuilt = _rebuild(faces, owners, measured.geometry.to_numpy())
    shapes[units] = _wind_as(shapes[units], _as_written(rebuilt, valid, measured))
    return shapes, list(_list_changes(faces, listed, set(slivers), measured))


def _settle(faces: Faces, patches: Positions, codes: NDArray[np.object_]) -> dict[int, int]:
    """Return which unit each patch goes to; patches that touch no settled ground are left out."""
    single = faces.claims[faces.claimed] == 1
    owner = dict(zip(faces.claimed[single], faces.claimant[single], strict=True))
    has_ground = np.isin(np.arange(len(codes)), faces.claimant[single])
    borders = measure_borders(faces, patches)
    waiting = [face for face in patches if has_ground[faces.claimants(face)].all()]
    settled: dict[int, int] = {}
    while True:
        found = {face: _longest_border(face, faces, borders, owner, codes) for face in waiting}
        known = {face: unit for face, unit in found.items() if unit is not None}
        if not known:
            return settled
        settled |= known
        owner |= known
        waiting = [face for face in waiting if face not in known]


def _longest_border(
    face: int, faces: Faces, borders: Borders, owner: dict[int, int], codes: NDArray[np.object_]
) -> int | None:
    """Return the unit whose settled ground has the longest border with a patch that it may get."""
    claimants = faces.claimants(face)
    lengths: dict[int, float] = {}
    for other, length in borders.of(face):
        unit = owner.get(other)
        if unit is not None and (not len(claimants) or unit in claimants):
            lengths[unit] = lengths.get(unit, 0.0) + length
    return min(lengths, key=lambda unit: (-round(lengths[unit], 3), codes[unit]), default=None)


def _rebuild(faces: Faces, owners: dict[int, int], units: Shapes) -> tuple[Positions, Shapes]:
    """Put the units that touch a settled patch together from their faces.

    Neighbours that neither gain nor lose get the points that new borders have on theirs.
    """
    pairs = pd.DataFrame({"face": faces.claimed, "unit": faces.claimant})
    kept = pairs[pairs["face"].map(owners).fillna(pairs["unit"]) == pairs["unit"]]
    given = pd.DataFrame({"face": owners.keys(), "unit": owners.values()})
    faces_of = pd.concat([kept, given]).drop_duplicates().groupby("unit")["face"]
    patches = faces.shapes[list(owners)]
    near = shapely.STRtree(units).query(patches, predicate="dwithin", distance=TOUCHING_M)
    touching = np.unique(near[1])
    rebuilt = [shapely.coverage_union_all(faces.shapes[faces_of.get_group(unit)]) for unit in touching]
    return touching, np.array(rebuilt, dtype=object)


def _as_written(shapes: Shapes, valid: gpd.GeoDataFrame, measured: gpd.GeoDataFrame) -> Shapes:
    """Return shapes in the CRS of ``valid``: points it has as it has them, only new ones converted."""
    known, written = (shapely.get_coordinates(each.geometry.to_numpy()) for each in (measured, valid))
    keys = known @ [1, 1j]
    order = np.argsort(keys)
    convert = Transformer.from_crs(measured.crs, valid.crs, always_xy=True).transform

    def restore(points: Array) -> Array:
        at = order[np.searchsorted(keys[order], points @ [1, 1j]).clip(max=len(keys) - 1)]
        is_known = (known[at] == points).all(axis=1)
        return np.where(is_known[:, None], written[at], np.column_stack(convert(*points.T)))

    restored: Shapes = shapely.transform(shapes, restore)
    return restored


def _wind_as(examples: Shapes, shapes: Shapes) -> Shapes:
    """Return shapes whose exterior rings run as those of ``examples``."""
    firsts = shapely.get_exterior_ring(shapely.get_geometry(examples, 0))
    either = [shapely.orient_polygons(shapes, exterior_cw=clockwise) for clockwise in (True, False)]
    wound: Shapes = np.where(shapely.is_ccw(firsts), either[1], either[0])
    return wound


def _list_changes(
    faces: Faces, owners: dict[int, int], slivers: set[int], measured: gpd.GeoDataFrame
) -> Iterator[Change]:
    codes = measured["code"].to_numpy()
    order = sorted(owners, key=lambda face: (-faces.areas[face], face))
    points = places(shapely.point_on_surface(faces.shapes[order]), measured.crs)
    for face, at in zip(order, points, strict=True):
        losers = tuple(codes[unit] for unit in faces.claimants(face) if unit != owners[face])
        kind = ChangeKind.OVERLAP_GIVEN if losers else ChangeKind.GAP_FILLED
        area = round(float(faces.areas[face]), 4)
        yield Change(kind, codes[owners[face]], losers, area, at, face in slivers)


def _prove_conservation(codes: pd.Series, gained: Array, changes: list[Change]) -> None:
    """Raise an `AreaNotConservedError` unless each unit gained and lost what is listed [m²]."""
    unlisted = pd.Series(gained).groupby(codes.to_numpy()).sum()
    for change in changes:
        if change.kind is ChangeKind.GAP_FILLED:
            unlisted[change.to] -= change.area_m2
        for loser in change.taken_from:
            unlisted[loser] += change.area_m2
    worst = unlisted.abs().max() if len(unlisted) else 0.0
    if worst > CONSERVED_TO_M2:
        code = unlisted.abs().idxmax()
        raise AreaNotConservedError(f"{code} changed by {worst:.1f} m² that are not listed")
