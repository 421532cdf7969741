"""Whether the ranking, had it been made in the past, would have foretold what came next.

The past is walked through from origin to origin. At each, townships are ranked by what was counted
before it, and the ranking is judged by what was counted in the steps that followed; the steps foretold
from two origins do not overlap.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from geo_jindu.evaluation.foretelling import judge_ranking, measure_accuracy, places_among_first
from geo_jindu.rates import INTERVAL_LEVEL, Array, smooth_rates

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FEWEST_ORIGINS = 3
"""Fewer say nothing of how a ranking does from one time to another; assumed."""

MEASURES = ("capture", "pai")
"""What rankings are compared by. Capture favours large townships, and so a ranking by counts; the PAI
asks what a list captures for its share of the size."""


class Ranking(StrEnum):
    """What townships are ranked by."""

    SMOOTHED = "smoothed"
    """The rate over the window, smoothed towards the city: what the product ranks by."""
    LAST_YEAR = "last_year"
    """The count of the last year: the naive ranking that another must beat."""
    G_STAR = "g_star"
    """G* of the rates over the window, standardised to equal variance."""


class Verdict(StrEnum):
    """A ranking beside that by last year's count."""

    BETTER = "better"
    WORSE = "worse"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class Backtest:
    """How rankings of the past did.

    Attributes
    ----------
    townships
        How many were ranked: those with persons.
    origins
        RangeIndex, one row for each origin and ranking: ``origin`` (position of the first step
        foretold), ``ranking``, ``counted`` (in the steps foretold), and ``capture``, ``pai``, ``pei``
        and ``rri`` as in `geo_jindu.evaluation.foretelling.Accuracy`. Empty if there are too few steps.
    summary
        Index = ranking. All origins together: ``capture``, ``pai``, ``pei``, ``rri``; for each of
        `MEASURES` the 95 % interval (``capture_low``, ``capture_high``), the difference to last year's
        count with its own (``capture_difference``, ``capture_difference_low``,
        ``capture_difference_high``) and ``capture_verdict``. NaN where nothing can be computed.
    """

    townships: int
    origins: pd.DataFrame
    summary: pd.DataFrame


class _Past(NamedTuple):
    """What is needed at every origin; rows are the townships with persons."""

    counts: Array
    persons: Array
    window_steps: int
    year_steps: int
    horizon_steps: int
    weights: "csr_array | None"


class _Foretold(NamedTuple):
    """One ranking at one origin; arrays of shape (n,)."""

    origin: int
    ranking: Ranking
    score: Array
    predicted: Array | None
    observed: Array


def backtest(
    counts: Array,
    persons: Array,
    k: int,
    window_steps: int,
    horizon_steps: int,
    *,
    year_steps: int = 12,
    weights: "csr_array | None" = None,
    sizes: Array | None = None,
    draws: int = 2_000,
    seed: int = 0,
) -> Backtest:
    """Rank at every past origin and judge by what came next.

    The first origin has a full window and a full year behind it; the next is ``horizon_steps`` later;
    the last has as many steps before it. The intervals are percentiles over townships drawn with
    replacement (Efron 1979, doi:10.1214/aos/1176344552), each with all its origins and all rankings,
    so that differences are paired. They say how much hangs on which townships there are; that the
    next years may differ from these they cannot say, so with fewer than `FEWEST_ORIGINS` origins with
    anything counted the verdict is that one cannot tell, as it is where the interval of the difference
    holds 0. A window with nothing counted ranks all alike.

    Parameters
    ----------
    counts
        Shape (n, T), per township and step.
    persons
        Shape (n,); townships where they are NaN or 0 take no part.
    k
        Length of the list judged; all townships if there are fewer.
    window_steps
        Steps that the rates are taken over.
    horizon_steps
        Steps foretold.
    year_steps
        Steps of a year: 12 if a step is a month.
    weights
        Neighbours without self, shape (n, n); without them G* is left out.
    sizes
        Of the PAI, shape (n,), above 0 [km2, persons]; persons if left out.
    draws, seed
        Number of draws and the seed that makes them repeatable.

    Raises
    ------
    ValueError
        If ``k`` or a number of steps is below 1, or no township has persons.
    """
    usable = persons > 0
    if min(k, window_steps, horizon_steps, year_steps) < 1 or not usable.any():
        raise ValueError("a backtest needs persons somewhere, and k and steps of 1 or more")
    near = None if weights is None else weights[usable][:, usable]
    past = _Past(
        counts[usable].astype(float), persons[usable], window_steps, year_steps, horizon_steps, near
    )
    size = past.persons if sizes is None else sizes[usable]
    k = min(k, len(size))
    foretold = _foretell(past)
    origins = pd.DataFrame(
        [
            {"origin": each.origin, "ranking": each.ranking.value, "counted": each.observed.sum()}
            | asdict(judge_ranking(each.observed, each.score, size, k, each.predicted))
            for each in foretold
        ],
        columns=["origin", "ranking", "counted", "capture", "pai", "pei", "rri"],
    )
    return Backtest(len(size), origins, _summarise(foretold, size, k, draws, seed, near is not None))


def _foretell(past: _Past) -> list[_Foretold]:
    first = max(past.window_steps, past.year_steps)
    foretold = []
    for origin in range(first, past.counts.shape[1] - past.horizon_steps + 1, past.horizon_steps):
        observed = past.counts[:, origin : origin + past.horizon_steps].sum(axis=1)
        window = past.counts[:, origin - past.window_steps : origin].sum(axis=1)
        year = past.counts[:, origin - past.year_steps : origin].sum(axis=1)
        rate = _smoothed(window, past.persons)
        expected = rate * past.persons * past.horizon_steps / past.window_steps
        naive = year * past.horizon_steps / past.year_steps
        foretold.append(_Foretold(origin, Ranking.SMOOTHED, rate, expected, observed))
        foretold.append(_Foretold(origin, Ranking.LAST_YEAR, year, naive, observed))
        if past.weights is not None:
            z = _hotspot_scores(window, past.persons, past.weights)
            foretold.append(_Foretold(origin, Ranking.G_STAR, z, None, observed))
    return foretold


def _smoothed(window: Array, persons: Array) -> Array:
    if not window.any():
        return np.zeros(len(window))
    return smooth_rates(window, persons).rate


def _hotspot_scores(window: Array, persons: Array, weights: "csr_array") -> Array:
    """Return G*, the lowest where it cannot be computed."""
    from geo_jindu.hotspots.getis_ord import g_star
    from geo_jindu.neighbours import with_self
    from geo_jindu.rates import standardise_rates

    if not window.any():
        return np.zeros(len(window))
    z = g_star(standardise_rates(window, persons), with_self(weights))
    return np.where(np.isnan(z), -np.inf, z)


def _summarise(
    foretold: list[_Foretold], sizes: Array, k: int, draws: int, seed: int, has_g_star: bool
) -> pd.DataFrame:
    drawn = _draw_townships(len(sizes), draws, seed)
    rows, resampled = {}, {}
    for ranking in Ranking:
        if has_g_star or ranking is not Ranking.G_STAR:
            mine = [each for each in foretold if each.ranking is ranking]
            rows[ranking], resampled[ranking] = _together(mine, sizes, k, drawn)
    told = sum(each.observed.any() for each in foretold if each.ranking is Ranking.LAST_YEAR)
    for ranking in rows:
        for measure in MEASURES:
            apart = resampled[ranking][measure] - resampled[Ranking.LAST_YEAR][measure]
            rows[ranking] |= {
                f"{measure}_difference": rows[ranking][measure] - rows[Ranking.LAST_YEAR][measure],
                **_interval(f"{measure}_difference", apart),
            }
            low, high = (rows[ranking][f"{measure}_difference_{end}"] for end in ("low", "high"))
            rows[ranking][f"{measure}_verdict"] = _verdict(low, high, int(told))
    names = {ranking: ranking.value for ranking in rows}
    summary = pd.DataFrame.from_dict(rows, orient="index").rename(index=names)
    return summary.rename_axis("ranking")


def _together(
    mine: list[_Foretold], sizes: Array, k: int, drawn: Array
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the accuracy of a ranking over all its origins, and what it is in every draw."""
    shape = (len(mine), len(sizes))
    first = np.array([places_among_first(each.score, k) for each in mine]).reshape(shape)
    observed = np.array([each.observed for each in mine]).reshape(shape)
    best = np.array([places_among_first(each / sizes, k) for each in observed]).reshape(shape)
    numbers = [each.predicted for each in mine if each.predicted is not None]
    accuracy = measure_accuracy(
        first.ravel(),
        best.ravel(),
        observed.ravel(),
        np.tile(sizes, len(mine)),
        np.ravel(numbers) if numbers else None,
    )
    capture = _ratio(drawn @ (first * observed).sum(axis=0), drawn @ observed.sum(axis=0))
    share = _ratio(drawn @ (first.sum(axis=0) * sizes), drawn @ sizes * len(mine))
    resampled = {"capture": capture, "pai": _ratio(capture, share)}
    intervals = [_interval(measure, resampled[measure]) for measure in MEASURES]
    return asdict(accuracy) | intervals[0] | intervals[1], resampled


def _draw_townships(n: int, draws: int, seed: int) -> Array:
    """Return how often each township is drawn; shape (draws, n)."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(n, np.full(n, 1 / n), size=draws).astype(float)


def _ratio(above: Array, below: Array) -> Array:
    """Return quotients; NaN where the divisor is 0."""
    quotient = np.full(above.shape, np.nan)
    np.divide(above, below, out=quotient, where=below > 0)
    return quotient


def _interval(name: str, values: Array) -> dict[str, Any]:
    """Return the ends of the interval of resampled values; NaN if none is known."""
    known = values[~np.isnan(values)]
    tail = (1 - INTERVAL_LEVEL) / 2
    low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
    return {f"{name}_low": float(low), f"{name}_high": float(high)}


def _verdict(low: float, high: float, told: int) -> str:
    if told >= FEWEST_ORIGINS and low > 0:
        return Verdict.BETTER.value
    if told >= FEWEST_ORIGINS and high < 0:
        return Verdict.WORSE.value
    return Verdict.CANNOT_TELL.value
