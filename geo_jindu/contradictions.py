"""What settings of a workspace may not say together."""

from collections.abc import Iterator
from datetime import date

from geo_jindu.columns import township_columns
from geo_jindu.configuration import (
    Comparison,
    Configuration,
    Fields,
    Indicator,
    Source,
    SourceKind,
)
from geo_jindu.datums import crs_of_datum, is_projected_in_metres
from geo_jindu.errors import IndicatorError, InputError, Problem
from geo_jindu.indicators import IndicatorRegistry, Kind, Use
from geo_jindu.periods import parse_window
from geo_jindu.provenance import Provenance
from geo_jindu.scoring.contradictions import find_score_contradictions


def find_contradictions(configuration: Configuration) -> Iterator[Problem]:
    """Yield a problem for each setting that contradicts another or the rules."""
    yield from _area_problems(configuration)
    yield from _repeated_names(configuration)
    for source in configuration.sources:
        yield from _source_problems(source)
        yield from _code_system_problems(source, configuration)
        yield from _vintage_problems(source, configuration)
    registry = IndicatorRegistry()
    for indicator in configuration.indicators:
        yield from _indicator_problems(indicator, configuration, registry)
    for comparison in configuration.comparisons:
        yield from _comparison_problems(comparison, configuration)
    yield from _rectification_problems(configuration)
    yield from find_score_contradictions(configuration)
    yield from _colliding_columns(configuration)
    if all(indicator.use is not Use.SEVERITY for indicator in configuration.indicators):
        yield Problem("no_severity_indicator", field="indicators")


def _repeated_names(configuration: Configuration) -> Iterator[Problem]:
    """Find ids and names used twice; ids of indicators among themselves are the registry's."""
    for name in _repeated([source.id for source in configuration.sources]):
        yield Problem("duplicate_id", field="sources", values={"id": name})
    indicators, comparisons = configuration.indicators, configuration.comparisons
    names = [each.name for each in indicators] + [each.name for each in comparisons]
    for name in _repeated(names):
        yield Problem("duplicate_name", field="indicators", values={"name": name})
    taken = {"key_area", *(each.id for each in indicators)}
    for name in _repeated([*taken, *(each.id for each in comparisons)]):
        yield Problem("duplicate_id", field="comparisons", values={"id": name})


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
    key_areas = configuration.key_areas
    if key_areas and parse_window(key_areas.as_of, key_areas.as_of) is None:
        yield Problem("as_of_no_date", field="key_areas.as_of", values={"as_of": key_areas.as_of})
    if parse_window(boundaries.vintage, boundaries.vintage) is None:
        values = {"vintage": boundaries.vintage}
        yield Problem("vintage_no_date", field="boundaries.vintage", values=values)


def _colliding_columns(configuration: Configuration) -> Iterator[Problem]:
    """Find ids that make the same column, as ``incident`` and ``incident_eb`` do."""
    known = {source.id for source in configuration.sources}
    indicators = {indicator.id for indicator in configuration.indicators}
    if any(indicator.numerator not in known for indicator in configuration.indicators):
        return
    if any(comparison.indicator not in indicators for comparison in configuration.comparisons):
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
    yield from _window_problems(indicator.window, f"{where}.window")
    try:
        registry.register(indicator)
    except IndicatorError as error:
        yield from error.problems


def _code_system_problems(source: Source, configuration: Configuration) -> Iterator[Problem]:
    """Find codes of another system than the boundaries' without a file to convert them."""
    theirs, ours = source.code_system, configuration.boundaries.code_system
    if theirs and theirs != ours and not (ours and configuration.code_mapping):
        yield Problem("code_mapping_missing", field=f"sources.{source.id}.code_system")


def _vintage_problems(source: Source, configuration: Configuration) -> Iterator[Problem]:
    """Find codes of another vintage that cannot be carried to that of the boundaries."""
    where = f"sources.{source.id}.vintage"
    if source.vintage and parse_window(source.vintage, source.vintage) is None:
        yield Problem("vintage_no_date", field=where, values={"vintage": source.vintage})
    moves = source.vintage not in {"", configuration.boundaries.vintage}
    if moves and not (configuration.crosswalk and source.by_code):
        yield Problem("vintage_needs_crosswalk", field=where)


def _comparison_problems(comparison: Comparison, configuration: Configuration) -> Iterator[Problem]:
    where = f"comparisons.{comparison.id}"
    if comparison.indicator not in {indicator.id for indicator in configuration.indicators}:
        values = {"id": comparison.indicator}
        yield Problem("comparison_of_nothing", field=f"{where}.indicator", values=values)
    yield from _window_problems(comparison.before, f"{where}.before")
    yield from _window_problems(comparison.after, f"{where}.after")
    before, after = parse_window(*comparison.before), parse_window(*comparison.after)
    if before and after and (before.end >= after.start or len(before.months) != len(after.months)):
        values = {"before": before.label, "after": after.label}
        yield Problem("windows_not_comparable", field=where, values=values)


def _rectification_problems(configuration: Configuration) -> Iterator[Problem]:
    """Find proportions of one id, an indicator that is no outcome and a today that is no day."""
    for name in _repeated([each.id.value for each in configuration.proportions]):
        yield Problem("duplicate_id", field="proportions", values={"id": name})
    settings = configuration.rectification
    if settings is None:
        return
    outcomes = [each.id for each in configuration.indicators if each.kind is Kind.OUTCOME]
    if settings.indicator not in outcomes:
        values = {"id": settings.indicator}
        yield Problem("rectified_by_no_outcome", field="rectification.indicator", values=values)
    if settings.as_of and not _is_iso_day(settings.as_of):
        yield Problem("today_no_day", field="rectification.as_of", values={"as_of": settings.as_of})


def _is_iso_day(written: str) -> bool:
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def _window_problems(written: tuple[str, str], where: str) -> Iterator[Problem]:
    """Find windows that cannot be read, or cut a month: counts are kept by month."""
    window = parse_window(*written)
    values = {"first": written[0], "last": written[1]}
    if window is None:
        yield Problem("window_unreadable", field=where, values=values)
    elif not window.is_whole_months:
        yield Problem("window_cuts_month", field=where, values=values)
