"""Dates as people write them."""

from datetime import date

import pandas as pd
import pytest

from geo_jindu.periods import is_within, parse_periods, parse_window


@pytest.mark.parametrize(
    ("written", "start", "end", "period"),
    [
        ("2018", "2018-01-01", "2018-12-31", "2018"),
        ("2018年", "2018-01-01", "2018-12-31", "2018"),
        ("2016-02", "2016-02-01", "2016-02-29", "2016-02"),
        ("201802", "2018-02-01", "2018-02-28", "2018-02"),
        ("2018年7月", "2018-07-01", "2018-07-31", "2018-07"),
        ("2018/7/5", "2018-07-05", "2018-07-05", "2018-07"),
        ("2018.07.05", "2018-07-05", "2018-07-05", "2018-07"),
        ("20180705", "2018-07-05", "2018-07-05", "2018-07"),
        ("2018年7月5日", "2018-07-05", "2018-07-05", "2018-07"),
        ("２０１８－０７－０５", "2018-07-05", "2018-07-05", "2018-07"),
        ("2018-07-05T23:59:59.9+08:00", "2018-07-05", "2018-07-05", "2018-07"),
        (" 2018-07-05 08:30 ", "2018-07-05", "2018-07-05", "2018-07"),
    ],
)
def test_readable_dates(written, start, end, period):
    row = parse_periods(pd.Series([written], dtype="str")).iloc[0]
    assert (str(row["start"].date()), str(row["end"].date()), row["period"]) == (start, end, period)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "不详",
        "43292",
        "2018-13",
        "2018-02-30",
        "2018-00",
        "18-07-05",
        "07/05/2018",
        "20181",
        "1850",
        "2018-07-05x",
        "NaT",
        "201813",
        "2018.1",
    ],
)
def test_unreadable_dates_are_not_guessed(written):
    row = parse_periods(pd.Series([written], dtype="str")).iloc[0]
    assert pd.isna(row["start"])
    assert pd.isna(row["end"])
    assert row["period"] == ""


def test_a_window_runs_from_first_to_last_day():
    window = parse_window("2016-07", "2018")
    assert window is not None
    assert (window.start, window.end) == (date(2016, 7, 1), date(2018, 12, 31))
    assert len(window.months) == 30
    assert window.label == "2016-07-01/2018-12-31"


@pytest.mark.parametrize(("first", "last"), [("2018-02", "2018-01"), ("soon", "2018"), ("2018", "")])
def test_an_impossible_window_is_none(first, last):
    assert parse_window(first, last) is None


def test_a_period_counts_only_if_all_of_it_lies_in_the_window():
    window = parse_window("2018-01", "2018-06")
    assert window is not None
    written = pd.Series(["2018", "2018-06", "2018-06-30", "2018-07-01", "2017-12-31", "?"], dtype="str")
    assert is_within(parse_periods(written), window).tolist() == [
        False,
        True,
        True,
        False,
        False,
        False,
    ]
