"""The severity and the progress of six townships, by eye."""

import numpy as np
import pytest
from scored_grid import (
    CODES,
    COUNTS,
    configured,
    measure,
    progress,
    severity,
    shares,
    smoothed,
)

from geo_jindu.scoring.scenarios import divide_by_effort, relative_activity
from geo_jindu.scoring.scores import score_progress, score_severity

MIN_MAX_SCORES = {
    name: (smoothed(counts) - min(smoothed(counts))) / np.ptp(smoothed(counts)) * 100
    for name, counts in COUNTS.items()
}


def column(scored, name):
    return scored.townships[f"{scored.name}_{name}"]


def test_the_severity_by_hand():
    """The mean of both smoothed rates from 0 to 100; effort has no part in it."""
    scored = severity()
    expected = (MIN_MAX_SCORES["incident"] + MIN_MAX_SCORES["outflow"]) / 2
    assert column(scored, "score").tolist() == pytest.approx(expected.tolist())
    assert column(scored, "rank").tolist() == [3, 2, 6, 1, 4, 5]
    assert scored.k == 2
    assert column(scored, "top_k_probability").sum() == pytest.approx(2)
    assert (column(scored, "rank_low") <= column(scored, "rank_median")).all()
    assert set(column(scored, "driver")) <= {"data", "weights", "normalisation"}
    assert scored.weights.index.tolist() == ["incident", "outflow"]
    assert scored.weights["kind"].tolist() == ["reported_incidents", "outcome"]
    assert scored.weights["set"].tolist() == [0.5, 0.5]
    assert scored.consistency_ratio is None
    assert scored.enforcement == ()
    assert scored.notes == ()


def test_contributions_make_up_the_score():
    scored = severity()
    parts = scored.contributions
    assert parts.sum(axis=1).tolist() == pytest.approx(scored.scores.tolist())
    assert parts.loc[CODES[0]].tolist() == pytest.approx([50, MIN_MAX_SCORES["outflow"][0] / 2])


def test_a_geometric_score_is_the_product_and_its_logarithms_add_up():
    scored = severity('[severity]\naggregation = "geometric"\n')
    parts = [np.maximum(MIN_MAX_SCORES[name], 1) for name in ("incident", "outflow")]
    assert scored.scores == pytest.approx(np.sqrt(parts[0] * parts[1]))
    logs = scored.contributions.sum(axis=1).to_numpy()
    assert np.exp(logs) == pytest.approx(scored.scores)


HIERARCHY = """
[severity]
normalisation = "rank"
alternatives = []
[[severity.groups]]
id = "found"
name = "查获"
weight = 3
[[severity.indicators]]
id = "outflow"
group = "found"
[[severity.indicators]]
id = "satisfaction"
[[severity.indicators]]
id = "incident"
group = "found"
weight = 2
"""


def test_a_hierarchy_with_those_not_satisfied():
    """Ranks 3, 6, 1, 5, 2, 4 / 6, 3, 1, 5, 2, 4 / 6, 2.5, 1, 4, 5, 2.5 weighed 1/4, 1/4, 1/2."""
    scored = severity(HIERARCHY)
    assert scored.weights["set"].tolist() == [0.25, 0.25, 0.5]
    assert scored.contributions.to_numpy()[:, 1].tolist() == [1.5, 0.75, 0.25, 1.25, 0.5, 1.0]
    assert scored.scores.tolist() == pytest.approx([5.25, 3.5, 1.0, 4.5, 3.5, 3.25])
    assert (column(scored, "share_normalisation") == 0).all()


def test_who_has_too_few_indicators_has_no_score_and_the_reason():
    persons = {"incident": [1000, np.nan, 1000, 0, 1000, 1000]}
    scored = severity(persons=persons, left_out=[CODES[5]])
    few, alone = "too_few_indicators", "statistics_only"
    assert column(scored, "status").tolist() == ["value", few, "value", few, "value", alone]
    assert column(scored, "known").tolist() == [2, 1, 2, 1, 2, 0]
    assert column(scored, "score").isna().tolist() == [False, True, False, True, False, True]
    assert column(scored, "driver")[CODES[1]] == ""
    assert scored.codes == [CODES[0], CODES[2], CODES[4]]
    assert [note.key for note in scored.notes] == ["townships_not_scored"]
    assert CODES[1] in scored.notes[0].text("en")


def test_what_is_missing_is_made_up_for_by_the_others_where_that_is_allowed():
    persons = {"incident": [1000, np.nan, 1000, 1000, 1000, 1000]}
    scored = severity("[severity]\nleast_available = 0.5\n", persons=persons)
    assert column(scored, "score")[CODES[1]] == pytest.approx(MIN_MAX_SCORES["outflow"][1])
    assert scored.contributions.loc[CODES[1]].isna().tolist() == [True, False]


def test_nothing_is_scored_where_nothing_is_known():
    assert (
        severity(persons={"incident": [1000.0, *[np.nan] * 5], "outflow": [np.nan, *[1000.0] * 5]})
        is None
    )
    assert progress(rehabilitation_execution=[]) is None


def test_counts_that_vary_no_more_than_chance_give_no_order():
    scored = severity(counts={"incident": [3] * 6, "outflow": [2] * 6})
    assert column(scored, "score").tolist() == [50] * 6
    assert column(scored, "rank").isna().all()
    assert column(scored, "top_k_probability").tolist() == pytest.approx([1 / 3] * 6, abs=0.05)
    assert [each.enters for each in scored.scenarios] == [(), ()]


def test_an_indicator_without_any_value_takes_no_part():
    """Two of three are known: enough, and the third neither helps nor harms."""
    settings = "".join(
        f'[[severity.indicators]]\nid = "{each}"\n' for each in ("incident", "outflow", "satisfaction")
    )
    configuration = configured(settings)
    with_empty = score_severity(configuration, measure(configuration), shares(satisfaction=[]))
    assert with_empty.scores == pytest.approx(severity().scores)
    assert with_empty.contributions["satisfaction"].isna().all()


def test_scenarios_say_who_enters_and_who_leaves():
    """With incidents three times as important, the township with most of them enters."""
    scored = severity("[severity]\njudgements = [[1, 3], [0.3333, 1]]\n")
    equal, entropy, judged = scored.scenarios
    assert [each.name for each in scored.scenarios] == ["equal", "entropy", "ahp"]
    assert equal.rank_correlation == pytest.approx(1)
    assert (equal.enters, equal.leaves) == ((), ())
    assert entropy.scores == pytest.approx(
        sum(
            scored.weights["entropy"].iloc[i] * MIN_MAX_SCORES[n]
            for i, n in enumerate(["incident", "outflow"])
        )
    )
    assert scored.weights["ahp"].tolist() == pytest.approx([0.75, 0.25], abs=1e-4)
    assert (judged.enters, judged.leaves) == ((CODES[0],), (CODES[1],))
    assert judged.rank_correlation < 1
    assert scored.consistency_ratio == 0


def test_judgements_at_odds_are_said_to_be():
    settings = "[severity]\njudgements = [[1, 9, 0.1111], [0.1111, 1, 9], [9, 0.1111, 1]]\n"
    settings += "".join(
        f'[[severity.indicators]]\nid = "{each}"\n' for each in ("incident", "outflow", "satisfaction")
    )
    scored = severity(settings)
    assert scored.consistency_ratio > 0.1
    assert [note.key for note in scored.notes] == ["judgements_at_odds"]


def test_recorded_incidents_divided_by_effort():
    """Most effort where the score is highest: at full elasticity its incidents are no longer many."""
    solved = [5, 5, 5, 60, 10, 10]
    scored = severity('[severity]\nenforcement = "solved"\n', counts={"solved": solved})
    assert [each.name for each in scored.enforcement] == ["0", "0.25", "0.5", "0.75", "1"]
    itself, full = scored.enforcement[0], scored.enforcement[-1]
    assert itself.scores == pytest.approx(scored.scores)
    assert (itself.enters, itself.leaves, itself.rank_correlation) == ((), (), pytest.approx(1))
    effort = smoothed(solved)
    adjusted = smoothed(COUNTS["incident"]) / (effort / effort.mean())
    usual = smoothed(COUNTS["incident"])
    expected = (adjusted - usual.min()) / np.ptp(usual) * 50 + MIN_MAX_SCORES["outflow"] / 2
    assert full.scores == pytest.approx(expected)
    assert full.leaves == (CODES[3],)
    assert full.enters == (CODES[0],)
    assert "solved" not in scored.weights.index


def test_without_recorded_incidents_effort_has_nothing_to_change():
    settings = '[severity]\nenforcement = "solved"\n[[severity.indicators]]\nid = "outflow"\n'
    assert severity(settings).enforcement == ()


def test_a_township_of_unknown_effort_is_left_as_it_is():
    relative = relative_activity(np.array([1.0, 3.0, np.nan]))
    assert relative.tolist() == [0.5, 1.5, 1]
    assert divide_by_effort(np.array([6.0, 6, 6]), relative, 1).tolist() == [12, 4, 6]
    assert divide_by_effort(np.array([6.0, 6, 6]), relative, 0).tolist() == [6, 6, 6]


def test_an_outlier_is_told_of():
    counts = {"incident": [500, 1, 2, 3, 2, 1]}
    assert [note.key for note in severity(counts=counts).notes] == ["outliers_on_log_scale"]
    kept = severity('[severity]\noutliers = "kept"\n', counts=counts)
    assert kept.notes == ()


def test_the_progress_by_hand():
    """Shares of the latest year alone; a whole of 0 and a missing row are no progress of 0."""
    scored = progress()
    expected = [90.5 / 101 * 100, 50.5 / 51 * 100, np.nan, 10.5 / 41 * 100, 3.5 / 5 * 100, np.nan]
    np.testing.assert_allclose(column(scored, "score"), expected)
    np.testing.assert_array_equal(column(scored, "rank"), [2, 1, np.nan, 4, 3, np.nan])
    assert column(scored, "status").tolist()[2] == "too_few_indicators"
    assert scored.weights.loc["rehabilitation_execution", "period"] == "2018"
    assert (column(scored, "rank_high")[CODES[3]]) == 4


def test_no_process_no_progress():
    configuration = configured().model_copy(update={"proportions": ()})
    assert score_progress(configuration, measure(configuration), {}) is None


def test_the_same_seed_gives_the_same_scores():
    one, same = severity(), severity()
    assert one.townships.equals(same.townships)
    assert not one.townships.equals(severity("[severity]\nalternatives = []\n").townships)
