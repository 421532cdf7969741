"""Synthetic records below the margins: outflow, incidents and suspects, each with its date.

Chance decides where and when; how many there are does not vary.
"""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.random import Generator

from geo_jindu.demo.allocation import deal
from geo_jindu.demo.margins import read_margins
from geo_jindu.demo.points import scatter_points
from geo_jindu.demo.townships import METRIC_CRS, YEARS, make_generator

MONTH_WEIGHTS = np.array([7, 6, 9, 9, 9, 9, 8, 8, 9, 9, 9, 8], dtype=float)
"""Fewer around the turn of the year; invented."""

CATEGORIES = {"贩卖毒品": 48, "容留他人吸毒": 25, "非法持有毒品": 17, "运输毒品": 9.5, "制造毒品": 0.5}
LONGEST_DAYS_TO_SOLVE = 60


class Destination(NamedTuple):
    """A fictional place where persons are caught, and how many in a hundred are caught there."""

    province: str
    city: str
    weight: float


DESTINATIONS = [
    Destination("天省", "天一市", 24.0),
    Destination("天省", "天二市", 14.0),
    Destination("天省", "天三市", 8.0),
    Destination("地省", "地一市", 13.0),
    Destination("地省", "地二市", 7.0),
    *(
        Destination(f"{name}省", f"{name}一市", weight)
        for name, weight in zip("玄黄宇宙洪荒日月盈昃", (7, 6, 5, 4, 3.5, 3, 2, 1.5, 1, 1), strict=True)
    ),
]
"""A dozen fictional provinces. The first, on the coast, and the second, on the border, stand where the
published case names two real ones: real places carry no invented figures."""

UNREADABLE, OUTSIDE, WITHOUT_COORDINATES = 10, 6, 66
"""Flaws that real files have: rows without a date (beyond the margins), with a point in the sea, and
without a point; all among the unsolved incidents."""


def make_outflow(table: pd.DataFrame) -> pd.DataFrame:
    """Make outflow persons per home township, month and place where they were caught.

    Parameters
    ----------
    table
        As `geo_jindu.demo.townships.make_township_table` makes it.

    Returns
    -------
    DataFrame
        ``code``, ``year``, ``month``, ``province``, ``city``, ``persons``; sorted.
    """
    rng = make_generator(2)
    weights = np.array([each.weight for each in DESTINATIONS])
    persons = []
    for year in YEARS[1:]:
        home = np.repeat(table.index.to_numpy(), table[f"outflow_{year}"])
        where = [DESTINATIONS[at] for at in deal(rng, len(home), weights)]
        person = {
            "code": home,
            "year": year,
            "month": deal(rng, len(home), MONTH_WEIGHTS) + 1,
            "province": [each.province for each in where],
            "city": [each.city for each in where],
        }
        persons.append(pd.DataFrame(person))
    return _count(persons)


def make_suspects(table: pd.DataFrame) -> pd.DataFrame:
    """Make suspects arrested per township and month; an empty ``code`` is what cannot be placed.

    Returns
    -------
    DataFrame
        ``code``, ``year``, ``month``, ``persons``; sorted.
    """
    rng = make_generator(3)
    persons = []
    for year in YEARS:
        unplaced = int(read_margins().value("suspects_arrested_unplaced", year))
        numbers = [unplaced, *table[f"suspects_arrested_{year}"]]
        code = np.repeat(["", *table.index], numbers)
        month = deal(rng, len(code), MONTH_WEIGHTS) + 1
        persons.append(pd.DataFrame({"code": code, "year": year, "month": month}))
    return _count(persons)


def _count(persons: list[pd.DataFrame]) -> pd.DataFrame:
    """Count equal rows as ``persons``, sorted."""
    every = pd.concat(persons)
    return every.groupby(list(every.columns)).size().rename("persons").reset_index()


def make_incidents(table: pd.DataFrame, prefecture: gpd.GeoDataFrame) -> pd.DataFrame:
    """Make incidents, solved and unsolved.

    Returns
    -------
    DataFrame
        Sorted by date: ``happened_on``, ``solved_on`` (datetime64, NaT if never), ``category``,
        ``supervision`` (部督, 省督 or empty), ``longitude``, ``latitude`` (WGS 84, NaN if unknown).
    """
    rng = make_generator(4)
    shapes = prefecture.set_index("code").geometry.to_crs(METRIC_CRS)
    drawn = pd.concat([_draw_year(rng, table, year) for year in YEARS], ignore_index=True)
    drawn["category"] = pd.Series(list(CATEGORIES)).to_numpy()[
        deal(rng, len(drawn), np.array(list(CATEGORIES.values())))
    ]
    located = _with_points(rng, drawn, shapes)
    flawed = _with_flaws(rng, located)
    return flawed.sort_values(["happened_on", "longitude"], kind="stable", ignore_index=True)


def _draw_year(rng: Generator, table: pd.DataFrame, year: str) -> pd.DataFrame:
    """Draw the incidents of a year: where (empty if it cannot be placed), when, and when solved."""
    margins = read_margins()
    solved, unsolved = table[f"cases_solved_{year}"], table[f"incidents_{year}"]
    unplaced = int(margins.value("cases_solved_unplaced", year))
    code = np.repeat(["", *table.index, *table.index], [unplaced, *solved, *unsolved])
    is_solved = np.arange(len(code)) < unplaced + solved.sum()
    happened = _draw_days(rng, year, len(code))
    last_day = pd.Timestamp(f"{year}-12-31")
    took = pd.to_timedelta(rng.integers(0, LONGEST_DAYS_TO_SOLVE, len(code)), unit="D")
    solved_on = (happened + took).where(happened + took <= last_day, last_day).where(is_solved)
    supervision = np.full(len(code), "", dtype=object)
    picked = rng.permutation(np.flatnonzero(is_solved))
    for name, margin in (("部督", "ministry_target_cases"), ("省督", "province_target_cases")):
        number = int(margins.value(margin, year))
        supervision[picked[:number]], picked = name, picked[number:]
    columns = {"code": code, "happened_on": happened, "solved_on": solved_on}
    return pd.DataFrame(columns | {"supervision": supervision})


def _draw_days(rng: Generator, year: str, number: int) -> pd.DatetimeIndex:
    """Draw days of a year, as many in each month as `MONTH_WEIGHTS` say."""
    months = pd.period_range(f"{year}-01", f"{year}-12", freq="M")
    month = months[deal(rng, number, MONTH_WEIGHTS)]
    day = (rng.random(number) * month.days_in_month).astype(int)
    return month.to_timestamp() + pd.to_timedelta(day, unit="D")


def _with_points(rng: Generator, drawn: pd.DataFrame, shapes: gpd.GeoSeries) -> pd.DataFrame:
    placed = drawn[drawn["code"] != ""].sort_values("code", kind="stable")
    numbers = placed["code"].value_counts(sort=False)
    xy = [scatter_points(shapes[code], number, rng) for code, number in numbers.items()]
    points = gpd.GeoSeries.from_xy(*np.concatenate(xy).T, index=placed.index, crs=METRIC_CRS)
    degrees = points.to_crs(4326)
    return drawn.assign(longitude=degrees.x.round(6), latitude=degrees.y.round(6))


def _with_flaws(rng: Generator, located: pd.DataFrame) -> pd.DataFrame:
    unsolved = rng.permutation(located.index[located["solved_on"].isna()])
    outside, without, unreadable = np.split(
        unsolved[: OUTSIDE + WITHOUT_COORDINATES + UNREADABLE],
        np.cumsum([OUTSIDE, WITHOUT_COORDINATES]),
    )
    flawed = located.copy()
    flawed.loc[outside, "longitude"] -= 2.0
    flawed.loc[without, ["longitude", "latitude"]] = np.nan
    undated = located.loc[unreadable].drop(columns="happened_on")
    return pd.concat([flawed, undated], ignore_index=True).drop(columns="code")
