"""Weights: through the hierarchy, by entropy, by judgements in pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_jindu.rates import Array
from geo_jindu.scoring.fields import ScoreGroup, ScoreIndicator
from geo_jindu.scoring.ordering import Floats

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Mean consistency index of random matrices of size 1 to 10 (Saaty 1980, The Analytic Hierarchy
Process, McGraw-Hill)."""

MOST_INCONSISTENT = 0.10
"""From this consistency ratio on, judgements should be looked at again (Saaty 1980)."""


def hierarchy_weights(
    indicators: Sequence[ScoreIndicator], groups: Sequence[ScoreGroup], available: NDArray[np.bool_]
) -> Array:
    """Return the weight of each indicator in the whole: the product of its shares on every level.

    On each level weights are divided by their sum over the members of which something is available,
    so that what is missing in a group is made up for within it.

    Returns
    -------
    numpy.ndarray
        In the order of the indicators; 0 where not available; sums to 1 if anything is.
    """
    found = np.zeros(len(indicators))

    def leaves_below(group: str) -> list[int]:
        own = [at for at, each in enumerate(indicators) if each.group == group and available[at]]
        return own + [at for each in groups if each.parent == group for at in leaves_below(each.id)]

    def divide(group: str, amount: float) -> None:
        own = [at for at, each in enumerate(indicators) if each.group == group and available[at]]
        below = [each for each in groups if each.parent == group and leaves_below(each.id)]
        total = sum(indicators[at].weight for at in own) + sum(each.weight for each in below)
        for at in own:
            found[at] = amount * indicators[at].weight / total
        for each in below:
            divide(each.id, amount * each.weight / total)

    divide("", 1.0)
    return found


def entropy_weights(normalised: Floats) -> Array:
    """Return weights by Shannon's entropy (熵权法): more to what differs more between townships.

    ``e_j = -sum_i p_ij ln p_ij / ln n`` with ``p_ij = x_ij / sum_i x_ij`` and the weights
    proportional to ``1 - e_j`` (Hwang and Yoon 1981, Multiple Attribute Decision Making,
    doi:10.1007/978-3-642-48318-9). They measure spread, not importance.

    Parameters
    ----------
    normalised
        Shape (n, indicators), min-max, no NaN.

    Returns
    -------
    numpy.ndarray
        Sums to 1; all equal if no indicator differs between townships or there are fewer than two.
    """
    n, number = normalised.shape
    share = normalised / np.maximum(normalised.sum(axis=0), 1e-300)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    spread = 1 + (share * logs).sum(axis=0) / np.log(max(n, 2))
    spread = np.where(np.ptp(normalised, axis=0) > 0, spread, 0.0) if n > 1 else np.zeros(number)
    if spread.sum() <= 0:
        return np.full(number, 1 / number)
    weights: Array = spread / spread.sum()
    return weights


@dataclass(frozen=True)
class Judged:
    """What judgements in pairs amount to.

    Attributes
    ----------
    weights
        In the order of the matrix; sum to 1.
    consistency_ratio
        0 if all judgements agree with each other; not to be relied on from 0.10 on.
    """

    weights: Array
    consistency_ratio: float

    @property
    def is_consistent(self) -> bool:
        """Whether the judgements agree well enough to be used."""
        return self.consistency_ratio < MOST_INCONSISTENT


def weigh_judgements(matrix: Array) -> Judged:
    """Return the weights of the analytic hierarchy process.

    The principal right eigenvector of the matrix; the consistency index
    ``(largest eigenvalue - n) / (n - 1)`` over its mean for random matrices is the consistency ratio
    (Saaty 1977, doi:10.1016/0022-2496(77)90033-5; Saaty 1980).

    Parameters
    ----------
    matrix
        Shape (n, n), n from 1 to 10; how many times as important the row is as the column, positive
        and reciprocal.
    """
    n = len(matrix)
    values, vectors = np.linalg.eig(matrix)
    largest = int(values.real.argmax())
    weights = np.abs(vectors[:, largest].real)
    index = (float(values[largest].real) - n) / max(n - 1, 1)
    ratio = max(index, 0.0) / RANDOM_INDEX[n - 1] if RANDOM_INDEX[n - 1] else 0.0
    return Judged(weights / weights.sum(), ratio)
