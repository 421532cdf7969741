"""Which indicators enter a score, and what is known of them in each township."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo_jindu.configuration import Configuration
from geo_jindu.indicators import Kind, Use
from geo_jindu.measures import PER, Measured
from geo_jindu.rectification.fields import Proportion, ProportionId
from geo_jindu.scoring.evidence import Evidence, RateEvidence, ShareEvidence, rate_evidence
from geo_jindu.scoring.fields import ScoreIndicator, ScoreSettings

WHOLE = (0.0, 1.0)
"""The goalposts of a proportion where none are given."""


@dataclass(frozen=True)
class Entry:
    """One indicator or proportion of a score.

    Attributes
    ----------
    setting
        Its id, weight, group and goalposts.
    period
        The window of a rate, the year of a proportion.
    evidence
        Over all townships, those without a value included.
    """

    setting: ScoreIndicator
    name: str
    kind: Kind
    period: str
    evidence: Evidence


def severity_entries(
    configuration: Configuration,
    measured: Mapping[str, Measured],
    proportions: Mapping[ProportionId, pd.DataFrame],
    codes: pd.Index,
) -> list[Entry]:
    """Return what the severity score is made of; a proportion where more is better counts its rest."""
    severity = [each.id for each in configuration.indicators if each.use is Use.SEVERITY]
    named = _named(configuration.severity, severity)
    return _entries(named, configuration, measured, proportions, codes, of_rest=True)


def progress_entries(
    configuration: Configuration,
    measured: Mapping[str, Measured],
    proportions: Mapping[ProportionId, pd.DataFrame],
    codes: pd.Index,
) -> list[Entry]:
    """Return what the progress score is made of."""
    process = [each.id.value for each in configuration.proportions if each.id.kind is Kind.PROCESS]
    named = _named(configuration.progress, process)
    return _entries(named, configuration, measured, proportions, codes, of_rest=False)


def _named(settings: ScoreSettings, otherwise: list[str]) -> tuple[ScoreIndicator, ...]:
    return settings.indicators or tuple(ScoreIndicator(id=each) for each in otherwise)


def _entries(
    named: tuple[ScoreIndicator, ...],
    configuration: Configuration,
    measured: Mapping[str, Measured],
    proportions: Mapping[ProportionId, pd.DataFrame],
    codes: pd.Index,
    *,
    of_rest: bool,
) -> list[Entry]:
    shares = {each.id.value: each for each in configuration.proportions}
    return [
        _rate_entry(each, measured[each.id])
        if each.id in measured
        else _share_entry(each, shares[each.id], proportions[shares[each.id].id], codes, of_rest)
        for each in named
    ]


def _rate_entry(setting: ScoreIndicator, measured: Measured) -> Entry:
    indicator = measured.indicator
    evidence = rate_of(measured)
    return Entry(setting, indicator.name, indicator.kind, indicator.days.label, evidence)


def rate_of(measured: Measured) -> RateEvidence:
    """Return what is known of an indicator's rate per 10,000 persons, in the order of its townships."""
    values = measured.values[["count", "population"]].astype(float)
    known = values.where(measured.values["value_status"] == "value")
    counts, persons = known["count"].to_numpy(), known["population"].to_numpy()
    return rate_evidence(counts, persons, measured.overall, float(PER))


def _share_entry(
    setting: ScoreIndicator, proportion: Proportion, table: pd.DataFrame, codes: pd.Index, of_rest: bool
) -> Entry:
    """Take the latest year of the table; who has no row in it, or a whole of 0, has no value."""
    year = "" if table.empty else str(table["year"].max())
    rows = table[table["year"] == year].set_index("code").reindex(codes)
    whole = rows["whole"].astype(float).to_numpy()
    part = np.full(len(whole), np.nan)
    part[whole > 0] = rows["part"].astype(float).to_numpy()[whole > 0]
    rest = np.asarray(whole - part, dtype=float)
    setting = setting.model_copy(update={"goalposts": setting.goalposts or WHOLE})
    evidence = ShareEvidence(rest, part) if of_rest else ShareEvidence(part, rest)
    return Entry(setting, proportion.name, proportion.id.kind, year, evidence)
