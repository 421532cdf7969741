"""Ranks with their uncertainty and the hotspot statistic; nothing to compare with is installed."""

import numpy as np
from places import make_townships
from rows import Row, least_ms

from boundaries.fictional import METRIC_CRS
from geo_jindu.configuration import Neighbours
from geo_jindu.hotspots.getis_ord import g_star
from geo_jindu.neighbours import neighbour_weights, with_self
from geo_jindu.ranks import rank_rates
from geo_jindu.rates import Array, smooth_rates, standardise_rates

DRAWS, TOP = 10_000, 16


def measure_ranks(count: int) -> list[Row]:
    """Rank townships by draws from the posterior of their rates."""
    counts, persons = _draw_rates(count)
    overall = smooth_rates(counts, persons)
    ours, ranks = least_ms(lambda: rank_rates(counts, persons, overall, TOP, DRAWS, seed=1), repeats=3)
    note = f"90 % interval of a rank: {np.median(ranks.high - ranks.low):,.0f} places in the median"
    return [Row(f"rank {count:,} townships, {DRAWS:,} draws", ours, "ms", note=note)]


def measure_hotspots(count: int) -> list[Row]:
    """Find who neighbours whom, and G* of standardised rates."""
    counts, persons = _draw_rates(count)
    shapes = make_townships(count).geometry.to_crs(METRIC_CRS)
    finding, weights = least_ms(lambda: with_self(neighbour_weights(shapes, Neighbours())))
    values = standardise_rates(counts, persons)
    ours, z = least_ms(lambda: g_star(values, weights))
    links = f"{(weights.nnz - count) / count:.1f} neighbours each"
    return [
        Row(f"neighbours of {count:,} townships", finding, "ms", note=links),
        Row(f"G* of {count:,} townships", ours, "ms", note=f"largest z {z.max():.2f}"),
    ]


def _draw_rates(count: int) -> tuple[Array, Array]:
    """Draw counts and persons of townships whose true rates differ; shape (count,) each."""
    rng = np.random.default_rng(count)
    persons = np.round(rng.gamma(6, 6_000, count) + 1_000)
    counts = rng.poisson(persons * rng.gamma(4, 0.25, count) / 2_000).astype(float)
    return counts, persons
