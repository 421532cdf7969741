"""The flexible method of Farrington: its fit, its bound, its rules."""

import numpy as np
import pytest

from geo_jindu.alerts.farrington import _fit, _quantile, _seasons, _solve, farrington

PAST = np.array(
    [
        [6, 7, 8, 6, 2, 3, 8, 6, 8, 4, 9, 5, 6, 5, 2, 10, 3, 5, 7, 9, 8, 10, 4, 9, 5, 6, 2, 3, 2, 8],
        [6, 8, 8, 4, 7, 30, 5, 4, 3, 6, 9, 4, 10, 9, 5, 7, 6, 6, 3, 4, 6, 2, 5, 8, 6, 5, 7, 8, 4, 12],
    ],
    dtype=float,
)
BACK = np.arange(36, 6, -1)


def design():
    levels = (_seasons(BACK)[:, None] == np.arange(4)).astype(float)
    return np.column_stack([levels, -BACK / 12])


def test_the_fit_is_that_of_statsmodels():
    """Made once with statsmodels 0.14, GLM, Poisson, frequency weights (0.3 for the count of 30)."""
    weight = np.ones_like(PAST)
    weight[1, 5] = 0.3
    _, coefficients, _ = _solve(PAST, design(), weight)
    golden = [
        [1.728716, 1.891218, 1.80218, 1.361725, -0.044554],
        [1.895504, 1.595028, 1.874452, 1.780776, -0.026919],
    ]
    assert coefficients == pytest.approx(np.array(golden), abs=6e-7)


def test_a_past_outbreak_weighs_less():
    _, spread, (weight, _, _) = _fit(PAST, design())
    assert weight[1, 5] < 0.15
    assert (weight[0] > 0.9).all()
    assert (spread >= 1).all()
    assert weight.sum(axis=1) == pytest.approx([30, 30])


def test_the_bound_is_the_quantile_of_poisson_and_negative_binomial():
    """As SciPy has them: poisson(3), nbinom(8 / 1.5, 1 / 2.5), nbinom(0.4 / 0.3, 1 / 1.3) at .995."""
    found = _quantile(np.array([3.0, 8.0, 0.4]), np.array([1.0, 2.5, 1.3]))
    assert found.tolist() == [8, 23, 3]


def test_the_season_is_the_month_and_those_beside_it():
    by_month = dict(zip(range(36, 6, -1), _seasons(BACK).tolist(), strict=True))
    assert [by_month[back] for back in (35, 36, 25, 24, 23, 13, 12, 11)] == [0] * 8
    assert sorted(set(by_month.values())) == [0, 1, 2, 3]
    assert [by_month[back] for back in (22, 21, 20)] == [3] * 3
    assert [by_month[back] for back in (16, 15, 14)] == [1] * 3


def seasonal(years, last, seed=1):
    """Return series of 10 a month, 20 in the summer, that end with a June count of ``last``."""
    months = np.arange(12 * years + 6)
    mean = np.where((months % 12 >= 4) & (months % 12 <= 7), 20.0, 10.0)
    counts = np.random.default_rng(seed).poisson(mean).astype(float)
    counts[-1] = last
    return counts[None]


def test_the_season_decides_what_is_too_many():
    usual, many = farrington(seasonal(4, 22)), farrington(seasonal(4, 60))
    assert usual.expected[0] == pytest.approx(20, abs=4)
    assert 22 < usual.threshold[0] < 45
    assert usual.statistic[0] < 1 < many.statistic[0]
    assert many.threshold == usual.threshold  # the step judged is no part of what it is judged by


def test_the_last_six_months_are_left_out():
    counts = seasonal(4, 20)
    grown = counts.copy()
    grown[0, -7:-1] += 50
    assert farrington(grown).threshold == farrington(counts).threshold


def test_a_trend_is_followed_only_if_it_leads_to_no_more_than_there_was():
    months = np.arange(60)
    falling = np.random.default_rng(1).poisson(60 * np.exp(-months / 30))[None].astype(float)
    assert farrington(falling).expected[0] < 15
    rising = falling[:, ::-1].copy()
    assert farrington(rising).expected[0] <= rising[0, :-6].max()


@pytest.mark.parametrize("steps", [0, 1, 12, 24])
def test_below_two_whole_years_nothing_is_said(steps):
    assert np.isnan(farrington(np.full((2, steps), 9.0)).threshold).all()


def test_few_counts_lately_do_not_alarm():
    counts = np.zeros((3, 40))
    counts[1, -1] = 4
    counts[2, -1] = 5
    found = farrington(counts)
    assert np.isnan(found.threshold[:2]).all()
    assert found.threshold[2] < 5
    assert 1 < found.statistic[2] <= 10  # not without bounds, though the bound is 0


def test_how_often_chance_alarms():
    """Counts around 8 a month for four years: at most about one in a hundred."""
    counts = np.random.default_rng(5).poisson(8, (3000, 49)).astype(float)
    found = farrington(counts)
    assert 0.001 < (counts[:, -1] > found.threshold).mean() < 0.015
