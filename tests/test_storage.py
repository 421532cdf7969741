"""Stored boundaries: GeoParquet that says what it is and notices when it is changed."""

import json

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
import shapely
from conftest import CONFIGURATION

from boundaries import read_townships
from boundaries.storage import KEY, read_boundary_metadata, store_boundaries
from geo_jindu.errors import InputError
from geo_jindu.workspace import read_workspace


@pytest.fixture
def workspace(make_workspace):
    """Return a workspace whose boundary file is a stored one."""
    directory = make_workspace()
    source = read_workspace(directory)
    townships = read_townships(source)
    settings = source.configuration.boundaries
    store_boundaries(directory / "kept.parquet", townships.frame, settings, "0" * 64)
    path = directory / "geo_jindu.toml"
    path.write_text(path.read_text("utf-8").replace("townships.gpkg", "kept.parquet"), "utf-8")
    return directory


def change(directory, old, new):
    path = directory / "geo_jindu.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_what_is_stored_reads_as_the_same_townships(workspace, make_workspace):
    stored = read_townships(read_workspace(workspace)).frame
    original = read_townships(read_workspace(make_workspace(name="original"))).frame
    assert stored.drop(columns="geometry").equals(original.drop(columns="geometry"))
    assert shapely.equals_exact(stored.geometry.to_numpy(), original.geometry.to_numpy()).all()


def test_the_file_is_geoparquet_1_1_with_its_own_metadata_beside(workspace):
    known = pq.read_schema(workspace / "kept.parquet").metadata
    geo = json.loads(known[b"geo"])
    assert geo["version"] == "1.1.0"
    assert "bbox" in geo["columns"]["geometry"]["covering"]
    ours = json.loads(known[KEY])
    assert ours["vintage"] == "2018-01-01"
    assert (ours["datum"], ours["source_datum"]) == ("wgs84", "wgs84")
    assert ours["fictional"] is True
    assert ours["source_sha256"] == "0" * 64
    assert {"source", "licence", "map_approval_number", "code_system", "software"} <= set(ours)
    assert gpd.read_parquet(workspace / "kept.parquet").crs.to_epsg() == 4326


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('vintage = "2018-01-01"', 'vintage = "2019-01-01"'),
        ('datum = "wgs84"\nvintage', 'datum = "gcj02"\nvintage'),
    ],
)
def test_settings_that_contradict_the_stored_file_are_refused(workspace, old, new):
    change(workspace, old, new)
    with pytest.raises(InputError, match="the stored file says"):
        read_townships(read_workspace(workspace))


def test_a_code_system_the_file_knows_need_not_be_said_again(workspace):
    change(workspace, 'datum = "wgs84"\nvintage', 'code_system = "mca"\ndatum = "wgs84"\nvintage')
    with pytest.raises(InputError, match="the stored file says"):
        read_townships(read_workspace(workspace))


def rewrite(path, frame=None, **own):
    """Change a stored file behind the software's back."""
    metadata = dict(pq.read_schema(path).metadata)
    if frame is not None:
        frame.to_parquet(path, index=False)
    known = json.loads(metadata[KEY]) | own
    table = pq.read_table(path)
    fresh = dict(table.schema.metadata) | {KEY: json.dumps(known).encode()}
    pq.write_table(table.replace_schema_metadata(fresh), path)


def moved(frame):
    shapes = frame.geometry.to_list()
    shapes[0] = shapely.transform(shapes[0], lambda xy: xy + 1e-6)
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))


@pytest.mark.parametrize(
    "edit",
    [
        moved,
        lambda frame: frame.assign(name=frame["name"].str.replace("甲", "乙")),
        lambda frame: frame.iloc[1:],
    ],
    ids=["one vertex moved by 0.1 m", "a name changed", "a township dropped"],
)
def test_changed_content_is_noticed(workspace, edit):
    path = workspace / "kept.parquet"
    rewrite(path, edit(gpd.read_parquet(path)[["code", "name", "county", "county_name", "geometry"]]))
    with pytest.raises(InputError, match="not what was stored"):
        read_townships(read_workspace(workspace))


def test_broken_metadata_is_a_sentence(workspace):
    rewrite(workspace / "kept.parquet", vintage=None)
    with pytest.raises(InputError, match="cannot be read; store them again"):
        read_townships(read_workspace(workspace))


def test_other_files_have_no_such_metadata(make_workspace):
    directory = make_workspace()
    assert read_boundary_metadata(directory / "townships.gpkg", "townships.gpkg") is None


def test_a_failed_write_leaves_the_earlier_file(workspace, monkeypatch):
    path = workspace / "kept.parquet"
    before = path.read_bytes()
    townships = read_townships(read_workspace(workspace))

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", fail)
    settings = read_workspace(workspace).configuration.boundaries
    with pytest.raises(OSError, match="No space"):
        store_boundaries(path, townships.frame, settings, "1" * 64)
    assert path.read_bytes() == before
    assert not list(workspace.glob("*.part")) + list(workspace.glob(".*.part"))


@pytest.mark.parametrize(
    ("fictional", "number", "expected"),
    [(True, "", True), (False, "", False), (False, "GS(0000)0000", True)],
)
def test_real_borders_are_for_the_public_only_with_a_map_approval_number(
    make_workspace, fictional, number, expected
):
    text = CONFIGURATION.replace(
        "fictional = true", f'fictional = true\nmap_approval_number = "{number}"'
    )
    settings = read_workspace(make_workspace(configuration=text)).configuration.boundaries
    assert settings.model_copy(update={"fictional": fictional}).may_be_public is expected
