"""The table every crosswalk is: one row per unit of the earlier and unit of the later vintage."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from geo_jindu.errors import Problem

TEXTS = ["from_vintage", "from_code", "from_name", "to_vintage", "to_code", "to_name"]
COLUMNS = [*TEXTS, "change", "weight", "is_estimated", "evidence"]


class Change(StrEnum):
    """What became of a unit; of several changes on the way the one that stands last here counts."""

    UNCHANGED = "unchanged"
    RENAME = "rename"
    RECODE = "recode"
    CLASS_CHANGE = "class_change"
    CODE_REUSE = "code_reuse"
    MERGE = "merge"
    SPLIT = "split"
    DISSOLVE = "dissolve"
    SUCCESSOR_UNKNOWN = "successor_unknown"
    PARENT_UNKNOWN = "parent_unknown"


@dataclass(frozen=True)
class Crosswalk:
    """Which unit of one vintage became which of another.

    Attributes
    ----------
    frame
        RangeIndex, sorted by vintages and codes. ``from_vintage``, ``to_vintage`` (ISO dates),
        ``from_code``, ``from_name``, ``to_code``, ``to_name`` (text), ``change`` (a value of `Change`),
        ``weight`` (share of the earlier unit, 0 to 1; NaN = unknown), ``is_estimated`` (the share
        comes from area, points or population and not from an official count) and ``evidence``.
        ``to_code`` is empty if the successor is unknown, ``from_code`` if the parent is.
    notes
        What a reader of the results should know about it.
    """

    frame: pd.DataFrame
    notes: tuple[Problem, ...] = ()


def make_crosswalk(rows: pd.DataFrame, notes: Iterable[Problem] = ()) -> Crosswalk:
    """Return rows with the columns of `Crosswalk.frame`, in any order, as a crosswalk."""
    keys = ["from_vintage", "to_vintage", "from_code", "to_code"]
    frame = rows[COLUMNS].sort_values(keys, ignore_index=True)
    types = dict.fromkeys([*TEXTS, "change", "evidence"], "str")
    return Crosswalk(frame.astype(types | {"weight": "float64", "is_estimated": "bool"}), tuple(notes))


def passes_nothing(rows: pd.DataFrame) -> pd.Series:
    """Return which rows say only that a code was given to another place; no ground goes along."""
    nothing: pd.Series = (rows["change"] == Change.CODE_REUSE.value) & (rows["weight"] == 0)
    return nothing


def is_whole(rows: pd.DataFrame) -> pd.Series:
    """Return which rows are the only one of a unit and name a successor, which took all of it."""
    alone = ~rows.duplicated(["from_vintage", "from_code"], keep=False)
    whole: pd.Series = alone & (rows["from_code"] != "") & (rows["to_code"] != "")
    return whole


def name_units(units: pd.DataFrame) -> str:
    """Return the units of a table with ``code`` and ``name`` as text, each once, in order of codes."""
    once = units.drop_duplicates(["code", "name"]).sort_values("code")
    written: str = (once["code"] + " " + once["name"]).str.strip().str.cat(sep=", ")
    return written
