"""Counts cross from one vintage to another whole, flagged where estimated, and never by a guess."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_jindu.crosswalk import (
    Change,
    CrosswalkFields,
    UnitFields,
    crosswalk_between,
    crosswalk_csv,
    csv_fields,
    make_crosswalk,
    move_counts,
    move_series,
    read_crosswalk,
    read_units,
)
from geo_jindu.errors import InputError
from geo_jindu.provenance import Provenance

FIELDS = CrosswalkFields(
    from_vintage="from",
    from_code="old",
    from_name="old_name",
    to_vintage="to",
    to_code="new",
    to_name="new_name",
    change="change",
    weight="weight",
    evidence="evidence",
)
UNIT_FIELDS = UnitFields(vintage="vintage", code="code", name="name")
HEADER = "from,old,old_name,to,new,new_name,change,weight,evidence"
OLD, MIDDLE, NEW = "2015-01-01", "2016-01-01", "2017-01-01"


@pytest.fixture
def read(tmp_path):
    """Return a function that reads lines as a crosswalk of real places."""

    def read_lines(*lines, provenance=Provenance.REAL):
        path = tmp_path / "changes.csv"
        path.write_text("\n".join([HEADER, *lines, ""]), "utf-8")
        return read_crosswalk(path, FIELDS, provenance=provenance, file="changes.csv")

    return read_lines


@pytest.fixture
def read_list(tmp_path):
    """Return a function that reads lines as a list of units."""

    def read_lines(*lines):
        path = tmp_path / "units.csv"
        path.write_text("\n".join(["vintage,code,name", *lines, ""]), "utf-8")
        return read_units(path, UNIT_FIELDS, provenance=Provenance.REAL, file="units.csv")

    return read_lines


def problems_of(error):
    return {(problem.key, problem.row) for problem in error.value.problems}


def make_units(**vintages):
    """Return a list of units from ``v2015="A B"``: unit A of 2015-01-01 is called 甲A."""
    rows = [
        (f"{vintage[1:]}-01-01", code, f"甲{code}")
        for vintage, codes in vintages.items()
        for code in codes.split()
    ]
    return pd.DataFrame(rows, columns=["vintage", "code", "name"])


def make_step(pairs, start=OLD, end=NEW):
    """Return a crosswalk of one step from ``(from, to, weight)``; a share below 1 is estimated."""
    rows = [
        {
            "from_vintage": start,
            "from_code": old,
            "from_name": old and f"甲{old}",
            "to_vintage": end,
            "to_code": new,
            "to_name": new and f"甲{new}",
            "change": Change.SPLIT.value,
            "weight": weight,
            "is_estimated": weight < 1,
            "evidence": "made for a test",
        }
        for old, new, weight in pairs
    ]
    return make_crosswalk(pd.DataFrame(rows))


# reading


def test_what_a_file_says_is_kept(read):
    found = read(
        "2015-01-01,B,乙,2016-01-01,C,丙,合并,,公告",
        "2015/1/1,A,甲,2016年1月1日,C,丙,MERGE(by plan),1,公告",
    ).frame
    assert found["from_code"].tolist() == ["A", "B"]
    assert found["from_name"].tolist() == ["甲", "乙"]
    assert set(found["from_vintage"]) == {OLD}
    assert set(found["to_vintage"]) == {MIDDLE}
    assert found["change"].tolist() == ["merge", "merge"]
    assert found["weight"].tolist() == [1, 1]
    assert found["evidence"].tolist() == ["公告", "公告"]
    assert not found["is_estimated"].any()


def test_order_of_rows_does_not_matter(read):
    lines = [
        "2015-01-01,A,甲,2016-01-01,A,甲,拆分,0.25,按面积",
        "2015-01-01,A,甲,2016-01-01,B,乙,拆分,0.75,按面积",
        "2015-01-01,C,丙,2016-01-01,D,丁,改码,,",
    ]
    pd.testing.assert_frame_equal(read(*lines).frame, read(*reversed(lines)).frame)


@pytest.mark.parametrize(
    ("evidence", "is_estimated"),
    [("户籍人口", True), ("area", True), ("", True), ("官方统计数", False), ("official count", False)],
)
def test_shares_are_estimates_unless_officially_counted(read, evidence, is_estimated):
    lines = [f"2015-01-01,A,甲,2016-01-01,{code},乙,拆分,0.5,{evidence}" for code in "BC"]
    assert read(*lines).frame["is_estimated"].tolist() == [is_estimated] * 2


@pytest.mark.parametrize("cells", ["A | B|C,甲|乙|丙", "A｜B｜C,甲｜乙 ｜丙"])
def test_several_successors_in_one_cell_have_unknown_weights(read, cells):
    found = read(f"2015-01-01,A,甲,2016-01-01,{cells},拆分,UNKNOWN,").frame
    assert found["to_code"].tolist() == ["A", "B", "C"]
    assert found["to_name"].tolist() == ["甲", "乙", "丙"]
    assert found["weight"].isna().all()
    assert not found["is_estimated"].any()


def test_rows_without_successor_or_predecessor_say_that_it_is_unknown(read):
    found = read(
        "2015-01-01,A,甲,2016-01-01,,,STAT_ONLY_DROPPED,1,", "2015-01-01,,,2016-01-01,B,乙,来源不明,,"
    ).frame
    assert dict(zip(found["change"], found["from_code"] + ">" + found["to_code"], strict=True)) == {
        "parent_unknown": ">B",
        "successor_unknown": "A>",
    }
    assert found["weight"].isna().all()


def test_a_reused_code_passes_nothing_to_the_place_that_has_it_now(read):
    reuse = "2015-01-01,A,甲,2016-01-01,A,乙,代码重用,,"
    found = read(reuse, "2015-01-01,A,甲,2016-01-01,C,丙,合并,,").frame
    assert found["weight"].tolist() == [0, 1]
    moved = move_counts(pd.Series({"A": 2}), make_crosswalk(found))
    assert moved.values.to_dict() == {"C": 2}
    assert moved.without_parent == ("A",)
    alone = read(reuse)
    with pytest.raises(InputError, match=r"no known successor.*A 甲"):
        move_counts(pd.Series({"A": 1}), alone)


@pytest.mark.parametrize("change", Change)
def test_each_change_may_be_written_in_chinese_in_english_or_as_its_value(read, change):
    chinese = dict(
        zip(
            Change,
            [
                "不变",
                "改名",
                "改码",
                "类别变更",
                "代码重用",
                "合并",
                "拆分",
                "分解",
                "去向不明",
                "来源不明",
            ],
            strict=True,
        )
    )
    old = "" if change is Change.PARENT_UNKNOWN else "A"
    new = "" if change is Change.SUCCESSOR_UNKNOWN else "B"
    for word in (chinese[change], change.value.replace("_", " ").upper(), change.value):
        found = read(f"2015-01-01,{old},甲,2016-01-01,{new},乙,{word},,")
        assert found.frame["change"].tolist() == [change.value]


def test_everything_wrong_is_said_at_once_with_its_row(read):
    with pytest.raises(InputError) as error:
        read(
            "2015,A,甲,2016-01-01,A,甲,合并,,",  # 2
            "2016-01-01,B,乙,2015-01-01,B,乙,合并,,",  # 3
            "2015-01-01,C,,2016-01-01,C,丙,合并,,",  # 4
            "2015-01-01,D,丁,2016-01-01,D,丁,并入,,",  # 5
            "2015-01-01,E,戊,2016-01-01,E,戊,合并,-0.5,",  # 6
            "2015-01-01,F,己,2016-01-01,F,己,合并,half,",  # 7
            "2015-01-01,G,庚,2016-01-01,G,庚,拆分,0.5,",  # 8
            "2015-01-01,G,庚,2016-01-01,H,辛,拆分,0.49,",  # 9
            "2015-01-01,I,壬,2016-01-01,I,壬,合并,,",  # 10
            "2015-01-01,I,壬,2016-01-01,I,壬,合并,,",  # 11
            "2015-01-01,J,癸,2016-01-01,K|L,子,拆分,,",  # 12
            "2015-01-01,M,丑,2016-01-01,N|O,寅|卯,拆分,0.5,",  # 13
            "2015-01-01,P,辰,2016-01-01,P,辰,去向不明,,",  # 14
            "2015-01-01,,,2016-01-01,,,合并,,",  # 15
            "2015-01-01,990000101,巳,2016-01-01,990000101,巳,改名,,",  # 16
            "2015-01-01,Q,午,2016-01-01,Q,午,拆分,0.9,",  # 17
            "2015-01-01,Q,午,2016-01-01,R,未,拆分,0.2,",  # 18
            "2015-01-01,Q,午,2016-01-01,S,申,拆分,,",  # 19
            "2015-01-01,T,酉,2016-01-01,T,酉,合并,inf,",  # 20
        )
    assert problems_of(error) >= {
        ("vintage_no_date", 2),
        ("vintage_not_later", 3),
        ("name_empty", 4),
        ("change_unknown", 5),
        ("weight_outside", 6),
        ("not_a_number", 7),
        ("weights_not_one", 8),
        ("pair_repeated", 10),
        ("pair_repeated", 11),
        ("codes_without_names", 12),
        ("weight_of_several", 13),
        ("change_contradicted", 14),
        ("code_empty", 15),
        ("real_must_not_be_99", 16),
        ("weights_not_one", 17),
        ("not_a_number", 20),
    }
    assert ("weights_not_one", 6) not in problems_of(error), "one fault is said once"
    assert "0.99" in str(error.value)
    assert "1.1" in str(error.value)


def test_weights_within_the_tolerance_pass_and_are_shared_out_whole(read):
    lines = [f"2015-01-01,A,甲,2016-01-01,{code},乙,拆分,0.333,人口" for code in "BCD"]
    crosswalk = read(*lines)
    assert move_counts(pd.Series({"A": 9_000}), crosswalk).values.tolist() == [3_000] * 3


def test_real_codes_are_refused_in_a_fictional_crosswalk(read):
    with pytest.raises(InputError) as error:
        read("2015-01-01,A,甲,2016-01-01,990000101,乙,改码,,", provenance=Provenance.SYNTHETIC)
    assert problems_of(error) == {("fictional_needs_99", 2)}


def test_a_list_of_units_is_read_whole_or_refused(read_list):
    units = read_list("2015-01-01,A,甲", "2016/1/1,A,甲")
    assert units["vintage"].tolist() == [OLD, MIDDLE]
    with pytest.raises(InputError) as error:
        read_list("2015-01-01,A,甲", "2015-01-01,A,乙", "2015,B,丙", "2015-01-01,,丁", "2015-01-01,C,")
    assert problems_of(error) == {
        ("code_repeated", 2),
        ("code_repeated", 3),
        ("vintage_no_date", 4),
        ("code_empty", 5),
        ("name_empty", 6),
    }


def test_what_is_written_reads_back_equal(read, tmp_path):
    crosswalk = read(
        "2015-01-01,A,甲,2016-01-01,A,甲,拆分,0.3569,户籍人口",
        "2015-01-01,A,甲,2016-01-01,B,乙,拆分,0.6431,户籍人口",
        '2015-01-01,C,丙,2016-01-01,A,甲,合并,,"公告, 第 3 号"',
        "2015-01-01,D,丁,2016-01-01,E|F,戊|己,分解,,",
        "2015-01-01,G,庚,2016-01-01,G,辛,代码重用,,",
        "2015-01-01,H,壬,2016-01-01,,,去向不明,,",
        "2016-01-01,,,2017-01-01,I,癸,来源不明,,",
    )
    path = tmp_path / "written.csv"
    path.write_bytes(crosswalk_csv(crosswalk))
    again = read_crosswalk(path, csv_fields(), provenance=Provenance.REAL, file="written.csv")
    pd.testing.assert_frame_equal(again.frame, crosswalk.frame)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    header = path.read_text("utf-8-sig").splitlines()[0]
    office = "原区划版本,原代码,原名称,新区划版本,新代码,新名称,变更类型,权重,权重依据,数据性质"
    assert header == office
    with pytest.raises(InputError):
        read_crosswalk(path, csv_fields(), provenance=Provenance.SYNTHETIC, file="written.csv")


def test_a_written_text_is_never_a_formula(read):
    written = crosswalk_csv(read("2015-01-01,A,=1+1,2016-01-01,B,乙,改码,,@now"))
    assert "'=1+1" in written.decode("utf-8-sig")
    assert "'@now" in written.decode("utf-8-sig")


# moving


def test_a_count_is_split_by_largest_remainder():
    """A gives B half, C 0.3, D 0.2; E gives D all. 7 is 3.5, 2.1, 1.4: B has the largest remainder."""
    crosswalk = make_step([("A", "B", 0.5), ("A", "C", 0.3), ("A", "D", 0.2), ("E", "D", 1.0)])
    moved = move_counts(pd.Series({"A": 7, "E": 10}), crosswalk)
    assert moved.values.to_dict() == {"B": 4, "C": 2, "D": 11}
    assert moved.values.dtype == "int64"
    assert moved.estimated.to_dict() == {"B": True, "C": True, "D": True}
    assert moved.vintage == NEW
    assert moved.without_parent == ()


@pytest.mark.parametrize(
    ("weights", "count", "parts"),
    [
        ([0.25, 0.25, 0.25, 0.25], 2, [1, 1, 0, 0]),
        ([0.7, 0.3], 45, [32, 13]),
        ([1 / 9, 1 / 9, 7 / 9], 3, [1, 0, 2]),
        ([2 / 24, 5 / 24, 17 / 24], 10**7, [833_334, 2_083_333, 7_083_333]),
    ],
)
def test_equal_remainders_go_in_the_order_of_codes(weights, count, parts):
    """The noise of arithmetic decides nothing: 45 * 0.7 is 31.499999999999996 to a computer."""
    pairs = [("A", code, weight) for code, weight in zip("BCDE", weights, strict=False)]
    crosswalk = make_step(pairs[::-1])
    assert move_counts(pd.Series({"A": count}), crosswalk).values.tolist() == parts


def test_only_what_an_estimated_share_touches_is_flagged():
    crosswalk = make_step([("A", "B", 0.5), ("A", "C", 0.5), ("D", "E", 1.0), ("F", "C", 1.0)])
    moved = move_counts(pd.Series({"D": 1, "F": 1}), crosswalk)
    assert moved.estimated.to_dict() == {"B": True, "C": True, "E": False}


def test_a_series_states_its_vintage_and_is_conserved_in_each_period():
    crosswalk = make_step([("A", "B", 0.5), ("A", "C", 0.5), ("D", "E", 1.0)])
    table = pd.DataFrame(
        {
            "code": ["D", "A", "A", "A"],
            "period": ["2016-02", "2016-02", "2016-01", "2016-01"],
            "count": [5, 1, 2, 1],
        }
    )
    series = move_series(table, crosswalk)
    assert list(series.columns) == ["code", "period", "vintage", "count", "is_estimated"]
    assert set(series["vintage"]) == {NEW}
    by_period = series.pivot(index="period", columns="code", values="count")
    assert by_period.to_dict("index") == {
        "2016-01": {"B": 2, "C": 1, "E": 0},
        "2016-02": {"B": 1, "C": 0, "E": 5},
    }
    assert series.groupby("code")["is_estimated"].all().to_dict() == {"B": True, "C": True, "E": False}


def test_what_cannot_be_moved_is_named_all_at_once_unless_nothing_is_there():
    unknown = float("nan")
    crosswalk = make_step(
        [
            ("A", "", unknown),
            ("B", "C", unknown),
            ("B", "D", unknown),
            ("E", "C", 1.0),
            ("", "F", unknown),
        ]
    )
    counts = pd.Series({"A": 1, "B": 2, "E": 3, "X": 4, "": 5})
    with pytest.raises(InputError) as error:
        move_counts(counts, crosswalk)
    named = {problem.key: problem.values["units"] for problem in error.value.problems}
    assert named == {
        "successor_unknown": "A 甲A",
        "share_unknown": "B 甲B",
        "counts_without_unit": ", X",
    }
    moved = move_counts(counts * (counts.index == "E"), crosswalk)
    assert moved.values.to_dict() == {"C": 3, "D": 0}
    assert moved.without_parent == ("F",), "nothing is known of F, which is no 0"


@pytest.mark.parametrize("count", [1.5, -1, float("nan"), float("inf")])
def test_counts_are_whole_numbers_and_known(count):
    crosswalk = make_step([("A", "B", 1.0), ("C", "B", 1.0)])
    with pytest.raises(InputError, match="of zero or more: C"):
        move_counts(pd.Series({"A": 1, "C": count}), crosswalk)


def test_persons_read_as_decimals_stay_whole():
    moved = move_counts(pd.Series({"A": 61_687.0}), make_step([("A", "B", 0.5), ("A", "C", 0.5)]))
    assert moved.values.tolist() == [30_844, 30_843]


def test_counts_move_over_one_step(read):
    crosswalk = read("2015-01-01,A,甲,2016-01-01,B,乙,改码,,", "2016-01-01,B,乙,2017-01-01,C,丙,改码,,")
    with pytest.raises(InputError, match="2 steps"):
        move_counts(pd.Series({"A": 1}), crosswalk)


# steps


def test_units_that_keep_code_and_name_are_unchanged_and_others_unknown():
    units = make_units(v2015="A B C", v2017="A B D")
    units.loc[(units["vintage"] == NEW) & (units["code"] == "B"), "name"] = "乙B"
    units.loc[(units["vintage"] == NEW) & (units["code"] == "A"), "name"] = "　甲 a"
    between = crosswalk_between(make_crosswalk(make_step([("A", "A", 1.0)]).frame[:0]), units, OLD, NEW)
    pairs = between.frame.set_index(["from_code", "to_code"])["change"].to_dict()
    assert pairs == {
        ("A", "A"): "unchanged",
        ("B", ""): "successor_unknown",
        ("C", ""): "successor_unknown",
        ("", "B"): "parent_unknown",
        ("", "D"): "parent_unknown",
    }
    assert move_counts(pd.Series({"A": 3}), between).without_parent == ("B", "D")


def test_steps_are_composed_by_the_product_of_weights():
    """A is half B and half C; B is a quarter D; the rest of B and all of C are E."""
    first = make_step([("A", "B", 0.5), ("A", "C", 0.5)], OLD, MIDDLE)
    second = make_step([("B", "D", 0.25), ("B", "E", 0.75), ("C", "E", 1.0)], MIDDLE, NEW)
    steps = make_crosswalk(pd.concat([first.frame, second.frame]))
    units = make_units(v2015="A F", v2016="B C F", v2017="D E F")
    found = crosswalk_between(steps, units, OLD, NEW).frame.set_index(["from_code", "to_code"])
    assert found["weight"].to_dict() == {("A", "D"): 0.125, ("A", "E"): 0.875, ("F", "F"): 1}
    assert found["is_estimated"].tolist() == [True, True, False]
    assert found["evidence"].tolist() == ["made for a test", "made for a test", ""]
    assert found["from_name"].tolist() == ["甲A", "甲A", "甲F"]
    assert found["to_name"].tolist() == ["甲D", "甲E", "甲F"]
    assert set(found["to_vintage"]) == {NEW}


def test_weights_a_little_off_are_set_right_at_each_step():
    first = make_step([("A", "B", 0.5), ("A", "C", 0.5)], OLD, MIDDLE)
    second = make_step([("B", code, 0.333) for code in "DEF"], MIDDLE, NEW)
    steps = make_crosswalk(pd.concat([first.frame, second.frame]))
    between = crosswalk_between(steps, make_units(v2015="A", v2016="B C", v2017="C D E F"), OLD, NEW)
    assert between.frame["weight"].tolist() == pytest.approx([1 / 2, 1 / 6, 1 / 6, 1 / 6])


@pytest.mark.parametrize("share", [float("nan"), 0.5])
def test_shares_that_meet_again_in_one_unit_need_not_be_known(share):
    first = make_step([("A", "B", share), ("A", "C", share)], OLD, MIDDLE)
    second = make_step([("B", "D", 1.0), ("C", "D", 1.0)], MIDDLE, NEW)
    steps = make_crosswalk(pd.concat([first.frame, second.frame]))
    between = crosswalk_between(steps, make_units(v2015="A", v2016="B C", v2017="D"), OLD, NEW)
    moved = move_counts(pd.Series({"A": 5}), between)
    assert moved.values.to_dict() == {"D": 5}
    assert not moved.estimated.any()


def test_the_unknown_stays_unknown_on_the_way():
    unknown = float("nan")
    first = make_step([("A", "B", 0.5), ("A", "C", 0.5)], OLD, MIDDLE)
    second = make_step([("B", "", unknown), ("", "D", unknown)], MIDDLE, NEW)
    steps = make_crosswalk(pd.concat([first.frame, second.frame]))
    between = crosswalk_between(steps, make_units(v2015="A", v2016="B C", v2017="C D"), OLD, NEW)
    with pytest.raises(InputError, match="A 甲A"):
        move_counts(pd.Series({"A": 1}), between)
    unknown_rows = between.frame[between.frame["weight"].isna()]
    assert not unknown_rows["is_estimated"].any(), "what is unknown is no estimate"
    later = crosswalk_between(steps, make_units(v2015="A", v2016="B C", v2017="C D"), MIDDLE, NEW)
    assert move_counts(pd.Series({"C": 1}), later).values.to_dict() == {"C": 1}


def test_what_nothing_passes_to_may_end_unknown():
    """All of A lives in B; C, where nobody lives, is divided in unknown shares and partly lost."""
    unknown = float("nan")
    first = make_step([("A", "B", 1.0), ("A", "C", 0.0)], OLD, MIDDLE)
    second = make_step([("C", "D", unknown), ("C", "", unknown)], MIDDLE, NEW)
    steps = make_crosswalk(pd.concat([first.frame, second.frame]))
    between = crosswalk_between(steps, make_units(v2015="A", v2016="B C", v2017="B D"), OLD, NEW)
    assert move_counts(pd.Series({"A": 5}), between).values.to_dict() == {"B": 5, "D": 0}


def test_a_unit_of_unknown_parent_keeps_the_mark_through_later_mergers():
    steps = make_step([("B", "C", 1.0), ("A", "C", 1.0)], MIDDLE, NEW)
    units = make_units(v2015="A", v2016="A B", v2017="C")
    moved = move_counts(pd.Series({"A": 2}), crosswalk_between(steps, units, OLD, NEW))
    assert moved.values.to_dict() == {"C": 2}
    assert moved.without_parent == ("C",)


def test_from_a_vintage_to_itself_nothing_changes():
    units = make_units(v2015="A B", v2017="C")
    between = crosswalk_between(make_step([("A", "C", 1.0), ("B", "C", 1.0)]), units, OLD, OLD)
    moved = move_counts(pd.Series({"A": 2, "B": 3}), between)
    assert moved.values.to_dict() == {"A": 2, "B": 3}
    assert moved.vintage == OLD


def test_a_crosswalk_that_does_not_fit_the_list_of_units_is_refused():
    units = make_units(v2015="A B", v2016="A B", v2017="A C")
    over = make_step([("A", "A", 1.0)], OLD, NEW)
    with pytest.raises(InputError, match="goes from 2015-01-01 to 2017-01-01"):
        crosswalk_between(over, units, OLD, NEW)
    strange = make_step([("X", "C", 1.0), ("B", "Y", 1.0)], MIDDLE, NEW)
    with pytest.raises(InputError, match=r"(?s)2016-01-01.*X 甲X.*2017-01-01.*Y 甲Y"):
        crosswalk_between(strange, units, OLD, NEW)
    with pytest.raises(InputError, match="only from earlier to later"):
        crosswalk_between(strange, units, NEW, OLD)
    with pytest.raises(InputError, match="no vintage 2018-01-01"):
        crosswalk_between(strange, units, OLD, "2018-01-01")


# properties

parts_of_a_unit = st.dictionaries(st.sampled_from("PQRST"), st.integers(1, 20), min_size=1)
units_with_parts = st.dictionaries(st.sampled_from("ABCDEFG"), parts_of_a_unit, min_size=1)
whole_numbers = st.integers(0, 10**7)


def make_pairs(parts):
    return [
        (unit, new, share / sum(shares.values()))
        for unit, shares in parts.items()
        for new, share in shares.items()
    ]


def share_exactly(count, shares):
    """Split by largest remainder in exact arithmetic."""
    exact = {code: Fraction(count * part, sum(shares.values())) for code, part in shares.items()}
    whole = {code: int(share) for code, share in exact.items()}
    order = sorted(exact, key=lambda code: (whole[code] - exact[code], code))
    for code in order[: count - sum(whole.values())]:
        whole[code] += 1
    return whole


@settings(deadline=None, max_examples=50)
@given(units_with_parts, st.data())
def test_any_valid_crosswalk_conserves_totals_and_gives_nothing_negative(parts, data):
    counts = pd.Series({unit: data.draw(whole_numbers) for unit in parts})
    moved = move_counts(counts, make_step(make_pairs(parts)))
    assert moved.values.sum() == counts.sum()
    assert (moved.values >= 0).all()
    assert set(moved.values.index) == {code for shares in parts.values() for code in shares}


@settings(deadline=None, max_examples=50)
@given(units_with_parts, st.data())
def test_shares_agree_with_exact_arithmetic(parts, data):
    counts = pd.Series({unit: data.draw(whole_numbers) for unit in parts})
    expected = {code: 0 for shares in parts.values() for code in shares}
    for unit, shares in parts.items():
        for code, count in share_exactly(int(counts[unit]), shares).items():
            expected[code] += count
    assert move_counts(counts, make_step(make_pairs(parts))).values.to_dict() == expected


@settings(deadline=None, max_examples=50)
@given(units_with_parts, st.randoms(use_true_random=False), st.data())
def test_neither_order_of_rows_nor_of_counts_matters(parts, random, data):
    counts = pd.Series({unit: data.draw(whole_numbers) for unit in parts})
    pairs = make_pairs(parts)
    shuffled = random.sample(pairs, len(pairs))
    other = counts.reindex(random.sample(list(counts.index), len(counts)))
    pd.testing.assert_series_equal(
        move_counts(counts, make_step(pairs)).values, move_counts(other, make_step(shuffled)).values
    )


@settings(deadline=None, max_examples=25)
@given(units_with_parts, st.data())
def test_composed_steps_differ_from_step_by_step_by_rounding_only(parts, data):
    """Composed steps round once for a unit, steps one by one at each.

    A divided unit is rounded by less than 1 at each successor, so the two differ by less than the
    number of shares that were rounded, and not at all where nothing is divided.
    """
    middle = sorted({code for shares in parts.values() for code in shares})
    onward = {
        code: data.draw(st.dictionaries(st.sampled_from("XYZ"), st.integers(1, 9), min_size=1))
        for code in middle
    }
    last = sorted({code for shares in onward.values() for code in shares})
    first = make_step(make_pairs(parts), OLD, MIDDLE)
    second = make_step(make_pairs(onward), MIDDLE, NEW)
    units = make_units(v2015=" ".join(parts), v2016=" ".join(middle), v2017=" ".join(last))
    both = make_crosswalk(pd.concat([first.frame, second.frame]))
    composed = crosswalk_between(both, units, OLD, NEW)
    sums = composed.frame.groupby("from_code")["weight"].sum()
    assert sums.to_numpy() == pytest.approx(1, abs=1e-12)
    counts = pd.Series({unit: data.draw(whole_numbers) for unit in parts})
    at_once = move_counts(counts, composed).values
    in_steps = move_counts(move_counts(counts, first).values, second).values
    assert at_once.index.equals(in_steps.index)
    assert at_once.sum() == in_steps.sum() == counts.sum()
    rounded = sum((each.frame["weight"] < 1).sum() for each in (first, second, composed))
    assert ((at_once - in_steps).abs() <= rounded).all()


# the real lists of Hengyang

HENGYANG_FIELDS = CrosswalkFields(
    from_vintage="from_vintage",
    from_code="old_code",
    from_name="old_name",
    to_vintage="to_vintage",
    to_code="new_code",
    to_name="new_name",
    change="change_type",
    weight="weight",
    evidence="evidence",
)
UNKNOWN_BY_2018 = {
    "430408200": "长湖乡",
    "430426203": "四明山乡",
    "430481103": "泗门洲镇",
    "430481106": "竹市镇",
}


@pytest.fixture(scope="module")
def changes(shared: Path):
    path = shared / "data" / "hengyang" / "code_changes.csv"
    return read_crosswalk(path, HENGYANG_FIELDS, provenance=Provenance.REAL, file=path.name)


@pytest.fixture(scope="module")
def units(shared: Path):
    path = shared / "data" / "hengyang" / "units_by_vintage.csv"
    return read_units(path, UNIT_FIELDS, provenance=Provenance.REAL, file=path.name)


@pytest.fixture(scope="module")
def to_2018(changes, units):
    return crosswalk_between(changes, units, "2015-09-30", "2018-10-31")


@pytest.fixture(scope="module")
def series_of_2015(units):
    """Return 36 months of counts in all 218 units of 2015, different in each."""
    codes = units.loc[units["vintage"] == "2015-09-30", "code"]
    months = pd.period_range("2013-01", periods=36, freq="M").astype(str)
    rows = pd.MultiIndex.from_product([codes, months], names=["code", "period"]).to_frame(index=False)
    return rows.assign(count=np.random.default_rng(2015).poisson(3, len(rows)))


def test_all_changes_of_hengyang_load(changes):
    assert len(changes.frame) == 93, "91 rows, one of which names three successors"
    assert changes.frame["change"].value_counts().to_dict() == {
        "merge": 58,
        "rename": 10,
        "recode": 6,
        "successor_unknown": 6,
        "class_change": 4,
        "dissolve": 4,
        "split": 3,
        "code_reuse": 1,
        "parent_unknown": 1,
    }
    assert changes.frame["weight"].isna().sum() == 6 + 4 + 3 + 1


def test_units_of_2015_with_unknown_successors_are_named(to_2018, series_of_2015):
    with pytest.raises(InputError) as error:
        move_series(series_of_2015, to_2018)
    named = {problem.key: problem.values["units"] for problem in error.value.problems}
    assert named == {
        "successor_unknown": "430408200 长湖乡, 430426203 四明山乡",
        "share_unknown": "430481103 泗门洲镇, 430481106 竹市镇",
    }


def test_a_series_of_2015_moves_to_2018_with_totals_conserved(to_2018, series_of_2015, units):
    known = series_of_2015[~series_of_2015["code"].isin(UNKNOWN_BY_2018)]
    assert known["code"].nunique() == 214
    moved = move_series(known, to_2018)
    assert set(moved["vintage"]) == {"2018-10-31"}
    before, after = (table.groupby("period")["count"].sum() for table in (known, moved))
    assert len(after) == 36
    pd.testing.assert_series_equal(after, before)
    county = [table["code"].str[:6].rename("county") for table in (known, moved)]
    by_county = [
        table.groupby(["period", where])["count"].sum()
        for table, where in zip((known, moved), county, strict=True)
    ]
    assert by_county[0].to_dict() == {key: by_county[1][key] for key in by_county[0].index}
    of_2018 = units[units["vintage"] == "2018-10-31"]
    without = move_counts(pd.Series(dtype="int64"), to_2018).without_parent
    assert set(moved["code"]) | set(without) == set(of_2018["code"])
    assert not set(moved["code"]) & set(without)
    assert len(without) == 10


def test_430481005_is_two_places(to_2018):
    moved = move_counts(pd.Series({"430481005": 7, "430481212": 1}), to_2018)
    assert moved.values["430481006"] == 8, "三顺街道 went to 余庆街道"
    assert "430481005" not in moved.values.index, (
        "nothing is known of 三架街道, which has that code now"
    )
    assert "430481005" in moved.without_parent


def test_each_step_of_hengyang_conserves_what_can_be_moved(changes, units):
    vintages = sorted(units["vintage"].unique())
    assert len(vintages) == 8
    for start, end in [*pairwise(vintages), (vintages[0], vintages[-1])]:
        between = crosswalk_between(changes, units, start, end)
        frame = between.frame[between.frame["from_code"] != ""]
        sources = frame.groupby("from_code")["weight"].apply(lambda weights: weights.notna().all())
        assert set(sources.index) == set(units.loc[units["vintage"] == start, "code"])
        counts = pd.Series(range(len(sources)), index=sources.index).where(sources, 0)
        assert move_counts(counts, between).values.sum() == counts.sum() > 0


def test_a_unit_that_goes_to_another_county_takes_its_counts_along(changes, units):
    moved = move_counts(
        pd.Series({"430472003": 9}), crosswalk_between(changes, units, "2022-10-31", "2023-06-30")
    )
    assert moved.values[moved.values > 0].to_dict() == {"430476001": 9}


def test_towns_merged_and_split_again_are_unknown_by_2023(changes, units):
    between = crosswalk_between(changes, units, "2015-09-30", "2023-06-30")
    with pytest.raises(InputError, match="430422120 车江镇"):
        move_counts(pd.Series({"430422120": 1}), between)
