"""What other choices would have made of the ranks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo_jindu.rates import Array
from geo_jindu.scoring.ordering import ranks_of, spearman

ELASTICITIES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""By how many per cent more incidents are recorded for one per cent more effort: nobody knows, so all
from not at all to in proportion are shown."""


@dataclass(frozen=True)
class Scenario:
    """Scores under another choice, beside the score itself.

    Attributes
    ----------
    name
        ``equal``, ``entropy``, ``ahp``, or the elasticity.
    scores, ranks
        Shape (n,), of the townships with a score; ranks as in `geo_jindu.scoring.ordering.ranks_of`.
    enters, leaves
        Codes that are among the top k in one of the two only.
    rank_correlation
        Spearman's, with the score itself; NaN if one of the two is the same everywhere.
    """

    name: str
    scores: Array
    ranks: Array
    enters: tuple[str, ...]
    leaves: tuple[str, ...]
    rank_correlation: float


def compare_scores(name: str, scores: Array, itself: Array, codes: Sequence[str], k: int) -> Scenario:
    """Return how the ranks of ``scores`` differ from those of the score itself; shape (n,) each."""
    ranks, usual = ranks_of(scores), ranks_of(itself)
    now, before = ranks <= k, usual <= k
    enters, leaves = (
        tuple(code for code, moved in zip(codes, rows, strict=True) if moved)
        for rows in (now & ~before, before & ~now)
    )
    return Scenario(name, scores, ranks, enters, leaves, spearman(scores, itself))


def relative_activity(activity: Array) -> Array:
    """Return the effort per person of each township over the mean of those known; 1 where unknown.

    Parameters
    ----------
    activity
        Smoothed rate of an enforcement output, shape (n,); NaN where there is none.
    """
    known = ~np.isnan(activity)
    relative = np.ones(len(activity))
    relative[known] = activity[known] / activity[known].mean()
    return relative


def divide_by_effort(values: Array, relative: Array, elasticity: float) -> Array:
    """Return recorded incidents as they would be at the same effort everywhere.

    With ``elasticity`` 0 effort changes nothing in what is recorded, with 1 it is recorded in
    proportion. Shape (n,) each; NaN where there is no value.
    """
    return values / relative**elasticity
