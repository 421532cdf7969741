"""Scan statistics: 999 replications, and what they find where there is nothing."""

from functools import partial

import numpy as np
from rows import Row, least_ms, least_ms_in_turn
from scipy.special import xlogy

from geo_jindu.hotspots.scan import (
    circles,
    scan_permutation,
    scan_poisson,
    scan_poisson_over_time,
)
from geo_jindu.rates import Array

REPLICATIONS = 999
SATSCAN = {
    200: "SaTScan 10.3.2 took 2.1 s on two cores of this class",
    3_000: "SaTScan 10.3.2 took 3.6 s on two cores of this class",
}
NULL_SETS = 400


def measure_scan(count: int, max_share: float) -> list[Row]:
    """Take the time of a spatial scan, candidates included; at 200 units beside plain NumPy."""
    points, persons, counts = _map(count)

    def ours() -> float:
        candidates = circles(points, persons, max_share)
        scan = scan_poisson(counts, persons, candidates, seed=1, cores=2, replications=REPLICATIONS)
        return float(scan.maxima.mean())

    what = f"scan of {count:,} units, {max_share:.0%} at most, {REPLICATIONS} replications"
    if count > 1_000:
        took, _ = least_ms(ours, 3)
        return [Row(what, took, "ms", note=SATSCAN[count])]
    peer = partial(_plain_maxima, points, persons, counts, max_share)
    (our_ms, our_mean), (peer_ms, peer_mean) = least_ms_in_turn(ours, peer, 3)
    note = f"{SATSCAN[count]}; mean of the maxima {our_mean:.2f}, the peer's {peer_mean:.2f}"
    return [Row(what, our_ms, "ms", peer_ms, "plain NumPy, a logarithm each", note)]


def measure_scan_over_time(count: int, steps: int) -> list[Row]:
    """Take the time of scans in space and time."""
    points, persons, _ = _map(count)
    counts = np.random.default_rng(2).poisson(1.0, (count, steps)).astype(float)
    expected = np.repeat(persons[:, None], steps, axis=1)
    candidates = circles(points, persons)
    rows = []
    for name, prospective in (("retrospective", False), ("prospective", True)):
        scan = partial(
            scan_poisson_over_time,
            counts,
            expected,
            candidates,
            prospective=prospective,
            seed=1,
            cores=2,
        )
        took, _ = least_ms(scan, 2)
        rows.append(Row(f"{name} scan of {count} × {steps}, {REPLICATIONS} replications", took, "ms"))
    return rows


def measure_null_scan() -> list[Row]:
    """Scan maps and cubes without any clustering; p-values should be uniform."""
    from scipy.stats import kstest

    points, persons, _ = _map(60)
    candidates = circles(points, persons)
    generator = np.random.default_rng(3)
    maps = [generator.multinomial(400, persons / persons.sum()).astype(float) for _ in range(NULL_SETS)]
    cubes = [generator.poisson(0.5, (60, 4)).astype(float) for _ in range(NULL_SETS)]
    expected = np.ones((60, 4))
    found = {
        "Poisson": [
            _p(scan_poisson(each, persons, candidates, replications=99, seed=at))
            for at, each in enumerate(maps)
        ],
        "Poisson over time": [
            _p(scan_poisson_over_time(each, expected, candidates, replications=99, seed=at))
            for at, each in enumerate(cubes)
        ],
        "permutation": [
            _p(scan_permutation(each, candidates, replications=99, seed=at))
            for at, each in enumerate(cubes)
        ],
    }
    rows = []
    for name, p in found.items():
        share = 100 * float(np.mean(np.array(p) <= 0.05))
        note = f"{len(p)} data sets; Kolmogorov's p against uniform {kstest(p, 'uniform').pvalue:.2f}"
        rows.append(Row(f"scan p <= .05 by chance, {name}", share, "%", note=note))
    return rows


def _p(scan) -> float:
    return scan.clusters[0].p if scan.clusters else 1.0


def _map(count: int) -> tuple[Array, Array, Array]:
    generator = np.random.default_rng(1)
    points, persons = generator.random((count, 2)), generator.lognormal(10, 0.5, count)
    return points, persons, generator.multinomial(3 * count, persons / persons.sum()).astype(float)


def _plain_maxima(points: Array, persons: Array, counts: Array, max_share: float) -> float:
    """Return the mean of the maxima: every circle of every replication with its own logarithms."""
    total = int(counts.sum())
    share = persons / persons.sum()
    drawn = np.random.default_rng(1).multinomial(total, share, size=REPLICATIONS)
    maxima = np.zeros(REPLICATIONS)
    for centre in points:
        order = np.argsort(np.hypot(*(points - centre).T))
        expected = np.cumsum(share[order]) * total
        inside = expected <= max_share * total
        sums = np.cumsum(drawn[:, order[inside]], axis=1)
        norm = expected[inside]
        rest = total - sums
        ratio = xlogy(sums, sums / norm) + xlogy(rest, rest / (total - norm))
        maxima = np.maximum(maxima, np.where(sums > norm, ratio, 0).max(axis=1, initial=0))
    return float(maxima.mean())
