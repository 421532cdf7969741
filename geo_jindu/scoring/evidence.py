"""What is known of each indicator of a score, and what else agrees with the data."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo_jindu.rates import Array, EmpiricalBayes
from geo_jindu.scoring.ordering import Floats

PRIOR_OF_SHARE = 0.5
"""Both parameters of the beta prior of a proportion: that of Jeffreys (Brown, Cai and DasGupta 2001,
doi:10.1214/ss/1009213286)."""


class Evidence(Protocol):
    """One indicator over n townships."""

    @property
    def value(self) -> Array:
        """Shape (n,), higher raises the score; NaN where nothing is known."""

    def draw(self, generator: np.random.Generator, draws: int) -> Floats:
        """Return values that agree with the data, shape (draws, n); of no meaning where unknown."""

    def of(self, rows: NDArray[np.bool_]) -> "Evidence":
        """Return what is known of some of the townships."""


@dataclass(frozen=True)
class RateEvidence:
    """A rate, of which every township's true one has a gamma posterior.

    Attributes
    ----------
    value
        The smoothed rate, which is the mean of the posterior; shape (n,), NaN where not known.
    shape, rate
        Of the posterior, shape (n,) each; infinite if the counts vary no more than chance, so that
        every true rate is the mean.
    """

    value: Array
    shape: Array
    rate: Array

    def draw(self, generator: np.random.Generator, draws: int) -> Floats:
        """Draw from the posterior of each true rate."""
        size = draws, len(self.value)
        if np.isinf(self.shape).any():
            return np.full(size, np.nan_to_num(self.value), np.float32)
        drawn = generator.standard_gamma(np.nan_to_num(self.shape), size, dtype=np.float32)
        drawn /= np.nan_to_num(self.rate, nan=1.0).astype(np.float32)
        return drawn

    def of(self, rows: NDArray[np.bool_]) -> "RateEvidence":
        """Return what is known of some of the townships."""
        return RateEvidence(self.value[rows], self.shape[rows], self.rate[rows])


def rate_evidence(counts: Array, persons: Array, overall: EmpiricalBayes, per: float) -> RateEvidence:
    """Return the evidence of rates per ``per`` persons (`EmpiricalBayes.prior`).

    Parameters
    ----------
    counts, persons
        Shape (n,); persons NaN where no rate is known.
    overall
        The smoothing that was made of the known ones, in their order.
    """
    shape, rate = overall.prior
    value = np.full(len(persons), np.nan)
    value[~np.isnan(persons)] = overall.rate * per
    return RateEvidence(value, shape + counts, (rate + persons) / per)


@dataclass(frozen=True)
class ShareEvidence:
    """A part of a whole, of which every township's true one has a beta posterior.

    Attributes
    ----------
    part, rest
        Shape (n,) [persons]; NaN where no whole is known or it is 0. What is counted as the part is
        what raises the score.
    """

    part: Array
    rest: Array

    @property
    def value(self) -> Array:
        """The mean of the posterior: the share, drawn a little to one half."""
        value: Array = (self.part + PRIOR_OF_SHARE) / (self.part + self.rest + 2 * PRIOR_OF_SHARE)
        return value

    def draw(self, generator: np.random.Generator, draws: int) -> Floats:
        """Draw from the posterior of each true share, as one gamma variable of two."""
        both = np.nan_to_num(np.stack([self.part, self.rest])) + PRIOR_OF_SHARE
        drawn = generator.standard_gamma(both, (draws, *both.shape), dtype=np.float32)
        part: Floats = drawn[:, 0] / np.maximum(drawn.sum(axis=1), 1e-30)
        return part

    def of(self, rows: NDArray[np.bool_]) -> "ShareEvidence":
        """Return what is known of some of the townships."""
        return ShareEvidence(self.part[rows], self.rest[rows])
