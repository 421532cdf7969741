"""A source's file to counts: read in parts, each row assigned, counted and forgotten."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from geo_jindu.code_mapping import CodeMapping
from geo_jindu.configuration import Source
from geo_jindu.counts import Counts, add_counts, count_assignment
from geo_jindu.digests import digest_file
from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.joining import (
    Assignment,
    Reason,
    assign_codes,
    assign_records,
    describe_disagreement,
    looks_swapped,
)
from geo_jindu.places import Places
from geo_jindu.provenance import refuse_mixing
from geo_jindu.records import Population, Records, read_population, read_records
from geo_jindu.workspace import Workspace


def count_source(
    source: Source, places: Places, report: Callable[[float], None] = lambda done: None
) -> Counts:
    """Read the file of a source and count its rows per unit, period and category.

    Parameters
    ----------
    report
        Called with the share of the file that has been read.

    Raises
    ------
    InputError
        If the file cannot be read, holds personal data, is of another provenance than the places, has
        longitude and latitude exchanged, or names a unit by the code of another.
    """
    path = places.workspace.path(source.file)
    if source.kind.is_population:
        provenance = places.workspace.configuration.area.provenance
        counts = count_population(read_population(source, path, provenance), places)
    else:
        counts = add_counts(_record_parts(source, places, report))
    return replace(counts, files={source.file: digest_file(path)})


def check_source(source: Source, workspace: Workspace) -> None:
    """Read the file of a source and forget it.

    Raises
    ------
    InputError
        If the file cannot be read or holds personal data.
    """
    path, provenance = workspace.path(source.file), workspace.configuration.area.provenance
    if source.kind.is_population:
        read_population(source, path, provenance)
    else:
        for _ in read_records(source, path, provenance):
            pass


def _record_parts(source: Source, places: Places, report: Callable[[float], None]) -> Iterator[Counts]:
    provenance = places.workspace.configuration.area.provenance
    for records in read_records(source, places.workspace.path(source.file), provenance):
        yield count_records(records, places)
        report(records.done)


def count_records(records: Records, places: Places) -> Counts:
    """Assign records and count them; see `count_source`."""
    source, townships = records.source, places.townships.frame
    refuse_swapped(records, townships)
    if records.points is None:
        records = replace(records, frame=_with_our_codes(records.frame, source, places))
    assignment = assign_records(records, townships, places.units(source))
    counts = count_assignment(
        assignment, records.frame["count"], places.vintage(source), records.provenance
    )
    return replace(counts, dropped=records.dropped)


def refuse_swapped(records: Records, townships: gpd.GeoDataFrame) -> None:
    """Raise an `InputError` if longitude and latitude of the records seem exchanged."""
    if records.points is not None and looks_swapped(records.points, townships):
        where = f"sources.{records.source.id}.fields"
        raise InputError([Problem("coordinates_swapped", file=records.source.file, field=where)])


def count_population(population: Population, places: Places) -> Counts:
    """Assign the persons of each township; see `count_source`."""
    source = population.source
    refuse_mixing(population.provenance, places.townships.frame)
    frame, units = _with_our_codes(population.frame, source, places), places.units(source)
    place = assign_codes(frame["code"], frame["name"], units)
    _refuse_other_names(frame, place, units, source.file)
    assignment = Assignment(place.assign(period="", category=""), 0)
    counts = count_assignment(
        assignment, frame["persons"], places.vintage(source), population.provenance
    )
    return replace(counts, dropped=population.dropped)


def _with_our_codes(frame: pd.DataFrame, source: Source, places: Places) -> pd.DataFrame:
    """Return the frame with codes of another system than the boundaries' turned into theirs."""
    theirs, ours = source.code_system, places.workspace.configuration.boundaries.code_system
    mapping: CodeMapping | None = places.code_mapping
    if mapping is None or theirs is None or ours is None or theirs is ours:
        return frame
    written = frame[frame["code"] != ""]
    converted = mapping.convert(written["code"], written["name"], theirs, ours, source.file)
    return frame.assign(code=converted.reindex(frame.index, fill_value=""))


def _refuse_other_names(
    frame: pd.DataFrame, place: pd.DataFrame, units: pd.DataFrame, file: str
) -> None:
    """Name the rows of an attribute file whose code bears another name, and what they may mean."""
    codes, names = frame["code"], frame["name"]
    wrong = place.index[place["reason"] == Reason.CODE_AND_NAME_DISAGREE]

    def describe(row: int) -> Mapping[str, object]:
        return describe_disagreement(codes[row], names[row], units)

    problems = problems_in_rows("name_of_another_unit", file, "", wrong, describe)
    if problems:
        raise InputError(problems)
