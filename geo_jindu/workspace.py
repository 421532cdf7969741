"""The workspace: a folder with ``geo_jindu.toml`` and, beside it, the input files.

`read_workspace` refuses a configuration with anything wrong in it; `parse_workspace` hands over what it
understood together with what contradicts, so that the files can be looked at as well. Paths in the
file are relative to the folder.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from geo_jindu.columns import township_columns
from geo_jindu.configuration import (
    Configuration,
    Fields,
    Indicator,
    Provenance,
    Source,
    SourceKind,
)
from geo_jindu.datums import crs_of_datum, is_projected_in_metres
from geo_jindu.errors import IndicatorError, InputError, Problem
from geo_jindu.indicators import IndicatorRegistry, Use
from geo_jindu.periods import parse_window

CONFIGURATION_FILE = "geo_jindu.toml"


@dataclass(frozen=True)
class Workspace:
    """A folder and its validated configuration."""

    directory: Path
    configuration: Configuration

    def path(self, written: str) -> Path:
        """Return the place of a file that the configuration names relative to the folder."""
        return self.directory / written


def read_workspace(directory: Path) -> Workspace:
    """Read and validate ``geo_jindu.toml`` in ``directory``; input files are not opened here.

    Raises
    ------
    InputError
        With every problem of the configuration.
    """
    workspace, contradictions = parse_workspace(directory)
    if contradictions:
        raise InputError(contradictions)
    return workspace


def parse_workspace(directory: Path) -> tuple[Workspace, tuple[Problem, ...]]:
    """Read ``geo_jindu.toml`` as far as it can be understood.

    Returns
    -------
    Workspace
        With all settings in place.
    tuple of Problem
        Settings that contradict each other; files can be looked at in spite of them.

    Raises
    ------
    InputError
        If settings are missing or of the wrong kind.
    """
    path = directory / CONFIGURATION_FILE
    try:
        written = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError:
        problem = Problem("no_workspace", values={"directory": directory})
    except UnicodeDecodeError:
        problem = Problem("configuration_not_utf8", file=CONFIGURATION_FILE)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problem = Problem("not_toml", file=CONFIGURATION_FILE, values={"reason": error})
    else:
        configuration = _understood(written, directory)
        return Workspace(directory, configuration), tuple(_contradictions(configuration))
    raise InputError([problem])


def _understood(written: dict[str, Any], directory: Path) -> Configuration:
    try:
        return Configuration.model_validate(written)
    except ValidationError as error:
        problems = [*_setting_problems(error), *_missing_files(written, directory)]
        raise InputError(problems) from None


def _missing_files(written: Any, directory: Path) -> Iterator[Problem]:
    """Find files that do not exist, wherever a ``file`` is named in settings not yet understood."""
    if isinstance(written, list):
        for each in written:
            yield from _missing_files(each, directory)
    if isinstance(written, dict):
        file = written.get("file")
        if isinstance(file, str) and "\0" not in file and not (directory / file).is_file():
            yield Problem("file_missing", file=file)
        for each in written.values():
            yield from _missing_files(each, directory)


def _setting_problems(error: ValidationError) -> Iterator[Problem]:
    for found in error.errors(include_url=False, include_input=False):
        key = {
            "missing": "setting_missing",
            "extra_forbidden": "setting_unknown",
            "enum": "setting_choice",
            "literal_error": "setting_choice",
        }.get(found["type"], "setting_wrong")
        values = {
            "expected": found.get("ctx", {}).get("expected", ""),
            "reason": found["msg"],
        }
        place = ".".join(str(part) for part in found["loc"])
        yield Problem(key, file=CONFIGURATION_FILE, field=place, values=values)


def _contradictions(configuration: Configuration) -> Iterator[Problem]:
    yield from _area_problems(configuration)
    ids = [source.id for source in configuration.sources]
    for name in _repeated(ids):
        yield Problem("duplicate_id", field="sources", values={"id": name})
    for source in configuration.sources:
        yield from _source_problems(source)
    for name in _repeated([indicator.name for indicator in configuration.indicators]):
        yield Problem("duplicate_name", field="indicators", values={"name": name})
    registry = IndicatorRegistry()
    for indicator in configuration.indicators:
        yield from _indicator_problems(indicator, configuration, registry)
    yield from _colliding_columns(configuration)
    if all(indicator.use is not Use.SEVERITY for indicator in configuration.indicators):
        yield Problem("no_severity_indicator", field="indicators")


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _area_problems(configuration: Configuration) -> Iterator[Problem]:
    area, boundaries = configuration.area, configuration.boundaries
    if not is_projected_in_metres(area.measuring_crs):
        values = {"crs": area.measuring_crs}
        yield Problem("measuring_crs_not_metres", field="area.measuring_crs", values=values)
    if boundaries.fictional != (area.provenance is Provenance.SYNTHETIC):
        yield Problem("synthetic_on_real_places", field="boundaries.fictional")
    yield from _datum_problems(boundaries.datum, "boundaries.datum")
    if parse_window(boundaries.vintage, boundaries.vintage) is None:
        values = {"vintage": boundaries.vintage}
        yield Problem("vintage_no_date", field="boundaries.vintage", values=values)


def _colliding_columns(configuration: Configuration) -> Iterator[Problem]:
    """Find ids that make the same column, as ``incident`` and ``incident_eb`` do."""
    known = {source.id for source in configuration.sources}
    if any(indicator.numerator not in known for indicator in configuration.indicators):
        return
    for name in _repeated([column.name for column in township_columns(configuration)]):
        yield Problem("column_name_twice", field="indicators", values={"name": name})


def _datum_problems(datum: str, field: str) -> Iterator[Problem]:
    try:
        crs_of_datum(datum, field=field)
    except InputError as error:
        yield from error.problems


def _source_problems(source: Source) -> Iterator[Problem]:
    where = f"sources.{source.id}.fields"
    if source.kind.is_population:
        yield from _population_problems(source.fields, where)
    else:
        yield from _record_problems(source, where)


def _population_problems(fields: Fields, where: str) -> Iterator[Problem]:
    if not (fields.code and fields.name and fields.count):
        yield Problem("population_fields", field=where)
    if fields.longitude or fields.latitude or fields.period:
        yield Problem("population_extra_fields", field=where)


def _record_problems(source: Source, where: str) -> Iterator[Problem]:
    fields = source.fields
    if not fields.period:
        yield Problem("period_field_missing", field=f"{where}.period")
    if source.by_code:
        if not (fields.code and fields.name):
            yield Problem("code_without_name", field=where)
        if fields.longitude or fields.latitude:
            yield Problem("code_and_coordinates", field=where)
    elif source.kind is SourceKind.OUTFLOW:
        yield Problem("outflow_by_home_township", field=where)
    else:
        if bool(fields.longitude) != bool(fields.latitude):
            yield Problem("half_a_coordinate", field=where)
        yield from _datum_problems(source.datum, f"sources.{source.id}.datum")


def _indicator_problems(
    indicator: Indicator, configuration: Configuration, registry: IndicatorRegistry
) -> Iterator[Problem]:
    where = f"indicators.{indicator.id}"
    kinds = {source.id: source.kind for source in configuration.sources}
    numerator, denominator = kinds.get(indicator.numerator), kinds.get(indicator.denominator)
    if numerator is None or numerator.is_population:
        yield Problem(
            "numerator_unknown", field=f"{where}.numerator", values={"id": indicator.numerator}
        )
    expected = (
        SourceKind.REGISTERED_POPULATION
        if numerator is SourceKind.OUTFLOW
        else SourceKind.RESIDENT_POPULATION
    )
    if denominator is not expected:
        yield Problem(
            "denominator_wrong",
            field=f"{where}.denominator",
            values={"id": indicator.denominator, "expected": expected.value},
        )
    if parse_window(*indicator.window) is None:
        yield Problem(
            "window_unreadable",
            field=f"{where}.window",
            values={"first": indicator.window[0], "last": indicator.window[1]},
        )
    try:
        registry.register(indicator)
    except IndicatorError as error:
        yield from error.problems
