"""Boundaries looked at from all sides; nothing is changed and nothing refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from boundaries.code_findings import (
    ancestors,
    count_classes,
    count_levels,
    find_code_faults,
    find_parent_faults,
    significant_digits,
)
from boundaries.coverage_faces import SLIVER_WIDTH_M, Faces, cut_faces
from boundaries.coverage_findings import (
    find_mostly_claimed,
    find_parts,
    find_patches,
    find_polygon_faults,
    has_polygon,
    places,
)
from boundaries.offset_detection import detect_offset
from boundaries.repair import repair_polygons
from geo_jindu.boundary_findings import Finding, FindingKind, Inspection, Offset, OffsetKind
from geo_jindu.errors import InputError
from geo_jindu.provenance import Provenance, provenance_of_places


@dataclass(frozen=True)
class InspectionSettings:
    """What an inspection measures in and compares with.

    Attributes
    ----------
    measuring_crs
        ``EPSG:<number>``, projected, in metres.
    parents, reference
        ``code`` and polygons in any CRS as declared: the units one level up; the same units from
        elsewhere.
    """

    measuring_crs: str
    parents: gpd.GeoDataFrame | None = None
    reference: gpd.GeoDataFrame | None = None


def inspect_boundaries(frame: gpd.GeoDataFrame, settings: InspectionSettings) -> Inspection:
    """Find everything worth knowing about a boundary file.

    Polygons are projected and made valid before they are measured. Where the file holds units and
    their parents, each level is looked at by itself.

    Parameters
    ----------
    frame
        Columns ``code``, ``name`` and ``parent`` (text; ``None`` throughout where the file has no such
        column) and geometry of any kind in any CRS, a polygon at least once; index = row in the file.

    Returns
    -------
    Inspection
        The same for the same rows.
    """
    is_polygon = has_polygon(frame.geometry)
    units = _measured(frame[is_polygon], settings.measuring_crs)
    units["at"] = places(shapely.point_on_surface(units.geometry.to_numpy()), units.crs)
    offset = _compare(units, settings)
    provenance = _provenance(frame[is_polygon])
    layers = [units[each] for each in split_layers(units["code"])]
    faces = [cut_faces(layer.geometry.to_numpy()) for layer in layers]
    described = _with_measured(frame, units)
    findings = [
        *_file_findings(offset, provenance),
        *find_code_faults(described),
        *find_polygon_faults(frame),
        *find_parent_faults(described, _parents(units, settings)),
        *chain.from_iterable(map(_layer_findings, layers, faces)),
    ]
    shapes = frame.geometry[is_polygon].to_numpy()
    parts = shapely.get_parts(shapes)
    digits = frame["code"].str.len().value_counts().sort_index()
    covered = faces[0].areas[faces[0].claims > 0].sum()
    return Inspection(
        units=len(frame),
        levels=count_levels(frame["code"]),
        digits={int(number): int(units) for number, units in digits.items()},
        classes=count_classes(frame["code"]),
        statistics_codes=sum(each.kind is FindingKind.STATISTICS_ONLY for each in findings),
        multipart_units=int((shapely.get_num_geometries(shapes) > 1).sum()),
        parts=len(parts),
        vertices=int(shapely.get_num_coordinates(shapes).sum()),
        counter_clockwise=round(float(shapely.is_ccw(shapely.get_exterior_ring(parts)).mean()), 4),
        total_area_km2=round(float(layers[0].area.sum()) / 1e6, 6),
        covered_area_km2=round(float(covered) / 1e6, 6),
        measuring_crs=settings.measuring_crs,
        sliver_width_m=SLIVER_WIDTH_M,
        provenance=provenance,
        offset=offset,
        findings=tuple(sorted(findings, key=_order)),
    )


def _layer_findings(layer: gpd.GeoDataFrame, faces: Faces) -> Iterator[Finding]:
    yield from find_mostly_claimed(layer, faces)
    yield from find_patches(layer, faces)
    yield from find_parts(layer)


def split_layers(codes: pd.Series) -> list[NDArray[np.bool_]]:
    """Tell units from the parents in the same file, by their codes.

    Returns
    -------
    list of numpy.ndarray
        Which rows are in each layer: first the units that are no unit's parent, whatever their
        level, then the parents by level, lowest first. No layer is empty.
    """
    above = {digits for code in codes for digits in ancestors(code)}
    is_parent = codes.map(significant_digits).isin(above).to_numpy()
    size = codes.map(significant_digits).str.len().to_numpy()
    parents = [is_parent & (size == each) for each in sorted(set(size[is_parent]), reverse=True)]
    return [each for each in (~is_parent, *parents) if each.any()]


def _measured(frame: gpd.GeoDataFrame, measuring_crs: str) -> gpd.GeoDataFrame:
    return repair_polygons(frame.to_crs(measuring_crs))[0]


def _with_measured(frame: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return all rows with measured polygon and ``at``, both ``None`` where there is no polygon."""
    measured = units[["at", "geometry"]].reindex(frame.index).astype(object)
    measured = measured.where(measured.notna(), None)
    described = frame.assign(at=measured["at"])
    return described.set_geometry(gpd.GeoSeries(measured["geometry"], crs=units.crs))


def _parents(units: gpd.GeoDataFrame, settings: InspectionSettings) -> gpd.GeoSeries | None:
    """Return all parents known, those of the layer named before those in the file."""
    known = [units[each] for each in split_layers(units["code"])[1:]]
    if settings.parents is not None:
        named = settings.parents[has_polygon(settings.parents.geometry)]
        known.insert(0, _measured(named, settings.measuring_crs))
    if not known:
        return None
    every = pd.concat(known)
    every.index = every["code"].map(significant_digits)
    return every.geometry[~every.index.duplicated() & (every.index != "")]


def _compare(units: gpd.GeoDataFrame, settings: InspectionSettings) -> Offset | None:
    if settings.reference is None:
        return None
    reference = settings.reference[has_polygon(settings.reference.geometry)]
    return detect_offset(units, _measured(reference, settings.measuring_crs), settings.measuring_crs)


def _provenance(polygons: gpd.GeoDataFrame) -> Provenance | None:
    try:
        return provenance_of_places(polygons.set_index("code"))
    except InputError:
        return None


def _file_findings(offset: Offset | None, provenance: Provenance | None) -> Iterator[Finding]:
    if offset is not None and offset.kind in {OffsetKind.FILE_IN_DATUM, OffsetKind.UNEXPLAINED}:
        yield Finding(FindingKind.OFFSET)
    if provenance is None:
        yield Finding(FindingKind.REAL_AND_FICTIONAL)


def _order(finding: Finding) -> tuple[int, float, tuple[int, ...], tuple[float, float]]:
    """By kind, largest first, then by row and place."""
    area = 0.0 if np.isnan(finding.area_m2) else finding.area_m2
    return list(FindingKind).index(finding.kind), -area, finding.rows, finding.at or (0.0, 0.0)
