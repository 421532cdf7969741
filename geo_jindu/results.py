"""Results: what one tier may see of an assessment. Every output is built from this alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_jindu.assessment import Assessment
from geo_jindu.changes import Changed, Total, ratio_interval
from geo_jindu.clusters import FoundCluster
from geo_jindu.columns import Column, township_columns
from geo_jindu.configuration import Comparison, Configuration, Indicator
from geo_jindu.errors import Problem
from geo_jindu.indicators import Use
from geo_jindu.measures import PER
from geo_jindu.rates import Array, rate_interval
from geo_jindu.suppression import Release
from geo_jindu.tiers import Tier

SUPPRESSED = "suppressed"
"""Status of a value that is hidden: small, or needed to hide another."""

_NOTES = {Tier.PARTNER: "shown_to_partner", Tier.PUBLIC: "shown_to_public"}

Disputes = Collection[tuple[str, str]]
"""Pairs of township code and indicator id with an open correction."""


@dataclass(frozen=True)
class Results:
    """What one tier may see.

    Attributes
    ----------
    id
        Of the assessment.
    table
        Index = code; the columns of `columns` but ``code``, and ``geometry``.
    columns
        The data dictionary of the tier.
    key_areas
        The list of key areas, index = code; ``None`` if there is none or the tier does not see it.
    city_rates
        Rate per 10,000 by indicator id; NaN where it would tell too much.
    city_counts
        What was counted in the city, by indicator id.
    counties
        Index = county, one column of counts per indicator id; NA where hidden.
    changed
        By comparison id.
    clusters
        The significant clusters found by scanning; none below the planner.
    notes
        What a reader should know.
    """

    id: str
    tier: Tier
    configuration: Configuration
    table: gpd.GeoDataFrame
    columns: tuple[Column, ...]
    key_areas: pd.DataFrame | None
    city_rates: Mapping[str, float]
    city_counts: Mapping[str, int]
    counties: pd.DataFrame
    changed: Mapping[str, Changed]
    clusters: tuple[FoundCluster, ...]
    notes: tuple[Problem, ...]

    @property
    def shows_analysis(self) -> bool:
        """Whether there are smoothed rates, ranks and hotspots."""
        return self.tier.sees_exact_counts

    @property
    def may_show_borders(self) -> bool:
        """Whether there may be a map: real borders are shown to the public only as approved."""
        return self.tier is not Tier.PUBLIC or self.configuration.boundaries.may_be_public

    @property
    def severity_indicators(self) -> list[Indicator]:
        """The indicators that are mapped; the map opens with the first."""
        return [each for each in self.configuration.indicators if each.use is Use.SEVERITY]

    def changed_by(self, indicator: Indicator) -> list[Changed]:
        """Return the comparisons of an indicator."""
        changes = self.changed.values()
        return [each for each in changes if each.comparison.indicator == indicator.id]


def full_results(assessment: Assessment, disputes: Disputes = ()) -> Results:
    """Return everything, as planners and tiers above them see it."""
    configuration = assessment.configuration
    counts = {name: each.values["count"] for name, each in assessment.measured.items()}
    table = assessment.table
    return Results(
        id=assessment.id,
        tier=Tier.PLANNER,
        configuration=configuration,
        table=_with_disputes(table, configuration, disputes),
        columns=tuple(township_columns(configuration)),
        key_areas=assessment.key_areas,
        city_rates={name: each.city_rate for name, each in assessment.measured.items()},
        city_counts={name: int(each.sum()) for name, each in counts.items()},
        counties=_county_counts(table["county"], counts),
        changed=assessment.changed,
        clusters=assessment.clusters,
        notes=assessment.notes,
    )


def reduced_results(
    assessment: Assessment, tier: Tier, releases: Mapping[str, Release], disputes: Disputes = ()
) -> Results:
    """Return what a tier below the planner sees: computed from its released counts alone.

    Parameters
    ----------
    releases
        By source id; see `geo_jindu.releases.release_all`.
    """
    configuration, full = assessment.configuration, assessment.table
    dictionary = township_columns(configuration, tier)
    columns: dict[str, Any] = {each.name: full[each.name] for each in dictionary if _is_fixed(each)}
    counts, counties, city_rates = {}, {}, {}
    for indicator in configuration.indicators:
        release, window = releases[indicator.numerator], indicator.days.label
        columns |= _indicator_columns(assessment, indicator, release.cells[window])
        counts[indicator.id] = int(release.city[window])
        counties[indicator.id] = release.counties[window]
        city_rates[indicator.id] = _city_rate(assessment, indicator, counts[indicator.id])
    changed = {
        each.id: _reduced_change(assessment, each, tier, releases) for each in configuration.comparisons
    }
    for changes in changed.values():
        columns |= changes.columns(tier)
    table = gpd.GeoDataFrame(columns, geometry=full.geometry, crs=full.crs)
    visible = [column.name for column in dictionary if column.name != "code"]
    return Results(
        id=assessment.id,
        tier=tier,
        configuration=configuration,
        table=_with_disputes(table[[*visible, "geometry"]], configuration, disputes),
        columns=tuple(dictionary),
        key_areas=None if tier is Tier.PUBLIC else assessment.key_areas,
        city_rates=city_rates,
        city_counts=counts,
        counties=pd.DataFrame(counties),
        changed=changed,
        clusters=(),
        notes=(Problem(_NOTES[tier]),),
    )


def _is_fixed(column: Column) -> bool:
    """Return whether a column says nothing about a count."""
    if column.group in {"", "key_area"}:
        return column.name != "code"
    return column.key in {"period", "population", "estimated", "disputed"}


def _indicator_columns(
    assessment: Assessment, indicator: Indicator, released: pd.Series
) -> dict[str, pd.Series]:
    """Return the columns of an indicator whose counts are those released; rates follow from them."""
    full, name = assessment.table, indicator.id
    released = released.reindex(full.index)
    persons = full[f"{name}_population"].astype("Float64").astype("float64")
    status = full[f"{name}_value_status"].mask(released.isna(), SUPPRESSED)
    shown = (status == "value").to_numpy()
    count, person = _floats(released), persons.to_numpy("float64")
    low, high = np.full(len(full), np.nan), np.full(len(full), np.nan)
    low[shown], high[shown] = rate_interval(count[shown], person[shown])
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(shown, count / person, np.nan)
    counted = "persons" if f"{name}_persons" in full else "count"
    return {
        f"{name}_{counted}": released,
        f"{name}_value_status": status,
        f"{name}_rate_per_10k": pd.Series(rate * PER, full.index).round(4),
        f"{name}_rate_low_per_10k": pd.Series(low * PER, full.index).round(4),
        f"{name}_rate_high_per_10k": pd.Series(high * PER, full.index).round(4),
    }


def _reduced_change(
    assessment: Assessment, comparison: Comparison, tier: Tier, releases: Mapping[str, Release]
) -> Changed:
    source = assessment.configuration.indicator(comparison.indicator).numerator
    release = releases[source]
    first, last = (window.label for window in comparison.days)
    before, after = (release.cells[each].reindex(assessment.table.index) for each in (first, last))
    count_before, count_after = _floats(before), _floats(after)
    shown = np.isfinite(count_before) & np.isfinite(count_after)
    usable = shown & (np.nan_to_num(count_before) > 0)
    low, high = np.full(len(before), np.nan), np.full(len(before), np.nan)
    low[usable], high[usable] = ratio_interval(count_before[usable], count_after[usable])
    ratio = np.where(usable, count_after / np.where(usable, count_before, 1), np.nan)
    values = pd.DataFrame(
        {
            "value_status": np.where(shown, "value", SUPPRESSED),
            "before": before,
            "after": after,
            "change_pct": 100 * (ratio - 1),
            "change_low_pct": 100 * (low - 1),
            "change_high_pct": 100 * (high - 1),
        }
    )
    totals = {"city": Total(len(values), int(release.city[first]), int(release.city[last]), np.nan)}
    for name, exact in assessment.changed[comparison.id].totals.items():
        told = release.groups.reindex([name])[[first, last]].iloc[0]
        if told.notna().all():
            totals[name] = Total(exact.townships, int(told[first]), int(told[last]), np.nan)
    return Changed(comparison, values, totals)


def _floats(counts: pd.Series) -> Array:
    """Return counts as numbers, NaN where hidden."""
    return np.asarray(counts.astype("Float64").to_numpy("float64", na_value=np.nan), dtype=np.float64)


def _city_rate(assessment: Assessment, indicator: Indicator, count: int) -> float:
    """Return the city's rate per 10,000 from its released count.

    NaN where some township has no rate: the rate over the others would tell what was counted there.
    """
    name, full = indicator.id, assessment.table
    if (full[f"{name}_value_status"] != "value").any():
        return np.nan
    return count / float(full[f"{name}_population"].sum()) * PER


def _county_counts(county: pd.Series, counts: Mapping[str, pd.Series]) -> pd.DataFrame:
    named = county[county != ""]
    sums = {name: each[named.index].groupby(named).sum() for name, each in counts.items()}
    return pd.DataFrame(sums).astype("Int64")


def _with_disputes(
    table: gpd.GeoDataFrame, configuration: Configuration, disputes: Disputes
) -> gpd.GeoDataFrame:
    """Return the table with a flag beside every value that a county has objected to."""
    flags = {
        f"{each.id}_disputed": [(code, each.id) in disputes for code in table.index]
        for each in configuration.indicators
    }
    return table.assign(**flags)
