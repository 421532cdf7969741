"""Log likelihood ratios, and bounds by which most candidates need none."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo_jindu.rates import Array

Direction = Literal["high", "low", "both"]
"""Clusters with more than expected, with less, or either."""


@dataclass(frozen=True)
class Likelihood:
    """The statistic of one scan.

    Attributes
    ----------
    total
        Counts of all units together.
    persons
        Persons of all units together under Bernoulli's model; ``None`` under Poisson's.
    """

    direction: Direction
    total: float
    persons: float | None = None

    def ratio(self, counts: Array, expected: Array) -> Array:
        """Return log likelihood ratios, 0 on the side that is not asked for.

        Kulldorff 1997, doi:10.1080/03610929708831995: ``c ln(c / e) + (C - c) ln((C - c) / (C - e))``;
        under Bernoulli's model the same of those who are no cases is added.

        Parameters
        ----------
        counts, expected
            Of candidates; of one shape.
        """
        ratio = _divergence(counts, expected, self.total)
        if self.persons is not None:
            rest = self.persons - self.total
            others = expected * rest / self.total
            ratio = ratio + _divergence(others + expected - counts, others, rest)
        if self.direction == "both":
            return ratio
        is_high = counts > expected
        return np.where(is_high if self.direction == "high" else ~is_high, ratio, 0.0)

    def margin(self, expected: Array, bound: float) -> tuple[Array, Array]:
        """Return how far above and below ``expected`` counts must lie for a ratio of ``bound``.

        Since ``(1 + x) ln(1 + x) - x`` is at most ``x**2 / 2`` for positive ``x`` and at most ``x**2``
        down to -1, a ratio is at most the squared distance times a factor. No candidate nearer than
        that can reach the bound; most are, and need no logarithm.
        """
        inside, outside = _inverse(expected), _inverse(self.total - expected)
        above, below = inside / 2 + outside, inside + outside / 2
        if self.persons is not None:
            rest = self.persons - self.total
            others = expected * rest / self.total
            inside, outside = _inverse(others), _inverse(rest - others)
            above, below = above + inside + outside / 2, below + inside / 2 + outside
        return np.sqrt(bound / above), np.sqrt(bound / below)


def _divergence(counts: Array, expected: Array, total: float) -> Array:
    from scipy.special import rel_entr

    rest = np.maximum(total - counts, 0.0), np.maximum(total - expected, 0.0)
    return np.asarray(rel_entr(counts, expected) + rel_entr(*rest), dtype=float)


def _inverse(values: Array) -> Array:
    return 1 / np.maximum(values, 1e-12)
