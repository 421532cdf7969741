"""Clusters of an indicator, found by scanning its townships in space and time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from geo_jindu.configuration import Configuration, Indicator
from geo_jindu.hotspots.fields import ScanSettings
from geo_jindu.hotspots.scan import (
    Candidates,
    Cluster,
    Scan,
    circles,
    ellipses,
    flexible,
    scan_permutation,
    scan_poisson,
    scan_poisson_over_time,
)
from geo_jindu.hotspots.significance import LEVEL
from geo_jindu.rates import Array
from geo_jindu.series import Series

FEWEST_STEPS = 3
"""Steps below which nothing is said of time: with two a scan has one window and a trend one pair."""

Report = Callable[[int, int], None]


class Analysis(StrEnum):
    """What a scan looks at."""

    SPATIAL = "spatial"
    """The whole window at once."""
    RETROSPECTIVE = "retrospective"
    """Places and times within the window."""
    PROSPECTIVE = "prospective"
    """Places and times that last to the end of the window: what is there now."""


@dataclass(frozen=True)
class FoundCluster:
    """A cluster with the townships it is made of.

    Attributes
    ----------
    number
        1 for the most likely of its analysis.
    codes
        Of its townships, the one in the middle first.
    period
        When, as ISO dates with a slash.
    recurrence_months
        Months in which one such cluster is to be expected by chance; NaN but for a prospective scan.
    """

    indicator: str
    analysis: Analysis
    number: int
    codes: tuple[str, ...]
    period: str
    found: Cluster
    recurrence_months: float

    @property
    def id(self) -> str:
        """Indicator, analysis and number."""
        return f"{self.indicator}-{self.analysis}-{self.number}"

    @property
    def is_significant(self) -> bool:
        """Whether its p-value is at most 5 %."""
        return self.found.p <= LEVEL


@dataclass(frozen=True)
class Place:
    """The townships of an indicator that take part: those with persons.

    Attributes
    ----------
    codes, counts, persons
        Of each, and what was counted in the whole window; shape (n,).
    weights
        Neighbours without self, shape (n, n).
    points
        A point in each, shape (n, 2) [m].
    """

    codes: pd.Index
    counts: Array
    persons: Array
    weights: csr_array
    points: Array


def find_clusters(
    place: Place,
    indicator: Indicator,
    steps: tuple[Series, Array],
    months: tuple[Series, Array],
    configuration: Configuration,
    report: Report,
) -> tuple[FoundCluster, ...]:
    """Scan the map, the cube of steps, and the months that lead to the end of the window.

    Parameters
    ----------
    steps, months
        The series, and its counts of the townships of ``place``, shape (n, T).
    report
        Called with the share of the scans that is done.

    Returns
    -------
    tuple
        Of each analysis the most likely cluster first; scans over time only with `FEWEST_STEPS`.
    """
    scans = _scan(place, steps[1], months[1], configuration, report)
    return _name_clusters(scans, place.codes, indicator, steps[0], months[0])


def _candidates(place: Place, settings: ScanSettings) -> Candidates:
    if settings.shape == "flexible":
        return flexible(place.points, place.persons, place.weights, settings.k, settings.max_share)
    draw = circles if settings.shape == "circle" else ellipses
    return draw(place.points, place.persons, settings.max_share)


def _scan(
    place: Place, cube: Array, months: Array, configuration: Configuration, report: Report
) -> dict[Analysis, Scan]:
    settings = configuration.scan
    candidates = _candidates(place, settings)
    common: dict[str, Any] = {
        "direction": settings.direction,
        "replications": settings.replications,
        "seed": configuration.ranking.seed,
    }

    def part(number: int) -> Report:
        return lambda done, total: report(number * total + done, 3 * total)

    def over_time(counts: Array, number: int, *, prospective: bool) -> Scan:
        options = common | {"prospective": prospective, "report": part(number)}
        if settings.model == "permutation":
            return scan_permutation(counts, candidates, **options)
        expected = np.repeat(place.persons[:, None], counts.shape[1], axis=1)
        return scan_poisson_over_time(counts, expected, candidates, **options)

    spatial = scan_poisson(place.counts, place.persons, candidates, **common, report=part(0))
    found = {Analysis.SPATIAL: spatial}
    if cube.shape[1] >= FEWEST_STEPS:
        found[Analysis.RETROSPECTIVE] = over_time(cube, 1, prospective=False)
    if months.shape[1] >= FEWEST_STEPS:
        found[Analysis.PROSPECTIVE] = over_time(months, 2, prospective=True)
    return found


def _name_clusters(
    scans: Mapping[Analysis, Scan], codes: pd.Index, indicator: Indicator, steps: Series, months: Series
) -> tuple[FoundCluster, ...]:
    found = []
    for analysis, scan in scans.items():
        series = months if analysis is Analysis.PROSPECTIVE else steps
        for number, each in enumerate(scan.clusters, 1):
            is_whole = analysis is Analysis.SPATIAL
            found.append(
                FoundCluster(
                    indicator=indicator.id,
                    analysis=analysis,
                    number=number,
                    codes=tuple(str(codes[unit]) for unit in each.units),
                    period=indicator.days.label if is_whole else series.span(each.start, each.end - 1),
                    found=each,
                    recurrence_months=each.recurrence_interval * series.months,
                )
            )
    return tuple(found)
