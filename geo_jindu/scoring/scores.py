"""The severity score and the progress score of townships, each with its uncertainty.

Outcomes make the severity, processes the progress; an enforcement output enters neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from geo_jindu.configuration import Configuration, Ranking
from geo_jindu.errors import Problem
from geo_jindu.measures import Measured
from geo_jindu.rates import Array
from geo_jindu.rectification.fields import ProportionId
from geo_jindu.scoring.drawing import Draws, attribute_variance, draw_ranks
from geo_jindu.scoring.entries import progress_entries, rate_of, severity_entries
from geo_jindu.scoring.making import Making, prepare
from geo_jindu.scoring.scenarios import Scenario
from geo_jindu.scoring.tables import contribution_table, township_table, weight_table


@dataclass(frozen=True)
class Scored:
    """A score of every township, what it is made of and how sure it is.

    Attributes
    ----------
    name
        ``severity`` or ``progress``; the columns of ``townships`` begin with it.
    k
        Length of the top list.
    townships
        Index = code, all townships. ``_score`` (from 0 to 100 but for z-scores and ranks; draws may
        lie beyond), ``_rank`` (1 is the highest score), ``_rank_low``, ``_rank_median``,
        ``_rank_high``, ``_top_k_probability``, the shares of the rank's variance ``_share_data``,
        ``_share_weights`` and ``_share_normalisation``, and ``_driver``, the largest of them; NaN or
        empty without a score. ``_known`` is the number of indicators known and ``_status``
        ``value``, ``too_few_indicators`` or ``statistics_only``.
    contributions
        Index = code of a township with a score, columns = ids of indicators; see
        `geo_jindu.scoring.aggregating.contributions`.
    weights
        Index = id of an indicator: ``name``, ``kind``, ``period`` and its weight where all are known:
        ``set`` in the configuration, ``equal``, ``entropy`` and, with judgements, ``ahp``.
    scenarios
        Equal weights, entropy weights, and weights by judgement where there are judgements.
    enforcement
        The elasticities 0 to 1 of recorded incidents with respect to effort; none if no indicator of
        effort is named or no recorded incidents enter.
    consistency_ratio
        Of the judgements; ``None`` without.
    draws
        Of the townships with a score, in their order.
    notes
        What a reader should know.
    """

    name: str
    k: int
    townships: pd.DataFrame
    contributions: pd.DataFrame
    weights: pd.DataFrame
    scenarios: tuple[Scenario, ...]
    enforcement: tuple[Scenario, ...]
    consistency_ratio: float | None
    draws: Draws
    notes: tuple[Problem, ...]

    @property
    def codes(self) -> list[str]:
        """The townships with a score, in the order of contributions, scenarios and draws."""
        return list(self.contributions.index)

    @property
    def scores(self) -> Array:
        """The scores of `codes`."""
        return self.townships.loc[self.codes, f"{self.name}_score"].to_numpy(float)


def score_severity(
    configuration: Configuration,
    measured: Mapping[str, Measured],
    proportions: Mapping[ProportionId, pd.DataFrame],
) -> Scored | None:
    """Score how severe the drug problem of each township is.

    Parameters
    ----------
    configuration
        Without contradictions: only outcomes and reported incidents enter.
    measured
        Every indicator, all over the same townships.
    proportions
        As `geo_jindu.proportions.read_proportion` reads them.

    Returns
    -------
    Scored or None
        ``None`` if no township has enough indicators.
    """
    left_out = _left_out(measured)
    entries = severity_entries(configuration, measured, proportions, left_out.index)
    settings, ranking = configuration.severity, configuration.ranking
    making = prepare(entries, settings, left_out, ranking.k)
    if making is None:
        return None
    effort = measured.get(settings.enforcement)
    if effort is None:
        return _score("severity", making, ranking)
    activity = rate_of(effort).value[left_out.index.isin(making.codes)]
    return _score("severity", making, ranking, making.by_effort(activity))


def score_progress(
    configuration: Configuration,
    measured: Mapping[str, Measured],
    proportions: Mapping[ProportionId, pd.DataFrame],
) -> Scored | None:
    """Score how far each township's rectification work has come; parameters as in `score_severity`.

    Returns
    -------
    Scored or None
        ``None`` if there is no process to score, or no township has enough of them.
    """
    left_out = _left_out(measured)
    entries = progress_entries(configuration, measured, proportions, left_out.index)
    making = prepare(entries, configuration.progress, left_out, configuration.ranking.k)
    return _score("progress", making, configuration.ranking) if making else None


def _left_out(measured: Mapping[str, Measured]) -> pd.Series:
    """Say which units are kept by statistics alone; index = code."""
    first = next(iter(measured.values()))
    return first.values["value_status"] == "statistics_only"


def _score(
    name: str, making: Making, ranking: Ranking, enforcement: tuple[Scenario, ...] = ()
) -> Scored:
    draws = draw_ranks(making.evidence, making.recipe, ranking.draws, ranking.seed)
    shares = attribute_variance(making.evidence, making.recipe, ranking.seed)
    return Scored(
        name=name,
        k=making.k,
        townships=township_table(name, making, draws, shares),
        contributions=contribution_table(making),
        weights=weight_table(making),
        scenarios=making.scenarios,
        enforcement=enforcement,
        consistency_ratio=making.judged.consistency_ratio if making.judged else None,
        draws=draws,
        notes=making.notes,
    )
