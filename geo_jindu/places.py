"""Everything of a workspace but its sources: the townships, their codes, vintages and key areas."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from geo_jindu.code_mapping import CodeMapping, read_code_mapping
from geo_jindu.configuration import CrosswalkFile, Source
from geo_jindu.crosswalk import Crosswalk, crosswalk_between, read_crosswalk, read_units
from geo_jindu.digests import digest_file
from geo_jindu.errors import InputError, Problem
from geo_jindu.key_areas import read_key_areas
from geo_jindu.proportions import read_proportion
from geo_jindu.rectification.fields import ProportionId
from geo_jindu.townships import Townships
from geo_jindu.workspace import Workspace


@dataclass(frozen=True)
class Places:
    """Where things are counted.

    Attributes
    ----------
    code_mapping
        Between code systems; ``None`` if the workspace has none.
    crosswalks
        To the vintage of the boundaries, by the vintage they start from.
    key_areas
        As `geo_jindu.key_areas.read_key_areas` returns them; ``None`` if there is no list.
    proportions
        As `geo_jindu.proportions.read_proportion` returns them.
    place_digests
        SHA-256 of the files read, by the path the configuration writes.
    """

    workspace: Workspace
    townships: Townships
    code_mapping: CodeMapping | None
    crosswalks: Mapping[str, Crosswalk]
    key_areas: pd.DataFrame | None
    proportions: Mapping[ProportionId, pd.DataFrame]
    place_digests: Mapping[str, str]

    @property
    def today(self) -> str:
        """The vintage of the boundaries."""
        return self.workspace.configuration.boundaries.vintage

    def vintage(self, source: Source) -> str:
        """Return what the units of a source's counts are of."""
        return source.vintage or self.today

    def units(self, source: Source) -> pd.DataFrame:
        """Return the units that the codes of a source are of: index = code, with ``name``."""
        crosswalk = self.crosswalks.get(self.vintage(source))
        if crosswalk is None:
            townships: pd.DataFrame = self.townships.frame
            return townships
        earlier = crosswalk.frame[crosswalk.frame["from_code"] != ""].drop_duplicates("from_code")
        return pd.DataFrame({"name": earlier["from_name"].to_numpy()}, index=earlier["from_code"])

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What the boundary file gives reason to say."""
        return (*self.townships.notes, *_boundary_notes(self.townships))


class Reading:
    """Reads file after file, and keeps the problems of all.

    Attributes
    ----------
    problems
        Found so far, beginning with the contradictions of the configuration.
    """

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


def read_places(
    workspace: Workspace,
    read_townships: Callable[[Workspace], Townships],
    reading: Reading,
    vintages: Collection[str] = (),
) -> Places | None:
    """Read the files of a workspace that are no sources.

    Parameters
    ----------
    read_townships
        `boundaries.read_townships`, handed in because the core does not know that package.
    reading
        Keeps the problems found.
    vintages
        Of which counts are at hand, beside those of the sources.

    Returns
    -------
    Places or None
        ``None`` if the townships could not be read.
    """
    configuration = workspace.configuration
    townships = reading.attempt(
        ("boundaries.datum", "area.measuring_crs"),
        configuration.boundaries.file,
        lambda: read_townships(workspace),
    )
    mapping, key_areas, crosswalks = None, None, None
    if configuration.code_mapping:
        read_mapping = partial(read_workspace_mapping, workspace)
        mapping = reading.attempt((), configuration.code_mapping.file, read_mapping)
    if configuration.key_areas and townships is not None:
        read_list = partial(read_key_areas, workspace, configuration.key_areas, townships)
        key_areas = reading.attempt(("key_areas.",), configuration.key_areas.file, read_list)
    if configuration.crosswalk:
        wanted = {source.vintage for source in configuration.sources} | {*vintages}
        earlier = wanted - {"", configuration.boundaries.vintage}
        read_steps = partial(_read_crosswalks, configuration.crosswalk, workspace, sorted(earlier))
        crosswalks = reading.attempt((), configuration.crosswalk.file, read_steps)
    if townships is None:
        return None
    proportions = _read_proportions(workspace, townships, reading)
    digests = {} if reading.problems else digest_places(workspace)
    return Places(workspace, townships, mapping, crosswalks or {}, key_areas, proportions, digests)


def _read_proportions(
    workspace: Workspace, townships: Townships, reading: Reading
) -> dict[ProportionId, pd.DataFrame]:
    """Read every proportion; those with problems are not in what is returned."""
    found = {}
    for each in workspace.configuration.proportions:
        read = partial(read_proportion, workspace, each, townships)
        found[each.id] = reading.attempt((), each.file, read)
    return {name: table for name, table in found.items() if table is not None}


def read_workspace_mapping(workspace: Workspace) -> CodeMapping | None:
    """Return the mapping between code systems that a workspace names, if it names one."""
    settings = workspace.configuration.code_mapping
    if settings is None:
        return None
    columns = settings.model_dump(exclude={"file"})
    provenance = workspace.configuration.area.provenance
    return read_code_mapping(workspace.path(settings.file), columns, provenance, settings.file)


def digest_places(workspace: Workspace) -> dict[str, str]:
    """Return the SHA-256 of the files that are no sources, by the path the configuration writes."""
    configuration = workspace.configuration
    files = [configuration.boundaries.file]
    if configuration.boundaries.counties:
        files.append(configuration.boundaries.counties.file)
    if configuration.key_areas:
        files.append(configuration.key_areas.file)
    if configuration.code_mapping:
        files.append(configuration.code_mapping.file)
    if configuration.crosswalk:
        files += [configuration.crosswalk.file, configuration.crosswalk.units.file]
    files += [each.file for each in configuration.proportions]
    return {file: digest_file(workspace.path(file)) for file in sorted(set(files))}


def _read_crosswalks(
    settings: CrosswalkFile, workspace: Workspace, vintages: list[str]
) -> dict[str, Crosswalk]:
    """Return the way from each vintage to that of the boundaries."""
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
    return {each: crosswalk_between(steps, listed, each, today) for each in vintages}


def _boundary_notes(townships: Townships) -> list[Problem]:
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
