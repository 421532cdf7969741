"""One indicator over all townships: counts to rates, ranks and hotspots."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from geo_jindu.columns import indicator_columns, round_values
from geo_jindu.configuration import Configuration, Indicator, Ranking
from geo_jindu.errors import Problem
from geo_jindu.hotspots.getis_ord import g_star
from geo_jindu.hotspots.local_moran import local_moran
from geo_jindu.hotspots.significance import classify, false_discovery_rate, two_sided_p
from geo_jindu.indicators import Use
from geo_jindu.neighbours import with_self
from geo_jindu.ranks import rank_rates
from geo_jindu.rates import (
    EmpiricalBayes,
    exceedance,
    rate_interval,
    smooth_rates,
    standardise_rates,
)

PER = 10_000
"""Persons a rate is given for."""


@dataclass(frozen=True)
class Measured:
    """What one indicator says of each township and of the city.

    Attributes
    ----------
    values
        Index = code; count, population and the keys of `geo_jindu.columns`, unrounded.
    overall
        Smoothing moments over the townships that have persons.
    notes
        Townships without a usable population, and whether the counts vary no more than chance.
    """

    indicator: Indicator
    values: pd.DataFrame
    overall: EmpiricalBayes
    notes: tuple[Problem, ...] = field(default=())

    @property
    def city_rate(self) -> float:
        """The city's rate per 10,000 persons, over the townships that have persons."""
        return self.overall.mean * PER

    def columns(self, configuration: Configuration) -> dict[str, pd.Series]:
        """Return the columns under their output names, rounded to the digits of the dictionary."""
        columns = indicator_columns(self.indicator, configuration)
        return {
            column.name: round_values(self.values[key], column.dtype, column.decimals)
            for column, key in zip(columns, ["count", *(c.key for c in columns[1:])], strict=True)
        }


def measure_indicator(
    indicator: Indicator,
    counts: pd.Series,
    persons: pd.Series,
    weights: csr_array,
    ranking: Ranking,
    permutations: int,
    left_out: pd.Series,
    estimated: pd.Series,
) -> Measured:
    """Measure one indicator.

    Parameters
    ----------
    counts
        Index = code; incidents or persons in the window.
    persons
        Same index; NaN where no population is known, 0 where nobody lives.
    weights
        Neighbours without self, in the order of the index.
    permutations
        Of local Moran's I.
    left_out
        Whether a unit is kept by statistics alone, same index; such are no townships and take no part.
    estimated
        Whether an estimated share of another vintage touches count or persons, same index.

    Returns
    -------
    Measured
        Units left out and townships without persons have a count but no rate, rank or test; they
        are no neighbours in the hotspot test either.

    Notes
    -----
    Hotspots are sought in the rates standardised to equal variance, so that a small township does
    not count as much as a large one only because its rate jumps.
    """
    usable = (~left_out & (persons > 0)).to_numpy()
    count, person = counts.to_numpy(float)[usable], persons.to_numpy(float)[usable]
    overall = smooth_rates(count, person)
    low, high = rate_interval(count, person)
    found = {"rate_per_10k": count / person, "rate_low_per_10k": low, "rate_high_per_10k": high}
    measured: dict[str, Any] = {name: rate * PER for name, rate in found.items()}
    if indicator.use is Use.SEVERITY:
        measured |= _severity(count, person, overall, ranking)
        near = weights[usable][:, usable]
        measured |= _hotspots(count, person, near, permutations, ranking.seed)
    values = pd.DataFrame(measured, index=counts.index[usable]).reindex(counts.index)
    values["count"] = counts
    values["period"] = indicator.days.label
    values["population"] = persons
    values["estimated"] = estimated
    values["disputed"] = False
    values["value_status"] = np.select(
        [left_out, persons.isna(), persons == 0],
        ["statistics_only", "missing_population", "no_population"],
        "value",
    )
    notes = _notes(indicator, counts, persons[~left_out], overall)
    return Measured(indicator, values, overall, notes)


def _severity(
    count: np.ndarray, person: np.ndarray, overall: EmpiricalBayes, ranking: Ranking
) -> dict[str, Any]:
    k = min(ranking.k, len(count))
    ranks = rank_rates(count, person, overall, k, ranking.draws, ranking.seed)
    rank = ranks.rank if overall.variance else np.full(len(count), np.nan)  # all the same: no order
    return {
        "eb_rate_per_10k": overall.rate * PER,
        "reliability": overall.reliability,
        "exceedance_probability": exceedance(count, person, overall, overall.mean),
        "rank": rank,
        "rank_low": ranks.low,
        "rank_high": ranks.high,
        "top_k_probability": ranks.top_k_probability,
        "in_top_k": pd.array(rank <= k, dtype="boolean"),
    }


def _hotspots(
    count: np.ndarray, person: np.ndarray, weights: csr_array, permutations: int, seed: int
) -> dict[str, Any]:
    rates = standardise_rates(count, person)
    z = g_star(rates, with_self(weights))
    p = two_sided_p(z)
    q = false_discovery_rate(p)
    local = local_moran(rates, weights, permutations, seed)
    return {
        "g_star_z": z,
        "g_star_p": p,
        "g_star_q": q,
        "hotspot": classify(z, p, q),
        "moran_i": local.statistic,
        "moran_p": local.p,
        "moran_q": local.q,
        "cluster_class": local.classes,
    }


def _notes(
    indicator: Indicator, counts: pd.Series, persons: pd.Series, overall: EmpiricalBayes
) -> tuple[Problem, ...]:
    notes = []
    for key, rows in (("population_missing", persons.isna()), ("population_zero", persons == 0)):
        if rows.any():
            values = {
                "indicator": indicator.name,
                "number": int(rows.sum()),
                "codes": ", ".join(persons.index[rows][:10]),
                "counted": int(counts[persons.index[rows]].sum()),
            }
            notes.append(Problem(key, values=values))
    if overall.variance == 0 and indicator.use is Use.SEVERITY:
        notes.append(Problem("no_more_than_chance", values={"indicator": indicator.name}))
    return tuple(notes)
