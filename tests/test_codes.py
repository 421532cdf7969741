"""Codes of units, their names, and the two systems that share numbers."""

import pandas as pd
import pytest
from conftest import CONFIGURATION, SHARED, make_grid

from boundaries import read_townships
from geo_jindu.aggregation import join_inputs
from geo_jindu.code_mapping import read_code_mapping
from geo_jindu.code_systems import CodeSystem
from geo_jindu.codes import UnitClass, classify_code, normalise_name, shorten_code
from geo_jindu.errors import InputError
from geo_jindu.inputs import read_inputs
from geo_jindu.joining import assign_codes
from geo_jindu.provenance import Provenance
from geo_jindu.workspace import read_workspace

HENGYANG = SHARED / "data/hengyang/township_codes.csv"
COLUMNS = {"name": "name", "mca": "code_mca", "nbs": "code_nbs2023"}
MCA, NBS = CodeSystem.MCA, CodeSystem.NBS
CONFLICTS = [
    "430481006",
    *(f"43048111{digit}" for digit in range(4, 10)),
    "430481120",
    "430482001",
    "430482002",
    "430482003",
]


@pytest.fixture(scope="module")
def hengyang():
    if not HENGYANG.exists():
        pytest.skip("needs ../shared/data/hengyang")
    return read_code_mapping(HENGYANG, COLUMNS, Provenance.REAL, HENGYANG.name)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("430405001", UnitClass.STREET),
        ("430481114", UnitClass.TOWN),
        ("430422215", UnitClass.TOWNSHIP),
        ("430471401", UnitClass.STATISTICS_ONLY),
        ("430405001000", UnitClass.STREET),
        ("430405", None),
        ("430405001002", None),
        ("430405000", None),
        ("430405600", None),
        ("E02002330", None),
        ("", None),
    ],
)
def test_the_class_stands_in_the_third_part_of_a_code(code, expected):
    assert classify_code(code) is expected


def test_twelve_digits_of_a_township_are_its_nine():
    codes = pd.Series(["110114104000", "110114104", "110114104201", "110114", "E02002330000"])
    short = ["110114104", "110114104", "110114104201", "110114", "E02002330000"]
    assert shorten_code(codes).tolist() == short


@pytest.mark.parametrize(
    "names",
    [
        ["余庆街道", "余庆街道办事处", "余庆街道办", "余庆办事处", " 余庆 街道"],
        ["甲镇", "甲鎮", "甲镇人民政府", "甲镇政府", "甲　镇"],
        ["乙乡", "乙鄉", "乙乡人民政府"],
        ["丙市镇", "丙巿镇"],
        ["Upper Ward", "upper ward", "ＵＰＰＥＲ ＷＡＲＤ"],
    ],
)
def test_one_unit_may_be_written_in_several_ways(names):
    assert normalise_name(pd.Series(names)).nunique() == 1


@pytest.mark.parametrize(
    "names",
    [["甲镇", "甲乡"], ["甲镇", "乙镇"], ["甲街道", "甲镇"], ["街道", "道街"], ["政府镇", "镇"]],
)
def test_different_units_stay_apart(names):
    assert normalise_name(pd.Series(names)).nunique() == 2


def test_codes_of_nine_and_of_twelve_digits_meet():
    grid = make_grid()
    grid.index = grid.index + "000"
    place = assign_codes(pd.Series(["990000101", "990000102000"]), pd.Series(["甲镇", "乙镇"]), grid)
    assert place["township"].tolist() == ["990000101000", "990000102000"]


def test_eleven_codes_of_hengyang_name_different_towns(hengyang):
    assert len(hengyang.frame) == 187
    assert hengyang.conflicts() == CONFLICTS


def test_townships_of_hengyang_go_from_one_system_to_the_other_and_back(hengyang):
    both = hengyang.frame[(hengyang.frame["mca"] != "") & (hengyang.frame["nbs"] != "")]
    assert len(both) == 184
    there = hengyang.convert(both["mca"], both["name"], MCA, NBS, "f.csv")
    assert there.tolist() == both["nbs"].tolist()
    back = hengyang.convert(there, both["name"], NBS, MCA, "f.csv")
    assert back.tolist() == both["mca"].tolist()


def test_three_townships_of_hengyang_have_no_code_of_statistics_and_are_named(hengyang):
    frame = hengyang.frame
    with pytest.raises(InputError) as caught:
        hengyang.convert(frame["mca"], frame["name"], MCA, NBS, "f.csv")
    said = [problem.text("en") for problem in caught.value.problems]
    assert len(said) == 3
    for name in ("金龙坪街道", "人民路街道", "金源街道"):
        assert any(name in sentence for sentence in said)


def test_codes_of_the_wrong_system_are_refused_by_name_with_the_candidates(hengyang):
    """All rows say their NBS code but are taken for MCA: the eleven conflicts, and codes MCA has not."""
    rows = hengyang.frame[hengyang.frame["nbs"] != ""]
    with pytest.raises(InputError) as caught:
        hengyang.convert(rows["nbs"], rows["name"], MCA, NBS, "f.csv")
    refused = rows.loc[[p.row for p in caught.value.problems if p.row], "nbs"]
    said = "\n".join(problem.text("zh") for problem in caught.value.problems)
    assert set(refused) <= {*CONFLICTS, *rows.loc[rows["nbs"] != rows["mca"], "nbs"]}
    conflicts = rows[rows["nbs"].isin(CONFLICTS)]
    with pytest.raises(InputError) as caught:
        hengyang.convert(conflicts["nbs"], conflicts["name"], MCA, NBS, "f.csv")
    said = "\n".join(problem.text("zh") for problem in caught.value.problems)
    assert len(caught.value.problems) == len(CONFLICTS)
    for code in CONFLICTS:
        assert code in said
    assert "430481116 大市镇" in said  # what 430481114 of statistics is in the other system


def test_a_code_that_stands_twice_in_one_system_is_refused(tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text("n,a,b\n甲镇,430481101,1\n乙镇,430481101,2\n丙镇,,3\n丁镇,,4\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_code_mapping(path, {"name": "n", "mca": "a", "nbs": "b"}, Provenance.REAL, "codes.csv")
    assert [(problem.row, problem.field) for problem in caught.value.problems] == [(2, "a"), (3, "a")]


MAPPING = (
    "name,mca,nbs\n甲镇,990000101,990000102\n乙镇,990000102,990000101\n丙街道,990000103,990000103\n"
)
MAPPING += "丁乡,990000201,990000299\n戊镇,990000202,990000202\n己镇,990000203,990000203\n"
SETTINGS = """
[code_mapping]
file = "codes.csv"
name = "name"
mca = "mca"
nbs = "nbs"

[ranking]"""


@pytest.fixture
def mapped(make_workspace):
    """Return a workspace whose population comes with codes of statistics."""
    rows = ["990000102,甲镇,1", "990000101,乙镇,2", "990000103,丙街道,3", "990000299,丁乡,4"]
    rows += ["990000202,戊镇,5", "990000203,己镇,6"]
    text = CONFIGURATION.replace("\n[ranking]", SETTINGS)
    text = text.replace("fictional = true", 'fictional = true\ncode_system = "mca"')
    text = text.replace('file = "population.csv"', 'file = "population.csv"\ncode_system = "nbs"')
    population = "\n".join(["code,name,persons", *rows, ""])
    directory = make_workspace(configuration=text, population=population)
    (directory / "codes.csv").write_text(MAPPING, "utf-8")
    return directory


def test_a_source_in_the_other_system_is_converted_on_entry(mapped):
    joined = join_inputs(read_inputs(read_workspace(mapped), read_townships))
    [indicator] = joined.inputs.workspace.configuration.indicators
    assert joined.persons(indicator).tolist() == [1, 2, 3, 4, 5, 6]
    assert "codes.csv" in joined.inputs.digests


def test_without_saying_so_the_same_file_is_refused(mapped):
    path = mapped / "geo_jindu.toml"
    path.write_text(path.read_text("utf-8").replace('code_system = "nbs"\n', ""), "utf-8")
    with pytest.raises(InputError, match="other code system"):
        join_inputs(read_inputs(read_workspace(mapped), read_townships))


def test_another_system_needs_a_mapping(mapped):
    path = mapped / "geo_jindu.toml"
    path.write_text(path.read_text("utf-8").replace(SETTINGS, "\n[ranking]"), "utf-8")
    with pytest.raises(InputError, match="code_mapping"):
        read_workspace(mapped)
