"""Variables of outflow and of proportions: worked by hand, absent where data do not say."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from test_figures import ONE, TWO, listing, make, year

from geo_jindu.changes import measure_change, ratio_interval
from geo_jindu.errors import InputError
from geo_jindu.rectification.context import build_context, rank_of_share
from geo_jindu.rectification.courses import Course, Measure
from geo_jindu.rectification.outflow import Windows, outflow_values
from geo_jindu.rectification.rulebook import read_rulebook
from geo_jindu.rectification.variables import VARIABLES

RULEBOOK = read_rulebook(SimpleNamespace(configuration=SimpleNamespace(rectification=None)))
LISTED = Course(
    ONE, "2018-01-01", "990001", "rectifying", date(2018, 2, 12), 1, listed_on=date(2018, 1, 10)
)


def context(course=LISTED, day="2019-02-12", figures=None, **others):
    return build_context(course, figures, date.fromisoformat(day), RULEBOOK, **others)


@pytest.mark.parametrize(
    ("listed", "day", "months", "ends", "baseline", "current"),
    [
        ("2018-01-10", "2019-02-12", 12, "month", "2017-01-01/2017-12-31", "2018-01-01/2018-12-31"),
        ("2018-04-10", "2019-06-26", 12, "month", "2017-04-01/2018-03-31", "2018-01-01/2018-12-31"),
        ("2018-04-10", "2019-06-26", 12, "year", "2017-01-01/2017-12-31", "2018-01-01/2018-12-31"),
        ("2018-02-01", "2018-11-30", 3, "month", "2017-11-01/2018-01-31", "2018-09-01/2018-11-30"),
        ("2018-02-28", "2018-11-29", 3, "month", "2017-11-01/2018-01-31", "2018-08-01/2018-10-31"),
        ("2019-01-01", "2018-12-30", 24, "year", "2017-01-01/2018-12-31", None),
    ],
)
def test_windows_end_before_the_listing_and_by_the_day(listed, day, months, ends, baseline, current):
    windows, figures = Windows(months, ends), make({})
    assert windows.before(date.fromisoformat(listed)).label == baseline
    found = windows.latest(figures, date.fromisoformat(day))
    assert (found.label if found else None) == current


@pytest.mark.parametrize(
    "parameters",
    [{"window_months": 18, "window_ends": "year"}, {"window_months": 0}, {"window_ends": "week"}],
)
def test_windows_that_are_none_are_refused(parameters):
    with pytest.raises(InputError, match="there is no window"):
        Windows.of(parameters)


def test_a_fall_stands_beside_its_interval_and_the_city():
    """30 to 5, in a city that goes from 130 to 55."""
    values = listing(make({"2017-03": 20, "2017-12": 10, "2018-12": 5}))
    assert (values["baseline_n"], values["current_n"]) == (30, 5)
    assert values["change_pct"] == pytest.approx(-83.333, abs=1e-3)
    assert values["ratio"] == pytest.approx(1 / 6)
    assert values["city_change_pct"] == pytest.approx(100 * (55 - 130) / 130)
    assert values["change_vs_comparison_pp"] == pytest.approx(-83.333 + 57.692, abs=1e-2)
    assert values["ratio_high"] < 0.85
    low, high = ratio_interval(30.0, 5.0, 0.9)
    assert (values["ratio_low"], values["ratio_high"]) == (low, high)
    assert values["data_age_days"] == 43
    assert values["prob_rank_top"] == 0.75


def test_twenty_to_ten_is_exactly_a_half_and_not_certain():
    values = listing(make({"2017-03": 20, "2018-03": 10}))
    assert values["change_pct"] == -50.0
    assert values["ratio_high"] > 0.85


def test_the_expected_change_is_that_of_comparisons():
    figures = make({"2017-03": 30, "2018-03": 5})
    before, after = (figures.counted(year(each)) for each in (2017, 2018))
    series = [pd.Series(each, index=figures.codes) for each in (before, after, figures.persons)]
    changed = measure_change(SimpleNamespace(), *series, None)
    assert listing(figures)["expected_pct"] == pytest.approx(changed.values.at[ONE, "expected_pct"])


def test_nothing_before_has_no_change_and_nothing_counted_is_a_zero():
    values = listing(make({"2018-03": 4}))
    assert (values["baseline_n"], values["current_n"]) == (0, 4)
    assert "city_change_pct" in values
    assert not {"change_pct", "ratio", "ratio_low", "ratio_high", "expected_pct"} & {*values}


@pytest.mark.parametrize("listed", ["2017-10-10", "2016-01-10"])
def test_a_baseline_before_the_data_is_missing_and_not_zero(listed):
    values = listing(make({"2018-03": 4}), listed=listed)
    assert values["current_n"] == 4
    assert not {"baseline_n", "change_pct", "city_change_pct"} & {*values}


def test_while_the_current_window_overlaps_the_baseline_there_is_no_current_value():
    figures = make({"2017-12": 9, "2018-02": 9})
    values = listing(figures, listed="2018-04-10", day="2019-06-26", windows=Windows(12))
    assert values == {"baseline_n": 18, "data_age_days": 177, "prob_rank_top": 0.75}


def test_a_township_not_listed_has_a_baseline_up_to_the_day_and_nothing_current():
    values = listing(make({"2018-02": 9}), listed=None, day="2019-06-26")
    assert values == {"baseline_n": 9, "data_age_days": 177, "prob_rank_top": 0.75}


def test_a_township_the_figures_do_not_know_has_no_values():
    figures = make({})
    assert outflow_values(figures, "990000999", None, date(2019, 1, 1), None, Windows()) == {}


def test_a_rank_counts_once_its_window_is_over():
    figures = make({"2017-03": 30})
    assert "prob_rank_top" not in listing(figures, day="2018-12-30")
    assert "prob_rank_top" in listing(figures, day="2018-12-31")


def test_a_year_known_as_a_whole_counts_in_windows_that_hold_all_of_it():
    figures = make({"2017": 30, "2018-03": 5}, yearly=("2017",))
    assert listing(figures)["baseline_n"] == 30
    cut = listing(figures, listed="2018-03-10", windows=Windows(12))
    assert "baseline_n" not in cut
    assert listing(figures, listed="2018-03-10", windows=Windows(2))["baseline_n"] == 0


def test_a_silent_month_of_a_busy_city_is_a_gap_and_that_of_a_quiet_one_is_not():
    """60 a year and a month without a row; 59 a year."""
    busy = make({"2017-03": 30, "2018-03": 10}, {"2018-01": 50}, empty=("2018-07",))
    assert "current_n" not in listing(busy)
    quiet = make({"2017-03": 30, "2018-03": 9}, {"2018-01": 50}, empty=("2018-07",))
    assert listing(quiet)["current_n"] == 9


def test_after_delisting_the_later_window_is_held_against_the_one_before():
    """10 in 2017, before the delisting of 2018; 30 in 2019."""
    figures = make({"2017-03": 10, "2019-03": 30}, until="2019-12")
    values = listing(figures, listed=None, day="2020-01-05", delisted="2018-03-01")
    assert values["ratio_to_delisting_low"] == ratio_interval(10.0, 30.0, 0.9)[0] > 1
    late = listing(figures, listed=None, day="2020-01-05", delisted="2019-12-31", windows=Windows(12))
    assert "ratio_to_delisting_low" not in late


def test_equal_shares_have_the_mean_of_their_ranks():
    surveyed = {"a": (9, 10), "b": (45, 50), "c": (1, 2), "d": (0, 0), "e": (10, 10)}
    ranks = {unit: rank_of_share(surveyed, unit) for unit in surveyed}
    assert ranks == {"e": 0.25, "a": 2.5 / 4, "b": 2.5 / 4, "c": 1.0, "d": None}
    assert rank_of_share(surveyed, "x") is None


SHARES = {"2017": {ONE: (1, 2)}, "2018": {ONE: (19, 20), TWO: (0, 0)}, "2019": {ONE: (0, 20)}}
PROPORTIONS = {"rehabilitation_execution": SHARES, "satisfaction": SHARES}


def test_a_proportion_is_of_the_last_year_that_is_over_and_ended_after_the_listing():
    figures = make({}, proportions=PROPORTIONS)

    def execution(day, listed=date(2018, 1, 10), unit=ONE):
        course = replace(LISTED, unit=unit, listed_on=listed)
        return context(course, day, figures).get("rehabilitation.execution_pct")

    assert execution("2018-12-31") == execution("2019-12-30") == 95.0
    assert execution("2020-01-01") == 0.0
    assert execution("2018-12-30") is None  # 2017 was over before the listing
    assert execution("2018-12-30", listed=None) == 50.0
    assert execution("2019-02-01", unit=TWO) is None  # nobody was to be treated: no share
    assert context(figures=figures)["satisfaction.rank_share"] == 1.0


def test_every_variable_is_declared_and_of_its_type():
    figures = make({"2017-03": 30, "2018-03": 5}, proportions=PROPORTIONS)
    measures = (Measure(1, "x", "post", date(2018, 5, 1), date(2018, 4, 1)),)
    course = replace(
        LISTED, measures=measures, term_ends=date(2019, 1, 10), delisted_on=date(2019, 2, 1)
    )
    given = {"details": {"team_independent": True}, "county_listed": 1, "county_serious": 0}
    values = context(replace(course, delisted_on=None), figures=figures, **given)
    values |= context(course, figures=figures)
    assert {*values} <= {*VARIABLES}
    for name, each in values.items():
        assert type(each) is VARIABLES[name].type, name


def test_measures_are_counted_and_none_at_all_are_not_all_done():
    due = date(2018, 5, 1)
    measures = (
        Measure(1, "x", "post", due, date(2018, 4, 1), has_evidence=True),
        Measure(2, "x", "post", due, date(2018, 4, 1)),
        Measure(3, "x", "post", due),
        Measure(4, "x", "post", date(2019, 2, 12)),
    )
    values = context(replace(LISTED, measures=measures))
    names = ("open", "overdue", "without_evidence")
    assert [values[f"tasks.{name}"] for name in names] == [2, 1, 1]
    assert not [name for name in context() if name.startswith("tasks.")]


def test_a_red_line_counts_in_its_listing_and_after_delisting_anew():
    course = replace(LISTED, red_lines=(date(2018, 6, 1),))
    assert context(course)["redline.confirmed"] is True
    assert context()["redline.confirmed"] is False
    delisted = replace(course, delisted_on=date(2019, 1, 20))
    assert context(delisted)["redline.confirmed"] is False
    again = replace(delisted, red_lines=(*course.red_lines, date(2019, 2, 1)))
    assert context(again)["redline.confirmed"] is True


def test_days_of_a_listing_run_to_its_delisting():
    open_listing = context(replace(LISTED, term_ends=date(2019, 2, 10)))
    assert open_listing["listing.days_listed"] == 398
    assert open_listing["listing.days_left"] == -2
    assert "listing.days_since_delisting" not in open_listing
    delisted = replace(LISTED, term_ends=date(2019, 2, 10), delisted_on=date(2019, 2, 1))
    closed = context(delisted)
    assert closed["listing.days_listed"] == 387
    assert closed["listing.days_since_delisting"] == 11
    assert "listing.days_left" not in closed


def test_only_the_papers_at_hand_say_that_the_committee_decided():
    assert context(evidence_kinds={"decision", "notice"})["decision.committee_minuted"] is True
    assert context(evidence_kinds={"notice"})["decision.committee_minuted"] is False
    assert "decision.team_independent" not in context()
