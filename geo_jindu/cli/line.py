"""The whole line, composed: files to townships, records, assessment, map and ``out/``."""

from itertools import count
from pathlib import Path

import orjson
import pandas as pd
from rich.markup import escape

from geo_jindu.aggregation import Joined
from geo_jindu.assessment import Assessment, assess
from geo_jindu.cli.terminal import language, progress, say, show_table
from geo_jindu.digests import assessment_id, digest_bytes
from geo_jindu.errors import MOST_ROWS
from geo_jindu.export import assessment_json, assignment_csv, townships_csv, townships_geojson
from geo_jindu.inputs import Inputs, digest_inputs, read_inputs
from geo_jindu.outputs import (
    ASSESSMENT,
    ASSIGNMENT,
    FOLDER,
    GEOJSON,
    MAP,
    TABLE,
    refuse_foreign_files,
    restore_interrupted,
    write_outputs,
)
from geo_jindu.texts import translate
from geo_jindu.workspace import Workspace, parse_workspace


def load(directory: Path) -> Inputs:
    """Read everything a workspace names, with a progress bar."""
    from boundaries import read_townships

    workspace, contradictions = parse_workspace(directory)
    with progress() as bar:
        task = bar.add_task("", total=1 + len(workspace.configuration.sources))
        done = count()

        def report(file: str) -> None:
            bar.update(task, description=escape(_step("reading", file=file)), completed=next(done))

        return read_inputs(workspace, read_townships, report, contradictions)


def run_line(directory: Path) -> tuple[Assessment, Path]:
    """Read, assess, draw and write ``out/`` whole or not at all.

    Raises
    ------
    InputError, OutputError
        Before anything is written.
    """
    restore_interrupted(directory)
    refuse_foreign_files(directory)
    inputs = load(directory)
    with progress() as bar:
        task = bar.add_task(_step("assessing"), total=3)
        assessment = assess(inputs)
        bar.update(task, advance=1, description=_step("drawing"))
        contents = build_outputs(assessment)
        bar.update(task, advance=1, description=_step("writing"))
        folder = write_outputs(directory, contents)
    return assessment, folder


def build_outputs(assessment: Assessment) -> dict[str, bytes]:
    """Return every file of ``out/`` by name."""
    from maps import draw_hotspot_map

    contents = {
        GEOJSON: townships_geojson(assessment),
        TABLE: townships_csv(assessment),
        ASSIGNMENT: assignment_csv(assessment),
        MAP: draw_hotspot_map(assessment).encode(),
    }
    digests = {name: digest_bytes(content) for name, content in contents.items()}
    return contents | {ASSESSMENT: assessment_json(assessment, digests)}


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
    for source, assignment in joined.assignments.items():
        file = joined.inputs.workspace.configuration.source(source).file
        unassigned = assignment.frame[~assignment.is_assigned]
        for reason, rows in unassigned.groupby("reason").groups.items():
            say(
                "unassigned_rows",
                file=file,
                reason=translate(f"reasons.{reason}", language()),
                number=len(rows),
                rows=", ".join(map(str, rows[:MOST_ROWS])) + (" …" if len(rows) > MOST_ROWS else ""),
            )


def is_stale(workspace: Workspace) -> bool:
    """Return whether inputs or configuration have changed since ``out/``, known whole, was written."""
    written = orjson.loads((workspace.directory / FOLDER / ASSESSMENT).read_bytes())["assessment"]
    try:
        digests = digest_inputs(workspace)
    except OSError:
        return True
    return bool(assessment_id(workspace.configuration, digests) != written)


def _step(key: str, **values: object) -> str:
    return translate(f"cli.{key}", language(), **values)
