"""What time adds to an indicator: emerging hot spots, scan clusters, and whether it foretells."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from geo_jindu.aggregation import Joined
from geo_jindu.alerts.history import AlertHistory, find_alerts
from geo_jindu.columns import pattern_columns, round_values
from geo_jindu.configuration import Configuration, Indicator
from geo_jindu.errors import Problem
from geo_jindu.evaluation.backtesting import Backtest, backtest
from geo_jindu.hotspots.emerging import find_emerging
from geo_jindu.hotspots.fields import ScanSettings
from geo_jindu.hotspots.moran import Moran, moran
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
from geo_jindu.measures import Measured
from geo_jindu.rates import Array, standardise_rates
from geo_jindu.series import YEAR, Series, count_steps, history_of

FEWEST_STEPS = 3
"""Steps below which nothing is said of time: with two a scan has one window and a trend one pair."""
_HORIZON_MONTHS = 6
"""What a ranking of the past is judged by: half a year holds enough counts, and leaves origins."""

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
class Patterns:
    """What time and neighbourhood add to one indicator.

    Attributes
    ----------
    steps, months
        The cube of emerging hot spots and retrospective scan, and counts by month as far back as known.
    moran
        Whether the map as a whole is clustered.
    values
        Index = code, the keys of `geo_jindu.columns.pattern_columns`; missing where there is no test.
    clusters
        Of all three analyses, the most likely first.
    backtest
        ``None`` where nobody lives.
    alerts
        Of townships and counties by month; none where only years are known.
    """

    indicator: Indicator
    steps: Series
    months: Series
    moran: Moran
    values: pd.DataFrame
    clusters: tuple[FoundCluster, ...]
    backtest: Backtest | None
    alerts: AlertHistory

    def columns(self, configuration: Configuration) -> dict[str, pd.Series]:
        """Return the columns under their output names, rounded to the digits of the dictionary."""
        return {
            column.name: round_values(self.values[column.key], column.dtype, column.decimals)
            for column in pattern_columns(self.indicator)
        }

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Whether there are too few steps to say anything of time."""
        if len(self.steps.steps) >= FEWEST_STEPS:
            return ()
        values = {"indicator": self.indicator.name, "steps": len(self.steps.steps)}
        return (Problem("too_few_steps", values=values | {"months": self.steps.months}),)


def find_patterns(
    joined: Joined,
    measured: Measured,
    weights: csr_array,
    points: Array,
    report: Report,
) -> Patterns:
    """Find patterns of one severity indicator.

    Parameters
    ----------
    weights
        Neighbours without self, in the order of the townships.
    points
        A point in each township, shape (n, 2) [m].
    report
        Called with the share of the scans that is done.
    """
    indicator, configuration = measured.indicator, joined.configuration
    usable = (measured.values["value_status"] == "value").to_numpy()
    place = _Place(
        codes=measured.values.index[usable],
        counts=measured.values["count"].to_numpy(float)[usable],
        persons=measured.values["population"].to_numpy(float)[usable],
        weights=weights[usable][:, usable],
        points=points[usable],
    )
    steps = count_steps(joined, indicator.numerator, indicator.days, configuration.hotspots.step_months)
    months = count_steps(joined, indicator.numerator, history_of(joined, indicator), 1)
    cube = steps.counts.to_numpy(float)[usable]
    scans = _scan(place, cube, months.counts.to_numpy(float)[usable], configuration, report)
    clusters = _name_clusters(scans, place.codes, indicator, steps, months)
    return Patterns(
        indicator=indicator,
        steps=steps,
        months=months,
        moran=_moran(place),
        values=_values(place, cube, clusters, configuration).reindex(measured.values.index),
        clusters=clusters,
        backtest=_backtest(place, months, usable, configuration),
        alerts=_alerts(joined, months, configuration),
    )


@dataclass(frozen=True)
class _Place:
    """The townships that take part: those with persons."""

    codes: pd.Index
    counts: Array
    persons: Array
    weights: csr_array
    points: Array


def _moran(place: _Place) -> Moran:
    degrees = np.maximum(np.diff(place.weights.indptr), 1)
    rows = csr_array(place.weights.multiply(1 / degrees[:, None]))
    return moran(standardise_rates(place.counts, place.persons), rows)


def _candidates(place: _Place, settings: ScanSettings) -> Candidates:
    if settings.shape == "flexible":
        return flexible(place.points, place.weights, settings.k)
    draw = circles if settings.shape == "circle" else ellipses
    return draw(place.points, place.persons, settings.max_share)


def _scan(
    place: _Place, cube: Array, months: Array, configuration: Configuration, report: Report
) -> dict[Analysis, Scan]:
    settings = configuration.scan
    candidates = _candidates(place, settings)
    common: dict[str, Any] = {
        "direction": settings.direction,
        "replications": settings.replications,
        "seed": configuration.ranking.seed,
        "cores": os.cpu_count() or 1,
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


def _values(
    place: _Place, cube: Array, clusters: tuple[FoundCluster, ...], configuration: Configuration
) -> pd.DataFrame:
    settings = configuration.hotspots
    emerging = find_emerging(
        cube, place.persons, place.weights, settings.resamples, configuration.ranking.seed
    )
    numbers = {
        code: each.number
        for each in clusters
        if each.analysis is Analysis.SPATIAL and each.is_significant
        for code in each.codes
    }
    return pd.DataFrame(
        {
            "emerging_class": emerging.classes,
            "emerging_confidence": emerging.confidence,
            "trend_z": emerging.trend.z,
            "trend_p": emerging.trend.p,
            "scan_cluster": [numbers.get(code, np.nan) for code in place.codes],
        },
        index=place.codes,
    )


def _alerts(joined: Joined, months: Series, configuration: Configuration) -> AlertHistory:
    """Return the alerts; methods made for months are not asked where only years are known."""
    counts = months.counts if months.months == 1 else months.counts.iloc[:, :0]
    counties = joined.inputs.townships.frame["county"]
    return find_alerts(counts, counties, configuration.ranking.seed)


def _backtest(
    place: _Place, months: Series, usable: np.ndarray, configuration: Configuration
) -> Backtest | None:
    if not len(place.persons):
        return None
    year = YEAR // months.months
    return backtest(
        months.counts.to_numpy(float)[usable],
        place.persons,
        configuration.ranking.k,
        window_steps=year,
        horizon_steps=max(1, _HORIZON_MONTHS // months.months),
        year_steps=year,
        weights=place.weights,
        seed=configuration.ranking.seed,
    )
