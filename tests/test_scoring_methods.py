"""Normalising, weighing, adding up: by hand, and as published."""

import numpy as np
import pytest
from technology_index import BUDGET, COUNTRIES, GOALPOSTS, GROUPS, INDICATORS, RANKS, VALUES

from geo_jindu.scoring.aggregating import aggregate, contributions, share_out, weigh_available
from geo_jindu.scoring.fields import Normalisation, ScoreGroup, ScoreIndicator
from geo_jindu.scoring.normalising import fit_scale, has_outliers, kurtosis, skewness
from geo_jindu.scoring.ordering import average_ranks, rank_rows, ranks_of, spearman
from geo_jindu.scoring.weighting import entropy_weights, hierarchy_weights, weigh_judgements


def mean_of(normalised, weights, *, geometric=False):
    """Aggregate an array (n, q) whose values are all known."""
    known = np.ones(np.shape(normalised), dtype=bool)
    parts = [column[None] for column in np.array(normalised, dtype=float).T]
    weighed = weigh_available(known, share_out(np.array(weights, dtype=float)))
    return aggregate(parts, weighed, np.ones((1, len(parts))), geometric=geometric)[0]


def technology():
    """Normalise the handbook's indicators by the bounds of the index."""
    return np.array(
        [
            fit_scale(column, Normalisation.GOALPOSTS, posts)(column)
            for column, posts in zip(VALUES.T, GOALPOSTS, strict=True)
        ]
    ).T


def test_the_handbooks_example_is_ranked_as_printed():
    scores = mean_of(technology(), np.ones(8))
    assert ranks_of(scores).tolist() == RANKS["equal"]
    assert ranks_of(mean_of(technology(), BUDGET)).tolist() == RANKS["budget"]
    assert ranks_of(mean_of(VALUES, np.ones(8), geometric=True)).tolist() == RANKS["geometric"]


def test_the_example_scores_as_the_human_development_report_prints_it():
    """To two digits; the logarithms of the handbook's table are rounded to two."""
    printed = {"Finland": 0.74, "United States": 0.73, "Sweden": 0.70, "Japan": 0.70, "Korea": 0.67}
    printed |= {"Netherlands": 0.63, "United Kingdom": 0.61, "Ireland": 0.57, "Belgium": 0.55}
    scores = dict(zip(COUNTRIES, mean_of(technology(), np.ones(8)) / 100, strict=True))
    assert {name: scores[name] for name in printed} == pytest.approx(printed, abs=0.006)


def test_entropy_moves_the_leader_of_the_example():
    leaders = []
    for weights in (np.ones(8), entropy_weights(technology())):
        leaders.append(COUNTRIES[int(mean_of(technology(), weights).argmax())])
    assert leaders == ["Finland", "Japan"]


def test_the_human_development_index_of_china_as_published():
    """Human Development Report 2010, technical note 1: indices .847, .589, .584 and the index .663.

    The report rounds the parts of the education index to three digits first.
    """
    goalposts = [(20.0, 83.2), (0.0, 13.2), (0.0, 20.6), (np.log(163), np.log(108_211))]
    china = [73.5, 7.5, 11.4, np.log(7_263)]
    life, mean_years, expected_years, income = (
        float(fit_scale(np.array([value]), Normalisation.GOALPOSTS, posts)(np.array([value]))[0])
        for value, posts in zip(china, goalposts, strict=True)
    )
    education = mean_of([[mean_years, expected_years]], [1, 1], geometric=True)[0] / 0.951
    assert [life, education, income] == pytest.approx([84.7, 58.9, 58.4], abs=0.07)
    assert mean_of([[life, education, income]], [1, 1, 1], geometric=True) == pytest.approx(
        66.3, abs=0.05
    )


def test_a_geometric_mean_makes_up_for_less():
    """OECD/JRC 2008, section 6.11: 21, 1, 1, 1 against four times 6, and one more for the second."""
    values = [[21, 1, 1, 1], [6, 6, 6, 6], [21, 2, 1, 1], [6, 7, 6, 6]]
    assert mean_of(values, np.ones(4), geometric=True) == pytest.approx([2.14, 6, 2.54, 6.23], abs=0.01)
    assert mean_of(values, np.ones(4))[:2].tolist() == [6, 6]


DRINKS = [
    [1, 9, 5, 2, 1, 1, 1 / 2],
    [1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [1, 9, 4, 2, 1, 2, 1 / 2],
    [1, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [2, 9, 9, 3, 2, 3, 1],
]


def test_judgements_weigh_as_saaty_prints_them():
    """Which drink is consumed more in the United States: Saaty 2008, doi:10.1504/IJSSCI.2008.017590."""
    judged = weigh_judgements(np.array(DRINKS))
    printed = [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    assert judged.weights == pytest.approx(printed, abs=5e-4)
    assert judged.consistency_ratio == pytest.approx(0.022, abs=5e-4)
    assert judged.is_consistent


def test_judgements_that_agree_give_back_their_weights():
    weights = np.array([0.5, 0.3, 0.2])
    judged = weigh_judgements(weights[:, None] / weights)
    assert judged.weights == pytest.approx(weights)
    assert judged.consistency_ratio == pytest.approx(0, abs=1e-12)


def test_judgements_in_a_circle_are_at_odds():
    judged = weigh_judgements(np.array([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]]))
    assert judged.weights == pytest.approx([1 / 3] * 3)
    assert not judged.is_consistent


@pytest.mark.parametrize("matrix", [[[1.0]], [[1, 4], [1 / 4, 1]]])
def test_one_or_two_indicators_cannot_be_judged_inconsistently(matrix):
    judged = weigh_judgements(np.array(matrix))
    assert judged.consistency_ratio == 0
    assert judged.weights.tolist() == pytest.approx([1.0] if len(matrix) == 1 else [0.8, 0.2])


def test_entropy_by_hand():
    """Shares 2/3, 1/3, 0 and 1/2, 1/2, 0; entropies .6365 and .6931 over ln 3."""
    entropies = np.array([2 / 3 * np.log(1.5) + np.log(3) / 3, np.log(2)]) / np.log(3)
    expected = (1 - entropies) / (1 - entropies).sum()
    assert entropy_weights(np.array([[100, 100], [50, 100], [0, 0.0]])) == pytest.approx(expected)


@pytest.mark.parametrize("values", [[[50, 50]], [[50, 50], [50, 50]], np.zeros((3, 2))])
def test_entropy_has_nothing_to_say_where_nothing_differs(values):
    assert entropy_weights(np.array(values, dtype=float)).tolist() == [0.5, 0.5]


LEAVES = [
    ScoreIndicator(id="a", group="left", weight=1),
    ScoreIndicator(id="b", group="left", weight=3),
    ScoreIndicator(id="c", group="below"),
    ScoreIndicator(id="d"),
]
TREE = [
    ScoreGroup(id="left", name="l", weight=2),
    ScoreGroup(id="right", name="r", weight=1),
    ScoreGroup(id="below", name="b", parent="right"),
]


@pytest.mark.parametrize(
    ("available", "weights"),
    [
        ([1, 1, 1, 1], [0.125, 0.375, 0.25, 0.25]),
        ([0, 1, 1, 1], [0, 0.5, 0.25, 0.25]),  # made up for within its group
        ([1, 1, 0, 1], [1 / 6, 0.5, 0, 1 / 3]),  # a group with nothing in it takes no part
        ([0, 0, 0, 1], [0, 0, 0, 1]),
    ],
)
def test_weights_through_the_hierarchy(available, weights):
    assert hierarchy_weights(LEAVES, TREE, np.array(available, bool)) == pytest.approx(weights)


def test_the_hierarchy_of_the_example_weighs_all_alike():
    leaves = [ScoreIndicator(id=i, group=g) for i, g in zip(INDICATORS, GROUPS, strict=True)]
    groups = [ScoreGroup(id=each, name=each) for each in dict.fromkeys(GROUPS)]
    assert hierarchy_weights(leaves, groups, np.ones(8, bool)).tolist() == [0.125] * 8


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Normalisation.MIN_MAX, [0, 25, 25, 100]),
        (Normalisation.Z_SCORE, np.array([-1.5, -0.5, -0.5, 2.5]) / np.sqrt(3)),
        (Normalisation.RANK, [1, 2.5, 2.5, 4]),
        (Normalisation.PERCENTILE, [0, 50, 50, 100]),
        (Normalisation.GOALPOSTS, [0, 20, 20, 80]),
    ],
)
def test_normalisations_by_hand(method, expected):
    values = np.array([1.0, 2, 2, 5])
    assert fit_scale(values, method, (1, 6))(values) == pytest.approx(expected)


@pytest.mark.parametrize("method", Normalisation)
@pytest.mark.parametrize("values", [[3.0], [3.0, 3.0, 3.0], []])
def test_values_all_alike_lie_in_the_middle(method, values):
    values = np.array(values)
    middle = {Normalisation.Z_SCORE: 0.0, Normalisation.RANK: (len(values) + 1) / 2}.get(method, 50.0)
    assert fit_scale(values, method, (0, 6))(values).tolist() == [middle] * len(values)


@pytest.mark.parametrize("method", Normalisation)
def test_no_normalisation_changes_the_order(method):
    values = np.random.default_rng(4).gamma(2, 1, 30)
    normalised = fit_scale(values, method, (0, 20), log_outliers=True)(values)
    assert (np.argsort(normalised) == np.argsort(values)).all()


def test_bounds_of_draws_are_those_of_the_values_and_ranks_those_within_a_draw():
    values, drawn = np.array([0.0, 10, 20]), np.array([[30.0, -10, 5], [1, 2, 3]])
    assert fit_scale(values, Normalisation.MIN_MAX)(drawn)[0].tolist() == [150, -50, 25]
    assert fit_scale(values, Normalisation.RANK)(drawn).tolist() == [[3, 1, 2], [1, 2, 3]]
    assert fit_scale(values, Normalisation.GOALPOSTS, (0, 20))(drawn)[0].tolist() == [100, 0, 25]
    raised = fit_scale(values, Normalisation.MIN_MAX, positive=True)
    assert raised(drawn)[0].tolist() == [150, 1, 25]


def test_skewness_and_kurtosis_are_those_of_coinr():
    """The outlier example of COINr's vignette, by its definition (type 2 of R's e1071)."""
    from scipy.stats import kurtosis as excess
    from scipy.stats import skew

    values = np.array([*range(1, 11), 30, 100], dtype=float)
    assert skewness(values) == pytest.approx(3.063241, abs=1e-6)
    assert kurtosis(values) == pytest.approx(9.741391, abs=1e-6)
    assert skewness(values) == pytest.approx(skew(values, bias=False))
    assert kurtosis(values) == pytest.approx(excess(values, bias=False))
    assert has_outliers(values)
    assert not has_outliers(values[:10])


@pytest.mark.parametrize("sign", [1, -1])
def test_outliers_are_drawn_in_and_keep_their_order(sign):
    """By hand: log(x - least + 1 % of the range), then from 0 to 100."""
    values = sign * np.array([*range(1, 11), 30, 100], dtype=float)
    plain = fit_scale(values, Normalisation.MIN_MAX)(values)
    logged = fit_scale(values, Normalisation.MIN_MAX, log_outliers=True)(values)
    at = np.log((np.array([1, 5, 30, 100]) - 1) + 0.99)
    expected = (at - at[0]) / (at[-1] - at[0]) * 100
    assert logged[[0, 4, 10, 11]] == pytest.approx(expected if sign > 0 else 100 - expected)
    assert (np.argsort(logged) == np.argsort(plain)).all()
    beyond = fit_scale(values, Normalisation.MIN_MAX, log_outliers=True)(np.array([sign * -50.0]))
    assert np.isfinite(beyond).all()


def test_contributions_add_up():
    rng = np.random.default_rng(2)
    normalised, weights = rng.uniform(1, 100, (20, 3)), np.array([0.2, 0.3, 0.5])
    known = rng.random((20, 3)) < 0.7
    known[:, 0] = True
    weighed = weigh_available(known, share_out(weights))
    for geometric in (False, True):
        scores = aggregate(
            [c[None] for c in normalised.T], weighed, np.ones((1, 3)), geometric=geometric
        )[0]
        parts = contributions(normalised, weighed.of_townships, geometric=geometric)
        assert (np.isnan(parts) == ~known).all()
        total = np.nansum(parts, axis=1)
        assert (np.exp(total) if geometric else total) == pytest.approx(scores)


def test_weights_that_are_all_zero_are_shared_evenly():
    assert share_out(np.array([1.0, 0, 0]))(np.array([False, True, True])).tolist() == [0, 0.5, 0.5]


def test_ranks_are_those_of_an_argsort_whatever_the_sign():
    scores = np.random.default_rng(5).normal(0, 1e3, (50, 300)).astype(np.float32)
    scores[:, 7] = 0
    order = np.argsort(-scores, axis=1)
    expected = np.empty_like(order)
    np.put_along_axis(expected, order, np.arange(1, 301)[None], axis=1)
    assert (rank_rows(scores) == expected).all()


def test_ties_are_broken_at_random_and_both_zeros_are_one():
    scores = np.tile(np.array([0.0, -0.0, 5.0]), (4000, 1))
    ties = np.random.default_rng(1).integers(0, 2**32, scores.shape, dtype=np.uint32)
    ranks = rank_rows(scores, ties)
    assert (ranks[:, 2] == 1).all()
    assert (ranks[:, 0] == 2).mean() == pytest.approx(0.5, abs=0.03)


def test_too_many_units_are_refused():
    with pytest.raises(ValueError, match="at most"):
        rank_rows(np.zeros((1, 40_000)))


def test_ranks_of_scores():
    assert average_ranks(np.array([5.0, 1, 5, 7])).tolist() == [2.5, 1, 2.5, 4]
    np.testing.assert_array_equal(ranks_of(np.array([5.0, np.nan, 5, 7])), [2, np.nan, 2, 1])
    assert np.isnan(ranks_of(np.array([5.0, 5, np.nan]))).all()
    assert spearman(np.array([1.0, 2, 3]), np.array([9.0, 4, 1])) == -1
    assert np.isnan(spearman(np.array([1.0, 2]), np.array([3.0, 3])))
    assert np.isnan(spearman(np.array([]), np.array([])))
