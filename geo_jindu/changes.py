"""How counts changed from one window to another, and how much of it chance would have done.

A local change never stands alone. Beside it stand its interval, the city's own change, and what would
be expected of the township had it done no better and no worse than the city: those chosen for a bad
year fall the next year with nothing done, and the smaller the numbers the more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pandas as pd

from geo_jindu.columns import comparison_columns, round_values
from geo_jindu.configuration import Comparison
from geo_jindu.rates import INTERVAL_LEVEL, Array, smooth_rates
from geo_jindu.tiers import Tier

FEWEST_BEFORE = 10
"""Townships with fewer at first are not judged: chance alone halves 10 a year or more once in twelve
years, and 5 a year once in five. Assumed, as in the acceptance rule of the example life-cycle."""


class ChangeClass(StrEnum):
    """A township's change beside the city's, by its interval."""

    BELOW_CITY = "below_city"
    AS_CITY = "as_city"
    ABOVE_CITY = "above_city"
    TOO_FEW = "too_few"


class Total(NamedTuple):
    """Counts of several townships together.

    Attributes
    ----------
    expected
        What ``after`` would be had each township changed as the city did, from its smoothed rate.
        NaN where a population is unknown.
    """

    townships: int
    before: int
    after: int
    expected: float

    @property
    def change_pct(self) -> float:
        """The change in per cent; NaN if there was nothing before."""
        return 100 * (self.after / self.before - 1) if self.before else np.nan

    @property
    def expected_pct(self) -> float:
        """The expected change in per cent; NaN if there was nothing before."""
        return 100 * (self.expected / self.before - 1) if self.before else np.nan


@dataclass(frozen=True)
class Changed:
    """What one comparison says of each township, of the city and of the key areas.

    Attributes
    ----------
    values
        Index = code: ``value_status``; ``before``, ``after`` (counts); ``change_pct``,
        ``change_low_pct``, ``change_high_pct``, ``expected_pct`` [per cent, NaN if there was nothing
        before] and ``change_class``.
    totals
        ``city``; with a list of key areas also ``key_areas`` and ``elsewhere``.
    """

    comparison: Comparison
    values: pd.DataFrame
    totals: Mapping[str, Total]

    def columns(self, tier: Tier = Tier.PLANNER) -> dict[str, pd.Series]:
        """Return the columns a tier sees under their output names, rounded as the dictionary says."""
        return {
            column.name: round_values(self.values[column.key], column.dtype, column.decimals)
            for column in comparison_columns(self.comparison, tier)
        }


def measure_change(
    comparison: Comparison,
    before: pd.Series,
    after: pd.Series,
    persons: pd.Series,
    key_areas: pd.Index | None,
) -> Changed:
    """Measure how counts changed.

    Parameters
    ----------
    before, after
        Counts in the two windows, index = code; not all of ``before`` zero.
    persons
        Same index; NaN or 0 where no population is known.
    key_areas
        Codes ever listed, if there is a list.
    """
    count_before, count_after = before.to_numpy(float), after.to_numpy(float)
    city_ratio = count_after.sum() / count_before.sum()
    low, high = ratio_interval(count_before, count_after)
    expected = expected_after(count_before, persons.to_numpy(float), city_ratio)
    some = np.where(count_before > 0, count_before, np.nan)
    values = pd.DataFrame(
        {
            "value_status": "value",
            "before": before,
            "after": after,
            "change_pct": 100 * (count_after / some - 1),
            "change_low_pct": 100 * (np.where(count_before > 0, low, np.nan) - 1),
            "change_high_pct": 100 * (np.where(count_before > 0, high, np.nan) - 1),
            "expected_pct": 100 * (expected / some - 1),
            "change_class": np.select(
                [count_before < FEWEST_BEFORE, high < city_ratio, low > city_ratio],
                [ChangeClass.TOO_FEW, ChangeClass.BELOW_CITY, ChangeClass.ABOVE_CITY],
                ChangeClass.AS_CITY,
            ),
        }
    )
    table = values.assign(expected=expected)
    totals = {"city": _total(table)}
    if key_areas is not None:
        is_listed = values.index.isin(key_areas)
        totals |= {"key_areas": _total(table[is_listed]), "elsewhere": _total(table[~is_listed])}
    return Changed(comparison, values, totals)


def ratio_interval(before: Array, after: Array, level: float = INTERVAL_LEVEL) -> tuple[Array, Array]:
    """Return the exact conditional interval of the ratio of two Poisson means, after over before.

    Given their sum, ``after`` is binomial with probability ``ratio / (1 + ratio)`` (Przyborowski and
    Wilenski 1940, Biometrika 31, 313-323, doi:10.1093/biomet/31.3-4.313); the limits are those of
    Clopper and Pearson, carried over.

    Parameters
    ----------
    before, after
        Counts of windows of equal length, shape (n,).
    level
        Between 0 and 1.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        Lower limits, 0 where ``after`` is 0, and upper ones, infinite where ``before`` is 0.
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    lower = np.where(after > 0, betaincinv(np.maximum(after, 1), before + 1, tail), 0.0)
    upper = np.where(before > 0, betaincinv(after + 1, np.maximum(before, 1), 1 - tail), 1.0)
    with np.errstate(divide="ignore"):
        return lower / (1 - lower), upper / (1 - upper)


def expected_after(before: Array, persons: Array, city_ratio: float) -> Array:
    """Return smoothed counts times the city's ratio: change as the city, and regression to the mean.

    Parameters
    ----------
    before, persons
        Of every township; NaN or 0 persons where no population is known, and NaN is returned there.
    """
    usable = persons > 0
    expected = np.full(len(before), np.nan)
    if before[usable].sum():
        smoothed = smooth_rates(before[usable], persons[usable])
        expected[usable] = smoothed.rate * persons[usable] * city_ratio
    return expected


def _total(table: pd.DataFrame) -> Total:
    return Total(
        len(table),
        int(table["before"].sum()),
        int(table["after"].sum()),
        float(table["expected"].sum(skipna=False)),
    )
