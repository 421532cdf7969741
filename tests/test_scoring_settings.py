"""Settings of the scores are refused by name, each with its path."""

import json

import pytest
from scored_grid import configured

from geo_jindu.indicators import Use
from geo_jindu.scoring.contradictions import find_score_contradictions
from geo_jindu.scoring.fields import Normalisation, ProgressSettings, SeveritySettings


def problems(settings):
    return [(each.key, each.field) for each in find_score_contradictions(configured(settings))]


def entry(score="severity", **settings):
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    return "\n".join([f"[[{score}.indicators]]", *lines, ""])


def group(**settings):
    return "\n".join(["[[severity.groups]]", *(f'{k} = "{v}"' for k, v in settings.items()), ""])


def test_the_defaults_contradict_nothing():
    assert problems("") == []
    assert SeveritySettings().normalisations == ("min_max", "z_score", "rank")
    assert ProgressSettings().normalisations == ("goalposts", "min_max", "z_score", "rank")
    geometric = SeveritySettings(aggregation="geometric", normalisation="rank")
    assert geometric.normalisations == (Normalisation.RANK, Normalisation.MIN_MAX)


@pytest.mark.parametrize(
    ("score", "named", "kind"),
    [
        ("severity", "solved", "enforcement_output"),
        ("severity", "rehabilitation_execution", "process"),
        ("progress", "solved", "enforcement_output"),
        ("progress", "outflow", "outcome"),
        ("progress", "satisfaction", "independent_outcome"),
    ],
)
def test_what_does_not_belong_is_refused_by_name_and_kind(score, named, kind):
    (problem,) = find_score_contradictions(
        configured(f'[{score}]\nnormalisation = "min_max"\n' + entry(score, id=named))
    )
    assert (problem.key, problem.field) == ("kind_not_scored", f"{score}.indicators.{named}")
    for language in ("zh", "en"):
        assert named in problem.text(language)
        assert kind in problem.text(language)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (entry(id="nothing"), [("score_of_nothing", "severity.indicators.nothing")]),
        (entry(id="outflow") * 2, [("duplicate_id", "severity.indicators")]),
        (
            entry(id="outflow", group="a"),
            [("score_group_unknown", "severity.indicators.outflow.group")],
        ),
        (group(id="a", name="甲"), [("score_group_empty", "severity.groups.a")]),
        (
            group(id="a", name="甲", parent="b")
            + group(id="b", name="乙", parent="a")
            + entry(id="outflow", group="a"),
            [
                ("score_group_cycle", "severity.groups.a.parent"),
                ("score_group_cycle", "severity.groups.b.parent"),
            ],
        ),
        (
            group(id="a", name="甲", parent="c") + entry(id="outflow", group="a"),
            [("score_group_unknown", "severity.groups.a.parent")],
        ),
        (
            '[severity]\nnormalisation = "goalposts"\n' + entry(id="outflow"),
            [("goalposts_missing", "severity.indicators.outflow.goalposts")],
        ),
        (
            entry(id="outflow", goalposts=[0, 1]),
            [("goalposts_unused", "severity.indicators.outflow.goalposts")],
        ),
        (
            '[severity]\nnormalisation = "goalposts"\n' + entry(id="outflow", goalposts=[5, 5]),
            [("goalposts_reversed", "severity.indicators.outflow.goalposts")],
        ),
        (
            '[severity]\naggregation = "geometric"\nnormalisation = "z_score"\n',
            [("z_score_in_geometric", "severity.aggregation")],
        ),
        ("[severity]\njudgements = [[1]]\n", [("judgements_of_wrong_size", "severity.judgements")]),
        (
            "[severity]\njudgements = [[1, 3], [3, 1]]\n",
            [("judgements_not_reciprocal", "severity.judgements")],
        ),
        (
            "[severity]\njudgements = [[2, 3], [0.33, 1]]\n",
            [("judgements_not_reciprocal", "severity.judgements")],
        ),
        ('[severity]\nenforcement = "outflow"\n', [("effort_unknown", "severity.enforcement")]),
        ('[severity]\nenforcement = "nothing"\n', [("effort_unknown", "severity.enforcement")]),
    ],
)
def test_each_fault_is_named_with_its_path(settings, expected):
    assert problems(settings) == expected


def test_a_third_may_be_written_with_two_digits():
    assert problems("[severity]\njudgements = [[1, 3], [0.33, 1]]\n") == []


def test_goalposts_of_a_proportion_need_not_be_written():
    assert problems('[severity]\nnormalisation = "goalposts"\n' + entry(id="satisfaction")) == []


def test_a_use_must_be_the_scores():
    configuration = configured(entry(id="outflow"))
    shown = [
        each.model_copy(update={"use": Use.SHOWN}) if each.id == "outflow" else each
        for each in configuration.indicators
    ]
    changed = configuration.model_copy(update={"indicators": tuple(shown)})
    (problem,) = find_score_contradictions(changed)
    assert problem.key == "use_not_scored"


def test_too_many_judgements_and_progress_where_more_is_worse():
    configuration = configured(entry("progress", id="visits", goalposts=[0, 5]))
    first = configuration.indicators[0]
    made = {"id": "visits", "kind": "process", "use": "progress"}
    many = [first.model_copy(update={"id": f"i{at}"}) for at in range(11)]
    changed = configuration.model_copy(
        update={
            "indicators": (first.model_validate(first.model_dump() | made), *many),
            "severity": SeveritySettings(judgements=[[1] * 11] * 11),
        }
    )
    assert [(each.key, each.field) for each in find_score_contradictions(changed)] == [
        ("judgements_too_many", "severity.judgements"),
        ("progress_needs_higher_is_better", "progress.indicators.visits"),
    ]


@pytest.mark.parametrize(
    "settings",
    [
        entry(id="outflow") + "weight = 0\n",
        entry(id="outflow") + "weight = -1\n",
        entry(id="outflow") + "weight = nan\n",
        "[severity]\njudgements = [[1, 20], [0.05, 1]]\n",
        "[severity]\nleast_available = 0\n",
        '[severity]\nnormalisation = "best"\n',
        '[progress]\nenforcement = "solved"\n',
    ],
)
def test_values_that_cannot_be_are_no_settings(settings):
    with pytest.raises(ValueError, match="validation error"):
        configured(settings)


def test_the_reader_of_a_workspace_says_so(make_workspace):
    from conftest import CONFIGURATION

    from geo_jindu.errors import InputError
    from geo_jindu.workspace import read_workspace

    directory = make_workspace(configuration=CONFIGURATION + entry(id="solved"))
    with pytest.raises(InputError, match="no indicator and no proportion"):
        read_workspace(directory)
