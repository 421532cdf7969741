"""What time adds to an indicator: emerging hot spots, scan clusters, and whether it foretells."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from geo_jindu.aggregation import Joined
from geo_jindu.alerts.history import AlertHistory, find_alerts
from geo_jindu.clusters import FEWEST_STEPS, Analysis, FoundCluster, Place, Report, find_clusters
from geo_jindu.columns import pattern_columns, round_values
from geo_jindu.configuration import Configuration, Indicator
from geo_jindu.errors import Problem
from geo_jindu.evaluation.backtesting import Backtest, backtest
from geo_jindu.hotspots.emerging import find_emerging
from geo_jindu.hotspots.moran import Moran, moran
from geo_jindu.measures import Measured
from geo_jindu.rates import Array, standardise_rates
from geo_jindu.series import YEAR, Series, count_steps, history_of

_HORIZON_MONTHS = 6
"""What a ranking of the past is judged by: half a year holds enough counts, and leaves origins."""


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
    place = Place(
        codes=measured.values.index[usable],
        counts=measured.values["count"].to_numpy(float)[usable],
        persons=measured.values["population"].to_numpy(float)[usable],
        weights=weights[usable][:, usable],
        points=points[usable],
    )
    steps = count_steps(joined, indicator.numerator, indicator.days, configuration.hotspots.step_months)
    months = count_steps(joined, indicator.numerator, history_of(joined, indicator), 1)
    cube = steps.counts.to_numpy(float)[usable]
    monthly = months.counts.to_numpy(float)[usable]
    clusters = find_clusters(place, indicator, (steps, cube), (months, monthly), configuration, report)
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


def _moran(place: Place) -> Moran:
    degrees = np.maximum(np.diff(place.weights.indptr), 1)
    rows = csr_array(place.weights.multiply(1 / degrees[:, None]))
    return moran(standardise_rates(place.counts, place.persons), rows)


def _values(
    place: Place, cube: Array, clusters: tuple[FoundCluster, ...], configuration: Configuration
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
    place: Place, months: Series, usable: np.ndarray, configuration: Configuration
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
