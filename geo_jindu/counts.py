"""Counts: what is left of a source once its rows have been assigned and forgotten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import pandas as pd

from geo_jindu.errors import MOST_ROWS
from geo_jindu.joining import Assignment, Reason
from geo_jindu.periods import Window, is_within, parse_periods
from geo_jindu.provenance import Provenance

OBSERVATION_KEYS = ["vintage", "code", "period", "category"]
ROW_KEYS = ["period", "reason"]


class Status(StrEnum):
    """Whether an observation has a value; a value of 0 is a value."""

    VALUE = "value"
    MISSING = "missing"


@dataclass(frozen=True)
class Counts:
    """Counts of one source per unit, period and category, and where its rows went.

    Attributes
    ----------
    observations
        RangeIndex, sorted: ``vintage`` and ``code`` of a unit, ``period`` (year or month; empty for a
        population), ``category`` (empty if the source has none), ``value`` [incidents or persons;
        Int64, NA if missing] and ``status``.
    rows
        RangeIndex, sorted: ``period`` (empty if unreadable), ``reason`` (empty if assigned), ``rows``,
        ``counted`` and ``first_rows``, the numbers of the first rows; these are never stored.
    shared
        Rows whose point lies in more than one township.
    provenance
        What the rows were read as.
    files
        SHA-256 by file.
    dropped
        Columns of the file that the configuration does not name; they were not read.
    """

    observations: pd.DataFrame
    rows: pd.DataFrame
    shared: int
    provenance: Provenance
    files: Mapping[str, str]
    dropped: tuple[str, ...] = ()

    @cached_property
    def days(self) -> tuple[str, str]:
        """First and last day of what was counted, ISO dates; empty for a population."""
        days = parse_periods(self.rows["period"]).dropna()
        if days.empty:
            return "", ""
        return days["start"].min().date().isoformat(), days["end"].max().date().isoformat()

    def rows_within(self, windows: list[Window]) -> pd.DataFrame:
        """Return the rows by reason; those whose period lies in none of the windows say so."""
        days = parse_periods(self.rows["period"])
        inside = pd.Series(data=False, index=days.index)
        for window in windows:
            inside |= is_within(days, window)
        outside = days["start"].notna() & ~inside
        return self.rows.assign(reason=self.rows["reason"].mask(outside, Reason.OUTSIDE_WINDOW.value))


def count_assignment(
    assignment: Assignment, values: pd.Series, vintage: str, provenance: Provenance
) -> Counts:
    """Forget the rows of an assignment and keep their counts.

    Parameters
    ----------
    values
        Index of the assignment; what each row counts, NaN if that is missing.
    vintage
        What the codes are of.
    """
    frame = assignment.frame.assign(value=values.astype("Float64"), vintage=vintage)
    assigned = frame[assignment.is_assigned].rename(columns={"township": "code"})
    sums = assigned.groupby(OBSERVATION_KEYS)["value"].sum(min_count=1).reset_index()
    return Counts(_with_status(sums), _count_rows(frame), assignment.shared, provenance, {})


def _count_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows and what they count by period and reason, with the numbers of the first rows."""
    numbered = frame.rename_axis("row").reset_index()
    groups = numbered.groupby(ROW_KEYS, sort=True)
    table = groups.agg(
        rows=("row", "size"),
        counted=("value", "sum"),
        first_rows=("row", lambda rows: tuple(rows[:MOST_ROWS])),
    ).reset_index()
    return table.astype({"rows": "int64", "counted": "int64"})


def add_counts(parts: Iterable[Counts]) -> Counts:
    """Return the counts of several parts of a source together.

    Raises
    ------
    ValueError
        If there is no part.
    """
    every = list(parts)
    if not every:
        raise ValueError("no part")
    observations = pd.concat([part.observations for part in every])
    sums = observations.groupby(OBSERVATION_KEYS)["value"].sum(min_count=1).reset_index()
    rows = pd.concat([part.rows for part in every]).groupby(ROW_KEYS, sort=True)
    table = rows.agg(
        rows=("rows", "sum"),
        counted=("counted", "sum"),
        first_rows=("first_rows", lambda each: tuple(sorted(sum(each, ())))[:MOST_ROWS]),
    ).reset_index()
    files: dict[str, str] = {}
    for part in every:
        files |= part.files
    shared = sum(part.shared for part in every)
    first = every[0]
    return Counts(_with_status(sums), table, shared, first.provenance, files, first.dropped)


def _with_status(sums: pd.DataFrame) -> pd.DataFrame:
    values = sums["value"].astype("Int64")
    status = pd.Series(Status.VALUE.value, index=sums.index, dtype="str")
    return sums.assign(value=values, status=status.mask(values.isna(), Status.MISSING.value))
