"""What a scan finds: clusters without overlap, and how sure each is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_jindu.hotspots.scan.candidates import Candidates
from geo_jindu.hotspots.scan.search import Observed
from geo_jindu.rates import Array

MOST_CLUSTERS = 10
"""Further ones are hardly ever significant."""


@dataclass(frozen=True)
class Cluster:
    """One set of units in one window of steps.

    Attributes
    ----------
    units
        Positions, the centre first.
    radius
        In the unit of the coordinates; NaN for shapes that have none.
    start, end
        First step and the one after the last.
    observed, expected
        Counts.
    relative_risk
        Observed over expected inside, over the same outside; infinite if all lies inside.
    llr
        Log likelihood ratio, times the penalty of the shape.
    p
        By Monte Carlo: the share of replications, this one among them, whose largest ratio is as large.
    gumbel_p
        By a Gumbel distribution with the moments of those maxima; may be below the smallest Monte Carlo
        p (Abrams, Kulldorff and Kleinman 2010, doi:10.1186/1476-072X-9-61).
    recurrence_interval
        Steps in which one such cluster is to be expected by chance, ``1 / p``; NaN but for a prospective
        scan (Kleinman, Lazarus and Platt 2004, doi:10.1093/aje/kwh029).
    """

    units: tuple[int, ...]
    radius: float
    start: int
    end: int
    observed: float
    expected: float
    relative_risk: float
    llr: float
    p: float
    gumbel_p: float
    recurrence_interval: float


@dataclass(frozen=True)
class Scan:
    """The clusters found, the most likely first, and the largest ratio of each replication (S,)."""

    clusters: tuple[Cluster, ...]
    maxima: Array


def collect_clusters(
    candidates: Candidates,
    observed: Observed,
    windows: NDArray[np.intp],
    maxima: Array,
    total: float,
    *,
    prospective: bool,
) -> Scan:
    """Return the most likely cluster, then the next that shares no unit with those before, and so on.

    Each is judged by the same maxima, so that the p-values of all but the first err towards doubt.
    """
    statistic = observed.statistic.copy()
    clusters: list[Cluster] = []
    while statistic.size and len(clusters) < MOST_CLUSTERS and statistic.max() > 1e-9:
        best = int(statistic.argmax())
        units = candidates.members(best)
        llr = float(statistic[best])
        p = (1 + int((maxima >= llr - 1e-9).sum())) / (1 + len(maxima))
        start, end = windows[observed.window[best]]
        count, expected = float(observed.counts[best]), float(observed.expected[best])
        clusters.append(
            Cluster(
                units=tuple(map(int, units)),
                radius=float(candidates.reach[best]),
                start=int(start),
                end=int(end),
                observed=count,
                expected=expected,
                relative_risk=_relative_risk(count, expected, total),
                llr=llr,
                p=p,
                gumbel_p=_gumbel_p(llr, maxima),
                recurrence_interval=1 / p if prospective else np.nan,
            )
        )
        statistic[_overlapping(candidates, units)] = 0
    return Scan(tuple(clusters), maxima)


def _overlapping(candidates: Candidates, units: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which sets hold one of the units: they add it, or what they are added to holds it."""
    held = np.isin(candidates.units, units)
    offsets = np.repeat(candidates.starts[:-1], np.diff(candidates.starts))
    if candidates.is_nested:
        return np.asarray(np.maximum.accumulate(np.where(held, np.arange(len(held)), -1)) >= offsets)
    parents = np.where(candidates.parents < 0, np.arange(len(held)), candidates.parents + offsets)
    while True:
        further = held | held[parents]
        if (further == held).all():
            return held
        held, parents = further, parents[parents]


def _relative_risk(count: float, expected: float, total: float) -> float:
    inside = count / expected if expected else np.inf
    outside = (total - count) / (total - expected) if total > expected else np.nan
    return inside / outside if outside else np.inf


def _gumbel_p(llr: float, maxima: Array) -> float:
    spread = float(maxima.std(ddof=1)) if len(maxima) > 1 else 0.0
    if not spread:
        return np.nan
    scale = spread * np.sqrt(6) / np.pi
    mode = float(maxima.mean()) - np.euler_gamma * scale
    return float(-np.expm1(-np.exp(-(llr - mode) / scale)))
