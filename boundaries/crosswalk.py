"""A crosswalk computed from two vintages of boundaries: who took which share of whose ground.

Shares of a divided township are estimates, by area or by points such as villages or residents. What
came of a township follows from codes, names and ground.
"""

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries.repair import SMALLEST_OVERLAP_M2
from geo_jindu.codes import classify_code, normalise_name
from geo_jindu.crosswalk import Change, Crosswalk, make_crosswalk
from geo_jindu.errors import InputError, Problem
from geo_jindu.joining import assign_points
from geo_jindu.provenance import provenance_of_places, refuse_mixing
from geo_jindu.texts import Language, translate

LARGEST_OUTSIDE_SHARE = 0.05
"""Of the ground of a township of the earlier vintage outside the later; more is no redrawn border but
ground that went to another city, or another place altogether. Assumed."""


class Sliver(NamedTuple):
    """Ground two townships share only because their border was not drawn twice the same way.

    It is a sliver if it is less than ``share`` of the smaller township **and** less than ``km2``. The
    defaults fit the same border rounded anew; of borders digitised anew, slivers are larger.
    """

    share: float = 0.001
    km2: float = 0.1


ROUNDING = Sliver()


def compute_crosswalk(
    earlier: gpd.GeoDataFrame,
    later: gpd.GeoDataFrame,
    vintages: tuple[str, str],
    *,
    measuring_crs: str,
    language: Language,
    points: gpd.GeoSeries | None = None,
    persons: pd.Series | None = None,
    sliver: Sliver = ROUNDING,
) -> Crosswalk:
    """Compute which township of the earlier vintage became which of the later.

    Parameters
    ----------
    earlier, later
        Index = code, with ``name`` and valid polygons that do not overlap, in any CRS.
    vintages
        The dates of both (ISO).
    measuring_crs
        Projected CRS in metres, in which ground is measured.
    language
        Of the evidence.
    points
        Points in any CRS that say where people are, such as villages; index unique. A divided township
        is shared by its points in each successor; one without points, by area.
    persons
        Persons at each point, index of ``points``; one each if ``None``.
    sliver
        What to leave out.

    Returns
    -------
    Crosswalk
        A row for each pair that shares ground, and one without ``from_code`` for each later township
        on ground of no earlier one. Weights of a township add up to 1; they are estimated if it has
        several successors. Its notes say what was left out.

    Raises
    ------
    InputError
        If one vintage is fictional and the other real, if the persons at a point are unknown or
        negative, or if more than `LARGEST_OUTSIDE_SHARE` of a township lies outside the later vintage;
        all such townships are named.
    """
    refuse_mixing(provenance_of_places(earlier), later)
    before, after = (frame.geometry.sort_index().to_crs(measuring_crs) for frame in (earlier, later))
    shared = _measure_shared(before, after)
    notes = list(_outside_notes(before, after, shared, earlier["name"]))
    is_sliver = (shared["share"] < sliver.share) & (shared["km2"] < sliver.km2)
    pairs = shared[~is_sliver].reset_index(drop=True)
    notes += _sliver_notes(shared[is_sliver])
    crowd = None
    if points is not None:
        crowd, more_notes = _count_persons(points, persons, earlier, later, pairs)
        notes += more_notes
    named = _with_names(pairs, earlier["name"], later["name"])
    rows = named.assign(change=_classify(named, earlier.index, later.index))
    rows = rows.assign(**_weigh(rows, crowd, language))
    begun = later["name"].drop(rows["to_code"].unique())
    rows = pd.concat([rows, _begun_rows(begun)], ignore_index=True)
    return make_crosswalk(rows.assign(from_vintage=vintages[0], to_vintage=vintages[1]), notes)


def _measure_shared(before: gpd.GeoSeries, after: gpd.GeoSeries) -> pd.DataFrame:
    """Measure the ground of each pair: ``km2``, and ``share`` of the smaller of both."""
    first, second = after.sindex.query(before, predicate="intersects")
    old, new = before.to_numpy()[first], after.to_numpy()[second]
    area = shapely.area(shapely.intersection(old, new))
    smaller = np.minimum(shapely.area(old), shapely.area(new))
    columns = {
        "from_code": before.index[first],
        "to_code": after.index[second],
        "km2": area / 1e6,
        "share": area / smaller,
    }
    return pd.DataFrame(columns).query("km2 > @SMALLEST_OVERLAP_M2 / 1e6")


def _outside_notes(
    before: gpd.GeoSeries, after: gpd.GeoSeries, shared: pd.DataFrame, names: pd.Series
) -> Iterator[Problem]:
    """Say how much ground only one vintage has, refusing townships of which too much is gone."""
    lost = _ground_left(before, shared.groupby("from_code")["km2"].sum())
    share = lost / (before.area / 1e6)
    gone = share[share > LARGEST_OUTSIDE_SHARE]
    if len(gone):
        units = ", ".join(f"{code} {names[code]} ({part:.1%})" for code, part in gone.items())
        values = {"units": units, "most": f"{LARGEST_OUTSIDE_SHARE:.0%}"}
        raise InputError([Problem("ground_gone", values=values)])
    gained = _ground_left(after, shared.groupby("to_code")["km2"].sum())
    for key, ground in (("ground_lost", lost), ("ground_gained", gained)):
        if ground.sum() > 0:
            number = int((ground > 0).sum())
            yield Problem(key, values={"number": number, "area": f"{ground.sum():.3f}"})


def _ground_left(polygons: gpd.GeoSeries, shared_km2: pd.Series) -> pd.Series:
    """Return the ground [km2] of each polygon that no pair shares; 0 if it is but rounding."""
    left: pd.Series = polygons.area / 1e6 - shared_km2.reindex(polygons.index, fill_value=0.0)
    return left.where(left > SMALLEST_OVERLAP_M2 / 1e6, 0.0)


def _sliver_notes(slivers: pd.DataFrame) -> list[Problem]:
    if slivers.empty:
        return []
    values = {"number": len(slivers), "area": f"{slivers['km2'].sum():.3f}"}
    return [Problem("slivers_left_out", values=values)]


def _count_persons(
    points: gpd.GeoSeries,
    persons: pd.Series | None,
    earlier: gpd.GeoDataFrame,
    later: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
) -> tuple[pd.Series, list[Problem]]:
    """Count the persons at the points of each pair; index of ``pairs``."""
    number = pd.Series(1.0, index=points.index) if persons is None else persons[points.index]
    if not (number >= 0).all():
        raise InputError([Problem("persons_unknown", values={"number": int((~(number >= 0)).sum())})])
    places = {
        "from_code": assign_points(points, earlier)[0]["township"],
        "to_code": assign_points(points, later)[0]["township"],
    }
    counted = pd.DataFrame({**places, "persons": number, "points": 1})
    totals = counted.groupby(["from_code", "to_code"]).sum()
    found = pairs[["from_code", "to_code"]].join(totals, on=["from_code", "to_code"]).fillna(0)
    missing = len(points) - int(found["points"].sum())
    notes = [Problem("points_outside", values={"number": missing})] if missing else []
    return found["persons"], notes


def _with_names(pairs: pd.DataFrame, earlier: pd.Series, later: pd.Series) -> pd.DataFrame:
    return pairs.assign(from_name=pairs["from_code"].map(earlier), to_name=pairs["to_code"].map(later))


def _classify(pairs: pd.DataFrame, earlier: pd.Index, later: pd.Index) -> list[str]:
    """Return the change of each pair from its codes, its names and who else shares the ground."""
    old, new = pairs["from_code"], pairs["to_code"]
    same_code = old == new
    same_name = normalise_name(pairs["from_name"]) == normalise_name(pairs["to_name"])
    is_parted = old.duplicated(keep=False)
    old_class, new_class = (codes.map(classify_code) for codes in (old, new))
    conditions = {
        Change.SPLIT: is_parted & same_code.groupby(old).transform("any"),
        Change.DISSOLVE: is_parted,
        Change.MERGE: new.duplicated(keep=False),
        Change.UNCHANGED: same_code & same_name,
        Change.RENAME: same_code,
        Change.CODE_REUSE: old.isin(later) | new.isin(earlier),
        Change.CLASS_CHANGE: (old_class != new_class) & old_class.notna() & new_class.notna(),
    }
    names = [change.value for change in conditions]
    chosen: list[str] = np.select(list(conditions.values()), names, Change.RECODE.value).tolist()
    return chosen


def _weigh(pairs: pd.DataFrame, crowd: pd.Series | None, language: Language) -> dict[str, pd.Series]:
    """Return ``weight``, ``is_estimated``, ``evidence``: by persons where there are any, or by area."""
    unit = pairs["from_code"]
    is_parted = unit.duplicated(keep=False)
    by_area = pairs["km2"] / pairs["km2"].groupby(unit).transform("sum")
    said = translate("crosswalk.by_area" if crowd is None else "crosswalk.without_points", language)
    evidence = pd.Series(said, index=pairs.index)
    weight = by_area
    if crowd is not None:
        persons = crowd.groupby(unit).transform("sum")
        weight = (crowd / persons).where(persons > 0, by_area)
        evidence = evidence.where(persons == 0, translate("crosswalk.by_points", language))
    whole = translate("crosswalk.whole_ground", language)
    return {
        "weight": weight.where(is_parted, 1.0),
        "is_estimated": is_parted,
        "evidence": evidence.where(is_parted, whole),
    }


def _begun_rows(names: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame({"to_code": names.index, "to_name": names.to_numpy()}, dtype="str")
    rows = rows.assign(from_code="", from_name="", evidence="", change=Change.PARENT_UNKNOWN.value)
    return rows.assign(weight=np.nan, is_estimated=False)
