"""The alerts of every month, each from what was known by then."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_jindu.alerts.ears import BASELINE, LAG, THRESHOLDS, baseline_totals, ears
from geo_jindu.alerts.farrington import UPPER, farrington
from geo_jindu.rates import Array

FEWEST_IN_BASELINE = 3
"""Series with fewer counts in the seven months before are not tested by EARS: their deviation says
nothing. Assumed."""
_SIMULATIONS = 200
COLUMNS = ("month", "level", "code", "method", "observed", "expected", "threshold", "statistic")


@dataclass(frozen=True)
class AlertHistory:
    """Alerts of townships and counties.

    Attributes
    ----------
    alerts
        RangeIndex, by month, then level and code: the `COLUMNS`. ``level`` is ``township`` or
        ``county``, ``observed`` what was counted [incidents or persons], ``threshold`` the count above
        which there is an alert.
    tested
        Index = method: how many series were tested in the last month, and ``expected_by_chance``, how
        many of them chance alone would raise, were nothing to change.
    """

    alerts: pd.DataFrame
    tested: pd.DataFrame


def find_alerts(counts: pd.DataFrame, counties: pd.Series, seed: int) -> AlertHistory:
    """Find the alerts of every month by EARS and the flexible method of Farrington.

    Each month is judged by itself and what came before, so that a later month changes no alert.

    Parameters
    ----------
    counts
        Index = code of a township, one column of integers per month, oldest first.
    counties
        Code of the county of each township, same index; empty where it is not known.
    seed
        Of the simulation of what chance would raise by EARS: series without change, their counts
        Poisson around the mean of the baseline.
    """
    known = counties[counties != ""]
    sums = counts.loc[known.index].groupby(known).sum()
    every = pd.concat([counts, sums])
    levels = np.array(["township"] * len(counts) + ["county"] * len(sums), dtype=object)
    values = every.to_numpy(float)
    found = [*_ears_alerts(values), *_farrington_alerts(values)]
    months, codes = np.array(counts.columns, dtype=object), np.array(every.index, dtype=object)
    tables = [_table(each, values, months, codes, levels) for each in found]
    alerts = pd.concat(tables) if tables else pd.DataFrame(columns=list(COLUMNS))
    order = ["month", "level", "code", "method"]
    alerts = alerts.sort_values(order, kind="stable").reset_index(drop=True)
    return AlertHistory(alerts, _tested(values, seed))


@dataclass(frozen=True)
class _Found:
    """Alarms of one method; arrays of shape (n, T)."""

    method: str
    alarm: NDArray[np.bool_]
    expected: Array
    threshold: Array
    statistic: Array


def _ears_alerts(values: Array) -> list[_Found]:
    tested = _is_tested(values)
    return [
        _Found(
            name,
            tested & (each.statistic > THRESHOLDS[name]),
            each.expected,
            each.threshold,
            each.statistic,
        )
        for name, each in ears(values).items()
    ]


def _is_tested(values: Array) -> NDArray[np.bool_]:
    return np.asarray(np.nan_to_num(baseline_totals(values)) >= FEWEST_IN_BASELINE)


def _farrington_alerts(values: Array) -> list[_Found]:
    n, steps = values.shape
    expected, threshold, statistic = (np.full((n, steps), np.nan) for _ in range(3))
    for step in range(steps):
        found = farrington(values[:, : step + 1])
        expected[:, step], threshold[:, step] = found.expected, found.threshold
        statistic[:, step] = found.statistic
    alarm = np.nan_to_num(values - threshold, nan=-1.0) > 0
    return [_Found("farrington", alarm, expected, threshold, statistic)]


def _table(
    found: _Found,
    values: Array,
    months: NDArray[np.object_],
    codes: NDArray[np.object_],
    levels: NDArray[np.object_],
) -> pd.DataFrame:
    rows, steps = np.nonzero(found.alarm)
    return pd.DataFrame(
        {
            "month": months[steps],
            "level": levels[rows],
            "code": codes[rows],
            "method": found.method,
            "observed": values[rows, steps].astype("int64"),
            "expected": found.expected[rows, steps],
            "threshold": found.threshold[rows, steps],
            "statistic": found.statistic[rows, steps],
        },
        columns=list(COLUMNS),
    )


def _tested(values: Array, seed: int) -> pd.DataFrame:
    rows = {}
    tested = _is_tested(values)[:, -1] if values.shape[1] else np.zeros(len(values), dtype=bool)
    means = values[tested, -BASELINE - 1 : -1].mean(axis=1) if tested.any() else np.empty(0)
    raised = _raised_by_chance(means, seed)
    for name, each in ears(values).items():
        able = tested & np.isfinite(each.statistic[:, -1:]).any(axis=1)  # C2 needs two steps more
        rows[name] = (int(able.sum()), raised[name] if able.any() else 0.0)
    judged = int(np.isfinite(farrington(values).expected).sum()) if values.shape[1] else 0
    rows["farrington"] = (judged, judged * (1 - UPPER))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["series", "expected_by_chance"])


def _raised_by_chance(means: Array, seed: int) -> dict[str, float]:
    """Return how many alarms of each method Poisson series with these means raise in one month."""
    length = BASELINE + 2 * LAG + 1  # as many steps as the last one depends on
    shape = (_SIMULATIONS, len(means), length)
    drawn = np.random.default_rng(seed).poisson(means[None, :, None], shape).astype(float)
    simulated = drawn.reshape(-1, length)
    enough = _is_tested(simulated)[:, -1]
    return {
        name: float((enough & (each.statistic[:, -1] > THRESHOLDS[name])).sum() / _SIMULATIONS)
        for name, each in ears(simulated).items()
    }
