"""Changes between two windows: intervals, the city's own change, and what chance would do."""

import numpy as np
import pandas as pd
import pytest
from conftest import CONFIGURATION, GRID
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from boundaries import read_townships
from geo_jindu.assessment import assess
from geo_jindu.changes import ChangeClass, measure_change, ratio_interval
from geo_jindu.configuration import Comparison
from geo_jindu.description import describe_assessment
from geo_jindu.errors import InputError
from geo_jindu.inputs import read_inputs
from geo_jindu.rates import smooth_rates
from geo_jindu.results import full_results
from geo_jindu.workspace import read_workspace

COMPARISON = Comparison(
    id="fall",
    name="change",
    indicator="incident",
    before=("2017-01", "2017-12"),
    after=("2018-01", "2018-12"),
)
CODES = ["a", "b", "c", "d"]
COMPARISON_TEXT = """
[[comparisons]]
id = "fall"
name = "下降"
indicator = "incident"
before = ["2018-01", "2018-06"]
after = ["2018-07", "2018-12"]

[ranking]"""


def measure(before, after, persons=(1000, 1000, 1000, 1000), key_areas=None):
    series = [pd.Series(values, index=CODES) for values in (before, after, persons)]
    return measure_change(COMPARISON, *series, key_areas)


def with_comparison(text=COMPARISON_TEXT):
    return CONFIGURATION.replace("\n[ranking]", text)


@pytest.mark.parametrize(
    ("before", "after", "upper"),
    [(30, 5, 0.3835), (20, 10, 0.9978), (5, 2, 1.9303)],
)
def test_the_worked_results_of_the_acceptance_rule_come_out(before, after, upper):
    """A fall of half or more with an upper bound of .85: 30 to 5 passes, 20 to 10 does not."""
    _, high = ratio_interval(np.array([before]), np.array([after]), level=0.90)
    assert high[0] == pytest.approx(upper, abs=5e-5)
    assert (after / before <= 0.5 and high[0] <= 0.85) == (before == 30)


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_interval_is_that_of_clopper_and_pearson_carried_over(before, after):
    low, high = ratio_interval(np.array([before]), np.array([after]))
    if before + after == 0:
        assert (low[0], high[0]) == (0, np.inf)
        return
    exact = binomtest(after, before + after).proportion_ci(0.95, method="exact")
    assert low[0] / (1 + low[0]) == pytest.approx(exact.low, abs=1e-9)
    assert (high[0] / (1 + high[0]) if np.isfinite(high[0]) else 1) == pytest.approx(
        exact.high, abs=1e-9
    )


def test_the_interval_covers_the_true_ratio_as_often_as_it_says():
    rng = np.random.default_rng(1)
    before, after = rng.poisson(20, 20_000), rng.poisson(10, 20_000)
    low, high = ratio_interval(before.astype(float), after.astype(float))
    assert 0.95 <= ((low <= 0.5) & (high >= 0.5)).mean() <= 0.98


def test_changes_stand_beside_the_citys():
    changed = measure([40, 20, 20, 20], [4, 20, 8, 8])
    assert changed.totals["city"].change_pct == pytest.approx(-60)
    assert changed.values["change_pct"].tolist() == pytest.approx([-90, 0, -60, -60])
    assert changed.values["change_class"].tolist() == [
        ChangeClass.BELOW_CITY,
        ChangeClass.ABOVE_CITY,
        ChangeClass.AS_CITY,
        ChangeClass.AS_CITY,
    ]


def test_fewer_than_ten_are_not_judged_and_nothing_before_has_no_change():
    values = measure([9, 0, 40, 51], [0, 5, 15, 20]).values
    assert values["change_class"].tolist()[:2] == [ChangeClass.TOO_FEW, ChangeClass.TOO_FEW]
    assert values.loc["a", "change_pct"] == -100
    percentages = ["change_pct", "change_low_pct", "change_high_pct", "expected_pct"]
    assert values.loc["b", percentages].isna().all()
    assert (values["change_low_pct"].dropna() <= values["change_pct"].dropna()).all()
    assert (values["change_high_pct"].dropna() >= values["change_pct"].dropna()).all()


def test_expected_is_the_smoothed_count_times_the_citys_ratio():
    before, after = np.array([40.0, 10, 10, 20]), np.array([20.0, 5, 5, 10])
    changed = measure(before, after, key_areas=pd.Index(["a"]))
    smoothed = smooth_rates(before, np.full(4, 1000.0)).rate * 1000
    assert changed.values["expected_pct"].to_numpy() == pytest.approx(100 * (smoothed / before / 2 - 1))
    key_areas, elsewhere = changed.totals["key_areas"], changed.totals["elsewhere"]
    assert key_areas.change_pct == elsewhere.change_pct == pytest.approx(-50)
    assert key_areas.expected_pct < -50 < elsewhere.expected_pct  # regression to the mean
    assert (key_areas.townships, elsewhere.townships) == (1, 3)


def test_places_chosen_for_a_bad_year_fall_with_nothing_done_and_expected_says_so():
    """The 16 of 184 with the most in one year, true rates unchanged: they fall by chance alone."""
    rng = np.random.default_rng(16)
    falls, expected = [], []
    for _ in range(40):
        persons = rng.gamma(6, 7_000, 184)
        true = persons * rng.gamma(3, 1 / 3, 184) * 7 / 42_000
        before, after = rng.poisson(true), rng.poisson(true)
        index = pd.RangeIndex(184)
        worst = index[np.argsort(-smooth_rates(before.astype(float), persons).rate)[:16]]
        series = [pd.Series(values, index=index) for values in (before, after, persons)]
        totals = measure_change(COMPARISON, *series, worst).totals["key_areas"]
        falls.append(totals.change_pct)
        expected.append(totals.expected_pct)
    assert np.mean(falls) < -10
    assert np.mean(expected) == pytest.approx(np.mean(falls), abs=3)


def test_a_population_not_known_leaves_the_expectation_unknown():
    changed = measure([20, 20, 20, 20], [10, 10, 10, 10], persons=(1000, np.nan, 0, 1000))
    assert changed.values["expected_pct"].isna().tolist() == [False, True, True, False]
    assert np.isnan(changed.totals["city"].expected_pct)
    assert changed.totals["city"].change_pct == -50


def test_a_comparison_goes_through_the_line(make_workspace):
    """Incidents of the grid fall in the months in turn: 5 and 1, 0, 2, 3, 1 from January on."""
    directory = make_workspace(configuration=with_comparison())
    assessment = assess(read_inputs(read_workspace(directory), read_townships))
    table = assessment.table
    assert table["fall_before"].sum() + table["fall_after"].sum() == 12
    assert table.loc["990000101", ["fall_before", "fall_after"]].tolist() == [5, 0]
    assert table.loc["990000101", "fall_change_pct"] == -100
    assert table.loc["990000203", "fall_change_class"] == "too_few"
    [described] = describe_assessment(assessment, full_results(assessment))["comparisons"]
    assert described["before"] == "2018-01-01/2018-06-30"
    assert described["totals"]["city"]["townships"] == len(GRID)
    assert set(described["totals"]) == {"city"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('indicator = "incident"\nbefore', 'indicator = "nothing"\nbefore', "is no indicator"),
        ('["2018-07", "2018-12"]', '["2018-07", "2018-11"]', "cannot be compared"),
        ('["2018-01", "2018-06"]', '["2018-04", "2018-09"]', "cannot be compared"),
        ('["2018-01", "2018-06"]', '["someday", "2018-06"]', "unreadable"),
        ('["2018-01", "2018-06"]', '["2016-01", "2016-06"]', "no change to compute"),
        ('id = "fall"', 'id = "incident"', "used twice"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(make_workspace, old, new, said):
    text = COMPARISON_TEXT.replace(old, new)
    assert text != COMPARISON_TEXT
    directory = make_workspace(configuration=with_comparison(text))
    with pytest.raises(InputError, match=said):
        assess(read_inputs(read_workspace(directory), read_townships))
