"""Figures of an earlier vintage through the whole line: nothing lost, nothing misplaced, all flagged."""

import pandas as pd
import pytest

from boundaries import read_townships
from boundaries.fictional_vintages import make_fictional_vintages
from geo_jindu.assessment import assess
from geo_jindu.demo import write_demo
from geo_jindu.description import describe_assessment
from geo_jindu.errors import InputError
from geo_jindu.inputs import read_inputs
from geo_jindu.results import full_results
from geo_jindu.workspace import read_workspace
from maps.popup_texts import township_fields

LATER = "2018-01-01"


@pytest.fixture(scope="module")
def vintages():
    return make_fictional_vintages()


@pytest.fixture
def demo(tmp_path, vintages):
    """Return the demonstration with its population of 2015, in the townships of 2015."""
    directory = tmp_path / "demo"
    write_demo(directory, *vintages)
    path = directory / "geo_jindu.toml"
    text = path.read_text("utf-8").replace(
        'file = "data/人口_2018.csv"', 'file = "data/人口_2015.csv"\nvintage = "2015-12-31"'
    )
    path.write_text(text, "utf-8")
    return directory


def assessed(directory):
    return assess(read_inputs(read_workspace(directory), read_townships))


def test_totals_of_every_county_are_conserved(demo):
    table = assessed(demo).table
    written = pd.read_csv(demo / "data/人口_2015.csv", encoding="gb18030", dtype={"乡镇代码": str})
    for column, name in (("户籍人口", "outflow"), ("常住人口", "incident")):
        moved = table.groupby("county_name")[f"{name}_population"].sum()
        assert (
            moved.sort_index().tolist() == written.groupby("县名称")[column].sum().sort_index().tolist()
        )
        assert table[f"{name}_population"].gt(0).all()


def test_each_change_carries_its_persons_to_the_right_place(demo, vintages):
    persons = assessed(demo).table["outflow_population"]
    written = pd.read_csv(demo / "data/人口_2015.csv", encoding="gb18030", dtype={"乡镇代码": str})
    earlier = written.set_index("乡镇代码")["户籍人口"]
    whole = vintages.crosswalk["change"].isin(["merge", "recode", "code_reuse"])
    for to_code, mine in vintages.crosswalk[whole].groupby("to_code"):
        assert persons[to_code] == earlier[mine["from_code"]].sum()
    [(code, parts)] = vintages.crosswalk.query("change == 'split'").groupby("from_code")
    assert persons[parts["to_code"]].sum() == earlier[code]
    unchanged = vintages.crosswalk.query("change == 'unchanged'")["to_code"]
    assert persons[unchanged].tolist() == earlier[unchanged].tolist()


def test_what_an_estimated_share_touches_is_flagged_wherever_it_is_shown(demo, vintages):
    assessment = assessed(demo)
    flagged = assessment.table.index[assessment.table["outflow_estimated"]]
    split = vintages.crosswalk.query("change == 'split'")["to_code"]
    assert sorted(flagged) == sorted(split)
    note = next(note for note in assessment.notes if note.key == "source_moved")
    assert all(code in note.text("zh") for code in split)
    assert "2015-12-31" in note.text("zh")
    assert LATER in note.text("zh")
    counts = next(field for field in township_fields(full_results(assessment)) if "数量" in field.label)
    said = pd.Series(counts.texts, index=assessment.table.index)
    assert sorted(said.index[said.str.contains("估计")]) == sorted(split)
    described = describe_assessment(assessment, full_results(assessment))
    assert "outflow_estimated" in {column["name"] for column in described["columns"]}
    assert {"data/区划变更.csv", "data/区划单元.csv"} <= set(described["inputs"])


def test_taken_for_the_vintage_of_the_boundaries_the_same_file_is_refused(demo):
    """The reused code bears another name in 2015; codes that are gone are unknown."""
    path = demo / "geo_jindu.toml"
    path.write_text(path.read_text("utf-8").replace('\nvintage = "2015-12-31"', ""), "utf-8")
    with pytest.raises(InputError, match="990400120"):
        assessed(demo)


def test_an_unknown_successor_is_named_and_nothing_is_guessed(demo):
    path = demo / "data/区划变更.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    merged = table["变更类型"] == "合并"
    gone = table.loc[merged, "原名称"].iloc[-1]
    table.loc[table["原名称"] == gone, ["新代码", "新名称", "权重"]] = ""
    table.to_csv(path, index=False, encoding="utf-8-sig")
    with pytest.raises(InputError, match=gone):
        assessed(demo)


@pytest.mark.parametrize("section", ["[crosswalk]", "vintage"])
def test_another_vintage_needs_a_crosswalk_and_a_date(demo, section):
    path = demo / "geo_jindu.toml"
    text = path.read_text("utf-8")
    if section == "vintage":
        text = text.replace('vintage = "2015-12-31"\n', 'vintage = "long ago"\n')
    else:
        start, end = text.index("[crosswalk]"), text.index("[ranking]")
        text = text[:start] + text[end:]
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"another vintage|is no date"):
        read_workspace(demo)
