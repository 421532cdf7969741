"""An adversary with every output of the lower tiers, twice, a month apart, solves no hidden count.

The adversary reads files alone: tables, borders, maps and descriptions of two assessments of the
demonstration. What it makes of them is a system of sums over townships and months, and its solver is
not that of the audit: tables of whole numbers are sought that agree with everything read. A count is
safe if two such tables differ in it.
"""

import csv
import io
import re
import shutil

import geopandas as gpd
import numpy as np
import openpyxl
import orjson
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from boundaries.fictional_vintages import make_fictional_vintages
from geo_jindu.cli.line import run_line
from geo_jindu.demo import write_demo

COUNTS = {"outflow": "outflow_persons", "incident": "incident_count", "suspect": "suspect_count"}
EARLIER = (
    ('window = ["2017-01", "2018-12"]', 'window = ["2017-01", "2018-11"]'),
    ('window = ["2016-01", "2018-12"]', 'window = ["2016-01", "2018-11"]'),
    ('before = ["2017-01", "2017-12"]', 'before = ["2016-12", "2017-11"]'),
    ('after = ["2018-01", "2018-12"]', 'after = ["2017-12", "2018-11"]'),
)
TIERS = ("partner", "public")
RANDOM_TABLES = 12


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Return the outputs of a month before and of the demonstration as it is, from one store."""
    directory = tmp_path_factory.mktemp("attack") / "demo"
    write_demo(directory, *make_fictional_vintages())
    path = directory / "geo_jindu.toml"
    today = path.read_text("utf-8")
    earlier = today
    for now, then in EARLIER:
        assert now in earlier
        earlier = earlier.replace(now, then)
    found = []
    for text in (earlier, today):
        path.write_text(text, "utf-8")
        run_line(directory)
        found.append(directory.parent / f"out{len(found)}")
        shutil.copytree(directory / "out", found[-1])
    return found


def table_of(folder):
    text = (folder / "townships.csv").read_text("utf-8-sig")
    return {row["code"]: row for row in csv.DictReader(io.StringIO(text))}


def facts_of(folder):
    return orjson.loads((folder / "assessment.json").read_bytes())


def months(window):
    first, last = (text[:7] for text in window.split("/"))
    year, month = map(int, first.split("-"))
    found = []
    while f"{year}-{month:02d}" <= last:
        found.append(f"{year}-{month:02d}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return tuple(found)


def cells_of(folder, source):
    """Return what a tier's table says of a source: (code, months) to a number or None if hidden."""
    table, facts = table_of(folder), facts_of(folder)
    number = {code: (row[COUNTS[source]], row[f"{source}_period"]) for code, row in table.items()}
    cells = {(code, months(window)): value for code, (value, window) in number.items()}
    for comparison in facts["comparisons"]:
        if comparison["indicator"] == source:
            for key in ("before", "after"):
                column = f"{comparison['id']}_{key}"
                window = months(comparison[key])
                cells |= {(code, window): row[column] for code, row in table.items()}
    return {cell: int(value) if value else None for cell, value in cells.items()}


def sums_of(folder, source):
    """Return what a tier is told of totals: (codes, months) to a number."""
    table, facts = table_of(folder), facts_of(folder)
    [indicator] = [each for each in facts["indicators"] if each["id"] == source]
    window, every = months(indicator["window"]), tuple(table)
    sums = {(every, window): indicator["counted"]}
    for county in facts["counties"]:
        mine = tuple(code for code, row in table.items() if row["county"] == county["county"])
        if county["counts"][source]["value"] is not None:
            sums[mine, window] = county["counts"][source]["value"]
    for comparison in facts["comparisons"]:
        for name, total in comparison["totals"].items() if comparison["indicator"] == source else ():
            listed = {code for code, row in table.items() if row.get("key_area") == "True"}
            chosen = {"city": {*table}, "key_areas": listed, "elsewhere": {*table} - listed}[name]
            for key in ("before", "after"):
                sums[tuple(code for code in table if code in chosen), months(comparison[key])] = total[
                    key
                ]
    return sums


def limits(value, tier, *, is_city):
    """Return between what a number that was shown lies."""
    if tier == "partner" or is_city or value == 0:
        return value, value
    return max(value - 2, 0), value + 2


def knowledge(outputs, source, tiers):
    """Return every sum that is known with its limits, and the cells that are hidden in any output."""
    known, hidden = [], set()
    for folder in outputs:
        for tier in tiers:
            cells = cells_of(folder / tier, source)
            hidden |= {cell for cell, value in cells.items() if value is None}
            known += [
                (((code,), window), *limits(value, tier, is_city=False))
                for (code, window), value in cells.items()
                if value is not None
            ]
            townships = len(table_of(folder / tier))
            known += [
                ((codes, window), *limits(value, tier, is_city=len(codes) == townships))
                for (codes, window), value in sums_of(folder / tier, source).items()
            ]
    shown = {
        (codes[0], window) for (codes, window), low, high in known if len(codes) == 1 and low == high
    }
    return known, sorted(hidden - shown)


def system(known, hidden):
    """Return constraints over (township, atom of months), and the row that is each hidden cell."""
    windows = sorted({window for (_, window), *_ in known} | {window for _, window in hidden})
    codes = sorted({code for (those, _), *_ in known for code in those})
    signature = {}
    for month in sorted({month for window in windows for month in window}):
        signature.setdefault(tuple(month in window for window in windows), []).append(month)
    atoms = [set(group) for group in signature.values()]
    inside = {window: [at for at, atom in enumerate(atoms) if atom <= {*window}] for window in windows}
    place = {code: at for at, code in enumerate(codes)}

    def columns(those, window):
        return [place[code] * len(atoms) + at for code in those for at in inside[window]]

    def matrix(sums):
        rows = [columns(those, window) for those, window in sums]
        where = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        ones = np.ones(len(where))
        return csr_array(
            (ones, (where, np.concatenate(rows))), shape=(len(rows), len(codes) * len(atoms))
        )

    constraint = LinearConstraint(
        matrix([each[0] for each in known]), [each[1] for each in known], [each[2] for each in known]
    )
    return constraint, matrix([((code,), window) for code, window in hidden])


def solve(objective, constraint):
    found = milp(
        objective, constraints=constraint, integrality=np.ones(len(objective)), bounds=Bounds(0, np.inf)
    )
    assert found.success, found.message
    return np.round(found.x)


def solved_cells(known, hidden):
    """Return the hidden cells that every table agrees about."""
    constraint, cells = system(known, hidden)
    generator = np.random.default_rng(7)
    lowest = np.full(len(hidden), np.inf)
    highest = np.full(len(hidden), -np.inf)
    for _ in range(RANDOM_TABLES):
        values = cells @ solve(generator.uniform(0, 1, cells.shape[1]), constraint)
        lowest, highest = np.minimum(lowest, values), np.maximum(highest, values)
    solved = []
    for at in np.flatnonzero(lowest == highest):
        row = cells[[at]].toarray()[0]
        if row @ solve(row, constraint) == row @ solve(np.where(row, -1.0, 1e-6), constraint):
            solved.append(hidden[at])
    return solved


@pytest.mark.parametrize("source", COUNTS)
@pytest.mark.parametrize("tiers", [("public",), ("partner", "public")])
def test_no_hidden_count_can_be_solved(outputs, source, tiers):
    known, hidden = knowledge(outputs, source, tiers)
    assert hidden
    assert solved_cells(known, hidden) == []


def test_the_adversary_would_solve_a_single_hidden_count(outputs):
    """The solver can fail: with one hidden count more told, its neighbour in a pair is found."""
    known, hidden = knowledge(outputs, "outflow", ("partner",))
    table = table_of(outputs[0])
    told = [
        (((code,), window), int(row["outflow_persons"]), int(row["outflow_persons"]))
        for code, row in table.items()
        for window in [months(row["outflow_period"])]
        if (code, window) in hidden
    ]
    assert solved_cells(known + told[:-1], hidden)


def test_hidden_counts_are_small_ones_and_their_complements_only(outputs):
    for folder in outputs:
        exact = cells_of(folder, "outflow")
        for tier, most in (("partner", 4), ("public", 7)):
            cells = cells_of(folder / tier, "outflow")
            assert all(cells[cell] is None for cell, value in exact.items() if 1 <= value <= most)
            shown = {cell: value for cell, value in cells.items() if value is not None}
            assert all(
                abs(exact[cell] - value) <= (2 if tier == "public" else 0)
                for cell, value in shown.items()
            )


@pytest.mark.parametrize("tier", TIERS)
def test_every_output_of_a_tier_says_the_same(outputs, tier):
    """CSV, GeoJSON, workbook and GeoParquet hold one table; no cell is shown in one and hidden in another."""
    folder = outputs[1] / tier
    table = table_of(folder)
    features = orjson.loads((folder / "townships.geojson").read_bytes())["features"]
    parquet = gpd.read_parquet(folder / "townships.parquet").set_index("code")
    sheet = openpyxl.load_workbook(folder / "townships.xlsx").worksheets[0]
    _, names, *rows = sheet.iter_rows(values_only=True)
    workbook = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    for feature in features:
        code = feature["properties"].pop("code")
        for name, value in feature["properties"].items():
            is_empty = value is None or value == ""
            others = (table[code][name], workbook[code][name], parquet.loc[code, name])
            assert [pd.isna(other) or other == "" for other in others] == [is_empty] * 3, name
            if not is_empty:
                assert others[1:] == (value, value), name
                assert others[0] == str(value) or float(others[0]) == value


@pytest.mark.parametrize("tier", TIERS)
def test_no_exact_figure_is_anywhere_in_the_bytes(outputs, tier):
    """Rates of hidden counts, smoothed rates and deviates have digits enough to be searched for."""
    folder, exact = outputs[1] / tier, table_of(outputs[1])
    shown = {value for row in table_of(folder).values() for value in row.values()}
    secrets = {
        row[f"{source}_{kind}"]
        for row in exact.values()
        for source in ("outflow", "incident")
        for kind in (
            "rate_per_10k",
            "eb_rate_per_10k",
            "g_star_z",
            "exceedance_probability",
            "reliability",
        )
    }
    secrets = {secret for secret in secrets if len(secret) >= 6} - shown
    assert len(secrets) > 500
    for path in folder.iterdir():
        if path.suffix in {".html", ".json", ".geojson", ".csv"}:
            numbers = {*re.findall(r"-?\d+\.\d+", path.read_text("utf-8"))}
            assert not numbers & secrets, path.name


def test_the_map_shows_no_more_than_the_table(outputs):
    for tier in TIERS:
        page = (outputs[1] / tier / "hotspot_map.html").read_text("utf-8")
        table = table_of(outputs[1] / tier)
        hidden = sum(row["outflow_value_status"] == "suppressed" for row in table.values())
        said = page.count("隐去") + page.count("\\u9690\\u53bb")
        assert said >= hidden
        for forbidden in ("名次", "前16的概率"):
            assert forbidden not in page.split('id="page-settings"')[0]
