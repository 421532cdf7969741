"""Counts moved over a crosswalk, conserved to the unit, or refused with the names of the units."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo_jindu.crosswalk.table import Crosswalk, name_units, passes_nothing
from geo_jindu.errors import InputError, Problem

REMAINDER_DIGITS = 6
"""Remainders that agree so far are equal: with counts up to a billion, more is noise of arithmetic."""


@dataclass(frozen=True)
class Moved:
    """Counts expressed in another vintage.

    Attributes
    ----------
    values
        Index = code in ``vintage``, sorted; whole numbers. A unit none of whose parents is stated has
        no value here: nothing is known of it, which is no 0.
    estimated
        Same index; whether an estimated share touches the value, however many it carried.
    vintage
        The vintage the values are expressed in (ISO date).
    without_parent
        Codes of units whose ground, or some of it, came from somewhere unstated. What was counted on
        it stands with other units, which is where the earlier vintage put it.
    """

    values: pd.Series
    estimated: pd.Series
    vintage: str
    without_parent: tuple[str, ...]


def move_counts(counts: pd.Series, crosswalk: Crosswalk) -> Moved:
    """Move counts or persons to the later vintage of a crosswalk.

    Each unit's count is split over its successors by the largest remainder, equal remainders in the
    order of codes, so that the total is conserved exactly. The total of a county is if all successors
    lie in it.

    Parameters
    ----------
    counts
        Index = code in the earlier vintage; whole numbers of zero or more. Those of a code that stands
        several times are added up; a unit that is absent counts 0. What is not known must not be
        absent but NaN, which is refused.
    crosswalk
        All units of one step, as of `crosswalk_between`.

    Raises
    ------
    InputError
        Naming all units with a count above 0 whose successor or share is unknown or that are not in the
        earlier vintage, or with a count that is no whole number; or if the crosswalk has several steps.
    """
    codes = counts.index.astype("str")
    table = pd.DataFrame({"code": codes, "period": "", "count": counts.to_numpy()})
    series = move_series(table, crosswalk).set_index("code")
    _, end = _one_step(crosswalk)
    return Moved(series["count"], series["is_estimated"], end, find_without_parent(crosswalk))


def move_series(table: pd.DataFrame, crosswalk: Crosswalk) -> pd.DataFrame:
    """Move the counts of several periods to the later vintage, each period as `move_counts` does.

    Parameters
    ----------
    table
        ``code`` in the earlier vintage, ``period`` and ``count``; any index and order.

    Returns
    -------
    DataFrame
        RangeIndex, sorted by ``code`` and ``period``, every unit with a stated parent in every period:
        ``code``, ``period``, ``vintage`` (the one it is expressed in), ``count``, ``is_estimated``.

    Raises
    ------
    InputError
        As `move_counts`.
    """
    _, end = _one_step(crosswalk)
    totals = _whole_counts(table)
    _refuse_unknown(totals, crosswalk)
    pairs = _pairs(crosswalk)
    rows = totals.merge(pairs[pairs["weight"] > 0], left_on="code", right_on="from_code")
    rows["moved"] = _split_counts(rows)
    moved = rows.groupby(["to_code", "period"])["moved"].sum()
    targets = pd.Index(pairs["to_code"].unique(), dtype="str").sort_values()
    periods = pd.Index(table["period"].unique()).sort_values()
    every = pd.MultiIndex.from_product([targets, periods], names=["code", "period"])
    counts = moved.rename_axis(["code", "period"]).reindex(every, fill_value=0)
    series = counts.astype("int64").rename("count").reset_index()
    series.insert(2, "vintage", end)
    estimated = find_estimated(crosswalk, targets)
    return series.assign(is_estimated=series["code"].map(estimated))


def find_estimated(crosswalk: Crosswalk, codes: pd.Index) -> pd.Series:
    """Return which units of the later vintage an estimated share touches; index = ``codes``."""
    touched = _pairs(crosswalk).groupby("to_code")["is_estimated"].any()
    return touched.reindex(codes, fill_value=False).astype(bool)


def find_without_parent(crosswalk: Crosswalk) -> tuple[str, ...]:
    """Return the codes of units whose ground, or some of it, came from somewhere unstated."""
    frame = crosswalk.frame
    stated = _pairs(crosswalk)["to_code"]
    is_new = (frame["from_code"] == "") | ~frame["to_code"].isin(stated)
    return tuple(sorted(set(frame.loc[is_new & (frame["to_code"] != ""), "to_code"])))


def _one_step(crosswalk: Crosswalk) -> tuple[str, str]:
    steps = crosswalk.frame[["from_vintage", "to_vintage"]].drop_duplicates()
    if len(steps) != 1:
        raise InputError([Problem("crosswalk_of_several_steps", values={"number": len(steps)})])
    return steps["from_vintage"].iloc[0], steps["to_vintage"].iloc[0]


def _pairs(crosswalk: Crosswalk) -> pd.DataFrame:
    """Return the rows that lead from a unit to a successor."""
    frame = crosswalk.frame
    named = (frame["from_code"] != "") & (frame["to_code"] != "")
    return frame[named & ~passes_nothing(frame)]


def _whole_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the counts by code and period, refusing what is no whole number of zero or more."""
    counts = pd.to_numeric(table["count"], errors="coerce").astype("float64")
    whole = np.isfinite(counts) & (counts >= 0) & (counts % 1 == 0)
    if not whole.all():
        units = name_units(pd.DataFrame({"code": table.loc[~whole, "code"], "name": ""}))
        raise InputError([Problem("counts_not_whole", values={"units": units})])
    numbered = table.assign(count=counts.astype("int64")).groupby(["code", "period"])["count"]
    return numbered.sum().reset_index()


def _refuse_unknown(totals: pd.DataFrame, crosswalk: Crosswalk) -> None:
    """Raise an `InputError` that names every unit with a count that cannot be moved."""
    start, end = _one_step(crosswalk)
    frame, pairs = crosswalk.frame, _pairs(crosswalk)
    names = frame[frame["from_code"] != ""].groupby("from_code")["from_name"].first()
    code = totals.loc[totals["count"] > 0, "code"].drop_duplicates()
    counted = pd.DataFrame({"code": code, "name": code.map(names).fillna("")})
    known = code.isin(names.index)
    ended = ~code.isin(pairs["from_code"]) | code.isin(frame.loc[frame["to_code"] == "", "from_code"])
    unshared = code.isin(pairs.loc[pairs["weight"].isna(), "from_code"])
    found = {
        "counts_without_unit": counted[~known],
        "successor_unknown": counted[known & ended],
        "share_unknown": counted[known & ~ended & unshared],
    }
    problems = [
        Problem(key, values={"units": name_units(units), "start": start, "end": end})
        for key, units in found.items()
        if len(units)
    ]
    if problems:
        raise InputError(problems)


def _split_counts(rows: pd.DataFrame) -> pd.Series:
    """Split each ``count`` over the rows of its unit and period by ``weight``, by largest remainder."""
    unit = ["period", "from_code"]
    exact = rows["count"] * rows["weight"] / rows.groupby(unit)["weight"].transform("sum")
    parts = rows[[*unit, "to_code"]].assign(whole=(exact // 1).astype("int64"))
    parts["behind"] = (parts["whole"] - exact).round(REMAINDER_DIGITS)
    left = rows["count"] - parts.groupby(unit)["whole"].transform("sum")
    place = parts.sort_values(["behind", "to_code"]).groupby(unit).cumcount().sort_index()
    return parts["whole"] + (place < left).astype("int64")
