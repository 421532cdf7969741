"""Reconciliation: what the files of a demonstration add up to, beside what they should."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from geo_jindu.demo.listing_rule import KEY_AREAS, pick_key_areas
from geo_jindu.demo.margins import (
    CITY,
    SURVEY_FILE,
    Basis,
    Figure,
    Margin,
    Percentage,
    read_margins,
)
from geo_jindu.errors import InputError, Problem
from geo_jindu.provenance import FICTIONAL_PREFIX, Provenance
from geo_jindu.readers import read_table

COUNTY = "县名称"
Place = tuple[str, str]
"""A file and, of a GeoPackage, a layer."""
LISTING, SURVEY = ("data/挂牌名单.xlsx", ""), (SURVEY_FILE, "")
PEOPLE, OUTFLOW = ("data/人口_2018.csv", ""), ("data/外流贩毒.xlsx", "")
DIGITS = 6
"""Digits in which a sum must be equal; counts are whole, kilograms and per cent have two."""


class Comparison(NamedTuple):
    """One figure, expected and found.

    Attributes
    ----------
    margin
        Name of its label, ``margins.<margin>`` in ``texts.toml``.
    county, period
        Empty for the whole city, and for all rows.
    found
        NaN if the file has something that is no number.
    """

    margin: str
    county: str
    period: str
    unit: str
    basis: Basis
    expected: float
    found: float

    @property
    def is_equal(self) -> bool:
        """Whether the files say what they should."""
        return round(self.found, DIGITS) == round(self.expected, DIGITS)


def check_demo(directory: Path) -> list[Comparison]:
    """Compare the files of a demonstration workspace with its margins.

    Returns
    -------
    list of Comparison
        Margins in the order of ``margins.toml``, then percentages, then what follows from rules.

    Raises
    ------
    InputError
        If files are missing or unreadable; all of them are named.
    """
    tables = _read_tables(directory)
    margins = read_margins()
    found: dict[tuple[str, str, str], float] = {}
    comparisons = []
    for margin in margins.margins:
        for figure in margins.figures(margin):
            number = _find(tables[margin.file, margin.layer], margin, figure)
            found[margin.id, figure.period, figure.county] = number
            place = (margin.id, figure.county, figure.period, margin.unit, figure.basis)
            comparisons.append(Comparison(*place, figure.value, number))
    comparisons += [_compare_percentage(each, found) for each in margins.percentages]
    return comparisons + list(_compare_rules(tables))


def _read_tables(directory: Path) -> dict[Place, pd.DataFrame]:
    """Read the columns that margins and rules need, all as text."""
    columns: dict[Place, set[str]] = {
        LISTING: {"序号", "乡镇代码"},
        SURVEY: {COUNTY, "受访人数", "满意人数"},
        PEOPLE: {"乡镇代码", COUNTY},
        OUTFLOW: {"乡镇代码"},
    }
    for margin in read_margins().margins:
        named = {margin.sum, margin.distinct, margin.period, *margin.where}
        named |= {COUNTY, margin.code} if margin.counties else set()
        columns.setdefault((margin.file, margin.layer), set()).update(named - {""})
    tables: dict[Place, pd.DataFrame] = {}
    problems: list[Problem] = []
    for (file, layer), named in columns.items():
        try:
            tables[file, layer] = read_table(
                directory / file,
                sorted(named),
                provenance=Provenance.SYNTHETIC,
                file=file,
                layer=layer,
            )
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tables


def _find(table: pd.DataFrame, margin: Margin, figure: Figure) -> float:
    rows = table
    for column, value in margin.where.items():
        rows = rows[rows[column] == value]
    if figure.county != CITY:
        prefix = FICTIONAL_PREFIX + f"{read_margins().counties.index(figure.county) + 1:02}"
        rows = rows[(rows[COUNTY] == figure.county) & rows[margin.code].str.startswith(prefix)]
    if margin.period:
        rows = rows[_is_in_period(rows[margin.period], figure.period)]
    if margin.distinct:
        return float(rows[margin.distinct].nunique())
    return float(_numbers(rows[margin.sum]).sum(skipna=False)) if margin.sum else float(len(rows))


def _is_in_period(written: pd.Series, period: str) -> pd.Series:
    """Return which rows belong to a period: a beginning, or years from the first to the last."""
    first, dash, last = period.partition("–")
    if not dash or written.eq(period).any():
        return written.str.startswith(period)
    return written.str[:4].between(first, last) & ~written.str.contains(dash)


def _numbers(written: pd.Series) -> pd.Series:
    return pd.to_numeric(written, errors="coerce")


def _compare_percentage(percentage: Percentage, found: dict[tuple[str, str, str], float]) -> Comparison:
    of, to = (found[*figure, percentage.county] for figure in (percentage.of, percentage.to))
    period = f"{percentage.of[1]} / {percentage.to[1]}"
    value = percentage.compute(of, to) if to else float("nan")
    place = (percentage.id, percentage.county, period, "percent", Basis.GIVEN)
    return Comparison(*place, percentage.value, value)


def _compare_rules(tables: dict[Place, pd.DataFrame]) -> Iterator[Comparison]:
    """Compare what follows from rules: who is listed, how far they fell, who is second."""
    margins = read_margins()
    listing, people = tables[LISTING], tables[PEOPLE].set_index("乡镇代码")
    listed = listing.sort_values("序号", key=_numbers)["乡镇代码"]
    persons = tables[OUTFLOW]
    by_year = {
        year: _numbers(persons["人数"])[_is_in_period(persons["查获月份"], year)]
        .groupby(persons["乡镇代码"])
        .sum(min_count=1)
        .reindex(people.index, fill_value=0)
        for year in ("2017", "2018")
    }
    registered = _numbers(people["户籍人口"])
    can_pick = (registered > 0).all() and by_year["2017"].sum() > 0
    picked = pick_key_areas(by_year["2017"], registered, people[COUNTY]) if can_pick else []
    in_order = sum(one == other for one, other in zip(listed, picked, strict=False))
    yield Comparison("key_areas_by_rule", CITY, "2017", "township", Basis.ASSUMED, KEY_AREAS, in_order)
    is_listed = people.index.isin(listed)
    falls = {
        "outflow_change_of_key_areas": (margins.key_areas.change, is_listed),
        "outflow_change_elsewhere": (margins.key_areas.change_elsewhere, ~is_listed),
    }
    for name, (expected, mine) in falls.items():
        before, after = (by_year[year][mine].sum() for year in ("2017", "2018"))
        fell = round(100 * after / before - 100, 1) if before else float("nan")
        yield Comparison(name, CITY, "2018 / 2017", "percent", Basis.ASSUMED, expected, fell)
    yield _compare_satisfaction(tables[SURVEY])


def _compare_satisfaction(survey: pd.DataFrame) -> Comparison:
    wanted = read_margins().satisfaction
    columns = survey[["受访人数", "满意人数"]].apply(_numbers)
    by_county = columns.groupby(survey[COUNTY]).sum(skipna=False)
    share = by_county["满意人数"] / by_county["受访人数"]
    is_known = wanted.county in share and share.notna().all()
    found = float(share.rank(ascending=False)[wanted.county]) if is_known else float("nan")
    place = ("satisfaction_rank", wanted.county, "2018", "rank", Basis.GIVEN)
    return Comparison(*place, wanted.rank, found)
