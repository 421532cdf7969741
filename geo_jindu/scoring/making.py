"""A score made once from what is known, and again under other choices; nothing is drawn here."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_jindu.errors import Problem
from geo_jindu.indicators import Kind
from geo_jindu.rates import Array
from geo_jindu.scoring.aggregating import Recipe, Weights, share_out, weigh_available
from geo_jindu.scoring.entries import Entry
from geo_jindu.scoring.evidence import Evidence
from geo_jindu.scoring.fields import Normalisation, ScoreSettings
from geo_jindu.scoring.normalising import fit_scale, has_outliers
from geo_jindu.scoring.scenarios import (
    ELASTICITIES,
    Scenario,
    compare_scores,
    divide_by_effort,
    relative_activity,
)
from geo_jindu.scoring.weighting import Judged, entropy_weights, hierarchy_weights, weigh_judgements


@dataclass(frozen=True)
class Making:
    """What a score is made of.

    Attributes
    ----------
    statuses
        Index = code, all townships: ``known`` (number of indicators) and ``status``.
    codes
        The n townships that have a score.
    evidence
        Of the q entries, over these townships.
    recipe
        How they become scores.
    weights
        Of each entry where all are known, by the name of the scenario: ``set``, ``equal``, ``entropy``
        and ``ahp``; shape (q,) each.
    judged
        What the judgements amount to; ``None`` without.
    """

    entries: tuple[Entry, ...]
    settings: ScoreSettings
    k: int
    statuses: pd.DataFrame
    codes: list[str]
    evidence: tuple[Evidence, ...]
    recipe: Recipe
    weights: dict[str, Array]
    judged: Judged | None

    @property
    def values(self) -> list[Array]:
        """The values of each entry, shape (n,)."""
        return [each.value for each in self.evidence]

    @property
    def scores(self) -> Array:
        """The scores, shape (n,)."""
        return self.recipe.score_values(self.values, self.recipe.weights)

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """What other weights would have made of it."""
        found = []
        for name in list(self.weights)[1:]:
            weights = weigh_available(self.recipe.known, share_out(self.weights[name]))
            found.append(self._compare(name, self.recipe.score_values(self.values, weights)))
        return tuple(found)

    def by_effort(self, activity: Array) -> tuple[Scenario, ...]:
        """Return what the ranks would be if recorded incidents followed effort.

        The scales stay those of the score, so that nothing else changes.

        Parameters
        ----------
        activity
            Effort per person, shape (n,); NaN where it is not known.
        """
        recorded = [each.kind is Kind.REPORTED_INCIDENTS for each in self.entries]
        if not any(recorded):
            return ()
        relative = relative_activity(activity)
        found = []
        for elasticity in ELASTICITIES:
            values = [
                divide_by_effort(each, relative, elasticity) if adjusted else each
                for each, adjusted in zip(self.values, recorded, strict=True)
            ]
            scores = self.recipe.score_values(values, self.recipe.weights)
            found.append(self._compare(f"{elasticity:g}", scores))
        return tuple(found)

    def _compare(self, name: str, scores: Array) -> Scenario:
        return compare_scores(name, scores, self.scores, self.codes, self.k)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Townships with too little to score, indicators with outliers, judgements at odds."""
        notes = []
        few = self.statuses.index[self.statuses["status"] == "too_few_indicators"]
        if len(few):
            values = {"number": len(few), "codes": ", ".join(few[:10])}
            notes.append(Problem("townships_not_scored", values=values))
        if self.settings.outliers == "log":
            notes += [
                Problem("outliers_on_log_scale", values={"name": entry.name})
                for entry, values in zip(self.entries, self.values, strict=True)
                if has_outliers(values[~np.isnan(values)])
            ]
        if self.judged and not self.judged.is_consistent:
            values = {"ratio": f"{self.judged.consistency_ratio:.2f}"}
            notes.append(Problem("judgements_at_odds", values=values))
        return tuple(notes)


def prepare(
    entries: Sequence[Entry], settings: ScoreSettings, left_out: pd.Series, k: int
) -> Making | None:
    """Find who has a score and set scales and weights by them.

    Parameters
    ----------
    left_out
        Whether a unit is kept by statistics alone; index = code, in the order of the evidence.
    k
        Length of the top list, cut to the number of townships with a score.

    Returns
    -------
    Making or None
        ``None`` if no township has enough of the indicators, or there are none.
    """
    if not entries:
        return None
    known = ~np.isnan(np.array([each.evidence.value for each in entries]).T)
    number = known.sum(axis=1)
    enough = (number >= settings.least_available * len(entries) - 1e-9) & (number > 0)
    scored = enough & ~left_out.to_numpy()
    if not scored.any():
        return None
    status = np.select([left_out, ~enough], ["statistics_only", "too_few_indicators"], "value")
    evidence = tuple(each.evidence.of(scored) for each in entries)
    values = [each.value for each in evidence]
    weights = weigh_available(known[scored], partial(_set_weights, entries, settings))
    judged = weigh_judgements(np.array(settings.judgements)) if settings.judgements else None
    itself = _set_weights(entries, settings, np.ones(len(entries), dtype=bool))
    return Making(
        entries=tuple(entries),
        settings=settings,
        k=min(k, int(scored.sum())),
        statuses=pd.DataFrame({"known": number, "status": status}, index=left_out.index),
        codes=list(left_out.index[scored]),
        evidence=evidence,
        recipe=_recipe(entries, settings, values, weights),
        weights=_weights(itself, values, judged),
        judged=judged,
    )


def _set_weights(
    entries: Sequence[Entry], settings: ScoreSettings, available: NDArray[np.bool_]
) -> Array:
    return hierarchy_weights([each.setting for each in entries], settings.groups, available)


def _weights(itself: Array, values: Sequence[Array], judged: Judged | None) -> dict[str, Array]:
    """Return the weights of the score and of the scenarios; entropy is that of complete townships."""
    complete = np.array(values)[:, ~np.isnan(np.array(values)).any(axis=0)]
    normalised = [fit_scale(each, Normalisation.MIN_MAX)(each) for each in complete]
    found = {
        "set": itself,
        "equal": np.full(len(values), 1 / len(values)),
        "entropy": entropy_weights(np.array(normalised).T),
    }
    return found | ({"ahp": judged.weights} if judged else {})


def _recipe(
    entries: Sequence[Entry], settings: ScoreSettings, values: Sequence[Array], weights: Weights
) -> Recipe:
    known = ~np.isnan(np.array(values).T)
    scales = tuple(
        tuple(
            fit_scale(
                each[rows],
                method,
                entry.setting.goalposts,
                log_outliers=settings.outliers == "log",
                positive=settings.is_geometric,
            )
            for entry, each, rows in zip(entries, values, known.T, strict=True)
        )
        for method in settings.normalisations
    )
    return Recipe(scales, known, weights, settings.is_geometric)
