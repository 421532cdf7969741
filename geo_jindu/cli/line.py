"""The whole line, composed: files to townships, records, assessment, map and ``out/``."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from itertools import chain, count
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from rich.markup import escape

from geo_jindu.aggregation import Joined
from geo_jindu.analysis_files import analysis_files
from geo_jindu.assessment import Assessment, assess
from geo_jindu.cli.terminal import language, progress, say, show_table
from geo_jindu.description import assessment_json, describe_assessment, describe_results
from geo_jindu.digests import assessment_id, digest_bytes, digest_file
from geo_jindu.errors import MOST_ROWS
from geo_jindu.export import assignment_csv, township_file
from geo_jindu.ingestion import record_batch, unit_list
from geo_jindu.inputs import Inputs, read_inputs
from geo_jindu.outputs import (
    ASSESSMENT,
    ASSIGNMENT,
    FOLDER,
    GEOJSON,
    LOWER_TIERS,
    MAP,
    PARQUET,
    TABLE,
    WORKBOOK,
    refuse_foreign_files,
    restore_interrupted,
    write_outputs,
)
from geo_jindu.places import digest_places
from geo_jindu.releases import Told, release_all
from geo_jindu.results import Disputes, Results, full_results, reduced_results
from geo_jindu.store import has_store, open_store
from geo_jindu.store.batches import Batch, read_batches
from geo_jindu.store.corrections import open_corrections
from geo_jindu.store.in_force import counts_in_force
from geo_jindu.store.released import add_releases, read_told
from geo_jindu.store.times import end_of
from geo_jindu.stored_inputs import Gathered, gather_inputs
from geo_jindu.suppression import Release
from geo_jindu.texts import translate
from geo_jindu.tiers import Tier
from geo_jindu.township_files import write_csv, write_geojson, write_parquet, write_xlsx
from geo_jindu.workspace import Workspace, parse_workspace


def load(directory: Path) -> Inputs:
    """Read everything a workspace names and record nothing, with a progress bar."""
    from boundaries import read_townships

    workspace, contradictions = parse_workspace(directory)
    with reading_bar(workspace) as report:
        return read_inputs(workspace, read_townships, report, contradictions)


@contextmanager
def reading_bar(workspace: Workspace) -> Iterator[Callable[[str], None]]:
    """Show a bar that moves on with every file named to it."""
    with progress() as bar:
        task = bar.add_task("", total=1 + len(workspace.configuration.sources))
        done = count()

        def report(file: str) -> None:
            bar.update(task, description=escape(_step("reading", file=file)), completed=next(done))

        yield report


def run_line(
    directory: Path, *, replaces: bool = False, as_of: date | None = None
) -> tuple[Assessment, Path]:
    """Read what is not recorded yet, assess, draw, record, and write ``out/`` whole or not at all.

    Parameters
    ----------
    replaces
        Whether files may take the place of what is recorded for their days.
    as_of
        Use what was recorded by the end of that day, and leave the files alone.

    Raises
    ------
    InputError, OutputError, StoreError
        Before anything is recorded or written.
    """
    restore_interrupted(directory)
    refuse_foreign_files(directory)
    gathered = gather(directory, replaces=replaces, as_of=as_of)
    told, disputes = read_told_and_disputed(directory, gathered.inputs)
    with progress() as bar:
        task = bar.add_task(_step("assessing"), total=5)
        scans = bar.add_task(_step("scanning"), total=None)
        assessment = assess(
            gathered.inputs, lambda done, total: bar.update(scans, completed=done, total=total)
        )
        bar.remove_task(scans)
        bar.update(task, advance=1, description=_step("suppressing"))
        released = release_all(assessment.joined, told)
        bar.update(task, advance=1, description=_step("drawing"))
        contents = build_outputs(assessment, released, disputes)
        bar.update(task, advance=1, description=_step("recording"))
        record(directory, gathered, assessment, released)
        bar.update(task, advance=1, description=_step("writing"))
        folder = write_outputs(directory, contents)
    for batch in gathered.fresh:
        show_dropped(batch)
    return assessment, folder


def read_told_and_disputed(directory: Path, inputs: Inputs) -> tuple[Told, Disputes]:
    """Return what lower tiers were told before, and which values are disputed."""
    if not has_store(directory):
        return {}, set()
    store = open_store(directory)
    vintage = inputs.today
    disputes = {(each.code, each.indicator) for each in open_corrections(store, vintage)}
    with store.reading() as connection:
        told = read_told(connection)
    store.close()
    return told, disputes


def gather(directory: Path, *, replaces: bool = False, as_of: date | None = None) -> Gathered:
    """Read the store and what is not recorded yet, with a progress bar."""
    from boundaries import read_townships

    workspace, contradictions = parse_workspace(directory)
    until = "" if as_of is None else end_of(as_of)
    recorded = read_recorded(directory, workspace, until)
    with reading_bar(workspace) as report:
        return gather_inputs(
            workspace,
            contradictions,
            read_townships,
            recorded,
            replaces=replaces,
            as_recorded=as_of is not None,
            report=report,
        )


def read_recorded(directory: Path, workspace: Workspace, until: str = "") -> dict[str, list[Batch]]:
    """Return the batches of every source; none if there is no store yet."""
    if not has_store(directory):
        return {}
    store = open_store(directory)
    provenance = workspace.configuration.area.provenance
    with store.reading() as connection:
        batches = read_batches(connection, provenance, until=until)
    store.close()
    by_source: dict[str, list[Batch]] = {}
    for batch in batches:
        by_source.setdefault(batch.source, []).append(batch)
    return by_source


def record(
    directory: Path,
    gathered: Gathered,
    assessment: Assessment,
    released: Mapping[Tier, Mapping[str, Release]],
) -> None:
    """Record fresh batches, the figures for rules and what lower tiers are told, in one transaction."""
    from geo_jindu.rectification.figures import make_figures
    from geo_jindu.store.snapshots import add_snapshot

    configuration = assessment.configuration
    figures = make_figures(assessment) if configuration.rectification else None
    store = open_store(directory)
    with store.writing() as connection:
        for batch in gathered.fresh:
            source = configuration.source(batch.source)
            record_batch(connection, batch, unit_list(source, gathered.inputs))
        add_releases(connection, assessment.id, released)
        if figures is not None:
            add_snapshot(connection, figures.to_bytes(), assessment.id)
    store.close()


def build_outputs(
    assessment: Assessment, released: Mapping[Tier, Mapping[str, Release]], disputes: Disputes
) -> dict[str, bytes]:
    """Return every file of ``out/`` by name, each tier's made from what that tier may see alone."""
    contents = {}
    for tier in LOWER_TIERS:
        results = reduced_results(assessment, tier, released[tier], disputes)
        for name, content in _tier_files(results, describe_results(results)).items():
            contents[f"{tier}/{name}"] = content
    full = full_results(assessment, disputes)
    contents[ASSIGNMENT] = assignment_csv(assessment)
    contents |= analysis_files(assessment)
    return contents | _tier_files(full, describe_assessment(assessment, full), contents)


def _tier_files(
    results: Results, description: Mapping[str, Any], others: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """Return the files of one tier; its ``assessment.json`` has their digests, and those of others."""
    from maps import draw_hotspot_map

    content = township_file(results)
    files = {TABLE: write_csv(content), WORKBOOK: write_xlsx(content)}
    if results.may_show_borders:
        files[GEOJSON] = write_geojson(content)
        files[PARQUET] = write_parquet(content)
        files[MAP] = draw_hotspot_map(results).encode()
    every = {**files, **(others or {})}
    digests = {name: digest_bytes(every[name]) for name in sorted(every)}
    return files | {ASSESSMENT: assessment_json(description, digests)}


def show_assignments(assignments: pd.DataFrame) -> None:
    """Print rows per source and outcome: assigned + unassigned = rows."""
    lines = []
    for source, mine in assignments.groupby("source", sort=False):
        counts = mine["reason"].replace("", "assigned").to_frame().assign(rows=mine["rows"])
        for reason, rows in counts.groupby("reason")["rows"].sum().items():
            lines.append([str(source), translate(f"reasons.{reason}", language()), str(rows)])
        lines.append([str(source), _step("all_rows"), str(mine["rows"].sum())])
    header = [_step(key) for key in ("source", "outcome", "rows")]
    show_table(_step("assignment_title"), header, lines)


def show_unassigned_rows(joined: Joined) -> None:
    """Print the numbers of the rows that reached no township, per file and reason."""
    for source in joined.inputs.counts:
        file = joined.inputs.workspace.configuration.source(source).file
        rows = joined.rows_of(source)
        for reason, mine in rows[rows["reason"] != ""].groupby("reason"):
            number = int(mine["rows"].sum())
            first = sorted(chain(*mine["first_rows"]))[:MOST_ROWS]
            say(
                "unassigned_rows",
                file=file,
                reason=translate(f"reasons.{reason}", language()),
                number=number,
                rows=", ".join(map(str, first)) + (" …" if number > MOST_ROWS else ""),
            )


def is_stale(workspace: Workspace) -> bool:
    """Return whether files, records or configuration have changed since ``out/`` was written."""
    facts = orjson.loads((workspace.directory / FOLDER / ASSESSMENT).read_bytes())
    configuration = workspace.configuration
    recorded = read_recorded(workspace.directory, workspace)
    try:
        digests = digest_places(workspace)
        for source in configuration.sources:
            batches = recorded.get(source.id, [])
            path = workspace.path(source.file)
            known = {batch.file_sha256 for batch in batches}
            if not batches or (path.exists() and digest_file(path) not in known):
                return True
            digests |= counts_in_force(batches).files
    except OSError:
        return True
    return bool(assessment_id(configuration, digests) != facts["assessment"])


def show_dropped(batch: Batch) -> None:
    """Say which columns of a file were screened and not kept, and which not even screened."""
    if batch.counts.dropped:
        columns = ", ".join(batch.counts.dropped)
        say("columns_dropped", file=batch.file, columns=columns)
    if batch.exceptions:
        say("columns_unscreened", file=batch.file, columns=", ".join(batch.exceptions))


def _step(key: str, **values: object) -> str:
    return translate(f"cli.{key}", language(), **values)
