"""The severity score with its uncertainty; nothing to compare with is installed."""

import numpy as np
import pandas as pd
from rows import Row, least_ms

from geo_jindu.indicators import Kind
from geo_jindu.rates import smooth_rates
from geo_jindu.scoring.drawing import SENSITIVITY_DRAWS, attribute_variance, draw_ranks
from geo_jindu.scoring.entries import Entry
from geo_jindu.scoring.evidence import rate_evidence
from geo_jindu.scoring.fields import ScoreIndicator, SeveritySettings
from geo_jindu.scoring.making import Making, prepare

DRAWS, TOP, INDICATORS = 10_000, 16, 4


def measure_scoring(count: int) -> list[Row]:
    """Draw ranks over data, weights and normalisation, and find what moves them."""
    making = _prepare(count)

    def rank() -> float:
        draws = draw_ranks(making.evidence, making.recipe, DRAWS, seed=1)
        low, _, high = draws.rank_quantiles()
        draws.top_k_probability(making.k)
        return float(np.median(high - low))

    repeats = 3 if count < 1_000 else 1
    ours, width = least_ms(rank, repeats)
    moving, shares = least_ms(
        lambda: attribute_variance(making.evidence, making.recipe, seed=1), repeats
    )
    data = f"{np.nanmedian(shares[:, 0]):.0%} of a rank's variance is in the data, in the median"
    score = f"score {count:,} townships by {INDICATORS} indicators"
    return [
        Row(f"{score}, {DRAWS:,} draws", ours, "ms", note=f"90 % interval: {width:,.0f} places"),
        Row(f"{score}, what moves a rank ({SENSITIVITY_DRAWS:,} draws)", moving, "ms", note=data),
    ]


def _prepare(count: int) -> Making:
    rng = np.random.default_rng(count)
    entries = []
    for at in range(INDICATORS):
        persons = np.round(rng.gamma(6, 6_000, count) + 1_000)
        counts = rng.poisson(persons * rng.gamma(4, 0.25, count) / 2_000).astype(float)
        evidence = rate_evidence(counts, persons, smooth_rates(counts, persons), 10_000)
        entries.append(Entry(ScoreIndicator(id=f"i{at}"), "", Kind.OUTCOME, "", evidence))
    making = prepare(entries, SeveritySettings(), pd.Series(False, index=map(str, range(count))), TOP)
    assert making is not None
    return making
