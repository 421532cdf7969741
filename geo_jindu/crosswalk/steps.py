"""From one vintage to another over all those between: the steps composed, nothing guessed."""

from collections.abc import Iterable
from itertools import pairwise

import pandas as pd

from geo_jindu.codes import normalise_name
from geo_jindu.crosswalk.table import (
    Change,
    Crosswalk,
    is_whole,
    make_crosswalk,
    name_units,
    passes_nothing,
)
from geo_jindu.errors import InputError, Problem

EVIDENCE_SEPARATOR = "; "
_CHANGES = [change.value for change in Change]
_LINKS = ["from_code", "to_code", "change", "weight", "is_estimated", "evidence"]


def crosswalk_between(crosswalk: Crosswalk, units: pd.DataFrame, start: str, end: str) -> Crosswalk:
    """Compose the way from one vintage to another.

    The weight of a pair is the sum over all ways between them of the product of the weights on the
    way; it is estimated if any of them is, unless the unit arrives whole, and unknown if any is. A
    unit that the crosswalk does not list is unchanged if code and name stay the same; if not, its
    successor is unknown. Units whose ground, or some of it, came from somewhere unstated stand in rows
    with an empty ``from_code``.

    Parameters
    ----------
    crosswalk
        What changed, step by step.
    units
        ``vintage`` (ISO date), ``code`` and ``name`` of all units, as of `read_units`; between two
        vintages that follow each other the crosswalk is one step.
    start, end
        Vintages in ``units``; the same one twice gives the identity.

    Returns
    -------
    Crosswalk
        All units of ``start``, each with its successors.

    Raises
    ------
    InputError
        If a vintage is not listed, ``end`` lies before ``start``, or the crosswalk goes over a vintage
        or names a unit that is not listed.
    """
    way = _list_vintages(units, start, end)
    rows = crosswalk.frame
    rows = rows[(rows["from_vintage"] < end) & (rows["to_vintage"] > start)]
    problems = [*_step_problems(rows, way), *_unlisted_units(rows, units)]
    if problems:
        raise InputError(problems)
    names = {vintage: _names(units, vintage) for vintage in way}
    links = _link_all(names[start])
    for earlier, later in pairwise(way):
        step = rows[(rows["from_vintage"] == earlier) & (rows["to_vintage"] == later)]
        links = _compose(links, _complete_step(step, names[earlier], names[later]))
    composed = links.assign(
        from_vintage=start,
        from_name=links["from_code"].map(names[start]).fillna(""),
        to_vintage=end,
        to_name=links["to_code"].map(names[end]).fillna(""),
    )
    return make_crosswalk(composed, crosswalk.notes)


def _list_vintages(units: pd.DataFrame, start: str, end: str) -> list[str]:
    listed = sorted(units["vintage"].unique())
    known = {"known": ", ".join(listed)}
    problems = [
        Problem("vintage_not_listed", values={"vintage": vintage} | known)
        for vintage in (start, end)
        if vintage not in listed
    ]
    if end < start:
        problems.append(Problem("vintages_go_forward", values={"start": start, "end": end}))
    if problems:
        raise InputError(problems)
    return [vintage for vintage in listed if start <= vintage <= end]


def _step_problems(rows: pd.DataFrame, way: list[str]) -> list[Problem]:
    steps = set(zip(rows["from_vintage"], rows["to_vintage"], strict=True)) - set(pairwise(way))
    return [
        Problem("step_not_listed", values={"start": start, "end": end, "way": ", ".join(way)})
        for start, end in sorted(steps)
    ]


def _unlisted_units(rows: pd.DataFrame, units: pd.DataFrame) -> list[Problem]:
    """Return a problem for each vintage of which rows name units that it does not have."""
    columns = ["vintage", "code", "name"]
    sides = [rows[[f"{side}_{column}" for column in columns]] for side in ("from", "to")]
    named = pd.concat([side.set_axis(columns, axis=1) for side in sides])
    named = named[(named["code"] != "") & named["vintage"].isin(units["vintage"])]
    listed = pd.MultiIndex.from_frame(_comparable(units[columns]))
    unlisted = named[~pd.MultiIndex.from_frame(_comparable(named)).isin(listed)]
    return [
        Problem("units_not_listed", values={"vintage": vintage, "units": name_units(mine)})
        for vintage, mine in unlisted.groupby("vintage")
    ]


def _comparable(units: pd.DataFrame) -> pd.DataFrame:
    return units.assign(name=normalise_name(units["name"]))


def _names(units: pd.DataFrame, vintage: str) -> pd.Series:
    return units[units["vintage"] == vintage].set_index("code")["name"].sort_index()


def _link(old: Iterable[str], new: Iterable[str], change: Change, weight: float) -> pd.DataFrame:
    links = pd.DataFrame({"from_code": list(old), "to_code": list(new)}, dtype="str")
    return links.assign(change=change.value, weight=weight, is_estimated=False, evidence="")


def _link_all(names: pd.Series) -> pd.DataFrame:
    return _link(names.index, names.index, Change.UNCHANGED, 1.0)


def _complete_step(step: pd.DataFrame, earlier: pd.Series, later: pd.Series) -> pd.DataFrame:
    """Return the links of one step for all units of both vintages, weights adding up to 1 if known."""
    listed = step[~passes_nothing(step)][_LINKS]
    names = normalise_name(later).reindex(earlier.index)
    same = (normalise_name(earlier) == names) & ~earlier.index.isin(step["from_code"])
    links = pd.concat([listed, _link_all(earlier[same])])
    ended = earlier.index.difference(pd.Index(links["from_code"]))
    begun = later.index.difference(pd.Index(links["to_code"]))
    links = pd.concat(
        [
            links,
            _link(ended, [""] * len(ended), Change.SUCCESSOR_UNKNOWN, float("nan")),
            _link([""] * len(begun), begun, Change.PARENT_UNKNOWN, float("nan")),
        ],
        ignore_index=True,
    )
    unit = links["from_code"]
    unknown = links["weight"].isna().groupby(unit).transform("any")
    total = links["weight"].groupby(unit).transform("sum").mask(unknown, 1.0)
    return links.assign(weight=links["weight"] / total)


def _compose(links: pd.DataFrame, step: pd.DataFrame) -> pd.DataFrame:
    """Return the links of both: where one ends in a unit, the other goes on from it."""
    ended, begun = links[links["to_code"] == ""], step[step["from_code"] == ""]
    follow = links[links["to_code"] != ""].merge(
        step[step["from_code"] != ""],
        left_on="to_code",
        right_on="from_code",
        suffixes=("", "_next"),
    )
    nothing = (follow["weight"] == 0) | (follow["weight_next"] == 0)
    on = pd.DataFrame(
        {
            "from_code": follow["from_code"],
            "to_code": follow["to_code_next"],
            "change": _later_in_order(follow["change"], follow["change_next"]),
            "weight": (follow["weight"] * follow["weight_next"]).mask(nothing, 0.0),
            "is_estimated": follow["is_estimated"] | follow["is_estimated_next"],
            "evidence": follow["evidence"] + EVIDENCE_SEPARATOR + follow["evidence_next"],
        }
    )
    on = on[(on["to_code"] != "") | (on["weight"] != 0)]
    return _one_link_per_pair(pd.concat([on, ended, begun], ignore_index=True))


def _later_in_order(first: pd.Series, second: pd.Series) -> list[str]:
    return [max(pair, key=_CHANGES.index) for pair in zip(first, second, strict=True)]


def _one_link_per_pair(links: pd.DataFrame) -> pd.DataFrame:
    ordered = links.sort_values(["from_code", "to_code", "weight", "evidence"])
    pairs = ordered.groupby(["from_code", "to_code"])
    joined = pd.DataFrame(
        {
            "change": pairs["change"].agg(lambda changes: max(changes, key=_CHANGES.index)),
            "weight": pairs["weight"].sum(skipna=False),
            "is_estimated": pairs["is_estimated"].any(),
            "evidence": pairs["evidence"].agg(_join_evidence),
        }
    ).reset_index()
    whole = is_whole(joined.assign(from_vintage=""))
    return joined.assign(
        weight=joined["weight"].mask(whole, 1.0),
        is_estimated=joined["is_estimated"] & ~whole & joined["weight"].notna(),
    )


def _join_evidence(texts: pd.Series) -> str:
    """Return what the texts say, each thing once."""
    parts = EVIDENCE_SEPARATOR.join(texts).split(EVIDENCE_SEPARATOR)
    return EVIDENCE_SEPARATOR.join(dict.fromkeys(part for part in parts if part))
