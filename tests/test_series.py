"""Counts in steps of time, on the grid and with years only."""

import pandas as pd
import pytest
from conftest import CONFIGURATION, COUNTS, incident_rows

from boundaries import read_townships
from geo_jindu.aggregation import join_inputs
from geo_jindu.inputs import read_inputs
from geo_jindu.periods import parse_window
from geo_jindu.series import count_steps
from geo_jindu.workspace import read_workspace


def counted(directory, months, window=("2018-01", "2018-12")):
    joined = join_inputs(read_inputs(read_workspace(directory), read_townships))
    return count_steps(joined, "incidents", parse_window(*window), months)


@pytest.mark.parametrize("months", [1, 2, 3, 4, 6, 12])
def test_steps_add_up_to_the_window(make_workspace, months):
    series = counted(make_workspace(), months)
    assert series.counts.shape == (6, 12 // months)
    assert series.counts.sum(axis=1).to_dict() == COUNTS
    assert series.counts.to_numpy().sum(axis=0).tolist() == [months] * (12 // months)


def test_a_step_is_called_by_its_first_month_and_spans_to_its_last(make_workspace):
    series = counted(make_workspace(), 3)
    assert series.steps == ["2018-01", "2018-04", "2018-07", "2018-10"]
    assert series.span(1, 2) == "2018-04-01/2018-09-30"


def test_months_that_make_no_whole_step_are_left_out_at_the_start(make_workspace):
    """January and February 2018, and then December 2017, come before the last three quarters."""
    series = counted(make_workspace(), 3, ("2018-02", "2018-12"))
    assert series.steps == ["2018-04", "2018-07", "2018-10"]
    assert series.counts.to_numpy().sum() == 9


def test_a_window_shorter_than_a_step_has_none(make_workspace):
    series = counted(make_workspace(), 12, ("2018-02", "2018-12"))
    assert series.counts.shape == (6, 0)


def test_where_years_are_all_that_is_known_a_step_is_a_year(make_workspace):
    rows = incident_rows().replace("2018-12", "2017")
    configuration = CONFIGURATION.replace('["2018-01", "2018-12"]', '["2017-01", "2018-12"]')
    directory = make_workspace(incidents=rows, configuration=configuration)
    series = counted(directory, 1, ("2017-01", "2018-12"))
    assert series.months == 12
    assert series.steps == ["2017-01", "2018-01"]
    assert series.counts.sum().tolist() == [1, 11]
    assert isinstance(series.counts, pd.DataFrame)
