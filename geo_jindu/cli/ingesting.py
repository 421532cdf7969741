"""Ingesting one file of a source, with a progress bar."""

from pathlib import Path

from rich.markup import escape

from geo_jindu.cli.line import read_recorded, show_assignments, show_dropped
from geo_jindu.cli.terminal import language, progress, say
from geo_jindu.configuration import Source
from geo_jindu.errors import InputError, Problem
from geo_jindu.ingestion import is_recorded, prepare_batch, record_batch, unit_list
from geo_jindu.places import Places, Reading, read_places
from geo_jindu.store import open_store
from geo_jindu.store.batches import Batch
from geo_jindu.texts import translate
from geo_jindu.tiers import Tier
from geo_jindu.workspace import Workspace, read_workspace


def ingest_file(
    directory: Path, source_id: str, file: Path | None, *, replaces: bool, role: Tier
) -> None:
    """Read a file, count it and record one batch; the same file again changes nothing.

    Parameters
    ----------
    file
        Another file than the one the configuration names for the source.

    Raises
    ------
    InputError, StoreError
        Before anything is recorded.
    """
    workspace = read_workspace(directory)
    source = find_source(workspace, source_id)
    if file is not None:
        source = source.model_copy(update={"file": str(file.resolve())})
    places = places_of(workspace)
    earlier = read_recorded(directory, workspace).get(source.id, [])
    known = is_recorded(source, places, earlier, replaces=replaces)
    if known is None:
        batch = _prepare(source, places, replaces=replaces, role=role)
        store = open_store(directory)
        with store.writing() as connection:
            known, is_new = record_batch(connection, batch, unit_list(source, places))
        store.close()
        if is_new:
            _show(known)
            return
    say("known_batch", file=known.file, batch=known.id, recorded=known.recorded_at[:10])


def _prepare(source: Source, places: Places, *, replaces: bool, role: Tier) -> Batch:
    with progress() as bar:
        reading = translate("cli.reading", language(), file=source.file)
        task = bar.add_task(escape(reading), total=100)

        def report(done: float) -> None:
            bar.update(task, completed=int(100 * done))

        return prepare_batch(source, places, role=role, replaces=replaces, report=report)


def _show(batch: Batch) -> None:
    show_dropped(batch)
    show_assignments(batch.counts.rows.assign(source=batch.source))
    covers = {"first": batch.first_day or "—", "last": batch.last_day or "—"}
    say("ingested", file=batch.file, source=batch.source, batch=batch.id, **covers)


def find_source(workspace: Workspace, source_id: str) -> Source:
    """Return the source called ``source_id``, or raise an `InputError` that names those there are."""
    known = {source.id: source for source in workspace.configuration.sources}
    if source_id not in known:
        values = {"source": source_id, "known": ", ".join(known)}
        raise InputError([Problem("source_unknown", values=values)])
    return known[source_id]


def places_of(workspace: Workspace) -> Places:
    """Read the places of a workspace, or raise an `InputError` with all that is wrong with them."""
    from boundaries import read_townships

    reading = Reading(lambda file: None, ())
    places = read_places(workspace, read_townships, reading)
    if reading.problems or places is None:
        raise InputError(reading.problems)
    return places
