"""From normalised indicators to one score, with the parts it is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_jindu.rates import Array
from geo_jindu.scoring.normalising import Scale
from geo_jindu.scoring.ordering import Floats

Weigh = Callable[[NDArray[np.bool_]], Array]
"""Gives the weight of each indicator, shape (q,), from which of them are available, shape (q,)."""


@dataclass(frozen=True)
class Weights:
    """Weights of indicators for townships, which differ only in what is known of them.

    Attributes
    ----------
    rows
        Shape (patterns, q), each sums to 1; 0 where an indicator is not available.
    members
        For each row, the townships it is for: positions from 0 to n - 1, each in one row.
    """

    rows: Array
    members: tuple[NDArray[np.intp], ...]

    @property
    def of_townships(self) -> Array:
        """The weights of each township, shape (n, q)."""
        spread = np.empty((sum(map(len, self.members)), self.rows.shape[1]))
        for row, members in zip(self.rows, self.members, strict=True):
            spread[members] = row
        return spread


def weigh_available(available: NDArray[np.bool_], weigh: Weigh) -> Weights:
    """Return weights for each pattern of availability; ``available`` has shape (n, q)."""
    patterns, which = np.unique(available, axis=0, return_inverse=True)
    members = tuple(np.flatnonzero(which.ravel() == at) for at in range(len(patterns)))
    return Weights(np.array([weigh(pattern) for pattern in patterns]), members)


def share_out(weights: Array) -> Weigh:
    """Return the way to weigh that divides fixed weights among what is available.

    Evenly if all of those are 0.
    """

    def weigh(available: NDArray[np.bool_]) -> Array:
        kept = np.where(available, weights, 0.0)
        kept = kept if kept.sum() > 0 else available.astype(float)
        return np.asarray(kept / kept.sum())

    return weigh


def aggregate(
    normalised: Sequence[Floats], weights: Weights, factors: Array, *, geometric: bool = False
) -> Floats:
    """Return the weighted arithmetic or geometric mean of normalised indicators.

    OECD/JRC handbook 2008, equation 31 and section 6.11.

    Parameters
    ----------
    normalised
        For each of q indicators, shape (draws, n); above 0 for a geometric mean. Any value where
        it has no weight.
    weights
        Of the n townships.
    factors
        What each weight is multiplied by in each draw before they are divided by their sum, shape
        (draws, q).

    Returns
    -------
    numpy.ndarray
        Shape (draws, n), of the type of the indicators.
    """
    scores = np.empty_like(normalised[0])
    for row, members in zip(weights.rows, weights.members, strict=True):
        share = row * factors
        share = (share / share.sum(axis=1, keepdims=True)).astype(scores.dtype)
        columns = slice(None) if len(members) == scores.shape[1] else members
        total = np.zeros_like(scores[:, columns])
        for at in map(int, np.flatnonzero(row)):
            part = normalised[at][:, columns]
            total += share[:, [at]] * (np.log(part) if geometric else part)
        scores[:, columns] = np.exp(total) if geometric else total
    return scores


@dataclass(frozen=True)
class Recipe:
    """How values become scores: scales, weights, kind of mean.

    Attributes
    ----------
    scales
        For each normalisation that is considered, that of the score first, one for each indicator.
    known
        Which townships each indicator is known for, shape (n, q); each township has one at least.
    weights
        Of the n townships.
    is_geometric
        Whether indicators are multiplied.
    """

    scales: tuple[tuple[Scale, ...], ...]
    known: NDArray[np.bool_]
    weights: Weights
    is_geometric: bool

    def score(self, drawn: Sequence[Floats], factors: Array, method: int = 0) -> Floats:
        """Return the scores of draws, for each indicator of shape (draws, n)."""
        normalised = self.normalise(drawn, method)
        return aggregate(normalised, self.weights, factors, geometric=self.is_geometric)

    def normalise(self, values: Sequence[Floats], method: int = 0) -> list[Floats]:
        """Return normalised values or draws, one array per indicator; 1 where one is not known."""
        return [
            _where_known(scale, each, known)
            for scale, each, known in zip(self.scales[method], values, self.known.T, strict=True)
        ]

    def score_values(self, values: Sequence[Array], weights: Weights) -> Array:
        """Return the scores of values, for each indicator of shape (n,), under some weights."""
        normalised = [each[None] for each in self.normalise(values)]
        factors = np.ones((1, len(values)))
        scores = aggregate(normalised, weights, factors, geometric=self.is_geometric)
        return np.asarray(scores[0], dtype=float)


def _where_known(scale: Scale, values: Floats, known: NDArray[np.bool_]) -> Floats:
    if known.all():
        return scale(values)
    normalised = np.ones_like(values)
    normalised[..., known] = scale(values[..., known])
    return normalised


def contributions(normalised: Floats, weights: Array, *, geometric: bool = False) -> Array:
    """Return what each indicator adds to a score.

    ``w x``, which add up to an arithmetic score; ``w ln x``, which add up to the logarithm of a
    geometric one.

    Parameters
    ----------
    normalised, weights
        Shape (n, q); the weight is 0 where an indicator is not known.

    Returns
    -------
    numpy.ndarray
        Shape (n, q); NaN where an indicator is not known.
    """
    parts = weights * (np.log(normalised) if geometric else normalised)
    return np.where(weights > 0, parts, np.nan)
