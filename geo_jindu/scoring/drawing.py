"""How sure a rank is: draws over data, weights and normalisation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo_jindu.ranks import INTERVAL_LEVEL
from geo_jindu.rates import Array
from geo_jindu.scoring.aggregating import Recipe
from geo_jindu.scoring.evidence import Evidence
from geo_jindu.scoring.ordering import Floats, rank_rows

WEIGHT_CHANGE = 0.25
"""How far a weight may lie from the one that was set, as a share of it. The handbook asks for other
plausible weights (OECD/JRC 2008, step 7); a quarter is what COINr's own example takes."""

SOURCES = ("data", "weights", "normalisation")
"""What can move a rank."""

SENSITIVITY_DRAWS = 1_000
"""Draws for the shares of variance; the standard error of a share is about 0.03."""

_VALUES_AT_ONCE = 200_000


@dataclass(frozen=True)
class Draws:
    """Scores and ranks as they might have come out.

    Attributes
    ----------
    ranks
        Shape (draws, n); 1 is the highest score.
    scores
        Those of the draws that use the normalisation of the score itself, shape (some, n), as scores
        of different normalisations cannot be compared.
    """

    ranks: NDArray[np.int16]
    scores: NDArray[np.float32]

    def top_k_probability(self, k: int) -> Array:
        """Return the share of draws in which each township is among the top ``k``, shape (n,)."""
        return np.asarray((self.ranks <= k).mean(axis=0))

    def rank_quantiles(self) -> tuple[Array, Array, Array]:
        """Return the lower end, the median and the upper end of each rank's 90 % interval."""
        ordered = np.ascontiguousarray(self.ranks.T)
        ordered.sort(axis=1, kind="stable")  # by radix: many times as fast as numpy.quantile
        tail = (1 - INTERVAL_LEVEL) / 2
        at = [max(int(np.ceil(q * ordered.shape[1])) - 1, 0) for q in (tail, 0.5, 1 - tail)]
        low, middle, high = ordered[:, at].T.astype(float)
        return low, middle, high


def draw_ranks(evidence: Sequence[Evidence], recipe: Recipe, draws: int, seed: int) -> Draws:
    """Draw scores and rank them (OECD/JRC handbook 2008, step 7).

    Each draw takes a value of every indicator from its posterior, multiplies every weight by a factor
    uniform within 25 % of 1, and normalises in one of the ways of the recipe, each in an equal
    number of draws. Ties are broken at random.

    Parameters
    ----------
    evidence
        The indicators, of n townships that all have a score.
    draws, seed
        Number of draws, at least that of normalisations, and the seed that makes them repeatable.
    """
    n, methods = len(recipe.known), len(recipe.scales)
    seeds = np.random.SeedSequence(seed).spawn(len(evidence) + 2)
    *of_data, of_weights, of_ties = [np.random.default_rng(each) for each in seeds]
    ends = np.linspace(0, draws, methods + 1).astype(int)
    ranks = np.empty((draws, n), dtype=np.int16)
    scores = np.empty((int(ends[1]), n), dtype=np.float32)
    for method, start, end in _blocks(ends, n):
        size = end - start
        data = [each.draw(stream, size) for each, stream in zip(evidence, of_data, strict=True)]
        found = recipe.score(data, _draw_factors(of_weights, size, len(data)), method)
        ties = of_ties.integers(0, 2**32, found.shape, dtype=np.uint32)
        ranks[start:end] = rank_rows(found, ties)
        if method == 0:
            scores[start:end] = found
    return Draws(ranks, scores)


def _blocks(ends: NDArray[np.int_], n: int) -> Iterator[tuple[int, int, int]]:
    """Cut the draws into pieces of one normalisation that fit in a cache."""
    step = max(_VALUES_AT_ONCE // max(n, 1), 1)
    for method, (first, last) in enumerate(pairwise(ends)):
        for start in range(int(first), int(last), step):
            yield method, start, min(start + step, int(last))


def _draw_factors(generator: np.random.Generator, draws: int, indicators: int) -> Array:
    return generator.uniform(1 - WEIGHT_CHANGE, 1 + WEIGHT_CHANGE, (draws, indicators))


@dataclass(frozen=True)
class _Choice:
    """One set of draws of all that can move a rank."""

    data: list[Floats]
    weights: Array
    normalisation: NDArray[np.int_]

    def rank(self, recipe: Recipe) -> Floats:
        scores: Floats = np.empty(self.data[0].shape, dtype=np.float32)
        for method in range(len(recipe.scales)):
            rows = self.normalisation == method
            drawn = [each[rows] for each in self.data]
            scores[rows] = recipe.score(drawn, self.weights[rows], method)
        return rank_rows(scores).astype(np.float32)


def attribute_variance(
    evidence: Sequence[Evidence], recipe: Recipe, seed: int, draws: int = SENSITIVITY_DRAWS
) -> Array:
    """Return the share of the variance of each rank that data, weights and normalisation explain.

    The first-order index of Sobol' for groups of inputs, as Saisana, Saltelli and Tarantola 2005
    (doi:10.1111/j.1467-985X.2005.00350.x) use it for composite indicators: the correlation between
    ranks that share one source of uncertainty and nothing else. What is missing to 1 is in their
    acting together.

    Parameters
    ----------
    evidence, recipe, seed
        As in `draw_ranks`.
    draws
        The standard error of a share is about ``1 / sqrt(draws)``.

    Returns
    -------
    numpy.ndarray
        Shape (n, 3), in the order of `SOURCES`, from 0 to 1; NaN where the rank never changes.
    """
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2**31,)))
    one, other = (_choose(generator, evidence, recipe, draws) for _ in range(2))
    ranks = one.rank(recipe)
    mixed = (
        _Choice(one.data, other.weights, other.normalisation),
        _Choice(other.data, one.weights, other.normalisation),
        _Choice(other.data, other.weights, one.normalisation),
    )
    shares = [_correlate(ranks, each.rank(recipe)) for each in mixed]
    found = np.clip(np.array(shares).T, 0.0, 1.0)
    varies = [True, len(evidence) > 1, len(recipe.scales) > 1]
    return np.where(varies | np.isnan(found), found, 0.0)


def _choose(
    generator: np.random.Generator, evidence: Sequence[Evidence], recipe: Recipe, draws: int
) -> _Choice:
    data = [each.draw(generator, draws) for each in evidence]
    methods = generator.integers(0, len(recipe.scales), draws)
    return _Choice(data, _draw_factors(generator, draws, len(data)), methods)


def _correlate(first: Floats, second: Floats) -> Array:
    """Return the correlation of each column; NaN where one never changes."""
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    spread = np.sqrt((first**2).sum(axis=0, dtype=float) * (second**2).sum(axis=0, dtype=float))
    product = (first * second).sum(axis=0, dtype=float)
    return np.asarray(np.divide(product, spread, out=np.full(len(spread), np.nan), where=spread > 0))
