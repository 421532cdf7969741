"""Screening on many cells at once, and on all tables that are known to hold no person."""

import random
from collections import Counter

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from conftest import ROOT
from screening_corpus import CELLS, MAKERS, disguises, make_corpus, make_incident_number

from boundaries.fictional_vintages import make_fictional_vintages
from geo_jindu.demo import write_demo
from geo_jindu.errors import MOST_ROWS
from geo_jindu.screening import find_personal, holds_personal, refuse_personal_names
from geo_jindu.screening.cells import find_in_cells
from geo_jindu.screening.quick_look import find_suspects


@pytest.fixture(scope="module")
def corpus():
    return make_corpus(100_000, 1_000)


@pytest.fixture(scope="module")
def found(corpus):
    columns = {name: find_in_cells(cells) for name, cells in corpus.table.items()}
    return {(row, name): kind for name, kinds in columns.items() for row, kind in kinds.items()}


def test_every_planted_identifier_is_found_and_is_what_it_is(corpus, found):
    expected = {place: MAKERS[name][0] for place, (name, _) in corpus.planted.items()}
    assert len(expected) == 1_000
    assert {place: found.get(place) for place in expected} == expected


def test_every_disguise_is_planted(corpus):
    ways = {(name, way) for name in MAKERS for way in disguises(name)}
    assert set(corpus.planted.values()) == ways


def test_false_alarms_are_under_one_in_a_thousand(corpus, found):
    harmless = corpus.table.size - len(corpus.planted)
    assert harmless >= 99_000
    assert len(set(found) - set(corpus.planted)) < harmless / 1_000


def test_messages_name_the_rows_that_were_found(corpus, found):
    problems = find_personal(corpus.table, "f.csv")
    named = {(problem.row, problem.field) for problem in problems if problem.row is not None}
    assert named <= set(found)
    uncounted = sum(problem.values.get("number", 0) for problem in problems if problem.row is None)
    assert len(named) + uncounted == len(found)
    most = Counter((problem.field, problem.values["kind"]) for problem in problems if problem.row)
    assert max(most.values()) == MOST_ROWS


def test_the_quick_look_passes_over_nothing_that_the_close_look_finds(corpus):
    draw = random.Random(11)  # noqa: S311
    characters = (
        "0123456789１①一lOoI|xX  --.．,。:湘京A新云Ee护照号@atdot()〔年〇Ⓔ★\u200b\u3164姓名：⾝E"
    )
    written = ["".join(draw.choices(characters, k=draw.randint(5, 25))) for _ in range(15_000)]
    near = [
        draw.choice("E1湘L+(4") + "".join(draw.choices("0113896oOlI-. 2", k=20)) for _ in range(5_000)
    ]
    cells = pd.concat(
        [pd.Series([*written, *near], dtype="str"), *(corpus.table[name] for name in CELLS)]
    )
    looked_at = set(find_suspects(cells))
    passed_over = [text for place, text in enumerate(cells) if place not in looked_at]
    assert len(looked_at) > 1_000
    assert len(passed_over) > 80_000
    assert [text for text in passed_over[::4] if holds_personal(text)] == []
    assert sum(holds_personal(text) is not None for text in cells.iloc[: len(written) + len(near)]) > 50


def test_incident_numbers_in_the_form_of_a_citizen_id_are_refused_one_in_eleven():
    """Place, day and serial: the check is all that tells them apart. The guide says what to do."""
    draw = random.Random(3)  # noqa: S311
    cells = pd.Series([make_incident_number(draw) for _ in range(5_000)], dtype="str")
    assert 0.07 < len(find_in_cells(cells)) / len(cells) < 0.11


def read_sheets(path):
    """Return every sheet or layer of a file as text."""
    if path.suffix == ".xlsx":
        return pd.read_excel(path, sheet_name=None, dtype="str")
    if path.suffix == ".csv":
        encoding = "utf-8-sig"
        try:
            path.read_text(encoding)
        except UnicodeDecodeError:
            encoding = "gb18030"
        return {"": pd.read_csv(path, dtype="str", encoding=encoding)}
    layers = pyogrio.list_layers(path)[:, 0]
    frames = {layer: gpd.read_file(path, layer=layer) for layer in layers}
    return {
        layer: pd.DataFrame(frame.drop(columns="geometry")).astype("str")
        for layer, frame in frames.items()
    }


def screen(directory):
    """Screen every table under a folder; return how many cells there were."""
    endings = {".csv", ".xlsx", ".gpkg", ".geojson"}
    cells = 0
    for path in sorted(each for each in directory.rglob("*") if each.suffix in endings):
        for sheet, table in read_sheets(path).items():
            refuse_personal_names(path.name, sheets=[sheet], headers=[str(name) for name in table])
            assert find_personal(table, path.name, sheet) == []
            cells += table.size
    return cells


def test_the_demonstration_is_clean(tmp_path):
    write_demo(tmp_path / "demo", *make_fictional_vintages())
    assert screen(tmp_path / "demo") > 20_000


def test_real_tables_are_clean(shared):
    assert screen(shared / "data") > 20_000


def test_examples_are_clean():
    text = (ROOT / "examples" / "west_yorkshire" / "geo_jindu.toml").read_text("utf-8")
    assert [line for line in text.splitlines() if holds_personal(line)] == []
