"""The life-cycle file: what the example says, and that every fault in one is named with its line."""

import pytest

from geo_jindu.errors import InputError
from geo_jindu.rectification.lifecycle import Scope
from geo_jindu.rectification.lifecycle_file import example_text, load_lifecycle
from geo_jindu.rectification.rules import example_rules

TEXT = example_text()


def load(text=TEXT):
    rules = example_rules()
    return load_lifecycle(text, "mine.toml", {*rules.rules, *rules.groups}, {*rules.parameters})


def problems(text):
    with pytest.raises(InputError) as raised:
        load(text)
    return {(problem.key, problem.file, problem.row) for problem in raised.value.problems}


def line_of(part, text=TEXT):
    return next(at for at, line in enumerate(text.splitlines(), start=1) if part in line)


def test_the_example_has_the_states_of_the_plan():
    lifecycle = load()
    assert len(lifecycle.content.states) == 14
    assert [state for state in lifecycle.content.states if lifecycle.is_frozen(state)] == [
        "listed",
        "plan_approved",
        "rectifying",
        "acceptance_requested",
        "under_acceptance",
        "publicity",
        "extended",
    ]
    assert [level.zh for level in lifecycle.content.escalations][2] == "约谈"
    assert lifecycle.label.startswith("example 2018.1 ")
    assert lifecycle.state_name("extended", "zh") == "继续挂牌（延期）"


def test_only_the_committee_lists_delists_and_annuls():
    lifecycle = load()
    for event in ("list", "delist", "annul"):
        assert {role for each in lifecycle.named(event) for role in each.roles} == {"committee"}


@pytest.mark.parametrize(
    ("event", "state", "to"),
    [
        ("propose", "monitored", "proposed"),
        ("list", "proposed", "listed"),
        ("extend", "under_acceptance", "extended"),
        ("extend", "rectifying", "extended"),
        ("relapse", "closed", "proposed"),
        ("list", "monitored", None),
        ("delist", "under_acceptance", None),
        ("nothing", "monitored", None),
    ],
)
def test_what_an_event_does_depends_on_the_state(event, state, to):
    found = load().find(event, state, Scope.TOWNSHIP)
    assert (found and found.to) == to


def test_an_agreement_is_of_a_county():
    lifecycle = load()
    assert lifecycle.find("agree", "monitored", Scope.COUNTY)
    assert lifecycle.find("agree", "monitored", Scope.TOWNSHIP) is None


@pytest.mark.parametrize(
    ("part", "instead", "key"),
    [
        ('to = "watch"\nroles', 'to = "wacht"\nroles', "lifecycle_name_undefined"),
        ('guards = ["LIST-PROC"]', 'guards = ["LIST-PORC"]', "lifecycle_name_undefined"),
        ('evidence = ["minutes"]', 'evidence = ["minuets"]', "lifecycle_name_undefined"),
        ('days = "plan_due_days"', 'days = "plan_days"', "lifecycle_name_undefined"),
        ('met_by = "submit_plan"', 'met_by = "submit"', "lifecycle_name_undefined"),
        ('en = "delist"\n', "", "setting_missing"),
        ('effects = ["end_listing"]', 'effects = ["end"]', "setting_wrong"),
        ('effects = ["end_listing"]', 'efects = ["end_listing"]', "setting_unknown"),
        ('details = ["heirs"]\n', "", "lifecycle_detail_needed"),
        ("escalation_least = 3", "escalation_least = 5", "lifecycle_name_undefined"),
    ],
)
def test_a_fault_is_named_with_its_line(part, instead, key):
    broken = TEXT.replace(part, instead, 1)
    assert broken != TEXT
    at = TEXT[: TEXT.index(part)].count("\n") + 1
    for found, file, row in problems(broken):
        assert (found, file) == (key, "mine.toml")
        start = TEXT[: TEXT.index(part)].rindex("[[")  # of what is missing, the table is named
        assert row in {at, TEXT[:start].count("\n") + 1}


def test_a_state_nothing_leads_to_is_refused():
    broken = TEXT.replace("annulled = {", 'lost = { zh = "无", en = "lost" }\nannulled = {', 1)
    assert problems(broken) == {("lifecycle_unreachable", "mine.toml", line_of("lost =", broken))}


def test_a_missing_translation_of_a_state_is_refused():
    broken = TEXT.replace(
        'watch = { zh = "重点关注", en = "watched" }', 'watch = { zh = "重点关注" }', 1
    )
    assert problems(broken) == {("setting_missing", "mine.toml", line_of("watch =", broken))}


def test_one_event_cannot_mean_two_things_in_a_state():
    broken = TEXT.replace(
        'from = ["listed", "plan_approved", "rectifying"]\nto = "extended"',
        'from = ["listed", "under_acceptance"]\nto = "extended"',
        1,
    )
    assert {key for key, _, _ in problems(broken)} == {"lifecycle_ambiguous"}


def test_what_is_no_toml_is_refused_with_its_line():
    assert problems("id = 1\nversion = = 2") == {("not_toml", "mine.toml", 2)}
