"""The assessment: everything the results say, computed once and frozen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_jindu.aggregation import Joined, join_inputs
from geo_jindu.changes import Changed, measure_change
from geo_jindu.clusters import FoundCluster
from geo_jindu.codes import UnitClass
from geo_jindu.columns import round_values, score_columns, township_columns
from geo_jindu.configuration import Comparison, Configuration, Indicator
from geo_jindu.digests import assessment_id
from geo_jindu.errors import Problem
from geo_jindu.indicators import Use
from geo_jindu.inputs import Inputs
from geo_jindu.key_areas import key_area_values
from geo_jindu.measures import Measured, measure_indicator
from geo_jindu.neighbours import Neighbourhood, find_neighbours
from geo_jindu.patterns import Patterns, find_patterns
from geo_jindu.scoring.list_audit import ListAudit, audit_list
from geo_jindu.scoring.scores import Scored, score_progress, score_severity


@dataclass(frozen=True)
class Assessment:
    """The results of one workspace; the same inputs give the same id and the same results.

    Attributes
    ----------
    id
        Digest of inputs, configuration (vintage included) and software version.
    table
        Index = code; the columns of `geo_jindu.columns.township_columns` but ``code``, and
        ``geometry`` in the CRS of the boundary file. NaN or ``None`` where a value does not exist;
        ``<indicator>_value_status`` says why.
    joined
        Where every row went, and what was read.
    measured
        City-wide figures by indicator id.
    changed
        By comparison id.
    neighbourhood
        Who is whose neighbour, with or without population; and the islands.
    patterns
        By id of a severity indicator: what time and neighbourhood add.
    severity, progress
        The two scores; ``None`` where nothing can be scored.
    list_audit
        What the severity says of the key areas listed now; ``None`` if there are none.
    """

    id: str
    table: gpd.GeoDataFrame
    joined: Joined
    measured: Mapping[str, Measured]
    changed: Mapping[str, Changed]
    neighbourhood: Neighbourhood
    patterns: Mapping[str, Patterns]
    severity: Scored | None
    progress: Scored | None
    list_audit: ListAudit | None

    @property
    def configuration(self) -> Configuration:
        """What the analyst decided."""
        return self.joined.inputs.workspace.configuration

    @property
    def key_areas(self) -> pd.DataFrame | None:
        """The list of key areas, index = code; ``None`` if the workspace has none."""
        return self.joined.inputs.key_areas

    @property
    def statistics_only(self) -> list[str]:
        """Codes of units kept by statistics alone: parks, farms, prisons; no rate is given for them."""
        table = self.table
        return list(table.index[table["unit_class"] == UnitClass.STATISTICS_ONLY])

    @property
    def severity_indicators(self) -> list[Indicator]:
        """The indicators that are ranked and mapped; the map opens with the first."""
        indicators = self.configuration.indicators
        return [indicator for indicator in indicators if indicator.use is Use.SEVERITY]

    @property
    def clusters(self) -> tuple[FoundCluster, ...]:
        """The significant clusters found by scanning, of all indicators and analyses."""
        every = (each for patterns in self.patterns.values() for each in patterns.clusters)
        return tuple(each for each in every if each.is_significant)

    def changed_by(self, indicator: Indicator) -> list[Changed]:
        """Return the comparisons of an indicator."""
        changes = self.changed.values()
        return [each for each in changes if each.comparison.indicator == indicator.id]

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What a reader of the results should know."""
        notes = [*self.joined.notes]
        for measured in self.measured.values():
            notes += measured.notes
        for patterns in self.patterns.values():
            notes += patterns.notes
        for scored in (self.severity, self.progress):
            notes += scored.notes if scored else ()
        if left_out := self.statistics_only:
            values = {"number": len(left_out), "codes": ", ".join(left_out[:10])}
            notes.append(Problem("statistics_only_units", values=values))
        notes += self._island_notes()
        return tuple(notes)

    def _island_notes(self) -> list[Problem]:
        islands, joined = self.neighbourhood.islands, self.neighbourhood.joined
        if not islands:
            return []
        named = [f"{code} → {joined[code]}" if joined else code for code in islands[:10]]
        key = "islands_joined" if joined else "islands"
        return [Problem(key, values={"number": len(islands), "codes": ", ".join(named)})]


def assess(inputs: Inputs, report: Callable[[int, int], None] = lambda done, total: None) -> Assessment:
    """Run the line: join, count, rate, rank, hotspots, patterns over time, scores.

    Parameters
    ----------
    report
        Called with how many parts of the scans are done, and of how many.

    Raises
    ------
    InputError
        If there is nothing to assess; see `geo_jindu.aggregation.join_inputs`.
    """
    joined = join_inputs(inputs)
    configuration = inputs.workspace.configuration
    frame = inputs.townships.frame
    polygons = frame.geometry.to_crs(configuration.area.measuring_crs)
    neighbourhood = find_neighbours(polygons, configuration.neighbours)
    measured = _measure(joined, neighbourhood)
    changed = {each.id: _change(joined, each) for each in configuration.comparisons}
    patterns = _find_patterns(joined, measured, neighbourhood, polygons, report)
    severity = score_severity(configuration, measured, inputs.proportions)
    progress = score_progress(configuration, measured, inputs.proportions)
    audit = _audit(inputs.key_areas, severity)
    columns: dict[str, Any] = {
        "vintage": configuration.boundaries.vintage,
        "provenance": configuration.area.provenance.value,
    }
    for each in measured.values():
        columns |= each.columns(configuration)
    for found in patterns.values():
        columns |= found.columns(configuration)
    for changes in changed.values():
        columns |= changes.columns()
    if configuration.key_areas and inputs.key_areas is not None:
        columns |= key_area_values(inputs.key_areas, configuration.key_areas, frame.index)
    columns |= _score_values(configuration, severity, progress, audit, frame.index)
    names = [column.name for column in township_columns(configuration) if column.name != "code"]
    return Assessment(
        id=assessment_id(configuration, inputs.digests),
        table=frame.assign(**columns)[[*names, "geometry"]],
        joined=joined,
        measured=measured,
        changed=changed,
        neighbourhood=neighbourhood,
        patterns=patterns,
        severity=severity,
        progress=progress,
        list_audit=audit,
    )


def _measure(joined: Joined, neighbourhood: Neighbourhood) -> dict[str, Measured]:
    configuration = joined.configuration
    left_out = joined.inputs.townships.frame["unit_class"] == UnitClass.STATISTICS_ONLY
    return {
        indicator.id: measure_indicator(
            indicator,
            joined.counted(indicator),
            joined.persons(indicator),
            neighbourhood.weights,
            configuration.ranking,
            configuration.hotspots.permutations,
            left_out,
            joined.estimated(indicator),
        )
        for indicator in configuration.indicators
    }


def _find_patterns(
    joined: Joined,
    measured: Mapping[str, Measured],
    neighbourhood: Neighbourhood,
    polygons: gpd.GeoSeries,
    report: Callable[[int, int], None],
) -> dict[str, Patterns]:
    points = shapely.get_coordinates(shapely.point_on_surface(polygons.to_numpy()))
    wanted = [each for each in measured.values() if each.indicator.use is Use.SEVERITY]
    found = {}
    for at, each in enumerate(wanted):

        def tell(done: int, total: int, before: int = at) -> None:
            report(before * total + done, len(wanted) * total)

        found[each.indicator.id] = find_patterns(joined, each, neighbourhood.weights, points, tell)
    return found


def _audit(key_areas: pd.DataFrame | None, severity: Scored | None) -> ListAudit | None:
    """Compare the key areas listed now with the severity; ``None`` if there are none with a score."""
    if key_areas is None or severity is None:
        return None
    listed = key_areas.index[key_areas["is_listed"]]
    if not listed.isin(severity.codes).any():
        return None
    return audit_list(severity, list(listed), len(listed))


def _score_values(
    configuration: Configuration,
    severity: Scored | None,
    progress: Scored | None,
    audit: ListAudit | None,
    codes: pd.Index,
) -> dict[str, pd.Series]:
    """Return the columns of the scores; where nothing can be scored the status says so."""
    known = pd.DataFrame(index=codes)
    for scored in (severity, progress):
        known = known if scored is None else known.join(scored.townships)
    if audit is not None:
        known["key_area_support"] = audit.listed["support"]
    values = {}
    for column in score_columns(configuration):
        missing = "too_few_indicators" if column.name.endswith("_status") else np.nan
        found = known.get(column.name, pd.Series(missing, index=codes))
        if column.dtype == "text":
            found = found.astype(object).where(found.notna() & (found != ""), None)
        values[column.name] = round_values(found, column.dtype, column.decimals)
    return values


def _change(joined: Joined, comparison: Comparison) -> Changed:
    indicator = joined.inputs.workspace.configuration.indicator(comparison.indicator)
    before, after = (joined.counted_within(indicator.numerator, each) for each in comparison.days)
    listed = joined.inputs.key_areas
    codes = None if listed is None else listed.index
    return measure_change(comparison, before, after, joined.persons(indicator), codes)
