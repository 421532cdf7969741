"""Boundaries stored from a workspace, and the crosswalk between two stored vintages, by command."""

import json

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import CONFIGURATION, make_grid

from boundaries.fictional_vintages import make_fictional_vintages
from boundaries.storage import KEY
from geo_jindu.cli.boundary_files import crosswalk, store
from geo_jindu.code_systems import CodeSystem
from geo_jindu.crosswalk import csv_fields, read_crosswalk
from geo_jindu.demo import write_demo
from geo_jindu.errors import InputError, OutputError
from geo_jindu.provenance import Provenance

LATER, EARLIER = "2018-01-01", "2015-12-31"


@pytest.fixture(scope="module")
def vintages():
    return make_fictional_vintages()


@pytest.fixture(scope="module")
def stored(tmp_path_factory, vintages):
    """Return both vintages of the demonstration, stored, by date."""
    folder = tmp_path_factory.mktemp("stored")
    directory = folder / "demo"
    write_demo(directory, *vintages)
    store(directory, folder / "later.parquet", None)
    path = directory / "geo_jindu.toml"
    text = path.read_text("utf-8").replace('layer = "区划2018"', 'layer = "区划2015"')
    path.write_text(text.replace(f'vintage = "{LATER}"', f'vintage = "{EARLIER}"'), "utf-8")
    store(directory, folder / "earlier.parquet", None)
    return {LATER: folder / "later.parquet", EARLIER: folder / "earlier.parquet"}


def metadata(path):
    return json.loads(pq.read_schema(path).metadata[KEY])


def test_a_stored_file_says_which_vintage_it_is_of(stored):
    for vintage, path in stored.items():
        assert metadata(path)["vintage"] == vintage
        assert len(gpd.read_parquet(path)) == 184


def test_the_computed_crosswalk_finds_every_change_and_reads_back(stored, vintages, tmp_path):
    path = tmp_path / "crosswalk.csv"
    crosswalk(stored[EARLIER], stored[LATER], path, None, "")
    found = read_crosswalk(path, csv_fields(), provenance=Provenance.SYNTHETIC, file=path.name).frame
    columns = ["from_code", "to_code", "change"]
    expected = vintages.crosswalk[columns].sort_values(columns[:2], ignore_index=True)
    pairs = found[found["from_code"] != ""][columns].sort_values(columns[:2], ignore_index=True)
    pd.testing.assert_frame_equal(pairs, expected, check_dtype=False)
    assert found.groupby("from_code")["weight"].sum().to_numpy() == pytest.approx(1.0, abs=1e-9)


def test_vintages_go_forward(stored, tmp_path):
    with pytest.raises(InputError, match="from earlier to later"):
        crosswalk(stored[LATER], stored[EARLIER], tmp_path / "crosswalk.csv", None, "")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_not_overwritten(stored, make_workspace, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("precious")
    with pytest.raises(OutputError, match="exists"):
        crosswalk(stored[EARLIER], stored[LATER], path, None, "")
    with pytest.raises(OutputError, match="exists"):
        store(make_workspace(), path, None)
    assert path.read_text() == "precious"


def test_only_stored_boundaries_have_a_vintage(stored, make_workspace, tmp_path):
    with pytest.raises(InputError, match="no stored boundary file"):
        crosswalk(make_workspace() / "townships.gpkg", stored[LATER], tmp_path / "c.csv", None, "")


def test_codes_are_stored_in_the_other_system_through_the_mapping(make_workspace, tmp_path):
    grid = make_grid()
    other = {code: f"{code[:6]}{int(code[6:]) + 50:03}" for code in grid.index}
    rows = [f"{name},{code},{other[code]}" for code, name in grid["name"].items()]
    text = CONFIGURATION.replace("fictional = true", 'fictional = true\ncode_system = "mca"')
    text += '\n[code_mapping]\nfile = "codes.csv"\nname = "n"\nmca = "a"\nnbs = "b"\n'
    directory = make_workspace(configuration=text)
    (directory / "codes.csv").write_text("\n".join(["n,a,b", *rows, ""]), "utf-8")
    store(directory, tmp_path / "nbs.parquet", CodeSystem.NBS)
    frame = gpd.read_parquet(tmp_path / "nbs.parquet").set_index("code")
    assert frame["name"].to_dict() == {other[code]: name for code, name in grid["name"].items()}
    assert metadata(tmp_path / "nbs.parquet")["code_system"] == "nbs"


def test_without_a_mapping_codes_stay_in_their_system(make_workspace, tmp_path):
    with pytest.raises(InputError, match="code_mapping"):
        store(make_workspace(), tmp_path / "nbs.parquet", CodeSystem.NBS)
    assert not (tmp_path / "nbs.parquet").exists()


def test_people_where_they_live_share_a_divided_township(stored, vintages, tmp_path):
    """Three persons in one half and one in the other: shares of .75 and .25, whatever the area."""
    halves = vintages.crosswalk.query("change == 'split'")
    later = gpd.read_parquet(stored[LATER]).set_index("code")
    inside = later.loc[halves["to_code"]].representative_point()
    points = gpd.GeoDataFrame({"人数": [3, 1]}, geometry=inside.to_numpy(), crs=later.crs)
    points.to_file(tmp_path / "villages.gpkg")
    path = tmp_path / "crosswalk.csv"
    crosswalk(stored[EARLIER], stored[LATER], path, tmp_path / "villages.gpkg", "人数")
    table = pd.read_csv(path, dtype=str).set_index("新代码")["权重"].astype(float)
    assert table[halves["to_code"]].tolist() == [0.75, 0.25]


def test_points_that_are_no_points_are_refused(stored, tmp_path):
    gpd.read_parquet(stored[LATER])[["code", "geometry"]].to_file(tmp_path / "areas.gpkg")
    with pytest.raises(InputError, match="not a point"):
        crosswalk(stored[EARLIER], stored[LATER], tmp_path / "c.csv", tmp_path / "areas.gpkg", "")
