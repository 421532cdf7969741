"""Synthetic figures measured apart from policing, satisfaction and wastewater; earlier population."""

import numpy as np
import pandas as pd

from geo_jindu.demo.allocation import Floats, allocate, allocate_by_group
from geo_jindu.demo.margins import read_margins
from geo_jindu.demo.townships import YEARS, make_generator

INTERVIEWED_PER_TOWNSHIP = 60
BEST_SHARE, STEP = 96.2, 0.7
"""Per cent satisfied in the best county, and how much less in each next; invented."""
RECTIFIED = 0.5
"""Dissatisfied in a key area, relative to others: people see that something is done; invented."""

TOWNSHIPS_SERVED = 6
WEIGHT_PARTS = 10_000
"""Weights are whole parts of this, so that those of a plant add up to exactly 1."""
LOAD = 40.0
"""Usual load of a drug [mg per 1,000 persons and day]; invented."""


def make_satisfaction(table: pd.DataFrame) -> pd.DataFrame:
    """Make a survey whose county ranks are as the margins want them.

    Returns
    -------
    DataFrame
        Index = code: ``interviewed`` and ``satisfied`` [persons].
    """
    rng, wanted = make_generator(5), read_margins().satisfaction
    others = rng.permutation([name for name in read_margins().counties if name != wanted.county])
    ranked = np.insert(others, wanted.rank - 1, wanted.county)
    interviewed = pd.Series(INTERVIEWED_PER_TOWNSHIP, index=table.index)
    in_county = interviewed.groupby(table["county_name"]).sum()
    dissatisfied = {
        name: round(in_county[name] * (100 - BEST_SHARE + STEP * place) / 100)
        for place, name in enumerate(ranked)
    }
    weights = rng.gamma(8.0, size=len(table)) * np.where(table["listing"] > 0, RECTIFIED, 1.0)
    unhappy = allocate_by_group(dissatisfied, weights, table["county_name"])
    return pd.DataFrame({"interviewed": interviewed, "satisfied": interviewed - unhappy})


def make_wastewater_weights(table: pd.DataFrame) -> pd.DataFrame:
    """Make the share of each plant's served persons that live in each township.

    A plant serves the townships of its county with the smallest codes, which lie round its seat.

    Returns
    -------
    DataFrame
        ``plant``, ``code``, ``weight`` (four decimals; those of a plant add up to 1), ``served``
        [persons of the plant].
    """
    rows = []
    for county, mine in table.groupby("county_name", sort=False):
        served = mine["resident"].head(TOWNSHIPS_SERVED)
        weight = allocate(WEIGHT_PARTS, served.to_numpy(float)) / WEIGHT_PARTS
        plant = {"plant": f"{county}污水处理厂", "code": served.index, "weight": weight}
        rows.append(pd.DataFrame(plant | {"served": served.sum()}))
    return pd.concat(rows, ignore_index=True)


def make_wastewater_loads(table: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Make monthly loads that fall with the outflow of the townships served, with much scatter.

    Returns
    -------
    DataFrame
        ``plant``, ``month`` (period), ``load`` [mg per 1,000 persons and day, one decimal].
    """
    rng = make_generator(6)
    rows = []
    for plant, mine in weights.groupby("plant", sort=False):
        for year in YEARS[1:]:
            months = pd.period_range(f"{year}-01", f"{year}-12", freq="M")
            usual = LOAD * _relative_outflow(table, mine, year) ** 0.5
            load = usual * rng.lognormal(0, 0.25, len(months))
            rows.append(pd.DataFrame({"plant": plant, "month": months, "load": load.round(1)}))
    return pd.concat(rows, ignore_index=True)


def _relative_outflow(table: pd.DataFrame, served: pd.DataFrame, year: str) -> float:
    """Return the outflow rate of the townships served, over the city's of 2017."""
    rates = (table[f"outflow_{year}"] + 0.5) / table["registered"]
    city = table["outflow_2017"].sum() / table["registered"].sum()
    return float((rates[served["code"]].to_numpy() * served["weight"].to_numpy()).sum() / city)


def make_earlier_population(
    table: pd.DataFrame, earlier: pd.DataFrame, crosswalk: pd.DataFrame
) -> pd.DataFrame:
    """Make the population of the earlier vintage.

    Parameters
    ----------
    earlier
        ``code`` and ``county_name`` of the earlier townships.
    crosswalk
        ``from_code``, ``to_code`` and ``area_km2`` of the ground they share.

    Returns
    -------
    DataFrame
        Index = earlier code: ``registered`` and ``resident`` [persons].
    """
    rng, margins = make_generator(7), read_margins()
    county = earlier.set_index("code")["county_name"]
    columns = {}
    for name in ("registered", "resident"):
        persons = _persons_of_pairs(table, crosswalk, name).groupby(crosswalk["from_code"]).sum()
        weights: Floats = persons[county.index].to_numpy() * rng.normal(1.0, 0.02, len(county))
        totals = margins.by_county(f"{name}_population_2015", "2015")
        columns[name] = allocate_by_group(totals, weights, county)
    return pd.DataFrame(columns, index=county.index)


def split_weights(table: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.Series:
    """Return the share of each earlier township's registered persons that a pair carries.

    Four decimals; the shares of an earlier township add up to 1. Index as ``crosswalk``.
    """
    persons = _persons_of_pairs(table, crosswalk, "registered")
    parts = persons.groupby(crosswalk["from_code"]).transform(
        lambda mine: allocate(WEIGHT_PARTS, mine.to_numpy(float))
    )
    return parts / WEIGHT_PARTS


def _persons_of_pairs(table: pd.DataFrame, crosswalk: pd.DataFrame, name: str) -> pd.Series:
    """Return today's persons of each pair, as if they lived evenly in their township of today."""
    area = crosswalk["area_km2"] / crosswalk.groupby("to_code")["area_km2"].transform("sum")
    persons: pd.Series = crosswalk["to_code"].map(table[name]) * area
    return persons
