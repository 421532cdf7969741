"""What an assessment is made of: townships, records and populations, read and checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from geo_jindu.code_mapping import CodeMapping, read_code_mapping
from geo_jindu.configuration import CrosswalkFile, Source
from geo_jindu.crosswalk import Crosswalk, crosswalk_between, read_crosswalk, read_units
from geo_jindu.digests import digest_file
from geo_jindu.errors import InputError, Problem
from geo_jindu.joining import looks_swapped
from geo_jindu.key_areas import read_key_areas
from geo_jindu.records import Population, Records, read_population, read_records
from geo_jindu.townships import Townships
from geo_jindu.workspace import Workspace


@dataclass(frozen=True)
class Inputs:
    """Everything read from a workspace.

    Attributes
    ----------
    records, populations
        By source id.
    crosswalks
        By source id, for sources whose codes are of another vintage than the boundaries.
    key_areas
        As `geo_jindu.key_areas.read_key_areas` returns them; ``None`` if there is no list.
    digests
        SHA-256 by the path the configuration writes.
    """

    workspace: Workspace
    townships: Townships
    records: Mapping[str, Records]
    populations: Mapping[str, Population]
    crosswalks: Mapping[str, Crosswalk]
    key_areas: pd.DataFrame | None
    digests: Mapping[str, str]

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What the boundary file gives reason to say."""
        return (*self.townships.notes, *_boundary_notes(self))


def read_inputs(
    workspace: Workspace,
    read_townships: Callable[[Workspace], Townships],
    report: Callable[[str], None] = lambda file: None,
    contradictions: tuple[Problem, ...] = (),
) -> Inputs:
    """Read every file of a workspace.

    Parameters
    ----------
    read_townships
        `boundaries.read_townships`, handed in because the core does not know that package.
    report
        Called with each file's path before it is read.
    contradictions
        Problems of the configuration; the files of the settings concerned are not read.

    Raises
    ------
    InputError
        With the contradictions and the problems of all files together.
    """
    reading = _Reading(report, contradictions)
    configuration = workspace.configuration
    townships = reading.attempt(
        ("boundaries.datum", "area.measuring_crs"),
        configuration.boundaries.file,
        lambda: read_townships(workspace),
    )
    mapping, key_areas = None, None
    if configuration.code_mapping:
        read_mapping = partial(read_workspace_mapping, workspace)
        mapping = reading.attempt((), configuration.code_mapping.file, read_mapping)
    found: dict[str, Any] = {}
    for source in configuration.sources:
        read = partial(_read_source, source, workspace, mapping)
        found[source.id] = reading.attempt((f"sources.{source.id}.",), source.file, read)
    if configuration.key_areas and townships is not None:
        read_list = partial(read_key_areas, workspace, configuration.key_areas, townships)
        key_areas = reading.attempt(("key_areas.",), configuration.key_areas.file, read_list)
    crosswalks = {}
    if configuration.crosswalk:
        read_crosswalks = partial(_read_crosswalks, configuration.crosswalk, workspace)
        crosswalks = reading.attempt((), configuration.crosswalk.file, read_crosswalks)
    records = {name: each for name, each in found.items() if isinstance(each, Records)}
    swapped = [] if townships is None else _swapped(records, townships)
    if reading.problems or swapped:
        raise InputError([*reading.problems, *swapped])
    populations = {name: each for name, each in found.items() if name not in records}
    digests = digest_inputs(workspace)
    return Inputs(workspace, townships, records, populations, crosswalks, key_areas, digests)


class _Reading:
    """Reads file after file, and keeps the problems of all."""

    def __init__(self, report: Callable[[str], None], contradictions: tuple[Problem, ...]) -> None:
        self.problems = list(contradictions)
        self._report = report
        self._contradicted = [problem.field for problem in contradictions]

    def attempt(self, settings: tuple[str, ...], file: str, read: Callable[[], Any]) -> Any:
        """Read a file, unless its settings contradict themselves; ``None`` if that fails."""
        self._report(file)
        if any(field.startswith(settings) for field in self._contradicted):
            return None
        try:
            return read()
        except InputError as error:
            self.problems.extend(error.problems)
            return None


def read_workspace_mapping(workspace: Workspace) -> CodeMapping | None:
    """Return the mapping between code systems that a workspace names, if it names one."""
    settings = workspace.configuration.code_mapping
    if settings is None:
        return None
    columns = settings.model_dump(exclude={"file"})
    provenance = workspace.configuration.area.provenance
    return read_code_mapping(workspace.path(settings.file), columns, provenance, settings.file)


def _read_crosswalks(settings: CrosswalkFile, workspace: Workspace) -> dict[str, Crosswalk]:
    """Return the way from each source's vintage to that of the boundaries, by source id."""
    configuration, units = workspace.configuration, settings.units
    provenance = configuration.area.provenance
    steps = read_crosswalk(
        workspace.path(settings.file),
        settings.fields,
        provenance=provenance,
        file=settings.file,
        sheet=settings.sheet,
    )
    listed = read_units(
        workspace.path(units.file),
        units.fields,
        provenance=provenance,
        file=units.file,
        sheet=units.sheet,
    )
    today = configuration.boundaries.vintage
    moved = [source for source in configuration.sources if source.vintage not in {"", today}]
    return {each.id: crosswalk_between(steps, listed, each.vintage, today) for each in moved}


def _read_source(
    source: Source, workspace: Workspace, mapping: CodeMapping | None
) -> Records | Population:
    """Read a source; codes of another system than the boundaries' become theirs."""
    configuration = workspace.configuration
    read = read_population if source.kind.is_population else read_records
    found = read(source, workspace.path(source.file), configuration.area.provenance)
    theirs, ours = source.code_system, configuration.boundaries.code_system
    if mapping is None or theirs is None or ours is None or theirs is ours:
        return found
    frame = found.frame
    written = frame[frame["code"] != ""]
    converted = mapping.convert(written["code"], written["name"], theirs, ours, source.file)
    return replace(found, frame=frame.assign(code=converted.reindex(frame.index, fill_value="")))


def digest_inputs(workspace: Workspace) -> dict[str, str]:
    """Return the SHA-256 of every input file by the path the configuration writes."""
    configuration = workspace.configuration
    files = [configuration.boundaries.file, *(source.file for source in configuration.sources)]
    if configuration.boundaries.counties:
        files.append(configuration.boundaries.counties.file)
    if configuration.key_areas:
        files.append(configuration.key_areas.file)
    if configuration.code_mapping:
        files.append(configuration.code_mapping.file)
    if configuration.crosswalk:
        files += [configuration.crosswalk.file, configuration.crosswalk.units.file]
    return {file: digest_file(workspace.path(file)) for file in sorted(set(files))}


def _swapped(records: Mapping[str, Records], townships: Townships) -> list[Problem]:
    def is_swapped(source: Source) -> bool:
        points = records[source.id].points
        return points is not None and looks_swapped(points, townships.frame)

    sources = [found.source for found in records.values()]
    return [
        Problem("coordinates_swapped", file=source.file, field=f"sources.{source.id}.fields")
        for source in sources
        if is_swapped(source)
    ]


def _boundary_notes(inputs: Inputs) -> list[Problem]:
    townships = inputs.townships
    notes = []
    if townships.repaired:
        values: dict[str, object] = {
            "number": len(townships.repaired),
            "codes": ", ".join(townships.repaired[:10]),
        }
        notes.append(Problem("polygons_repaired", values=values))
    if townships.overlaps:
        largest = max(townships.overlaps, key=lambda overlap: overlap.area_km2)
        values = {
            "number": len(townships.overlaps),
            "area": f"{sum(overlap.area_km2 for overlap in townships.overlaps):.4f}",
            "first": largest.first,
            "second": largest.second,
        }
        notes.append(Problem("polygons_overlap", values=values))
    return notes
