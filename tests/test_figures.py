"""Figures for rules: gathered by a run, kept byte for byte, blind to what came later."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import orjson
import pytest
from conftest import CONFIGURATION, GRID
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries import read_townships
from geo_jindu.assessment import assess
from geo_jindu.cli.line import gather, run_line
from geo_jindu.digests import assessment_id, digest_bytes
from geo_jindu.errors import InputError
from geo_jindu.inputs import read_inputs
from geo_jindu.periods import Window
from geo_jindu.rectification.figures import Figures, TownshipFigures, make_figures
from geo_jindu.rectification.months import months_in, months_of, stretches, whole_months
from geo_jindu.rectification.outflow import Windows, outflow_values
from geo_jindu.store import open_store
from geo_jindu.store.snapshots import latest_snapshot
from geo_jindu.workspace import parse_workspace, read_workspace

HEAD = CONFIGURATION[: CONFIGURATION.index("[[sources]]")]
OUTFLOW = """
[[sources]]
id = "outflow"
kind = "outflow"
file = "outflow.csv"
[sources.fields]
code = "code"
name = "name"
period = "month"
count = "persons"

[[sources]]
id = "registered"
kind = "registered_population"
file = "population.csv"
[sources.fields]
code = "code"
name = "name"
count = "persons"

[[indicators]]
id = "outflow"
name = "外流贩毒"
kind = "outcome"
polarity = "higher_is_worse"
use = "severity"
numerator = "outflow"
denominator = "registered"
window = ["2017-01", "2018-12"]

[rectification]
indicator = "outflow"
as_of = "2019-06-26"

[ranking]
k = 2
draws = 1000
"""
ONE, TWO = "990000101", "990000102"
NAMES = {code: name for code, (name, *_) in GRID.items()}
CROSSWALK = """
[crosswalk]
file = "changes.csv"
fields = { from_vintage = "a", from_code = "b", from_name = "c", to_vintage = "d", to_code = "e", to_name = "f", change = "g", weight = "h", evidence = "i" }
[crosswalk.units]
file = "units.csv"
fields = { vintage = "a", code = "b", name = "c" }

[ranking]"""


def year(number):
    return Window(date(number, 1, 1), date(number, 12, 31))


def listing(figures, *, listed="2018-01-10", day="2019-02-12", delisted=None, windows=None):
    """Return the variables of the first township."""
    days = [None if each is None else date.fromisoformat(each) for each in (listed, day, delisted)]
    values = outflow_values(figures, ONE, *days, windows or Windows(12, "year"))
    return {name.removeprefix("outflow."): each for name, each in values.items()}


def make(one, two=None, *, until="2018-12", **others):
    """Return the figures of two townships, covered from 2017."""
    counts = (one, {"2017-01": 100, "2018-01": 50} if two is None else two)
    townships = {
        code: TownshipFigures(NAMES[code], "990001", "东县", 20_000, 0.75, each)
        for code, each in zip((ONE, TWO), counts, strict=True)
    }
    known = {
        "vintage": "2018-01-01",
        "indicator": "outflow",
        "ranked_until": "2018-12-31",
        "covered": (("2017-01", until),),
        "empty": (),
        "yearly": (),
        "counties": {"990001": "东县"},
        "proportions": {},
    }
    return Figures(townships=townships, **known | others)


@pytest.fixture
def workspace(make_workspace):
    """Return a function that writes a workspace with outflow rows (code, month, persons)."""

    def write(rows, text=HEAD + OUTFLOW, name="workspace"):
        directory = make_workspace(configuration=text, name=name)
        lines = [f"{code},{NAMES[code]},{month},{persons}" for code, month, persons in rows]
        (directory / "outflow.csv").write_text(
            "\n".join(["code,name,month,persons", *lines, ""]), "utf-8"
        )
        return directory

    return write


ROWS = [(ONE, "2017-03", 7), (ONE, "2018-12", 2), (TWO, "2017-01", 3), (ONE, "2017-03", 1)]


def snapshot(directory):
    store = open_store(directory)
    with store.reading() as connection:
        content = latest_snapshot(connection)
    store.close()
    return content


def test_a_run_keeps_the_figures_that_rules_see(workspace):
    directory = workspace(ROWS)
    assessment, _ = run_line(directory)
    figures = Figures.from_bytes(snapshot(directory))
    assert figures == make_figures(assessment)
    assert figures.townships[ONE].counts == {"2017-03": 8, "2018-12": 2}
    assert figures.townships["990000203"].counts == {}
    assert figures.townships[ONE].persons == assessment.table.at[ONE, "outflow_population"]
    assert (figures.covered, figures.ranked_until) == ((("2017-01", "2018-12"),), "2018-12-31")
    assert figures.townships[ONE].prob_rank_top == pytest.approx(
        assessment.table.at[ONE, "outflow_top_k_probability"], abs=5e-4
    )
    assert figures.counties == {"990001": "东县", "990002": "西县"}
    assert figures.counted(year(2017)).tolist() == [8, 3, 0, 0, 0, 0]


def test_without_settings_a_run_keeps_no_figures(workspace):
    start, end = OUTFLOW.index("[rectification]"), OUTFLOW.index("[ranking]")
    directory = workspace(ROWS, HEAD + OUTFLOW[:start] + OUTFLOW[end:])
    run_line(directory)
    assert snapshot(directory) is None


def figures_of(directory):
    return make_figures(assess(read_inputs(read_workspace(directory), read_townships)))


def test_the_same_inputs_give_the_same_bytes_in_two_processes(workspace):
    program = "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]);"
    program += "from test_figures import figures_of;"
    program += "sys.stdout.buffer.write(figures_of(Path(sys.argv[1])).to_bytes())"
    other = subprocess.run(
        [sys.executable, "-c", program, workspace(ROWS[::-1], name="other"), Path(__file__).parent],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
    ).stdout
    figures = figures_of(workspace(ROWS))
    assert figures.to_bytes() == other
    assert Figures.from_bytes(other) == figures
    assert Figures.from_bytes(other).digest == figures.digest == digest_bytes(other)


def test_other_bytes_are_no_figures():
    content = orjson.loads(make({}).to_bytes())
    with pytest.raises(ValueError, match="fields of figures"):
        Figures.from_bytes(orjson.dumps(content | {"more": 1}))


def test_a_split_goes_by_the_running_total_and_not_month_by_month(workspace):
    """One person a month, a third of the ground: four a year, not none."""
    text = HEAD + OUTFLOW.replace('"outflow.csv"', '"outflow.csv"\nvintage = "2015-12-31"')
    rows = [(ONE, f"2017-{month:02d}", 1) for month in range(1, 13)]
    directory = workspace(rows, text.replace("\n[ranking]", CROSSWALK))
    same = [f"2015-12-31,{c},{n},2018-01-01,{c},{n},unchanged,," for c, n in NAMES.items() if c > TWO]
    split = [f"2015-12-31,{ONE},{NAMES[ONE]},2018-01-01,{ONE},{NAMES[ONE]},split,0.34,persons"]
    split += [f"2015-12-31,{ONE},{NAMES[ONE]},2018-01-01,{TWO},{NAMES[TWO]},split,0.66,persons"]
    (directory / "changes.csv").write_text("\n".join(["a,b,c,d,e,f,g,h,i", *split, *same]), "utf-8")
    units = [f"2015-12-31,{code},{name}" for code, name in NAMES.items() if code != TWO]
    units += [f"2018-01-01,{code},{name}" for code, name in NAMES.items()]
    (directory / "units.csv").write_text("\n".join(["a,b,c", *units]), "utf-8")
    assessment = assess(read_inputs(read_workspace(directory), read_townships))
    figures = make_figures(assessment)
    assert figures.counted(year(2017)).tolist()[:2] == [4, 8]
    assert assessment.table["outflow_persons"].tolist()[:2] == [4, 8]


def test_a_month_still_under_way_when_its_file_was_recorded_is_not_covered(workspace, monkeypatch):
    monkeypatch.setattr("geo_jindu.stored_inputs.now", lambda: "2018-12-20T04:00:00.000000Z")
    directory = workspace(ROWS)
    assert gather(directory).inputs.covered["outflow"] == (("2017-01-01", "2018-12-20"),)
    assert stretches(whole_months([("2017-01-01", "2018-12-20")])) == (("2017-01", "2018-11"),)


def test_months_between_two_files_are_not_covered(workspace):
    directory = workspace([(ONE, "2017-01", 9), (ONE, "2017-03", 1)])
    run_line(directory)
    lines = "code,name,month,persons\n" + f"{ONE},{NAMES[ONE]},2017-06,2\n"
    (directory / "outflow.csv").write_text(lines, "utf-8")
    run_line(directory)
    figures = Figures.from_bytes(snapshot(directory))
    assert figures.covered == (("2017-01", "2017-03"), ("2017-06", "2017-06"))
    assert figures.empty == ("2017-02",)
    assert not figures.covers(Window(date(2017, 3, 1), date(2017, 6, 30)))


def test_months_cross_years():
    found = months_of(Window(date(2017, 11, 5), date(2018, 2, 1)))
    assert found == ["2017-11", "2017-12", "2018-01", "2018-02"]
    runs = stretches(["2017-12", "2018-01", "2018-03"])
    assert runs == (("2017-12", "2018-01"), ("2018-03", "2018-03"))
    assert months_in("2017")[::11] == ["2017-01", "2017-12"]


@given(later=st.dictionaries(st.sampled_from(months_in("2019")), st.integers(0, 500)))
@settings(max_examples=60, deadline=None)
def test_later_months_never_change_an_earlier_answer(later):
    known = make({"2017-03": 30, "2018-03": 5})
    more = make(
        {"2017-03": 30, "2018-03": 5} | later,
        {"2017-01": 100, "2018-01": 50} | later,
        until="2019-12",
        empty=("2019-07",),
    )
    for day in ("2018-12-31", "2019-01-01", "2019-01-30"):
        for windows in (Windows(12, "year"), Windows(12), Windows(6)):
            for listed in ("2018-01-10", None):
                said = [
                    listing(each, listed=listed, day=day, delisted="2018-06-05", windows=windows)
                    for each in (known, more)
                ]
                assert said[0] == said[1]


def test_the_settings_must_name_an_outcome_and_a_day(workspace):
    wrongs = (
        ('as_of = "2019-06-31"', "is no day"),
        ('as_of = "20190626"', "is no day"),
        ('indicator = "other"', "no indicator of kind outcome"),
    )
    for at, (wrong, said) in enumerate(wrongs):
        name = wrong.split()[0]
        line = {"as_of": 'as_of = "2019-06-26"', "indicator": 'indicator = "outflow"'}[name]
        directory = workspace(ROWS, HEAD + OUTFLOW.replace(line, wrong), name=f"{name} {at}")
        with pytest.raises(InputError, match=said):
            read_workspace(directory)
    directory = workspace(ROWS, HEAD + OUTFLOW.replace('kind = "outcome"', 'kind = "context"'))
    found = {problem.key for problem in parse_workspace(directory)[1]}
    assert "rectified_by_no_outcome" in found


def test_the_day_shown_is_no_part_of_an_assessment_but_the_indicator_is(workspace):
    shown = read_workspace(workspace(ROWS)).configuration

    def assessment(**changes):
        settings = shown.rectification.model_copy(update=changes)
        changed = shown.model_copy(update={"rectification": settings})
        return assessment_id(changed, {})

    assert assessment() == assessment(as_of="2019-07-01", rules="own.toml", lifecycle="own.toml")
    assert assessment() != assessment(indicator="other")


def test_persons_unknown_stay_unknown():
    figures = make({"2017-01": 9})
    some = replace(figures.townships[TWO], persons=None)
    figures = replace(figures, townships=figures.townships | {TWO: some})
    assert np.isnan(figures.persons).tolist() == [False, True]
