"""Scans under Poisson's and Bernoulli's model and by permutation, in space and in space and time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_jindu.hotspots.scan.candidates import Candidates
from geo_jindu.hotspots.scan.clusters import Scan, collect_clusters
from geo_jindu.hotspots.scan.likelihood import Direction, Likelihood
from geo_jindu.hotspots.scan.search import Report, search_observed, search_replications
from geo_jindu.hotspots.scan.windows import Counts, cut_into_slabs, list_windows
from geo_jindu.rates import Array

REPLICATIONS = 999
"""SaTScan's default; the smallest p-value is then .001."""
MAX_TIME_SHARE = 0.5
"""Longest cluster, as a share of the steps; SaTScan's default."""


def _ignore(done: int, total: int) -> None:
    pass


def expected_over_strata(counts: Array, persons: Array) -> Array:
    """Return what is expected of each unit by indirect standardisation, shape (n,).

    Each stratum, such as an age group, has the rate of all units together.

    Parameters
    ----------
    counts, persons
        Shape (n, strata). A stratum without persons has no counts.
    """
    everyone = persons.sum(axis=0)
    rate = np.divide(counts.sum(axis=0), everyone, out=np.zeros(len(everyone)), where=everyone > 0)
    return np.asarray(persons @ rate, dtype=float)


def scan_poisson(
    counts: Array,
    expected: Array,
    candidates: Candidates,
    *,
    direction: Direction = "high",
    replications: int = REPLICATIONS,
    seed: int,
    cores: int = 1,
    report: Report = _ignore,
) -> Scan:
    """Scan a map under Poisson's model (Kulldorff 1997, doi:10.1080/03610929708831995).

    Parameters
    ----------
    counts
        Shape (n,), whole numbers.
    expected
        Shape (n,), in proportion: persons, or `expected_over_strata`.
    cores
        How many threads work; the result is the same for any number.

    Raises
    ------
    ValueError
        If something was counted where nothing can be expected, nothing is expected at all, a number is
        missing or negative, or a count a fraction.
    """
    return scan_poisson_over_time(
        counts[:, None],
        expected[:, None],
        candidates,
        direction=direction,
        replications=replications,
        seed=seed,
        cores=cores,
        report=report,
    )


def scan_poisson_over_time(
    counts: Array,
    expected: Array,
    candidates: Candidates,
    *,
    prospective: bool = False,
    max_time_share: float = MAX_TIME_SHARE,
    direction: Direction = "high",
    replications: int = REPLICATIONS,
    seed: int,
    cores: int = 1,
    report: Report = _ignore,
) -> Scan:
    """Scan cylinders in space and time under Poisson's model.

    Kulldorff 2001 (doi:10.1111/1467-985X.00186).

    Parameters
    ----------
    counts, expected
        Shape (n, T), oldest step first; as in `scan_poisson`. With one step it is a scan of a map.
    prospective
        Whether only clusters that last to the last step are sought.
    max_time_share
        Longest cluster, as a share of the steps; at least one step.
    """
    whole = _whole(counts)
    total = int(whole.sum())
    if not (np.isfinite(expected) & (expected >= 0)).all():
        raise ValueError("what is expected is a number from 0 on, none missing")
    if expected.sum() <= 0 or (whole[expected <= 0] > 0).any():
        raise ValueError("something was counted where nothing can be expected")
    if not total:
        return Scan((), np.zeros(replications))
    share = expected / expected.sum()
    drawn = np.random.default_rng(seed).multinomial(total, share.ravel(), size=replications)
    windows = list_windows(counts.shape[1], max_time_share, prospective=prospective)
    norms = _in_windows(_cumulate(share * total), windows)
    return _judge(
        candidates,
        drawn.reshape(replications, *counts.shape),
        _in_windows(_cumulate(whole), windows),
        norms,
        windows,
        Likelihood(direction, total),
        cores,
        report,
        prospective=prospective,
    )


def scan_permutation(
    counts: Array,
    candidates: Candidates,
    *,
    prospective: bool = False,
    max_time_share: float = MAX_TIME_SHARE,
    direction: Direction = "high",
    replications: int = REPLICATIONS,
    seed: int,
    cores: int = 1,
    report: Report = _ignore,
) -> Scan:
    """Scan cylinders for more than place and time would have apart from each other.

    Kulldorff, Heffernan, Hartman, Assunção and Mostashari 2005 (doi:10.1371/journal.pmed.0020059): what
    is expected is the share of the place times the share of the time, and the replications deal the
    times out anew. No population is needed.

    Parameters
    ----------
    counts
        Shape (n, T), whole numbers, oldest step first.
    """
    whole = _whole(counts)
    total, (n, steps) = int(whole.sum()), whole.shape
    if not total:
        return Scan((), np.zeros(replications))
    norms_by_step = np.outer(whole.sum(axis=1), whole.sum(axis=0)) / total
    places, times = (np.repeat(axis, whole.ravel()) for axis in np.indices(whole.shape).reshape(2, -1))
    generator = np.random.default_rng(seed)
    drawn = np.empty((replications, n, steps), dtype=np.int64)
    for at in range(replications):
        cells = places * steps + generator.permutation(times)
        drawn[at] = np.bincount(cells, minlength=n * steps).reshape(n, steps)
    windows = list_windows(steps, max_time_share, prospective=prospective)
    norms = _in_windows(_cumulate(norms_by_step), windows)
    return _judge(
        candidates,
        drawn,
        _in_windows(_cumulate(whole), windows),
        norms,
        windows,
        Likelihood(direction, total),
        cores,
        report,
        prospective=prospective,
    )


def scan_bernoulli(
    counts: Array,
    persons: Array,
    candidates: Candidates,
    *,
    direction: Direction = "high",
    replications: int = REPLICATIONS,
    seed: int,
    cores: int = 1,
    report: Report = _ignore,
) -> Scan:
    """Scan a map where each person is a case or not (Kulldorff and Nagarwalla 1995).

    doi:10.1002/sim.4780140809. The replications draw the cases among the persons.

    Parameters
    ----------
    counts, persons
        Shape (n,), whole numbers; no more counts than persons.

    Raises
    ------
    ValueError
        If a unit has more counts than persons, or a number is missing, negative or a fraction.
    """
    whole, everyone = _whole(counts), _whole(persons)
    total = int(whole.sum())
    if (whole > everyone).any():
        raise ValueError("more was counted than there are persons")
    if not total:
        return Scan((), np.zeros(replications))
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(everyone, total, size=replications)
    norms = (everyone * total / everyone.sum())[:, None]
    return _judge(
        candidates,
        drawn[..., None],
        whole[:, None],
        norms,
        np.array([[0, 1]]),
        Likelihood(direction, total, float(everyone.sum())),
        cores,
        report,
        prospective=False,
    )


def _judge(
    candidates: Candidates,
    drawn: Counts,
    counts: Counts,
    expected: Array,
    windows: NDArray[np.intp],
    likelihood: Likelihood,
    cores: int,
    report: Report,
    *,
    prospective: bool,
) -> Scan:
    """Search replications (S, n, T), then what was counted in each window (n, W), and name clusters."""
    slabs, differences = cut_into_slabs(drawn, windows, int(likelihood.total))
    maxima = search_replications(candidates, slabs, differences, expected, likelihood, cores, report)
    observed = search_observed(candidates, counts, expected, likelihood)
    return collect_clusters(
        candidates, observed, windows, maxima, likelihood.total, prospective=prospective
    )


def _whole(counts: Array) -> NDArray[np.int64]:
    """Return counts as whole numbers.

    Raises
    ------
    ValueError
        If one is missing, negative or a fraction.
    """
    if not (np.isfinite(counts) & (counts >= 0) & (counts == np.rint(counts))).all():
        raise ValueError("counts and persons of a scan are whole numbers from 0 on, none missing")
    return counts.astype(np.int64)


def _cumulate(values: NDArray[Any]) -> NDArray[Any]:
    """Return sums before each step, shape (n, T + 1)."""
    return np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))


def _in_windows(cumulated: NDArray[Any], windows: NDArray[np.intp]) -> NDArray[Any]:
    return np.asarray(cumulated[:, windows[:, 1]] - cumulated[:, windows[:, 0]])
