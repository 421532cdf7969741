"""The history of alerts: without look-ahead, of townships and counties, with what chance would raise."""

import numpy as np
import pandas as pd
import pytest

from geo_jindu.alerts.history import COLUMNS, find_alerts

MONTHS = [str(month) for month in pd.period_range("2016-01", periods=36, freq="M")]
CODES = [f"99000{county}{number:03d}" for county in (1, 2) for number in range(1, 6)]
COUNTIES = pd.Series([code[:6] for code in CODES], index=CODES)


def counted(mean=2.0, seed=1, **more):
    counts = np.random.default_rng(seed).poisson(mean, (10, 36))
    table = pd.DataFrame(counts, index=CODES, columns=MONTHS)
    for code, (month, number) in more.items():
        table.loc[code[1:], month] += number
    return table


def test_an_outbreak_is_an_alert_of_its_township_and_its_county():
    history = find_alerts(counted(_990001001=("2018-06", 25)), COUNTIES, 1).alerts
    found = history[(history["month"] == "2018-06") & (history["observed"] >= 25)]
    assert set(found["code"]) == {"990001001", "990001"}
    assert set(found["method"]) == {"ears_c1", "ears_c2", "ears_c3", "farrington"}
    assert set(found.loc[found["code"] == "990001", "level"]) == {"county"}
    assert (found["observed"] > found["expected"]).all()


@pytest.mark.parametrize("last", [9, 20, 30, 35])
def test_a_later_month_changes_no_alert(last):
    """What is known by a month gives the same alerts up to it as the whole series does."""
    counts = counted(mean=3.0, _990001001=("2017-06", 9), _990002002=("2018-09", 20))
    whole = find_alerts(counts, COUNTIES, 1).alerts
    part = find_alerts(counts.iloc[:, :last], COUNTIES, 1).alerts
    known = whole[whole["month"].isin(MONTHS[:last])].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, known, check_dtype=False)


def test_series_with_hardly_a_count_are_not_tested():
    counts = counted(mean=0.0)
    counts.loc[CODES[0], "2018-12"] = 4
    found = find_alerts(counts, COUNTIES, 1)
    assert found.alerts.empty
    assert found.tested["series"].tolist() == [0, 0, 0, 0]


def test_what_chance_would_raise_is_what_it_raises():
    """The mean over seeded cities without any change lies near what is told."""
    raised, told = [], []
    for seed in range(40):
        counts = counted(mean=4.0, seed=seed)
        found = find_alerts(counts, COUNTIES, 1)
        last = found.alerts[found.alerts["month"] == MONTHS[-1]]
        raised.append(last["method"].value_counts().reindex(found.tested.index, fill_value=0))
        told.append(found.tested["expected_by_chance"])
    assert np.mean([each["ears_c3"] for each in raised]) == pytest.approx(
        np.mean([each["ears_c3"] for each in told]), abs=0.45
    )


@pytest.mark.parametrize("months", [0, 1, 7])
def test_too_few_months_raise_nothing(months):
    found = find_alerts(counted().iloc[:, :months], COUNTIES, 1)
    assert found.alerts.empty
    assert list(found.alerts.columns) == list(COLUMNS)


@pytest.mark.parametrize(("months", "tested"), [(8, [12, 0, 0]), (9, [12, 0, 0]), (10, [12, 12, 12])])
def test_a_method_that_cannot_speak_yet_tests_nothing(months, tested):
    """C2 and C3 leave out two months more than C1, and chance raises nothing where nothing is tested."""
    found = find_alerts(counted(mean=4.0).iloc[:, :months], COUNTIES, 1).tested
    assert found["series"].tolist() == [*tested, 0]
    assert (found["expected_by_chance"] > 0).tolist() == [number > 0 for number in tested] + [False]


def test_one_township_without_a_county():
    counts = counted().iloc[:1]
    found = find_alerts(counts, pd.Series([""], index=counts.index), 1)
    assert set(found.alerts["level"]) <= {"township"}
