"""What ``geo_jindu.toml`` says of the two scores: what enters them, and how it is weighed."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=500)]
Weight = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Judgement = Annotated[float, Field(ge=1 / 9.5, le=9, allow_inf_nan=False)]
Goalpost = Annotated[float, Field(allow_inf_nan=False)]

LEAST_AVAILABLE = 2 / 3
"""Share of its indicators a township needs for a score; a convention.

Of two indicators both are needed, of three one may be missing.
"""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Normalisation(StrEnum):
    """How an indicator is made comparable with others (OECD/JRC handbook 2008, step 5)."""

    MIN_MAX = "min_max"
    """0 for the lowest township, 100 for the highest."""
    Z_SCORE = "z_score"
    """Deviations from the mean in standard deviations."""
    RANK = "rank"
    """1 for the lowest, the number of townships for the highest."""
    PERCENTILE = "percentile"
    """The rank from 0 to 100."""
    GOALPOSTS = "goalposts"
    """0 at a lower bound that is given, 100 at an upper one."""


class Aggregation(StrEnum):
    """How indicators become one score (OECD/JRC handbook 2008, step 6)."""

    ARITHMETIC = "arithmetic"
    """A weighted sum: one indicator makes up for another."""
    GEOMETRIC = "geometric"
    """A weighted product: it does so less the further they lie apart."""


class ScoreGroup(_Model):
    """A level of the hierarchy between the score and its indicators."""

    id: Text
    name: Text
    weight: Weight = 1.0
    parent: str = ""


class ScoreIndicator(_Model):
    """An indicator or proportion that enters a score.

    ``goalposts`` are per 10,000 persons for a rate and a share from 0 to 1 for a proportion.
    """

    id: Text
    weight: Weight = 1.0
    group: str = ""
    goalposts: tuple[Goalpost, Goalpost] | None = None


class ScoreSettings(_Model):
    """How a score is made; weights count beside those of the same group or level.

    ``alternatives`` are the normalisations that are drawn as well when the uncertainty is; by default
    min-max, z-scores and ranks, without the z-scores if the aggregation is geometric. ``judgements``
    says how many times as important each indicator is as each other, in their order (1 to 9 and
    the reciprocals); it is shown as a scenario.
    """

    indicators: tuple[ScoreIndicator, ...] = ()
    groups: tuple[ScoreGroup, ...] = ()
    normalisation: Normalisation = Normalisation.MIN_MAX
    alternatives: tuple[Normalisation, ...] | None = None
    aggregation: Aggregation = Aggregation.ARITHMETIC
    outliers: Literal["log", "kept"] = "log"
    least_available: Annotated[float, Field(gt=0, le=1)] = LEAST_AVAILABLE
    judgements: tuple[tuple[Judgement, ...], ...] = ()

    @property
    def is_geometric(self) -> bool:
        """Whether indicators are multiplied and not added."""
        return self.aggregation is Aggregation.GEOMETRIC

    @property
    def normalisations(self) -> tuple[Normalisation, ...]:
        """The normalisations that are drawn: that of the score, then the alternatives."""
        others = self.alternatives
        if others is None:
            usual = [Normalisation.MIN_MAX, Normalisation.Z_SCORE, Normalisation.RANK]
            others = tuple(
                each for each in usual if not (self.is_geometric and each is Normalisation.Z_SCORE)
            )
        return tuple(dict.fromkeys((self.normalisation, *others)))


class SeveritySettings(ScoreSettings):
    """The severity score; all indicators with the use severity if none is named.

    ``enforcement`` is an indicator of kind enforcement output. It never enters the score: it says how
    the ranks would change if more effort were what had more incidents recorded.
    """

    enforcement: str = ""


class ProgressSettings(ScoreSettings):
    """The progress score; all proportions of kind process if none is named.

    By default a score is the mean share reached, from 0 to 100.
    """

    normalisation: Normalisation = Normalisation.GOALPOSTS
