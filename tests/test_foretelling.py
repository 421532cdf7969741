"""Rankings judged by what came next: published numbers, sums by hand, ties, and too little to tell."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from geo_jindu.evaluation.backtesting import FEWEST_ORIGINS, Backtest, Verdict, backtest
from geo_jindu.evaluation.foretelling import judge_ranking, places_among_first


def test_the_numbers_of_ptools():
    """Observed 6, 3, 0; predicted 3, 2, 1; equal sizes: PAI 2, 1.5, 1; PEI 1, 1, 1; RRI 3/6, 5/9, 6/9."""
    observed, predicted, sizes = np.array([6.0, 3, 0]), np.array([3.0, 2, 1]), np.ones(3)
    found = [judge_ranking(observed, predicted, sizes, k, predicted) for k in (1, 2, 3)]
    assert [each.capture for each in found] == pytest.approx([6 / 9, 1, 1])
    assert [each.pai for each in found] == pytest.approx([2, 1.5, 1])
    assert [each.pei for each in found] == pytest.approx([1, 1, 1])
    assert [each.rri for each in found] == pytest.approx([3 / 6, 5 / 9, 6 / 9])


def test_sizes_and_a_wrong_order_by_hand():
    """First by score has 2 of 8 on 4 of 8 of the ground: PAI 0.5; the densest has 6 of 8 on 1 of 8."""
    found = judge_ranking(np.array([2.0, 6, 0]), np.array([3.0, 2, 1]), np.array([4.0, 1, 3]), 1)
    assert found.capture == pytest.approx(0.25)
    assert found.pai == pytest.approx(0.5)
    assert found.pei == pytest.approx(0.5 / 6)
    assert np.isnan(found.rri)


def test_nothing_counted_next_is_not_judged():
    found = judge_ranking(np.zeros(3), np.arange(3.0), np.ones(3), 1, np.ones(3))
    assert np.isnan([found.capture, found.pai, found.pei, found.rri]).all()


def test_nothing_recovered_has_no_recovery_rate():
    found = judge_ranking(np.array([0.0, 1]), np.array([2.0, 1]), np.ones(2), 1, np.array([2.0, 1]))
    assert (found.capture, found.pai, found.pei) == (0, 0, 0)
    assert np.isnan(found.rri)


scores = st.lists(st.integers(0, 3), min_size=1, max_size=6)


@given(scores, st.data())
def test_ties_are_the_mean_over_every_way_to_break_them(score, data):
    k = data.draw(st.integers(1, len(score)))
    counts = np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(score), max_size=len(score))))
    captured = []
    for order in permutations(range(len(score))):
        first = sorted(order, key=lambda at: -score[at])[:k]
        captured.append(counts[first].sum())
    part = places_among_first(np.array(score, dtype=float), k)
    assert part.sum() == pytest.approx(k)
    assert part @ counts == pytest.approx(np.mean(captured))


@given(st.lists(st.integers(0, 20), min_size=2, max_size=8), st.data())
def test_no_ranking_beats_hindsight_where_sizes_are_equal(observed, data):
    k = data.draw(st.integers(1, len(observed)))
    score = data.draw(st.lists(st.integers(0, 5), min_size=len(observed), max_size=len(observed)))
    found = judge_ranking(np.array(observed, float), np.array(score, float), np.ones(len(observed)), k)
    if sum(observed):
        assert 0 <= found.capture <= 1 + 1e-12
        assert 0 <= found.pei <= 1 + 1e-12


# ---- the backtest

YEARS = np.array(
    [
        # the year before, then three years foretold
        [6, 5, 1, 4],
        [2, 3, 4, 0],
        [0, 1, 3, 4],
    ],
    dtype=float,
)


def by_year(counts: np.ndarray, **options) -> Backtest:
    persons = options.pop("persons", np.full(len(counts), 1000.0))
    return backtest(counts, persons, 1, options.pop("window", 1), 1, year_steps=1, **options)


def test_three_years_by_hand():
    """Last year's first captures 5 of 9 and 1 of 8; then the first is another and captures 0 of 8."""
    found = by_year(YEARS)
    last = found.origins[found.origins["ranking"] == "last_year"]
    assert list(last["origin"]) == [1, 2, 3]
    assert list(last["counted"]) == [9, 8, 8]
    assert list(last["capture"]) == pytest.approx([5 / 9, 1 / 8, 0])
    assert list(last["pai"]) == pytest.approx([3 * 5 / 9, 3 / 8, 0])
    assert list(last["pei"]) == pytest.approx([1, 1 / 4, 0])
    assert list(last["rri"]) == pytest.approx([6 / 5, 5 / 1, np.nan], nan_ok=True)
    summary = found.summary.loc["last_year"]
    assert summary["capture"] == pytest.approx(6 / 25)
    assert summary["pai"] == pytest.approx(3 * 6 / 25)
    assert summary["pei"] == pytest.approx(6 / (5 + 4 + 4))
    assert summary["rri"] == pytest.approx((6 + 5 + 4) / 6)
    assert summary["capture_difference"] == summary["pai_difference"] == 0
    assert summary["capture_verdict"] == Verdict.CANNOT_TELL


def test_equal_populations_and_one_year_rank_as_last_year_does():
    summary = by_year(YEARS * 20).summary.loc["smoothed"]
    assert (
        summary["capture_difference"],
        summary["capture_difference_low"],
        summary["capture_difference_high"],
    ) == (0, 0, 0)
    assert summary["capture_verdict"] == Verdict.CANNOT_TELL


def drawn(seed: int, *, n: int = 120, years: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Return one a year on average at lasting true rates, so that last year's count is mostly noise."""
    generator = np.random.default_rng(seed)
    rate = generator.gamma(2, 1 / 24, n)
    counts = generator.poisson(rate[:, None], (n, 12 * years))
    return counts.astype(float), np.full(n, 20_000.0)


def test_a_long_window_of_lasting_rates_beats_last_year():
    counts, persons = drawn(0, n=300, years=12)
    found = backtest(counts, persons, 30, 60, 12)
    summary = found.summary.loc["smoothed"]
    assert len(found.origins) == 2 * 7
    assert summary["capture_difference_low"] > 0
    assert summary["capture_verdict"] == Verdict.BETTER
    assert summary["pai_difference_low"] > 0
    assert summary["pai_verdict"] == Verdict.BETTER
    assert summary["capture_low"] < summary["capture"] < summary["capture_high"]
    assert summary["pai_low"] < summary["pai"] < summary["pai_high"]


def turned_round() -> np.ndarray:
    """Return 120 townships whose order turns round after three of seven years."""
    before = np.repeat(np.array([[90.0], [80], [1], [1]]), 3, axis=1)
    after = np.repeat(np.array([[1.0], [1], [20], [30]]), 4, axis=1)
    return np.repeat(np.hstack([before, after]), 30, axis=0)


def test_a_ranking_by_stale_rates_is_worse():
    found = backtest(turned_round()[:, :6], np.full(120, 1000.0), 30, 3, 1, year_steps=1)
    captured = found.origins.pivot(index="origin", columns="ranking", values="capture")
    assert captured.loc[3, "smoothed"] == captured.loc[3, "last_year"]
    assert (captured.loc[4:, "smoothed"] < captured.loc[4:, "last_year"]).all()
    assert found.summary.loc["smoothed", "capture_difference_high"] < 0
    assert found.summary.loc["smoothed", "capture_verdict"] == Verdict.WORSE


def test_large_townships_capture_more_and_are_worth_less():
    """Two large townships have most of the counts, two small ones the rates: each list is the better."""
    counts = np.repeat(np.array([[90.0], [80], [40], [30]]), 6, axis=1)
    counts, persons = np.repeat(counts, 30, axis=0), np.repeat([90_000.0, 80_000, 4_000, 3_000], 30)
    found = backtest(counts, persons, 60, 1, 1, year_steps=1).summary.loc["smoothed"]
    assert found["capture_difference"] == pytest.approx(70 / 240 - 170 / 240)
    assert found["pai_difference"] == pytest.approx(70 / 240 / (7 / 177) - 170 / 240 / (170 / 177))
    assert (found["capture_verdict"], found["pai_verdict"]) == (Verdict.WORSE, Verdict.BETTER)


def test_few_origins_cannot_tell_however_clear_the_difference():
    found = backtest(turned_round()[:, :5], np.full(120, 1000.0), 30, 3, 1, year_steps=1)
    assert len(found.origins) == 2 * (FEWEST_ORIGINS - 1)
    assert found.summary.loc["smoothed", "capture_difference_high"] < 0
    assert found.summary.loc["smoothed", "capture_verdict"] == Verdict.CANNOT_TELL


@pytest.mark.parametrize("steps", [0, 1, 24, 47])
def test_too_few_steps_give_no_origin_and_no_verdict(steps):
    found = backtest(np.ones((3, steps)), np.full(3, 1000.0), 1, 36, 12)
    assert found.origins.empty
    assert np.isnan(
        found.summary.drop(columns=["capture_verdict", "pai_verdict"]).to_numpy(float)
    ).all()
    assert found.summary.loc["smoothed", "capture_verdict"] == Verdict.CANNOT_TELL


def test_zero_counts_everywhere_are_not_judged():
    found = backtest(np.zeros((5, 60)), np.full(5, 1000.0), 2, 12, 12)
    assert len(found.origins) == 2 * 4
    assert found.origins["capture"].isna().all()
    assert found.summary["capture"].isna().all()
    assert found.summary.loc["smoothed", "capture_verdict"] == Verdict.CANNOT_TELL


def test_an_empty_window_ranks_all_alike():
    """Nothing in the first year: k of n units capture k / n of the next whatever their order."""
    counts = np.zeros((4, 24))
    counts[2, 12:] = 1
    found = backtest(counts, np.full(4, 1000.0), 1, 12, 12).origins
    assert list(found["capture"]) == pytest.approx([1 / 4, 1 / 4])


@pytest.mark.parametrize("missing", [np.nan, 0.0])
def test_townships_without_persons_take_no_part(missing):
    persons = np.array([1000.0, missing, 1000.0])
    weights = csr_array(np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]]))
    found = by_year(YEARS, persons=persons, weights=weights, sizes=np.array([1.0, np.nan, 3.0]))
    assert found.townships == 2
    assert list(found.origins["counted"].unique()) == [6, 4, 8]


def test_a_single_township_captures_all():
    found = by_year(YEARS[:1])
    assert (found.origins["capture"] == 1).all()
    assert found.summary.loc["smoothed", "capture_difference"] == 0


def test_g_star_is_judged_where_neighbours_are_known():
    counts, persons = drawn(3, n=30)
    ring = csr_array(np.roll(np.eye(30), 1, axis=1) + np.roll(np.eye(30), -1, axis=1))
    found = backtest(counts, persons, 5, 12, 12, weights=ring)
    assert list(found.summary.index) == ["smoothed", "last_year", "g_star"]
    assert np.isnan(found.summary.loc["g_star", "rri"])
    assert (
        found.summary.loc["g_star", "capture_difference_low"]
        <= found.summary.loc["g_star", "capture_difference"]
    )


def test_islands_without_a_test_come_last():
    """Two townships that neighbour every other: no G* at all, so all are ranked alike."""
    weights = csr_array(np.array([[0.0, 1], [1, 0]]))
    found = by_year(YEARS[:2], weights=weights).origins
    assert (found.loc[found["ranking"] == "g_star", "capture"] == 0.5).all()


def test_the_same_seed_the_same_intervals_and_another_another():
    counts, persons = drawn(2)
    one, same, other = (backtest(counts, persons, 12, 24, 12, seed=seed).summary for seed in (5, 5, 6))
    assert one.equals(same)
    assert one.loc["smoothed", "capture_low"] != other.loc["smoothed", "capture_low"]
    assert one.loc["smoothed", "capture"] == other.loc["smoothed", "capture"]


def test_the_order_of_townships_changes_no_figure():
    counts, persons = drawn(4)
    order = np.random.default_rng(0).permutation(len(counts))
    figures = ["capture", "pai", "pei", "rri", "capture_difference"]
    one = backtest(counts, persons, 12, 24, 12).summary[figures]
    other = backtest(counts[order], persons[order], 12, 24, 12).summary[figures]
    assert one.to_numpy(float) == pytest.approx(other.to_numpy(float), nan_ok=True)


@pytest.mark.parametrize("wrong", [{"k": 0}, {"window_steps": 0}, {"horizon_steps": 0}])
def test_what_makes_no_backtest_is_refused(wrong):
    asked = {"k": 1, "window_steps": 1, "horizon_steps": 1} | wrong
    with pytest.raises(ValueError, match="backtest"):
        backtest(YEARS, np.full(3, 1000.0), **asked)


def test_no_persons_anywhere_are_refused():
    with pytest.raises(ValueError, match="persons"):
        backtest(YEARS, np.full(3, np.nan), 1, 1, 1)
