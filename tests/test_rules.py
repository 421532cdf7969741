"""Rules as data: pass, fail or insufficient, each with a sentence; unsound rule files are refused."""

import math
import subprocess
import sys
import tomllib
from datetime import date
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_jindu.changes import ratio_interval
from geo_jindu.errors import InputError
from geo_jindu.rectification.conditions import judge
from geo_jindu.rectification.entries import Result
from geo_jindu.rectification.expressions import find_faults, referred_names
from geo_jindu.rectification.rules import example_rules, load_rules
from geo_jindu.rectification.sentences import fill_template
from geo_jindu.rectification.variables import RATIO_LEVEL, VARIABLES
from geo_jindu.texts import translate

RULES = example_rules()
TEXT = files("geo_jindu.rectification").joinpath("rules.toml").read_text("utf-8")
GOOD = {
    "outflow.baseline_n": 30,
    "outflow.current_n": 5,
    "outflow.change_pct": -250 / 3,
    "outflow.ratio_high": 0.37,
    "rehabilitation.execution_pct": 99.6,
    "rehabilitation.reporting_pct": 90.0,
    "rehabilitation.control_pct": 60.0,
    "satisfaction.rank_share": 0.5,
    "redline.confirmed": False,
    "tasks.open": 0,
    "tasks.without_evidence": 0,
    "listing.days_listed": 400,
}
"""A township that passes its acceptance."""


def ask(rule, values):
    return judge([rule], RULES, values)[-1]


def outflow(before, after):
    low, high = ratio_interval(np.array([before]), np.array([after]), level=RATIO_LEVEL)
    return {
        "outflow.baseline_n": before,
        "outflow.current_n": after,
        "outflow.change_pct": 100 * (after / before - 1),
        "outflow.ratio": after / before,
        "outflow.ratio_low": float(low[0]),
        "outflow.ratio_high": float(high[0]),
    }


# The worked results


@pytest.mark.parametrize(
    ("before", "after", "high", "result"),
    [(30, 5, 0.3835, "pass"), (20, 10, 0.9978, "fail"), (5, 2, 1.9303, "insufficient")],
)
def test_acceptance_by_outflow_comes_out_as_worked_by_hand(before, after, high, result):
    values = outflow(before, after)
    assert values["outflow.ratio_high"] == pytest.approx(high, abs=5e-5)
    assert ask("ACC-OUT", values).result == result


def test_a_fall_by_half_fails_on_its_interval_alone():
    values = outflow(20, 10)
    assert values["outflow.change_pct"] == -50.0
    assert ask("ACC-OUT", values | {"outflow.ratio_high": 0.85}).result == "pass"
    assert (
        ask("ACC-OUT", values | {"outflow.change_pct": -49.99, "outflow.ratio_high": 0.5}).result
        == "fail"
    )


def test_without_data_it_is_insufficient_and_says_what_is_missing():
    trace = ask("ACC-OUT", {})
    assert trace.result is Result.INSUFFICIENT
    assert trace.missing == ("outflow.baseline_n", "outflow.change_pct", "outflow.ratio_high")
    assert "缺少基期外流贩毒人数、外流贩毒变化、与基期之比的 90% 区间上限" in trace.zh
    assert "missing outflow persons in the baseline, change of outflow, upper limit" in trace.en
    assert "按县评估；不得放行" in trace.zh
    assert "never wave it through" in trace.en


def test_a_sentence_quotes_its_inputs_and_ends_with_the_result():
    trace = ask("ACC-OUT", outflow(30, 5) | {"outflow.city_change_pct": -64.2})
    assert trace.zh == (
        "外流贩毒下降：外流贩毒 30 人 → 5 人，变化 −83.3%（要求不高于 −50%），比值的 90% 区间上限 0.38"
        "（要求不超过 0.85）；全市变化 −64.2%。结果：成立。"
    )
    assert trace.en == (
        "Fall of outflow: outflow 30 → 5 persons, change −83.3% (at most −50% asked), upper limit of the "
        "90% interval of the ratio 0.38 (at most 0.85 asked); change of the city −64.2%. Result: holds."
    )
    assert trace.inputs["param.baseline_min_persons"] == 10
    assert "全市变化 无数据。结果：成立" in ask("ACC-OUT", outflow(30, 5)).zh


def test_too_small_a_baseline_says_what_to_do():
    trace = ask("ACC-OUT", outflow(9, 0))
    assert (trace.result, trace.missing) == ("insufficient", ())
    assert "结果：数据不足。处理：基期不足 10 人" in trace.zh
    assert ask("ACC-OUT", outflow(10, 0)).result == "pass"


def test_a_whole_number_where_a_measured_one_is_declared_is_one():
    trace = ask("ACC-REHAB", {"rehabilitation.execution_pct": 95})
    assert type(trace.inputs["rehabilitation.execution_pct"]) is float
    assert "执行率 95.0%（" in trace.zh


# Each rule at its limit

AT_LIMITS = [
    ("LIST-OUT", {"outflow.baseline_n": 10, "outflow.prob_rank_top": 0.5}, "pass"),
    ("LIST-OUT", {"outflow.baseline_n": 10, "outflow.prob_rank_top": 0.49}, "fail"),
    ("LIST-OUT", {"outflow.baseline_n": 9, "outflow.prob_rank_top": 0.9}, "insufficient"),
    ("LIST-WBE", {"wastewater.percentile": 0.9, "enforcement.results_12m": 0}, "pass"),
    ("LIST-WBE", {"wastewater.percentile": 0.9, "enforcement.results_12m": 1}, "fail"),
    ("LIST-WBE", {"wastewater.percentile": 0.1}, "insufficient"),
    ("LIST-PROC", {"decision.committee_minuted": True}, "pass"),
    ("LIST-PROC", {"decision.committee_minuted": False}, "fail"),
    ("ESC-COUNTY", {"county.listed_current": 0, "county.serious_areas": 3}, "pass"),
    ("ESC-COUNTY", {"county.listed_current": 1, "county.serious_areas": 0}, "pass"),
    ("ESC-COUNTY", {"county.listed_current": 0, "county.serious_areas": 2}, "fail"),
    ("ESC-COUNTY", {"county.listed_current": 1, "county.serious_areas": None}, "insufficient"),
    ("ACC-DID", {"outflow.change_vs_comparison_pp": 0}, "pass"),
    ("ACC-DID", {"outflow.change_vs_comparison_pp": 0.1}, "fail"),
    ("ACC-REHAB", {"rehabilitation.execution_pct": 95}, "pass"),
    ("ACC-REHAB", {"rehabilitation.execution_pct": 94.99}, "fail"),
    ("ACC-REPORT", {"rehabilitation.reporting_pct": 85, "rehabilitation.control_pct": 55}, "pass"),
    ("ACC-REPORT", {"rehabilitation.reporting_pct": 84.9, "rehabilitation.control_pct": 99}, "fail"),
    ("ACC-REPORT", {"rehabilitation.reporting_pct": 99, "rehabilitation.control_pct": 54.9}, "fail"),
    ("ACC-SAT", {"satisfaction.rank_share": 0.67}, "pass"),
    ("ACC-SAT", {"satisfaction.rank_share": 0.68}, "fail"),
    ("ACC-RED", {"redline.confirmed": True}, "fail"),
    ("ACC-TASK", {"tasks.open": 1, "tasks.without_evidence": 0}, "fail"),
    ("ACC-TASK", {"tasks.open": 0, "tasks.without_evidence": 1}, "fail"),
    ("ACC-TERM", {"listing.days_listed": 365}, "pass"),
    ("ACC-TERM", {"listing.days_listed": 364}, "fail"),
    ("ACC-TEAM", {"decision.team_independent": True}, "pass"),
    ("ACC-TEAM", {"decision.team_independent": False}, "fail"),
    ("EXT-MAX", {"listing.extensions": 1}, "pass"),
    ("EXT-MAX", {"listing.extensions": 2}, "fail"),
    ("EXT-SPENT", {"listing.extensions": 1}, "fail"),
    ("EXT-SPENT", {"listing.extensions": 2}, "pass"),
    ("TERM-OVER", {"listing.days_left": 0}, "fail"),
    ("TERM-OVER", {"listing.days_left": -1}, "pass"),
    ("PUB-DAYS", {"listing.days_in_state": 8}, "pass"),
    ("PUB-DAYS", {"listing.days_in_state": 7}, "fail"),
    ("OBJ-NONE", {"objections.open": 0}, "pass"),
    ("OBJ-NONE", {"objections.open": 1}, "fail"),
    ("RELAPSE-TIME", {"listing.days_since_delisting": 365}, "pass"),
    ("RELAPSE-TIME", {"listing.days_since_delisting": 366}, "fail"),
    ("LOOK-DONE", {"listing.look_backs_open": 0}, "pass"),
    ("LOOK-DONE", {"listing.look_backs_open": 1}, "fail"),
    ("RELAPSE-RED", {"redline.confirmed": True}, "pass"),
    ("RELAPSE-RED", {"redline.confirmed": False}, "fail"),
    ("RELAPSE-OUT", {"outflow.current_n": 10, "outflow.ratio_to_delisting_low": 1.01}, "pass"),
    ("RELAPSE-OUT", {"outflow.current_n": 9, "outflow.ratio_to_delisting_low": 1.01}, "fail"),
    ("RELAPSE-OUT", {"outflow.current_n": 10, "outflow.ratio_to_delisting_low": 1.0}, "fail"),
]


@pytest.mark.parametrize(("rule", "values", "result"), AT_LIMITS)
def test_each_rule_at_its_limit(rule, values, result):
    assert ask(rule, values).result == result


QUIET = {
    "plan.overdue_days": 0,
    "report.consecutive_missed": 1,
    "progress.assessment": "still",
    "redline.confirmed": False,
}


@pytest.mark.parametrize(
    "trigger",
    [
        {"plan.overdue_days": 1},
        {"report.consecutive_missed": 2},
        {"progress.assessment": "backward"},
        {"redline.confirmed": True},
    ],
)
def test_any_trigger_makes_an_interview_due(trigger):
    assert ask("ESC-INTERVIEW", QUIET).result == "fail"
    trace = ask("ESC-INTERVIEW", QUIET | trigger)
    assert trace.result == "pass"
    assert "15 天内约谈" in trace.zh


def test_posts_are_frozen_from_listing_to_delisting():
    words = VARIABLES["listing.state"].words
    frozen = {each for each in words if ask("FREEZE", {"listing.state": each}).result == "pass"}
    lifecycle = files("geo_jindu.rectification").joinpath("lifecycle.toml").read_text("utf-8")
    states = tomllib.loads(lifecycle)["states"]
    assert set(states) == set(words)
    assert frozen == {name for name, state in states.items() if state.get("frozen")}
    assert RULES.rules["FREEZE"].effect == "promotion_freeze"
    assert "state: extended;" in ask("FREEZE", {"listing.state": "extended"}).en
    own = ask("FREEZE", {"listing.state": "paused"})
    assert (own.result, "状态：paused；" in own.zh) == ("fail", True)


# Groups

MISSING = dict.fromkeys(GOOD)


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        ({}, "pass"),
        ({"redline.confirmed": True}, "fail"),
        ({"rehabilitation.execution_pct": None}, "insufficient"),
        ({"rehabilitation.execution_pct": None, "redline.confirmed": True}, "fail"),
        ({"satisfaction.rank_share": 0.9}, "pass"),
        ({"satisfaction.rank_share": None}, "pass"),
        ({"satisfaction.rank_share": None, "rehabilitation.control_pct": 1.0}, "insufficient"),
        ({"satisfaction.rank_share": 0.9, "rehabilitation.control_pct": None}, "insufficient"),
        ({"satisfaction.rank_share": 0.9, "rehabilitation.control_pct": 1.0}, "fail"),
        (
            {
                "satisfaction.rank_share": 0.9,
                "rehabilitation.control_pct": 1.0,
                "outflow.ratio_high": None,
            },
            "insufficient",
        ),
        (MISSING, "insufficient"),
    ],
)
def test_acceptance_needs_all_that_must_and_one_that_should(changed, result):
    assert ask("ACCEPTANCE", GOOD | changed).result == result


def test_a_group_stands_after_its_rules_each_asked_once():
    traces = judge(
        ["ACC-TASK", "ACCEPTANCE", "ACC-RED"], RULES, GOOD | {"satisfaction.rank_share": None}
    )
    names = [trace.rule for trace in traces]
    assert names == [
        "ACC-TASK",
        "ACC-OUT",
        "ACC-REHAB",
        "ACC-RED",
        "ACC-TERM",
        "ACC-REPORT",
        "ACC-SAT",
        "ACCEPTANCE",
    ]
    group = traces[-1]
    assert group.inputs["ACC-OUT"] == "pass"
    assert group.missing == ("satisfaction.rank_share",)
    assert "另须至少 1 项成立：报到和管控达标（成立）、群众满意度（数据不足）。结果：成立。" in group.zh
    assert group.en.startswith("Acceptance: all of fall of outflow (holds), ")


def test_a_relapse_is_any_of_its_signs():
    rising = {"outflow.current_n": 12, "outflow.ratio_to_delisting_low": 1.2}
    assert ask("RELAPSE", {"redline.confirmed": True}).result == "pass"
    assert ask("RELAPSE", {"redline.confirmed": False} | rising).result == "pass"
    assert ask("RELAPSE", {"redline.confirmed": False}).result == "insufficient"
    assert (
        ask("RELAPSE", {"redline.confirmed": False} | rising | {"outflow.current_n": 2}).result
        == "fail"
    )


# Missing values

KINDS = {
    int: st.integers(-400, 400),
    float: st.floats(-100, 100) | st.sampled_from([0.5, 0.67, 0.85, 0.9, 1.0, 55.0, 85.0, 95.0]),
    bool: st.booleans(),
}
CONTEXTS = st.fixed_dictionaries(
    {
        name: st.sampled_from(each.words) if each.words else KINDS[each.type]
        for name, each in VARIABLES.items()
    }
)
NOTHING = st.sampled_from(["absent", None, math.nan, math.inf, -math.inf])
GAPS = st.dictionaries(st.sampled_from(sorted(VARIABLES)), NOTHING, max_size=6)


@given(CONTEXTS, GAPS)
@settings(max_examples=150, deadline=None)
def test_nothing_missing_ever_makes_a_pass(whole, gaps):
    partial = {name: value for name, value in whole.items() if gaps.get(name) != "absent"}
    partial |= {name: gap for name, gap in gaps.items() if gap != "absent"}
    ids = [*RULES.rules, *RULES.groups]
    before = {trace.rule: trace for trace in judge(ids, RULES, whole)}
    after = {trace.rule: trace for trace in judge(ids, RULES, partial)}
    for rule, trace in after.items():
        if trace.result is Result.PASS:
            assert before[rule].result is Result.PASS
        if rule in RULES.rules:
            gone = {name for name in RULES.rules[rule].asked if name in gaps}
            assert set(trace.missing) == gone
            assert not gone or trace.result is Result.INSUFFICIENT
            assert gone or trace.result is before[rule].result


def test_with_nothing_known_everything_is_insufficient():
    traces = judge([*RULES.rules, *RULES.groups], RULES, {})
    assert {trace.result for trace in traces} == {Result.INSUFFICIENT}


@pytest.mark.parametrize(
    "values",
    [
        {"tasks.open": 0.0},
        {"tasks.open": True},
        {"tasks.open": "0"},
        {"redline.confirmed": 0},
        {"outflow.ratio": "0.5"},
    ],
)
def test_a_value_of_another_type_is_a_fault_of_the_caller(values):
    with pytest.raises(TypeError, match=next(iter(values))):
        judge(["ACC-TASK"], RULES, values)


def test_a_name_that_was_not_declared_is_a_fault_of_the_caller():
    with pytest.raises(KeyError, match=r"tasks\.opened"):
        judge(["ACC-TASK"], RULES, {"tasks.opened": 0})


# Sentences


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.85, "0.85"), (0.8501, "0.8501"), (0.8499, "0.8499"), (0.3, "0.30"), (-0.004, "0.00")],
)
def test_a_figure_is_shown_on_the_same_side_of_its_limit(value, shown):
    values = {"outflow.ratio": value, "param.limit": 0.85}
    assert fill_template("{outflow.ratio}", values, "en").replace("−", "-") == shown


def test_every_rule_says_a_sentence_in_both_languages():
    context = {name: each.words[0] if each.words else each.type(1) for name, each in VARIABLES.items()}
    for trace in judge([*RULES.rules, *RULES.groups], RULES, context):
        for sentence, full_stop in ((trace.zh, "。"), (trace.en, ".")):
            assert sentence.endswith(full_stop)
            assert "{" not in sentence
            assert "None" not in sentence
        assert "结果：" in trace.zh
        assert "Result: " in trace.en


def test_every_variable_unit_and_word_has_a_text_in_both_languages():
    for variable in VARIABLES.values():
        assert variable.zh != variable.en
        assert not variable.unit or translate(f"units.{variable.unit}", "zh")
        for word in variable.words:
            assert translate(f"{variable.words_section}.{word}", "zh")


# The file


def test_the_example_says_that_it_is_one():
    assert RULES.label == f"example 2018.1 {RULES.digest[:12]}"
    assert "均不是任何城市的实际规则" in RULES.warning.zh
    assert "None is any city's actual rule" in RULES.warning.en
    assert "AN EXAMPLE, NO CITY'S ACTUAL RULES" in TEXT
    assert RULES.parameters["lookback_days"].value == (90, 180, 365)
    assert (RULES.parameters["window_months"].value, RULES.parameters["window_ends"].value) == (
        12,
        "year",
    )
    assert {rule.source for rule in RULES.rules.values() if rule.id == "FREEZE"} == {"seed"}
    assert [RULES.is_in_force(day) for day in (date(2016, 12, 31), date(2017, 1, 1))] == [False, True]


def test_any_change_of_the_text_changes_the_digest():
    assert load_rules(TEXT + "# note\n", "rules.toml").digest != RULES.digest


def test_rules_are_read_without_cel_until_one_is_tried():
    code = "import sys, geo_jindu.rectification.conditions; sys.exit('cel' in sys.modules)"
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def refused(text):
    with pytest.raises(InputError) as caught:
        load_rules(text, "own.toml")
    for problem in caught.value.problems:
        assert problem.file == "own.toml"
        assert problem.text("zh")
        assert problem.text("en")
    return caught.value.problems


def with_change(old, new):
    assert TEXT.count(old) >= 1
    return TEXT.replace(old, new, 1)


def line_of(text, part):
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


FAULTS = [
    (
        'condition = "listing.days_left < 0"',
        'condition = "listing.days_over < 0"',
        "condition_name_unknown",
    ),
    (
        'condition = "listing.days_left < 0"',
        'condition = "listing.days_left <"',
        "condition_unreadable",
    ),
    ('condition = "listing.days_left < 0"', 'condition = "listing.days_left"', "condition_not_bool"),
    ('condition = "listing.days_left < 0"', "condition = 3", "setting_wrong"),
    ('condition = "listing.days_left < 0"', 'condtion = "listing.days_left < 0"', "setting_unknown"),
    ('requires = "outflow.baseline_n >=', 'requires = "outflow.baseline >=', "condition_name_unknown"),
    ("value = 10\n", "value = true\n", "parameter_value"),
    ("value = 10\n", "value = nan\n", "parameter_value"),
    ("value = 10\n", "value = 1e300\n", "parameter_value"),
    ("value = 10\n", "value = [1.5]\n", "parameter_value"),
    ("value = 10\n", "value = []\n", "parameter_value"),
    ("value = 10\n", 'value = "a b"\n', "parameter_value"),
    ('id = "ACC-DID"', 'id = "ACC-OUT"', "duplicate_id"),
    ('id = "RELAPSE"', 'id = "ACCEPTANCE"', "duplicate_id"),
    ('id = "term_days"', 'id = "publicity_days"', "duplicate_id"),
    ('id = "ACC-DID"', 'id = "acc did"', "setting_wrong"),
    ('any = ["RELAPSE-RED", ', 'any = ["RELAPSE-RAD", ', "rule_unknown"),
    ('any = ["RELAPSE-RED", "RELAPSE-OUT"]', "any = []", "group_unjudgeable"),
    (
        'any = ["RELAPSE-RED", "RELAPSE-OUT"]',
        'any = ["RELAPSE-RED", "RELAPSE-RED"]',
        "group_unjudgeable",
    ),
    ("should_min = 1", "should_min = 3", "group_unjudgeable"),
    ("should_min = 1", "should_min = 0", "group_unjudgeable"),
    ("should_min = 1", 'should_min = "1"', "setting_wrong"),
    ('effect = "county_notice"', 'effect = "dismissal"', "setting_choice"),
    ('source = "seed"\nbasis', 'source = "hearsay"\nbasis', "setting_choice"),
    ("effective_from = 2017-01-01", 'effective_from = "2017-01-01"', "setting_wrong"),
    (', en = "Example rules', ', fr = "Example rules', "setting_missing"),
    ('en = "term over"', 'en = "  "', "setting_wrong"),
    ('en = "term over"', 'en = "a\\nb"', "setting_wrong"),
    (
        "days left of the term: {listing.days_left}",
        "days left of the term: {listing.days}",
        "condition_name_unknown",
    ),
    ("days left of the term: {listing.days_left}", "days left of the term: none", "template_differs"),
    ("days left of the term: {listing.days_left}", "{listing.days_left.__class__}", "template_brace"),
]
OF_A_TABLE = {"rule_unknown", "group_unjudgeable"}


@pytest.mark.parametrize(("old", "new", "key"), FAULTS)
def test_an_unsound_file_is_refused_with_file_and_line(old, new, key):
    text = with_change(old, new)
    lines, old_lines = text.splitlines(), TEXT.splitlines()
    changed = next(
        at for at, (one, other) in enumerate(zip(lines, old_lines, strict=False)) if one != other
    )
    table = max(at for at in range(changed + 1) if at == 0 or lines[at].startswith("["))
    rows = {problem.row for problem in refused(text) if problem.key == key}
    assert rows & ({table + 1} if key in OF_A_TABLE else {changed + 1})


def test_a_fault_in_a_condition_has_its_very_line():
    text = with_change('condition = "listing.days_left < 0"', 'condition = "listing.days_left == true"')
    (problem,) = refused(text)
    assert (problem.key, problem.row) == ("condition_types_differ", line_of(text, "days_left == true"))
    assert "own.toml" in problem.text("en")


def test_every_fault_is_named_at_once():
    text = TEXT.replace(
        "effective_from = 2017-01-01", "effective_from = 2017-01-01\neffective_until = 2016-12-31"
    )
    text = text.replace("tasks.open == 0", "tasks.opened == 0").replace(
        'id = "ACC-DID"', 'id = "ACC-SAT"'
    )
    text = text.replace('"ACC-REPORT", "ACC-SAT"', '"ACC-REPORTS", "ACC-SAT"')
    keys = [problem.key for problem in refused(text)]
    assert sorted(keys) == [
        "condition_name_unknown",
        "duplicate_id",
        "duplicate_id",
        "effective_days_reversed",
        "rule_unknown",
    ]
    text = text.replace("should_min = 1", "should_max = 1").replace('en = "term over"', 'de = "vorbei"')
    keys = [problem.key for problem in refused(text)]
    assert sorted(keys) == ["setting_missing", "setting_unknown", "setting_unknown"]


def test_what_a_rule_requires_needs_advice():
    lines = [line for line in TEXT.splitlines() if not line.startswith("if_insufficient")]
    problems = refused("\n".join(lines))
    assert [problem.key for problem in problems] == ["rule_without_advice"] * 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rules = 3",
        "id = [",
        "[[rules]]\n[[rules]]",
        "x = " + "[" * 20_000,
        "[[groups]]\nany = 1",
        "\x00",
    ],
)
def test_what_is_no_rule_file_is_refused(text):
    assert refused(text)


# Conditions

SCALARS = RULES.scalars
HOSTILE = [
    ("", "condition_unreadable"),
    ("tasks.open = 0", "condition_unreadable"),
    ("tasks.open == 0 // done", "condition_unreadable"),
    ("tasks . open == 0", "condition_unreadable"),
    ("tasks.open == 0x0", "condition_unreadable"),
    ("tasks.open == 12345678901234567890", "condition_unreadable"),
    ("redline.confirmed ? true : false", "condition_unreadable"),
    ("listing.state == 'a\\u0041'", "condition_unreadable"),
    ("tasks.open == 0\n&& true", "condition_unreadable"),
    ("tasks.open == 0 \x00", "condition_unreadable"),
    ("tаsks.open == 0", "condition_unreadable"),
    ("(" * 190 + "true" + ")" * 190, "condition_refused"),
    ("(" * 199, "condition_unreadable"),
    ("true && " * 60, "condition_too_long"),
    ("tasks.open - 1 == 0", "condition_not_allowed"),
    ("-tasks.open == 0", "condition_not_allowed"),
    ("- - 1 == 1", "condition_not_allowed"),
    ("has(outflow.ratio)", "condition_not_allowed"),
    ("size(listing.state) == 1", "condition_not_allowed"),
    ("listing.state.matches('a')", "condition_not_allowed"),
    ("[1].exists(x, x > 0)", "condition_unreadable"),
    ("outflow['ratio'] > 1", "condition_not_allowed"),
    ("1 < 2 < 3", "condition_not_allowed"),
    ("tasks.open == 0 == true", "condition_not_allowed"),
    ("not redline.confirmed", "condition_not_allowed"),
    ("true if true else false", "condition_not_allowed"),
    ("tasks.open == 0 and true", "condition_refused"),
    ("'no' 'ne' == progress.assessment", "condition_refused"),
    ("tasks", "condition_name_unknown"),
    ("param.lookback_days == 90", "condition_name_unknown"),
    ("param.nothing == 90", "condition_name_unknown"),
    ("tasks.__class__ == 0", "condition_unreadable"),
    ("true || outflow.ratio", "condition_part_not_bool"),
    ("false && 'a' < 1", "condition_types_differ"),
    ("!tasks.open", "condition_part_not_bool"),
    ("!tasks.open == 0", "condition_part_not_bool"),
    ("progress.assessment == true", "condition_types_differ"),
    ("listing.state < 'b'", "condition_types_differ"),
    ("redline.confirmed > false", "condition_types_differ"),
    ("listing.state == 'RECTIFYING'", "condition_word_unknown"),
    ("'listd' == listing.state", "condition_word_unknown"),
    ("listing.state in ['listed', 'nowhere']", "condition_word_unknown"),
    ("listing.state in ['listed', 3]", "condition_types_differ"),
    ("listing.state in []", "condition_in_no_list"),
    ("tasks.open in param.lookback_days", "condition_in_no_list"),
    ("'true'", "condition_not_bool"),
]


@pytest.mark.parametrize(("condition", "key"), HOSTILE)
def test_a_condition_says_only_what_it_may(condition, key):
    assert key in [fault.key for fault in find_faults(condition, SCALARS)]


@pytest.mark.parametrize(
    "deep", ["!" * 380 + "true", "- " * 190 + "1 == 1", "[" * 199 + "1" + "]" * 199]
)
def test_a_deep_condition_does_no_harm(deep):
    def nested(levels):
        return nested(levels - 1) if levels else find_faults(deep, SCALARS)

    assert isinstance(nested(600), list)


@pytest.mark.parametrize(
    "condition",
    [
        "true",
        "!(tasks.open > 0 || redline.confirmed)",
        "!redline.confirmed == true",
        "(tasks.open == 0) == (tasks.overdue == 0)",
        "tasks.open in [1, 2] && listing.state in ['listed', \"extended\"]",
        "outflow.change_pct <= -50 && outflow.ratio < 1.5 && tasks.open <= param.ratio_high_max",
        "param.window_ends == 'year'",
    ],
)
def test_a_sound_condition_has_no_fault(condition):
    assert find_faults(condition, SCALARS) == []


def test_names_in_strings_are_not_referred_to():
    assert referred_names("listing.state == 'tasks.open' && tasks.overdue > param.term_days") == (
        "listing.state",
        "tasks.overdue",
        "param.term_days",
    )
