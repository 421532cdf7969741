"""Which counts hold: later batches take the place of earlier ones for the days they cover."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from geo_jindu.counts import Counts, add_counts
from geo_jindu.errors import InputError, Problem
from geo_jindu.periods import parse_periods
from geo_jindu.store.batches import Batch


def counts_in_force(batches: Sequence[Batch]) -> Counts:
    """Return the counts of one source that no later batch supersedes.

    A period holds in the newest batch that covers it; the persons of a population in the newest batch.

    Parameters
    ----------
    batches
        Of one source, at least one, in the order they were recorded.
    """
    kept = [_in_force(batch, batches[at + 1 :]) for at, batch in enumerate(batches)]
    files: dict[str, str] = {}
    parts = []
    for batch, counts in zip(batches, kept, strict=True):
        if counts.rows.empty:
            continue
        name = batch.file if batch.file not in files else f"{batch.file} ({batch.id})"
        files[name] = batch.file_sha256
        parts.append(counts)
    return replace(add_counts(parts), files=files, dropped=batches[-1].counts.dropped)


def find_recorded(input_digest: str, batches: Sequence[Batch], *, replaces: bool) -> Batch | None:
    """Return the batch of the same file read in the same way, if it is recorded.

    Parameters
    ----------
    batches
        Of the source, in the order they were recorded.
    replaces
        Whether only a batch that no later one supersedes will do.
    """
    for at, batch in reversed(list(enumerate(batches))):
        if batch.input_digest == input_digest:
            later = batches[at + 1 :]
            superseded = any(_touched(batch.counts.rows, each).any() for each in later)
            return None if replaces and superseded else batch
    return None


def refuse_overlap(batch: Batch, earlier: Sequence[Batch]) -> None:
    """Refuse a batch that covers days for which counts are in force, unless it replaces them.

    Parameters
    ----------
    earlier
        The batches of the same source.

    Raises
    ------
    InputError
        If it does not say that it replaces, or would cut a period in two.
    """
    for at, other in enumerate(earlier):
        if not _meet(other, batch):
            continue
        counts = _in_force(other, earlier[at + 1 :])
        covered = _touched(counts.rows, batch)
        values = {
            "source": batch.source,
            "batch": other.id,
            "first": batch.first_day,
            "last": batch.last_day,
            "recorded": other.recorded_at[:10],
        }
        if covered.any() and not batch.replaces:
            raise InputError([Problem("batch_overlaps", file=batch.file, values=values)])
        cut = covered & ~_within(counts.rows, batch)
        if cut.any():
            values["period"] = counts.rows.loc[cut, "period"].iloc[0]
            raise InputError([Problem("batch_cuts_period", file=batch.file, values=values)])


def _in_force(batch: Batch, later: Sequence[Batch]) -> Counts:
    """Return what no later batch covers; rows of unreadable date go with the last of the others."""
    counts = batch.counts
    observations, rows = counts.observations, counts.rows
    later = [other for other in later if _meet(batch, other)]
    for other in later:
        observations = observations[~_touched(observations, other)]
        rows = rows[~_touched(rows, other)]
    if (rows["period"] == "").all() and later and batch.first_day:
        rows = rows.iloc[:0]
    return replace(counts, observations=observations, rows=rows)


def _meet(batch: Batch, other: Batch) -> bool:
    """Return whether one can touch the other at all: batches are many, and most are of other days."""
    if not (batch.first_day and other.first_day):
        return True
    return batch.first_day <= other.last_day and other.first_day <= batch.last_day


def _touched(table: pd.DataFrame, batch: Batch) -> pd.Series:
    """Return which rows of a table lie, wholly or in part, in what a batch covers."""
    if not batch.first_day:
        return pd.Series(data=True, index=table.index)  # a population replaces the one before
    days = parse_periods(table["period"])
    first, last = pd.Timestamp(batch.first_day), pd.Timestamp(batch.last_day)
    touched: pd.Series = (days["start"] <= last) & (days["end"] >= first)
    return touched


def _within(table: pd.DataFrame, batch: Batch) -> pd.Series:
    if not batch.first_day:
        return pd.Series(data=True, index=table.index)
    days = parse_periods(table["period"])
    first, last = pd.Timestamp(batch.first_day), pd.Timestamp(batch.last_day)
    within: pd.Series = (days["start"] >= first) & (days["end"] <= last)
    return within
