"""Patterns, scores and alerts of a whole workspace, and what a run writes of them."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import CONFIGURATION, GRID, incident_rows, make_grid, population_rows

from boundaries import read_townships
from geo_jindu.analysis_files import analysis_files
from geo_jindu.assessment import assess
from geo_jindu.inputs import read_inputs
from geo_jindu.outputs import ALERTS, ANALYSES, CLUSTERS, HOTSPOTS, SCORES
from geo_jindu.results import full_results
from geo_jindu.workspace import read_workspace

QUICK = "\n[scan]\nreplications = 99\n[hotspots]\nstep_months = 3\npermutations = 99\nresamples = 99\n"
MIDDLE = make_grid().geometry.centroid.to_crs(4326)


def assessed(directory):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return assess(read_inputs(read_workspace(directory), read_townships))


def rows_of(numbers):
    """Return incidents by code and month."""
    lines = [
        f"{month},{MIDDLE[code].x:.7f},{MIDDLE[code].y:.7f}"
        for (code, month), number in numbers.items()
        for _ in range(number)
    ]
    return "\n".join(["date,lon,lat", *lines, ""])


def written(assessment):
    return {name: json.loads(content) for name, content in analysis_files(assessment).items()}


@pytest.fixture
def outbreak(make_workspace):
    """Three years of two incidents a month everywhere; 101 has forty more in the last quarter."""
    months = [f"{year}-{month:02d}" for year in (2016, 2017, 2018) for month in range(1, 13)]
    numbers = {(code, month): 2 for code in GRID for month in months}
    for month in months[-3:]:
        numbers["990000101", month] += 40
    configuration = CONFIGURATION.replace('["2018-01", "2018-12"]', '["2016-01", "2018-12"]') + QUICK
    return assessed(make_workspace(incidents=rows_of(numbers), configuration=configuration))


def test_an_outbreak_is_found_where_and_when_it_is(outbreak):
    found = {each.analysis: each for each in outbreak.clusters if each.number == 1}
    assert set(found) == {"spatial", "retrospective", "prospective"}
    for each in found.values():
        assert each.codes == ("990000101",)
        assert each.found.p == 0.01
    assert found["retrospective"].period == "2018-10-01/2018-12-31"
    assert found["prospective"].period == "2018-10-01/2018-12-31"
    assert found["prospective"].recurrence_months == pytest.approx(100)
    assert np.isnan(found["spatial"].recurrence_months)
    assert outbreak.table["incident_scan_cluster"].to_dict()["990000101"] == 1
    assert outbreak.table["incident_scan_cluster"].isna().sum() == 5
    alerts = outbreak.patterns["incident"].alerts.alerts
    assert set(alerts.loc[alerts["month"] == "2018-10", "code"]) == {"990000101", "990001"}
    assert alerts[alerts["month"] < "2018-10"].empty


def test_the_files_of_a_run(outbreak):
    files = written(outbreak)
    assert set(files) == set(ANALYSES)
    for content in files.values():
        assert content["assessment"] == outbreak.id
        assert content["provenance"] == "synthetic"
        assert "policing" in content["note"]
    hotspots = files[HOTSPOTS]["indicators"][0]
    assert hotspots["steps"] == [
        f"{y}-{m}" for y in (2016, 2017, 2018) for m in ("01", "04", "07", "10")
    ]
    assert [each["code"] for each in hotspots["townships"]] == list(outbreak.table.index)
    features = files[CLUSTERS]["features"]
    assert {each["id"] for each in features} == {each.id for each in outbreak.clusters}
    assert features[0]["properties"]["townships"] == "990000101"
    alerts = files[ALERTS]
    assert alerts["neighbours"]["990000101"] == ["990000102", "990000201", "990000202"]
    methods = {each["method"] for each in alerts["alerts"] if each["month"] == "2018-12"}
    assert "prospective_scan" in methods


def test_parts_of_a_score_add_up_and_the_table_agrees(outbreak):
    severity = written(outbreak)[SCORES]["severity"]
    for row in severity["townships"]:
        assert sum(row["contributions"].values()) == pytest.approx(row["score"], abs=1e-4)
        assert outbreak.table.at[row["code"], "severity_score"] == pytest.approx(
            row["score"], abs=0.005
        )
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]
    assert [each["set"] for each in severity["indicators"]] == [1.0]
    assert written(outbreak)[SCORES]["progress"] is None
    assert written(outbreak)[SCORES]["list_audit"] is None


def test_the_same_inputs_give_the_same_bytes(make_workspace):
    directory = make_workspace(configuration=CONFIGURATION + QUICK)
    assert analysis_files(assessed(directory)) == analysis_files(assessed(directory))


def test_too_few_steps_are_a_note_and_leave_time_out(make_workspace):
    """One step of twelve months: no class, no scan over time; the months still have theirs."""
    configuration = CONFIGURATION + QUICK.replace("step_months = 3", "step_months = 12")
    assessment = assessed(make_workspace(configuration=configuration))
    assert "too_few_steps" in [note.key for note in assessment.notes]
    assert assessment.table["incident_emerging_class"].isna().all()
    analyses = {each.analysis for each in assessment.patterns["incident"].clusters}
    assert "retrospective" not in analyses
    assert written(assessment)[HOTSPOTS]["indicators"][0]["classes"]["emerging_class"] == {}


def test_where_only_years_are_known_there_are_no_alerts(make_workspace):
    rows = "\n".join(["date,lon,lat", *(f"2018{line[7:]}" for line in incident_rows().split()[1:]), ""])
    assessment = assessed(make_workspace(incidents=rows, configuration=CONFIGURATION + QUICK))
    assert assessment.patterns["incident"].alerts.alerts.empty
    assert assessment.patterns["incident"].steps.months == 12


@pytest.mark.parametrize(
    "persons",
    [{"990000101": ""}, {"990000101": 0, "990000103": ""}, {"990000101": 90_000_000}],
    ids=["missing", "nobody and missing", "a giant"],
)
def test_populations_that_are_odd_leave_no_warning(make_workspace, persons):
    directory = make_workspace(population=population_rows(persons), configuration=CONFIGURATION + QUICK)
    assessment = assessed(directory)
    for code, number in persons.items():
        has_rate = bool(number)
        row = assessment.table.loc[code]
        assert row["severity_status"] == ("value" if has_rate else "too_few_indicators")
        assert pd.isna(row["incident_cluster_class"]) != has_rate
    written(assessment)
    full_results(assessment)


def test_townships_that_stand_alone_have_no_local_test(make_workspace):
    configuration = CONFIGURATION + QUICK + '\n[neighbours]\nislands = "alone"\n'
    frame = make_grid()
    apart = frame.geometry.iloc[5]
    frame.loc["990000203", "geometry"] = type(apart)([(x + 9_000, y) for x, y in apart.exterior.coords])
    assessment = assessed(make_workspace(configuration=configuration, townships=frame))
    row = assessment.table.loc["990000203"]
    assert pd.isna(row["incident_cluster_class"])
    assert np.isnan(row["incident_moran_p"])
    assert row["incident_emerging_class"] == "none"


def test_a_single_township(make_workspace):
    frame = make_grid().iloc[:1]
    configuration = CONFIGURATION.replace("k = 2", "k = 1") + QUICK
    population = population_rows().split("\n")
    directory = make_workspace(
        townships=frame, population="\n".join([*population[:2], ""]), configuration=configuration
    )
    assessment = assessed(directory)
    assert not assessment.patterns["incident"].clusters
    row = written(assessment)[SCORES]["severity"]["townships"][0]
    assert (row["score"], row["rank"], row["rank_high"]) == (50.0, None, 1)  # all the same: no order


@pytest.mark.parametrize(
    "settings",
    ['shape = "flexible"\nk = 4', 'direction = "both"', 'model = "permutation"'],
)
def test_settings_of_the_scan_are_heard(make_workspace, settings):
    configuration = CONFIGURATION + QUICK.replace("[scan]\n", f"[scan]\n{settings}\n")
    assessment = assessed(make_workspace(configuration=configuration))
    usual = assessed(make_workspace(configuration=CONFIGURATION + QUICK, name="usual"))
    assert assessment.id != usual.id
    assert [each.found for each in assessment.patterns["incident"].clusters] != [
        each.found for each in usual.patterns["incident"].clusters
    ]
