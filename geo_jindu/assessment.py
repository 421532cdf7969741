"""The assessment: everything the results say, computed once and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geo_jindu.aggregation import Joined, join_inputs
from geo_jindu.changes import Changed, measure_change
from geo_jindu.codes import UnitClass
from geo_jindu.columns import township_columns
from geo_jindu.configuration import Comparison, Configuration, Indicator
from geo_jindu.digests import assessment_id
from geo_jindu.errors import Problem
from geo_jindu.indicators import Use
from geo_jindu.inputs import Inputs
from geo_jindu.key_areas import key_area_values
from geo_jindu.measures import Measured, measure_indicator
from geo_jindu.neighbours import Neighbourhood, find_neighbours


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
    """

    id: str
    table: gpd.GeoDataFrame
    joined: Joined
    measured: Mapping[str, Measured]
    changed: Mapping[str, Changed]
    neighbourhood: Neighbourhood

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


def assess(inputs: Inputs) -> Assessment:
    """Run the line: join, count, rate, rank, hotspots.

    Raises
    ------
    InputError
        If there is nothing to assess; see `geo_jindu.aggregation.join_inputs`.
    """
    joined = join_inputs(inputs)
    configuration = inputs.workspace.configuration
    frame = inputs.townships.frame
    neighbourhood = find_neighbours(
        frame.geometry.to_crs(configuration.area.measuring_crs), configuration.neighbours
    )
    left_out = frame["unit_class"] == UnitClass.STATISTICS_ONLY
    measured = {
        indicator.id: measure_indicator(
            indicator,
            joined.counted(indicator),
            joined.persons(indicator),
            neighbourhood.weights,
            configuration.ranking,
            left_out,
            joined.estimated(indicator),
        )
        for indicator in configuration.indicators
    }
    changed = {each.id: _change(joined, each) for each in configuration.comparisons}
    columns: dict[str, Any] = {
        "vintage": configuration.boundaries.vintage,
        "provenance": configuration.area.provenance.value,
    }
    for each in measured.values():
        columns |= each.columns(configuration)
    for changes in changed.values():
        columns |= changes.columns()
    if configuration.key_areas and inputs.key_areas is not None:
        columns |= key_area_values(inputs.key_areas, configuration.key_areas, frame.index)
    names = [column.name for column in township_columns(configuration) if column.name != "code"]
    return Assessment(
        id=assessment_id(configuration, inputs.digests),
        table=frame.assign(**columns)[[*names, "geometry"]],
        joined=joined,
        measured=measured,
        changed=changed,
        neighbourhood=neighbourhood,
    )


def _change(joined: Joined, comparison: Comparison) -> Changed:
    indicator = joined.inputs.workspace.configuration.indicator(comparison.indicator)
    before, after = (joined.counted_within(indicator.numerator, each) for each in comparison.days)
    listed = joined.inputs.key_areas
    codes = None if listed is None else listed.index
    return measure_change(comparison, before, after, joined.persons(indicator), codes)
