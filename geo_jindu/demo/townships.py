"""Synthetic figures of the fictional townships that add up to the margins.

A relative risk, alike among neighbours, says where outflow comes from; how uneven it is, is chosen so
that the townships picked by the listing rule can fall as far as the margins say.
"""

from itertools import chain

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.random import Generator

from geo_jindu.demo.allocation import Floats, Ints, allocate, allocate_by_group, draw, draw_by_group
from geo_jindu.demo.listing_rule import pick_key_areas
from geo_jindu.demo.margins import Margins, read_margins

SEED = 99
METRIC_CRS = "EPSG:32658"
YEARS = ("2016", "2017", "2018")
BATCHES = ("1", "2", "3")


def make_generator(part: int) -> Generator:
    """Return a source of chance for one part, so that a change of one leaves the others as they are."""
    return np.random.default_rng([SEED, part])


def make_township_table(prefecture: gpd.GeoDataFrame) -> pd.DataFrame:
    """Make the figures of each township.

    Parameters
    ----------
    prefecture
        The 184 townships of `boundaries.fictional.make_fictional_prefecture`: ``code``, ``name``,
        ``county_name`` and ``geometry``.

    Returns
    -------
    DataFrame
        Index = code: ``name``, ``county_name``; ``registered`` and ``resident`` [persons];
        ``outflow_<year>`` [persons] of 2017 and 2018; ``cases_solved_<year>`` [cases],
        ``suspects_arrested_<year>`` [persons] and ``incidents_<year>`` (unsolved ones) of 2016 to 2018;
        ``rehabilitation_ordered``, ``rehabilitation_executed`` [persons]; ``listing`` (1 to 16, 0 if
        never listed), ``batch`` (empty if never); ``is_interviewed``.
    """
    margins, rng = read_margins(), make_generator(1)
    table = prefecture[["code", "name", "county_name"]].set_index("code")
    county = table["county_name"]
    size = rng.gamma(6.0, size=len(table)) + 1.0
    moved = rng.normal(1.0, 0.08, len(table)).clip(0.7)
    table["registered"] = _by_county(margins, "registered_population_2018", "2018", size, county)
    table["resident"] = _by_county(margins, "resident_population_2018", "2018", size * moved, county)
    risk = draw_risk(prefecture, rng)
    table = _with_outflow(table, risk, rng, margins)
    table = _with_enforcement(table, risk, rng, margins)
    return _with_interviews(_with_rehabilitation(table, risk, rng, margins), margins)


def _by_county(margins: Margins, margin: str, period: str, weights: Floats, county: pd.Series) -> Ints:
    return allocate_by_group(margins.by_county(margin, period), weights, county)


def draw_risk(prefecture: gpd.GeoDataFrame, rng: Generator) -> Floats:
    """Draw a relative risk per township, shape (n,), high round five places."""
    middle = prefecture.geometry.to_crs(METRIC_CRS).representative_point()
    xy = np.column_stack([middle.x, middle.y])
    centres = xy[rng.choice(len(xy), 5, replace=False)]
    distance = np.linalg.norm(xy[:, None] - centres[None], axis=2)
    near = np.exp(-((distance / 12_000) ** 2)).sum(axis=1)
    risk: Floats = (0.6 + 2.2 * near) * rng.gamma(4.0, 0.25, len(xy))
    return risk


def _with_outflow(table: pd.DataFrame, risk: Floats, rng: Generator, margins: Margins) -> pd.DataFrame:
    """Add outflow and listings: the unevenness nearest to that of ``risk`` for which both falls fit.

    Raises
    ------
    RuntimeError
        If there is none; another seed is needed then.
    """
    county, registered = table["county_name"], table["registered"].to_numpy()
    totals = margins.by_county("outflow", "2017")
    for power in sorted(np.arange(0.2, 2.0, 0.01), key=lambda power: abs(power - 1)):
        true_risk = registered * risk**power
        before = draw_by_group(rng, totals, true_risk, county)
        drawn = table.assign(outflow_2017=before)
        picked = pick_key_areas(drawn["outflow_2017"], drawn["registered"], county)
        after = _draw_after(drawn, drawn.index.isin(picked), true_risk, rng, margins)
        if after is not None:
            return _with_listings(drawn.assign(outflow_2018=after), picked, margins)
    raise RuntimeError("no unevenness of the risk lets the key areas fall as the margins say")


def _draw_after(
    table: pd.DataFrame, is_listed: np.ndarray, true_risk: Floats, rng: Generator, margins: Margins
) -> Ints | None:
    """Draw the outflow of 2018 so that key areas and all others fall as far as they should."""
    left = _find_persons_left(int(table["outflow_2017"].to_numpy()[is_listed].sum()), margins)
    if left is None:
        return None
    county, totals = table["county_name"], margins.by_county("outflow", "2018")
    share = pd.Series(true_risk) / pd.Series(true_risk).groupby(county.to_numpy()).transform("sum")
    expected = (share * county.map(totals).to_numpy() * is_listed).groupby(county.to_numpy()).sum()
    listed = allocate(left, expected[list(totals)].to_numpy())
    by_group = {(each, True): int(number) for each, number in zip(totals, listed, strict=True)}
    by_group |= {(each, False): total - by_group[each, True] for each, total in totals.items()}
    if min(by_group.values()) < 0:
        return None
    group = pd.Series(list(zip(county, is_listed, strict=True)))
    return draw_by_group(rng, by_group, true_risk, group)


def _find_persons_left(before: int, margins: Margins) -> int | None:
    """Find the persons left in the key areas that make both percentages, or ``None``."""
    all_before, all_after = (int(margins.value("outflow", year)) for year in ("2017", "2018"))
    for after in range(before):
        fell = round(100 * after / before - 100, 1)
        elsewhere = round(100 * (all_after - after) / (all_before - before) - 100, 1)
        if (fell, elsewhere) == (margins.key_areas.change, margins.key_areas.change_elsewhere):
            return after
    return None


def _with_listings(table: pd.DataFrame, picked: list[str], margins: Margins) -> pd.DataFrame:
    sizes = [int(margins.value("key_areas", batch)) for batch in BATCHES]
    batches = chain.from_iterable([batch] * size for batch, size in zip(BATCHES, sizes, strict=True))
    listing = pd.Series(range(1, len(picked) + 1), index=picked)
    batch = pd.Series(list(batches), index=picked)
    return table.assign(
        listing=listing.reindex(table.index, fill_value=0),
        batch=batch.reindex(table.index, fill_value=""),
    )


def _with_enforcement(
    table: pd.DataFrame, risk: Floats, rng: Generator, margins: Margins
) -> pd.DataFrame:
    """Add cases, suspects and unsolved incidents; what cannot be placed belongs to no township."""
    where_people_live = table["resident"].to_numpy() * (0.5 + risk)
    effort = where_people_live * rng.gamma(10.0, 0.1, len(table))
    columns = {}
    for year in YEARS:
        for name in ("cases_solved", "suspects_arrested"):
            placed = margins.value(name, year) - margins.value(f"{name}_unplaced", year)
            columns[f"{name}_{year}"] = draw(rng, int(placed), effort)
        unsolved = margins.value("incidents", year) - margins.value("cases_solved", year)
        columns[f"incidents_{year}"] = draw(rng, int(unsolved), where_people_live)
    return table.assign(**columns)


def _with_rehabilitation(
    table: pd.DataFrame, risk: Floats, rng: Generator, margins: Margins
) -> pd.DataFrame:
    ordered, executed = (
        int(margins.value(f"rehabilitation_{name}", "2018")) for name in ("ordered", "executed")
    )
    persons = draw(rng, ordered, table["registered"].to_numpy() * (0.4 + risk))
    missed = allocate(ordered - executed, persons * rng.gamma(0.5, size=len(table)))
    return table.assign(
        rehabilitation_ordered=persons, rehabilitation_executed=persons - np.minimum(missed, persons)
    )


def _with_interviews(table: pd.DataFrame, margins: Margins) -> pd.DataFrame:
    """Mark as many townships in each county as were interviewed, those with most outflow first."""
    wanted = table["county_name"].map(margins.by_county("interviewed_townships", ""))
    worst_first = pd.DataFrame(
        {"never": table["listing"] == 0, "rate": -table["outflow_2017"] / table["registered"]}
    ).sort_values(["never", "rate"], kind="stable")
    place = worst_first.groupby(table["county_name"].reindex(worst_first.index)).cumcount()
    return table.assign(is_interviewed=place.reindex(table.index) < wanted)
