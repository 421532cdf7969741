"""C1, C2 and C3 by hand, where nothing can be said, and how often chance alone alarms."""

import numpy as np
import pytest

from geo_jindu.alerts.ears import LEAST_SPREAD, THRESHOLDS, baseline_totals, ears

BASELINE = [2.0, 4, 3, 5, 1, 4, 2]
"""Mean 3, standard deviation sqrt(2)."""


def test_c1_by_hand():
    found = ears(np.array([[*BASELINE, 8.0]]))["ears_c1"]
    assert np.isnan(found.statistic[0, :7]).all()
    assert found.expected[0, 7] == 3
    assert found.statistic[0, 7] == pytest.approx(5 / np.sqrt(2))
    assert found.threshold[0, 7] == pytest.approx(3 + 3 * np.sqrt(2))


def test_c2_leaves_out_the_two_steps_before():
    found = ears(np.array([[*BASELINE, 50.0, 50.0, 8.0]]))
    assert found["ears_c2"].statistic[0, 9] == pytest.approx(5 / np.sqrt(2))
    assert found["ears_c1"].statistic[0, 9] < 0


def test_c3_adds_up_what_c2_had_above_one():
    """C2 of three steps is 2 / s, 3 / s and 4 / s, the baseline of each moving on by one."""
    series = np.array([[*BASELINE, 3.0, 3.0, 5.0, 6.0, 7.0]])
    found = ears(series)
    c2 = found["ears_c2"].statistic[0]
    by_hand = sum(max(0, each - 1) for each in c2[9:12])
    assert found["ears_c3"].statistic[0, 11] == pytest.approx(by_hand)
    assert found["ears_c3"].statistic[0, 9] == pytest.approx(max(0, c2[9] - 1))


def test_a_count_above_the_threshold_is_a_statistic_above_its_own():
    generator = np.random.default_rng(1)
    counts = generator.poisson(3, (50, 30)).astype(float)
    for name, found in ears(counts).items():
        above = found.statistic > THRESHOLDS[name] + 1e-9
        bound = ~np.isnan(found.threshold)
        assert ((counts > found.threshold + 1e-9) == above)[bound].all()
        assert above[~bound & ~np.isnan(found.statistic)].all()


def test_the_first_incident_after_zeros_is_no_alarm_without_bounds():
    counts = np.zeros((1, 12))
    counts[0, 11] = 1
    for name, found in ears(counts).items():
        assert found.statistic[0, 11] == pytest.approx(1 / LEAST_SPREAD - (name == "ears_c3"))


@pytest.mark.parametrize("steps", [0, 1, 7])
def test_without_a_full_baseline_nothing_is_said(steps):
    for found in ears(np.ones((3, steps))).values():
        assert found.statistic.shape == (3, steps)
        assert np.isnan(found.statistic).all()


def test_constant_series_do_not_alarm():
    for name, found in ears(np.full((2, 20), 4.0)).items():
        assert np.nanmax(found.statistic) <= THRESHOLDS[name]


def test_totals_of_the_baseline():
    assert baseline_totals(np.array([[*BASELINE, 8.0]]))[0, 7] == 21


def test_how_often_chance_alarms():
    """Counts of 5 a month: C1 and C2 alarm in 1 to 3 % of the months."""
    counts = np.random.default_rng(2).poisson(5, (2000, 20)).astype(float)
    found = ears(counts)
    for name in ("ears_c1", "ears_c2"):
        share = (found[name].statistic[:, 9:] > THRESHOLDS[name]).mean()
        assert 0.01 < share < 0.03
