"""The main job on real data that nobody here wrote."""

import json

import geopandas as gpd
import pandas as pd
import pytest

from geo_jindu.cli.line import run_line


@pytest.fixture
def ran(west_yorkshire):
    assessment, folder = run_line(west_yorkshire)
    return assessment, folder


def test_every_row_is_accounted_for(ran):
    _, folder = ran
    counted = pd.read_csv(folder / "assignment.csv", keep_default_na=False)
    offences = counted[counted["source"] == "recorded_offences"]
    assert offences.groupby("reason")["rows"].sum().to_dict() == {
        "": 1345,
        "no_coordinates": 107,
        "outside_all_townships": 1,
    }
    assert offences["rows"].sum() == 1453
    assert set(offences["period"]) == {"2016-07", "2017-07", "2018-07"}


def test_counts_equal_a_plain_spatial_join_on_repaired_polygons(ran, shared):
    assessment, _ = ran
    folder = shared / "data" / "west_yorkshire"
    areas = gpd.read_file(folder / "msoa_2011.geojson").set_index("msoa_code")
    areas.geometry = areas.make_valid()
    rows = pd.read_csv(folder / "drug_incidents_july_2016_2018.csv").dropna(subset=["Longitude"])
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(rows["Longitude"], rows["Latitude"]), crs=4326
    )
    joined = gpd.sjoin(points, areas, predicate="within")
    expected = joined["msoa_code"].value_counts().reindex(areas.index, fill_value=0).sort_index()
    assert assessment.table["incident_count"].astype(int).tolist() == expected.tolist()


def test_population_and_repairs(ran):
    _, folder = ran
    facts = json.loads((folder / "assessment.json").read_text("utf-8"))
    assert facts["indicators"][0]["population"] == 2_226_058
    assert facts["indicators"][0]["counted"] == 1345
    assert facts["indicators"][0]["city_rate_per_10k"] == pytest.approx(
        1345 / 2_226_058 * 1e4, abs=5e-5
    )
    assert facts["boundaries"]["townships"] == 299
    assert facts["boundaries"]["counties"] == 5
    assert facts["boundaries"]["repaired"] == ["E02002317", "E02002322", "E02002327", "E02002395"]
    assert facts["boundaries"]["overlaps"] == []


def test_the_months_without_data_are_said(ran):
    assessment, _ = ran
    [gap] = [note for note in assessment.notes if note.key == "months_without_records"]
    assert (gap.values["empty"], gap.values["months"]) == (22, 25)


def test_real_borders_without_an_approval_number_are_not_for_the_public(ran):
    _, folder = ran
    assert {path.name for path in (folder / "public").iterdir()} == {
        "assessment.json",
        "townships.csv",
        "townships.xlsx",
    }
    assert (folder / "partner" / "hotspot_map.html").is_file()
    shown = pd.read_csv(folder / "public" / "townships.csv")["incident_count"].dropna()
    assert set(shown % 5) == {0}


def test_no_coordinate_of_an_offence_is_in_the_store(ran, west_yorkshire, shared):
    rows = pd.read_csv(
        shared / "data" / "west_yorkshire" / "drug_incidents_july_2016_2018.csv", dtype=str
    )
    written = (west_yorkshire / "store.sqlite").read_bytes()
    coordinates = {*rows["Longitude"].dropna(), *rows["Latitude"].dropna()}
    assert len(coordinates) > 500
    assert not any(coordinate.encode() in written for coordinate in coordinates)
