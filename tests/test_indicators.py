"""The registry: what a kind allows, refused by name."""

from dataclasses import dataclass, replace

import pytest

from geo_jindu.errors import IndicatorError
from geo_jindu.indicators import ALLOWED_USES, IndicatorRegistry, Kind, Polarity, Use


@dataclass(frozen=True)
class Indicator:
    id: str = "outflow"
    kind: Kind = Kind.OUTCOME
    polarity: Polarity = Polarity.HIGHER_IS_WORSE
    use: Use = Use.SEVERITY
    numerator: str = "outflow_source"


def objections(*indicators):
    registry = IndicatorRegistry()
    for indicator in indicators[:-1]:
        registry.register(indicator)
    with pytest.raises(IndicatorError) as caught:
        registry.register(indicators[-1])
    return [problem.key for problem in caught.value.problems], str(caught.value)


def test_an_outcome_may_be_a_severity():
    IndicatorRegistry().register(Indicator())


def test_an_enforcement_output_in_severity_is_refused_by_name():
    keys, text = objections(Indicator(id="cases_solved", kind=Kind.ENFORCEMENT_OUTPUT))
    assert keys == ["use_forbidden_by_kind"]
    assert "cases_solved" in text
    assert "enforcement_output" in text


@pytest.mark.parametrize("kind", Kind)
def test_only_outcomes_and_reports_may_be_severity(kind):
    severity = {Kind.OUTCOME, Kind.INDEPENDENT_OUTCOME, Kind.REPORTED_INCIDENTS}
    assert (Use.SEVERITY in ALLOWED_USES[kind]) == (kind in severity)
    assert Use.SHOWN in ALLOWED_USES[kind]
    assert (Use.PROGRESS in ALLOWED_USES[kind]) == (kind is Kind.PROCESS)


def test_one_figure_cannot_be_good_and_bad():
    solved = Indicator(id="effort", kind=Kind.ENFORCEMENT_OUTPUT, use=Use.SHOWN)
    praised = replace(solved, id="praise", polarity=Polarity.HIGHER_IS_BETTER)
    keys, text = objections(solved, praised)
    assert keys == ["both_signs"]
    assert "effort" in text


def test_effort_cannot_enter_a_severity_under_another_name():
    solved = Indicator(id="effort", kind=Kind.ENFORCEMENT_OUTPUT, use=Use.SHOWN)
    renamed = replace(solved, id="danger", kind=Kind.REPORTED_INCIDENTS, use=Use.SEVERITY)
    keys, text = objections(solved, renamed)
    assert keys == ["two_kinds"]
    assert "effort" in text


def test_an_id_is_given_once():
    assert objections(Indicator(), Indicator())[0] == ["duplicate_id"]


def test_a_severity_where_more_is_better_is_refused():
    keys, _ = objections(Indicator(polarity=Polarity.HIGHER_IS_BETTER))
    assert keys == ["severity_needs_higher_is_worse"]


def test_a_refused_indicator_leaves_no_trace():
    registry = IndicatorRegistry()
    with pytest.raises(IndicatorError):
        registry.register(Indicator(kind=Kind.ENFORCEMENT_OUTPUT))
    registry.register(Indicator(polarity=Polarity.HIGHER_IS_WORSE))
