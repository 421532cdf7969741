"""Whether a boundary file is displaced against a reference layer, as an undeclared web-map datum is.

Nothing is converted: the file is compared as declared, shifted, and as if it were of each datum.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries.code_findings import significant_digits
from boundaries.coverage_faces import Positions, Shapes
from geo_jindu.boundary_findings import Offset, OffsetKind, UnitOffset
from geo_jindu.offset_datums import convert_geometry
from geo_jindu.rates import Array

LEAST_DISPLACEMENT_M = 20.0
"""A smaller median displacement [m] is no offset: GCJ-02 displaces by 38 m or more anywhere in China
(computed every quarter of a degree) and BD-09 by more, coarse borders differ by some ten. Assumed."""
LEAST_REMOVED = 1 / 3
"""Share of the mismatch, 1 - IoU, that shifting the file back removes if it is displaced. Assumed: with
borders that only differ in detail it removes next to nothing, at Hengyang two thirds."""
LEAST_EXPLAINED = 0.9
"""Share of what shifting removes that converting from a datum removes if the file is of it. Assumed."""
LEAST_COMMON = 0.5
"""Median IoU below which, whatever is done, the layers do not show the same units. Assumed."""
LEAST_SAME_CODES = 0.5
"""Share of the smaller layer's codes in the other from which units are matched by code. Assumed."""

_DATUMS = ("gcj02", "bd09")
_CONVERSIONS = tuple(f"{layer}_{datum}" for layer in ("file", "reference") for datum in _DATUMS)
_NO_IOU = dict.fromkeys(("as_declared", "shifted", *_CONVERSIONS), 0.0)


def detect_offset(frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, measuring_crs: str) -> Offset:
    """Compare the units of a file with those of a reference layer.

    Units are matched by code; where fewer than half of the codes are the same, by place: each pair of
    which either is the one that covers most of the other. The displacement is the median of the
    centroids' differences, east and north apart, which a few wrong or redrawn units do not move.
    Maximising the IoU of each unit instead changed it by 1 m at Hengyang, at thirty times the work.

    Parameters
    ----------
    frame, reference
        ``code`` and valid polygons in any CRS, as declared.
    measuring_crs
        Projected, in metres.

    Returns
    -------
    Offset
        Without any matched unit it is incomparable: distances are NaN, IoUs zero.
    """
    mine, theirs = (each.geometry.to_crs(measuring_crs).to_numpy() for each in (frame, reference))
    matched_by, one, other = _match(frame, reference, mine, theirs)
    if not len(one):
        return Offset(OffsetKind.INCOMPARABLE, "", matched_by, np.nan, np.nan, np.nan, _NO_IOU, ())
    frame, reference, mine, theirs = frame.iloc[one], reference.iloc[other], mine[one], theirs[other]
    centroids = (shapely.get_coordinates(shapely.centroid(each)) for each in (mine, theirs))
    moved = np.subtract(*centroids)
    median = np.median(moved, axis=0)
    iou = {
        "as_declared": _iou(mine, theirs),
        "shifted": _iou(shapely.transform(mine, lambda points: points - median), theirs),
    }
    for datum in _DATUMS:
        iou[f"file_{datum}"] = _iou(_converted(frame, datum, measuring_crs), theirs)
        iou[f"reference_{datum}"] = _iou(mine, _converted(reference, datum, measuring_crs))
    medians = {name: round(float(np.median(values)), 4) for name, values in iou.items()}
    displacement = float(np.hypot(*median))
    return Offset(
        *_explain(displacement, medians),
        matched_by=matched_by,
        displacement_m=round(displacement, 1),
        bearing_deg=round(float(np.degrees(np.arctan2(*median)) % 360), 1),
        spread_m=round(float(np.median(np.hypot(*(moved - median).T))), 1),
        iou=medians,
        units=_units(frame["code"], reference["code"], moved, iou),
    )


def _match(
    frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, mine: Shapes, theirs: Shapes
) -> tuple[str, Positions, Positions]:
    """Return how units were matched, and their positions in both layers in the order of the codes."""
    codes, others = (
        pd.Series([significant_digits(code) or code for code in each["code"]])
        for each in (frame, reference)
    )
    positions = [
        pd.Series(each.index, index=each)[(~each.duplicated(keep=False) & (each != "")).to_numpy()]
        for each in (codes, others)
    ]
    same = np.intersect1d(positions[0].index, positions[1].index)
    if len(same) >= LEAST_SAME_CODES * min(len(codes), len(others)):
        return "code", positions[0][same].to_numpy(), positions[1][same].to_numpy()
    one, other = _match_by_place(mine, theirs)
    order = np.argsort(codes.to_numpy()[one], kind="stable")
    return "place", one[order], other[order]


def _match_by_place(mine: Shapes, theirs: Shapes) -> tuple[Positions, Positions]:
    one, other = shapely.STRtree(theirs).query(mine, predicate="intersects")
    pairs = pd.DataFrame({"one": one, "other": other})
    pairs["area"] = shapely.area(shapely.intersection(mine[one], theirs[other]))
    most = [pairs.groupby(side)["area"].transform("max") for side in ("one", "other")]
    mutual = pairs[(pairs["area"] > 0) & (pairs["area"] == most[0]) & (pairs["area"] == most[1])]
    mutual = mutual.drop_duplicates("one").drop_duplicates("other")
    return mutual["one"].to_numpy(), mutual["other"].to_numpy()


def _converted(layer: gpd.GeoDataFrame, datum: str, measuring_crs: str) -> Shapes:
    """Return units as they would lie if their coordinates were of ``datum``."""
    degrees = layer.geometry.to_crs(4326)
    shapes: Shapes = convert_geometry(degrees, datum).to_crs(measuring_crs).to_numpy()
    return shapes


def _iou(mine: Shapes, theirs: Shapes) -> Array:
    """Return area in common over area of both together, (n,)."""
    common: Array = shapely.area(shapely.intersection(mine, theirs))
    iou: Array = common / (shapely.area(mine) + shapely.area(theirs) - common)
    return iou


def _explain(displacement_m: float, iou: dict[str, float]) -> tuple[OffsetKind, str]:
    """Return what median IoUs say, and the datum if one explains it."""
    if not max(iou.values()) >= LEAST_COMMON:
        return OffsetKind.INCOMPARABLE, ""
    mismatch = {name: 1 - value for name, value in iou.items()}
    before = mismatch["as_declared"]
    if displacement_m < LEAST_DISPLACEMENT_M or mismatch["shifted"] > (1 - LEAST_REMOVED) * before:
        return OffsetKind.NONE, ""
    best = min(_CONVERSIONS, key=mismatch.__getitem__)
    if before - mismatch[best] < LEAST_EXPLAINED * (before - mismatch["shifted"]):
        return OffsetKind.UNEXPLAINED, ""
    layer, _, datum = best.partition("_")
    return OffsetKind(f"{layer}_in_datum"), datum


def _units(
    codes: pd.Series, reference_codes: pd.Series, moved: Array, iou: dict[str, Array]
) -> tuple[UnitOffset, ...]:
    return tuple(
        UnitOffset(
            code,
            reference_code,
            round(float(east), 1),
            round(float(north), 1),
            {name: round(float(values[at]), 4) for name, values in iou.items()},
        )
        for at, (code, reference_code, (east, north)) in enumerate(
            zip(codes, reference_codes, moved, strict=True)
        )
    )
