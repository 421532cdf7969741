"""What a scan finds: clusters without overlap, and how sure each is."""

from dataclasses import dataclass, replace

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
        Steps in which one such cluster is to be expected by chance, ``1 / p``; NaN but for a
        prospective scan (Kleinman, Lazarus and Platt 2004, doi:10.1093/aje/kwh029).
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

    Of each centre only its best candidate is considered, as SaTScan does it. Each cluster is judged by
    the same maxima, so that the p-values of all but the first err towards doubt.
    """
    clusters: list[Cluster] = []
    taken: set[int] = set()
    for best in _best_of_each_centre(candidates, observed.statistic):
        units = tuple(map(int, candidates.members(best)))
        if len(clusters) == MOST_CLUSTERS or observed.statistic[best] <= 1e-9:
            break
        if taken.isdisjoint(units):
            taken.update(units)
            cluster = _cluster(best, units, candidates, observed, windows, maxima, total)
            interval = 1 / cluster.p if prospective else np.nan
            clusters.append(replace(cluster, recurrence_interval=interval))
    return Scan(tuple(clusters), maxima)


def _best_of_each_centre(candidates: Candidates, statistic: Array) -> NDArray[np.intp]:
    """Return the candidate with the largest statistic of each centre, the largest first."""
    centre = np.repeat(candidates.centres, np.diff(candidates.starts))
    order = np.argsort(-statistic, kind="stable")
    _, first = np.unique(centre[order], return_index=True)
    return np.asarray(order[np.sort(first)])


def _cluster(
    at: int,
    units: tuple[int, ...],
    candidates: Candidates,
    observed: Observed,
    windows: NDArray[np.intp],
    maxima: Array,
    total: float,
) -> Cluster:
    llr = float(observed.statistic[at])
    start, end = windows[observed.window[at]]
    count, expected = float(observed.counts[at]), float(observed.expected[at])
    return Cluster(
        units=units,
        radius=float(candidates.reach[at]),
        start=int(start),
        end=int(end),
        observed=count,
        expected=expected,
        relative_risk=_relative_risk(count, expected, total),
        llr=llr,
        p=(1 + int((maxima >= llr - 1e-9).sum())) / (1 + len(maxima)),
        gumbel_p=_gumbel_p(llr, maxima),
        recurrence_interval=np.nan,
    )


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
