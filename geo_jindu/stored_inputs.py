"""Inputs from the store, together with files that are not recorded yet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from geo_jindu.configuration import Source
from geo_jindu.counting import check_source
from geo_jindu.errors import InputError, Problem
from geo_jindu.ingestion import is_recorded, prepare_batch
from geo_jindu.inputs import Inputs
from geo_jindu.places import Places, Reading, read_places
from geo_jindu.store.batches import Batch
from geo_jindu.store.in_force import counts_in_force, refuse_overlap
from geo_jindu.store.times import CALENDAR, now
from geo_jindu.townships import Townships
from geo_jindu.workspace import Workspace


@dataclass(frozen=True)
class Gathered:
    """Inputs, and the batches among them that are still to be recorded."""

    inputs: Inputs
    fresh: Sequence[Batch]


def gather_inputs(
    workspace: Workspace,
    contradictions: tuple[Problem, ...],
    read_townships: Callable[[Workspace], Townships],
    recorded: Mapping[str, Sequence[Batch]],
    *,
    replaces: bool = False,
    as_recorded: bool = False,
    report: Callable[[str], None] = lambda file: None,
) -> Gathered:
    """Read the places of a workspace, and the configured files that are not recorded yet.

    Parameters
    ----------
    recorded
        The batches in the store by source id; see `geo_jindu.store.batches.read_batches`.
    replaces
        Whether files may take the place of what is recorded for their days.
    as_recorded
        Whether to leave the files alone and use only what is recorded.
    report
        Called with each file's path before it is read.

    Raises
    ------
    InputError
        With the contradictions and the problems of all files together.
    """
    reading = Reading(report, contradictions)
    vintages = {
        vintage
        for batches in recorded.values()
        for batch in batches
        for vintage in batch.counts.observations["vintage"].unique()
    }
    places = read_places(workspace, read_townships, reading, vintages)
    if reading.problems:
        places = None  # the sources are checked all the same
    every: dict[str, list[Batch]] = {}
    fresh: list[Batch] = []
    for source in workspace.configuration.sources:
        earlier = recorded.get(source.id, ())
        read = partial(_read, source, workspace, places, earlier, replaces, as_recorded)
        batch: Batch | None = reading.attempt((f"sources.{source.id}.",), source.file, read)
        fresh += [batch] if batch else []
        every[source.id] = [*earlier, *([batch] if batch else [])]
    if reading.problems or places is None:
        raise InputError(reading.problems)
    counts = {source: counts_in_force(batches) for source, batches in every.items()}
    covered = {source: _covered_days(batches) for source, batches in every.items()}
    return Gathered(Inputs(**vars(places), counts=counts, covered=covered), fresh)


def _covered_days(batches: Sequence[Batch]) -> tuple[tuple[str, str], ...]:
    """Return the days that batches cover; none covers what came after it was recorded."""
    days = []
    for batch in batches:
        recorded = datetime.fromisoformat(batch.recorded_at or now()).astimezone(CALENDAR)
        last = min(batch.last_day, recorded.date().isoformat())
        days += [(batch.first_day, last)] if batch.first_day and batch.first_day <= last else []
    return tuple(days)


def _read(
    source: Source,
    workspace: Workspace,
    places: Places | None,
    earlier: Sequence[Batch],
    replaces: bool,
    as_recorded: bool,
) -> Batch | None:
    """Return the batch that a source's configured file makes; ``None`` if the store has it."""
    is_there = workspace.path(source.file).exists()
    if as_recorded or (earlier and not is_there):
        if not earlier:
            raise InputError([Problem("source_not_recorded", values={"source": source.id})])
        return None
    if places is None:
        check_source(source, workspace)
        return None
    if is_there and is_recorded(source, places, earlier, replaces=replaces):
        return None
    batch = prepare_batch(source, places, replaces=replaces)
    refuse_overlap(batch, earlier)
    return batch
