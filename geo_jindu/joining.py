"""Each record to exactly one township, or to one stated reason.

A point on a border shared by several townships, or in an overlap of two, belongs to the one with the
smallest code. The rule depends on nothing but the codes: neither the order of rows nor that of
features changes an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_jindu.codes import find_namesakes, normalise_name, shorten_code
from geo_jindu.provenance import refuse_mixing
from geo_jindu.records import Records

Positions = NDArray[np.int64]


class Reason(StrEnum):
    """Why a row is in no township. The first that applies is given, in this order."""

    UNREADABLE_DATE = "unreadable_date"
    OUTSIDE_WINDOW = "outside_window"
    NO_COORDINATES = "no_coordinates"
    OUTSIDE_ALL_TOWNSHIPS = "outside_all_townships"
    NO_CODE = "no_code"
    UNKNOWN_CODE = "unknown_code"
    CODE_AND_NAME_DISAGREE = "code_and_name_disagree"


@dataclass(frozen=True)
class Assignment:
    """Where the rows of one source went.

    Attributes
    ----------
    frame
        Index = row in the file: ``township`` (code; empty if unassigned), ``reason`` (empty if
        assigned), ``period`` and ``category``.
    shared
        Rows whose point lies in more than one township (a border or an overlap).
    """

    frame: pd.DataFrame
    shared: int

    @property
    def is_assigned(self) -> pd.Series:
        """Whether each row reached a township; shape (rows,)."""
        assigned: pd.Series = self.frame["reason"] == ""
        return assigned


def assign_records(
    records: Records, townships: gpd.GeoDataFrame, units: pd.DataFrame | None = None
) -> Assignment:
    """Assign each record to its township.

    Parameters
    ----------
    records
        Rows of one source.
    townships
        Index = code, with ``name`` and ``geometry``; any CRS.
    units
        What the codes of the records are of, if not of ``townships``: index = code, with ``name``.

    Returns
    -------
    Assignment
        One row per record; ``township`` is a code of ``units``.

    Raises
    ------
    InputError
        If the records are synthetic and the townships real, or the reverse.
    """
    refuse_mixing(records.provenance, townships)
    frame = records.frame
    if records.points is None:
        place = assign_codes(frame["code"], frame["name"], townships if units is None else units)
        shared = 0
    else:
        place, shared = assign_points(records.points, townships)
    reason = place["reason"].where(frame["period"] != "", Reason.UNREADABLE_DATE.value)
    township = place["township"].where(reason == "", "")
    return Assignment(frame[["period", "category"]].assign(township=township, reason=reason), shared)


def assign_points(points: gpd.GeoSeries, townships: gpd.GeoDataFrame) -> tuple[pd.DataFrame, int]:
    """Assign points to the township that covers them.

    Parameters
    ----------
    points
        Points with a CRS, ``None`` where there is none; shape (n,).
    townships
        Valid polygons in any CRS, index = code; the points are moved to that CRS.

    Returns
    -------
    pandas.DataFrame
        Index of ``points``; ``township`` and ``reason``, one of them empty.
    int
        How many points lie in more than one township.
    """
    located = points[points.notna()].to_crs(townships.crs)
    located = located[np.isfinite(located.x) & np.isfinite(located.y)]
    by_code = townships.geometry.sort_index()
    point, polygon = _covering_pairs(located, by_code)
    nobody = len(by_code)
    first = np.full(len(located), nobody, dtype=np.int64)
    np.minimum.at(first, point, polygon)
    codes = np.append(by_code.index.to_numpy(dtype=object), "")
    township = pd.Series(codes[first], index=located.index, dtype="str").reindex(points.index)
    township = township.fillna("")
    reason = pd.Series(Reason.OUTSIDE_ALL_TOWNSHIPS.value, index=points.index, dtype="str")
    reason = reason.where(points.notna(), Reason.NO_COORDINATES.value).where(township == "", "")
    shared = int((np.bincount(point, minlength=1) > 1).sum())
    return pd.DataFrame({"township": township, "reason": reason}), shared


def _covering_pairs(points: gpd.GeoSeries, polygons: gpd.GeoSeries) -> tuple[Positions, Positions]:
    """Return the positions of each point and polygon that covers it, border included.

    Candidates come from the index of bounding boxes. They are then tested polygon by polygon, each
    prepared once, which takes half the time of testing point by point.
    """
    point, polygon = polygons.sindex.query(points)
    order = np.argsort(polygon, kind="stable")
    point, polygon = point[order], polygon[order]
    shapes = polygons.to_numpy()
    shapely.prepare(shapes)
    x, y = points.x.to_numpy(), points.y.to_numpy()
    covers = shapely.intersects_xy(shapes[polygon], x[point], y[point])
    return point[covers], polygon[covers]


def assign_codes(codes: pd.Series, names: pd.Series, townships: pd.DataFrame) -> pd.DataFrame:
    """Assign rows that name their township by code **and** name.

    Two code systems use the same numbers for different towns, so a code alone proves nothing.

    Parameters
    ----------
    codes, names
        Text, shape (n,), same index; compared as `geo_jindu.codes` makes them comparable.
    townships
        Index = code, with ``name``.

    Returns
    -------
    pandas.DataFrame
        Index of ``codes``; ``township`` and ``reason``, one of them empty.
    """
    by_short_code = pd.Series(townships.index, index=shorten_code(townships.index.to_series()))
    township = shorten_code(codes).map(by_short_code)
    known = township.notna()
    agrees = township.map(normalise_name(townships["name"])) == normalise_name(names)
    reason = pd.Series("", index=codes.index, dtype="str")
    reason = reason.where(~known | agrees, Reason.CODE_AND_NAME_DISAGREE.value)
    reason = reason.where(known, Reason.UNKNOWN_CODE.value)
    reason = reason.where(codes != "", Reason.NO_CODE.value)
    return pd.DataFrame({"township": township.where(reason == "", ""), "reason": reason})


def describe_disagreement(code: str, name: str, townships: pd.DataFrame) -> Mapping[str, object]:
    """Return what a message quotes of a row whose code bears another name: both names, candidates."""
    short = shorten_code(townships.index.to_series())
    bearer = townships["name"][(short == shorten_code(pd.Series([code]))[0]).to_numpy()]
    candidates = find_namesakes(name, townships["name"])
    return {"code": code, "name": name, "expected": bearer.iloc[0], "candidates": candidates}


def looks_swapped(points: gpd.GeoSeries, townships: gpd.GeoDataFrame) -> bool:
    """Return whether longitude and latitude seem exchanged.

    True if most points lie outside the bounding box of the townships (in the CRS of the points) as
    written and inside it once exchanged. ``None`` among the points is left out.
    """
    located = points[points.notna()]
    if located.empty:
        return False
    xmin, ymin, xmax, ymax = townships.geometry.to_crs(located.crs).total_bounds
    x, y = located.x.to_numpy(), located.y.to_numpy()
    as_written = (x >= xmin) & (x <= xmax) & (y >= ymin) & (y <= ymax)
    exchanged = (y >= xmin) & (y <= xmax) & (x >= ymin) & (x <= ymax)
    return bool(as_written.mean() < 0.5 < exchanged.mean())
