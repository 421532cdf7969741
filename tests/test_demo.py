"""The fictional workspace goes through the same door as real files."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaries.fictional import make_fictional_prefecture
from geo_jindu.cli.line import run_line
from geo_jindu.demo import COUNTIES, INCIDENTS, MARK, allocate, write_demo
from geo_jindu.errors import InputError, OutputError


@pytest.fixture(scope="module")
def prefecture():
    return make_fictional_prefecture()


@pytest.fixture(scope="module")
def demo(tmp_path_factory, prefecture):
    directory = tmp_path_factory.mktemp("demo") / "workspace"
    write_demo(directory, prefecture)
    return directory


def test_every_row_of_every_file_says_that_it_is_synthetic(demo):
    [(column, text)] = MARK.items()
    tables = [
        pd.read_csv(demo / "data" / "涉毒案件.csv"),
        pd.read_csv(demo / "data" / "人口.csv", encoding="gb18030"),
        pd.read_excel(demo / "data" / "外流贩毒.xlsx"),
        gpd.read_file(demo / "data" / "乡镇边界.gpkg"),
    ]
    for table in tables:
        assert set(table[column]) == {text}


def test_totals_of_the_counties_are_exact(demo):
    population = pd.read_csv(demo / "data" / "人口.csv", encoding="gb18030")
    outflow = pd.read_excel(demo / "data" / "外流贩毒.xlsx")
    assert population["户籍人口"].sum() == sum(registered for registered, *_ in COUNTIES.values())
    assert population["常住人口"].sum() == sum(resident for _, resident, *_ in COUNTIES.values())
    by_year = outflow.groupby(outflow["查获月份"].str[:4])["人数"].sum()
    assert by_year.to_dict() == {"2017": 1302, "2018": 466}


def test_the_line_runs_on_it_and_its_flaws_have_their_reasons(demo):
    assessment, _ = run_line(demo)
    rows = assessment.joined.rows
    incidents = rows[rows["source"] == "incidents"].groupby("reason")["rows"].sum()
    assert incidents.to_dict() == {
        "": INCIDENTS - 150,
        "no_coordinates": 120,
        "unreadable_date": 10,
        "outside_all_townships": 6,
        "outside_window": 14,
    }
    assert len(assessment.table) == 184
    assert assessment.table["outflow_persons"].sum() == 1302 + 466
    assert assessment.table["outflow_in_top_k"].sum() >= 16


def test_synthetic_figures_cannot_be_joined_to_places_called_real(demo, tmp_path):
    for old, new in (("fictional = true", "fictional = false"), ('"synthetic"', '"real"')):
        directory = tmp_path / new.strip('"')
        directory.mkdir()
        text = (demo / "geo_jindu.toml").read_text("utf-8").replace(old, new)
        text = text.replace('file = "data/', f'file = "{demo.as_posix()}/data/')
        (directory / "geo_jindu.toml").write_text(text, "utf-8")
        with pytest.raises(InputError, match="without exception"):
            run_line(directory)


def test_the_same_seed_writes_the_same_tables(demo, prefecture, tmp_path):
    write_demo(tmp_path / "again", prefecture)
    for name in ("涉毒案件.csv", "人口.csv"):
        assert (tmp_path / "again" / "data" / name).read_bytes() == (demo / "data" / name).read_bytes()


def test_a_folder_with_content_is_left_alone(prefecture, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(OutputError, match="not empty"):
        write_demo(tmp_path, prefecture)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@given(st.integers(0, 5000), st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40))
def test_allocation_is_exact_and_off_by_less_than_one(total, weights):
    weights = np.array(weights)
    shares = allocate(total, weights)
    assert shares.sum() == total
    assert (np.abs(shares - total * weights / weights.sum()) < 1 + 1e-6).all()
