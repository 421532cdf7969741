"""The data dictionary: every column of the results, with its unit and the digits it is given to."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from geo_jindu.configuration import Comparison, Configuration, Indicator, SourceKind
from geo_jindu.indicators import Use
from geo_jindu.texts import Language, translate
from geo_jindu.tiers import Tier

Dtype = Literal["text", "integer", "number", "boolean"]


@dataclass(frozen=True)
class Column:
    """One column of the township table.

    Attributes
    ----------
    name
        As in GeoJSON, CSV and API.
    key
        Name of its label and meaning in ``texts.toml``.
    unit
        Empty for texts and pure numbers.
    decimals
        Digits after the point in every output.
    group
        Id of the indicator or comparison it belongs to, or ``key_area``; else empty.
    group_name
        Name of that indicator or comparison.
    """

    name: str
    key: str
    dtype: Dtype
    unit: str = ""
    decimals: int = 0
    group: str = ""
    group_name: str = ""

    def label(self, language: Language) -> str:
        """Return the short name a person reads."""
        text = translate(f"columns.{self.key}", language)
        return f"{self.group_name} {text}" if self.group_name else text

    def meaning(self, language: Language) -> str:
        """Return one sentence: what it says and what missing means."""
        return translate(f"column_meanings.{self.key}", language)


_TOWNSHIP = (
    Column("code", "code", "text"),
    Column("name", "name", "text"),
    Column("county", "county", "text"),
    Column("county_name", "county_name", "text"),
    Column("unit_class", "unit_class", "text"),
    Column("vintage", "vintage", "text"),
    Column("provenance", "provenance", "text"),
    Column("area_km2", "area_km2", "number", "km2", 4),
)

_RATE: tuple[tuple[str, Dtype, str, int], ...] = (
    ("period", "text", "", 0),
    ("population", "integer", "persons", 0),
    ("value_status", "text", "", 0),
    ("rate_per_10k", "number", "per 10,000 persons", 4),
    ("rate_low_per_10k", "number", "per 10,000 persons", 4),
    ("rate_high_per_10k", "number", "per 10,000 persons", 4),
)

_DISPUTED: tuple[tuple[str, Dtype, str, int], ...] = (("disputed", "boolean", "", 0),)
_ESTIMATED: tuple[tuple[str, Dtype, str, int], ...] = (("estimated", "boolean", "", 0),)

_SEVERITY: tuple[tuple[str, Dtype, str, int], ...] = (
    ("eb_rate_per_10k", "number", "per 10,000 persons", 4),
    ("reliability", "number", "", 4),
    ("exceedance_probability", "number", "", 4),
    ("rank", "integer", "", 0),
    ("rank_low", "integer", "", 0),
    ("rank_high", "integer", "", 0),
    ("top_k_probability", "number", "", 4),
    ("in_top_k", "boolean", "", 0),
    ("g_star_z", "number", "", 4),
    ("g_star_p", "number", "", 6),
    ("g_star_q", "number", "", 6),
    ("hotspot", "text", "", 0),
    ("moran_i", "number", "", 4),
    ("moran_p", "number", "", 6),
    ("moran_q", "number", "", 6),
    ("cluster_class", "text", "", 0),
)

_PATTERNS: tuple[tuple[str, Dtype, str, int], ...] = (
    ("emerging_class", "text", "", 0),
    ("emerging_confidence", "number", "", 4),
    ("trend_z", "number", "", 4),
    ("trend_p", "number", "", 6),
    ("scan_cluster", "integer", "", 0),
)
SCORES = ("severity", "progress")
"""The two scores; the names of their columns begin so."""

_SCORE: tuple[tuple[str, Dtype, str, int], ...] = (
    ("score", "number", "", 2),
    ("rank", "integer", "", 0),
    ("rank_low", "integer", "", 0),
    ("rank_high", "integer", "", 0),
    ("top_k_probability", "number", "", 4),
    ("driver", "text", "", 0),
    ("status", "text", "", 0),
)

_CHANGE: tuple[tuple[str, Dtype, str, int], ...] = (
    ("value_status", "text", "", 0),
    ("before", "integer", "", 0),
    ("after", "integer", "", 0),
    ("change_pct", "number", "%", 2),
    ("change_low_pct", "number", "%", 2),
    ("change_high_pct", "number", "%", 2),
)

_EXPECTED: tuple[tuple[str, Dtype, str, int], ...] = (
    ("expected_pct", "number", "%", 2),
    ("change_class", "text", "", 0),
)

_KEY_AREA = (
    Column("key_area", "key_area", "boolean", group="key_area"),
    Column("key_area_listed_now", "key_area_listed_now", "boolean", group="key_area"),
    Column("key_area_batch", "key_area_batch", "text", group="key_area"),
    Column("key_area_listed_on", "key_area_listed_on", "text", group="key_area"),
    Column("key_area_state", "key_area_state", "text", group="key_area"),
    Column("key_area_as_of", "key_area_as_of", "text", group="key_area"),
)


def township_columns(configuration: Configuration, tier: Tier = Tier.PLANNER) -> list[Column]:
    """Return every column of the results of ``configuration`` that a tier sees, in output order."""
    columns = list(_TOWNSHIP)
    columns += _KEY_AREA if configuration.key_areas and tier is not Tier.PUBLIC else ()
    for indicator in configuration.indicators:
        columns += indicator_columns(indicator, configuration, tier)
        if indicator.use is Use.SEVERITY and tier.sees_exact_counts:
            columns += pattern_columns(indicator)
    columns += score_columns(configuration) if tier.sees_exact_counts else ()
    for comparison in configuration.comparisons:
        columns += comparison_columns(comparison, tier)
    return columns


def pattern_columns(indicator: Indicator) -> list[Column]:
    """Return the columns that time and neighbourhood add to a severity indicator."""
    group = indicator.id, indicator.name
    return [
        Column(f"{indicator.id}_{key}", key, dtype, unit, decimals, *group)
        for key, dtype, unit, decimals in _PATTERNS
    ]


def score_columns(configuration: Configuration) -> list[Column]:
    """Return the columns of the scores, and with a list of key areas what the data say of each."""
    columns = _score_columns("severity")
    if configuration.key_areas:
        columns.append(Column("key_area_support", "key_area_support", "text", group="severity"))
    return columns + (_score_columns("progress") if configuration.has_progress else [])


def _score_columns(name: str) -> list[Column]:
    return [
        Column(f"{name}_{key}", f"score_{key}", dtype, unit, decimals, name)
        for key, dtype, unit, decimals in _SCORE
    ]


def comparison_columns(comparison: Comparison, tier: Tier = Tier.PLANNER) -> list[Column]:
    """Return the columns one comparison adds; what was to be expected depends on every count."""
    group = comparison.id, comparison.name
    return [
        Column(f"{comparison.id}_{key}", key, dtype, unit, decimals, *group)
        for key, dtype, unit, decimals in _CHANGE + (_EXPECTED if tier.sees_exact_counts else ())
    ]


def round_values(values: pd.Series, dtype: Dtype, decimals: int) -> pd.Series:
    """Return values as they are given in every output; missing stays missing."""
    if dtype == "integer":
        return values.round().astype("Int64")
    if dtype == "number":
        return values.round(decimals)
    return values


def indicator_columns(
    indicator: Indicator, configuration: Configuration, tier: Tier = Tier.PLANNER
) -> list[Column]:
    """Return the columns one indicator adds: rank and hotspot only where it is a severity.

    Below the planner there are none of them, for they depend on counts that are hidden there.

    With a crosswalk, one says whether an estimated share touches the figures.
    """
    is_outflow = configuration.source(indicator.numerator).kind is SourceKind.OUTFLOW
    unit = "persons" if is_outflow else "count"
    group = indicator.id, indicator.name
    count = Column(f"{indicator.id}_{unit}", unit, "integer", unit, 0, *group)
    rows = _RATE + _DISPUTED + (_ESTIMATED if configuration.crosswalk else ())
    rows += _SEVERITY if indicator.use is Use.SEVERITY and tier.sees_exact_counts else ()
    return [count] + [
        Column(f"{indicator.id}_{key}", key, dtype, unit, decimals, *group)
        for key, dtype, unit, decimals in rows
    ]
