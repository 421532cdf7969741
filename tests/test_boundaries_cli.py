"""``geo-jindu boundaries inspect`` as a person meets it."""

import json
import warnings

import geopandas as gpd
import pytest
import shapely
from conftest import GRID, GRID_CRS
from test_cli import geo_jindu
from test_coverage_repair import gap_at_corner
from test_inspection import box, faulty_layer, grid_layer
from test_offset_detection import grid, written_in

from geo_jindu.errors import OutputError
from geo_jindu.new_files import write_new_files
from geo_jindu.offset_datums import to_gcj02


def write(frame, path, **options):
    """Write a layer as a file of the kind its ending says."""
    frame = frame.drop(columns="parent")
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_file(path, **options)
    return path


@pytest.fixture
def gappy(tmp_path):
    """Return a GeoPackage of the grid with a gap of 600 m² and one more column."""
    frame = gap_at_corner().to_crs(4326).assign(persons=[10, 20, 30, 40, 50, 60])
    return write(frame, tmp_path / "gappy.gpkg")


def inspect(path, *options, language="en"):
    return geo_jindu("boundaries", "inspect", path, *options, language=language)


def read_json(path):
    return json.loads(path.read_text("utf-8"))


# ---- what is said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            ["inspection of “faulty.gpkg”", "verdict: usable with notes", "overlap (1)", "50,000.0 m²"],
        ),
        ("zh", ["“faulty.gpkg” 的核查", "结论：可用，但须注意", "重叠 1 处", "50,000.0 平方米"]),
    ],
)
def test_the_report_speaks_both_languages(tmp_path, language, said):
    done = inspect(write(faulty_layer(), tmp_path / "faulty.gpkg"), language=language)
    assert done.returncode == 0
    for words in said:
        assert words in done.stdout
    assert "EPSG:32658" in done.stderr  # the measuring CRS that was chosen
    assert "code" in done.stderr  # the columns that were taken


def test_a_file_that_is_not_usable_is_inspected_all_the_same(tmp_path):
    frame = grid_layer(_990000101=None, _990000102=box(2000, 0, 3000, 1000))
    done = inspect(write(frame, tmp_path / "bad.gpkg"))
    assert done.returncode == 0
    assert "verdict: not usable" in done.stdout


def test_a_clean_file_says_so(tmp_path):
    done = inspect(write(grid_layer(), tmp_path / "clean.parquet"))
    assert "nothing was found" in done.stdout
    assert "verdict: clean" in done.stdout


def test_long_lists_are_cut_with_their_count(tmp_path):
    holes = [box(40 * at, 500, 40 * at + 20, 520) for at in range(1, 24)]
    frame = grid_layer(_990000101=box(0, 0, 1000, 1000).difference(shapely.union_all(holes)))
    done = inspect(write(frame, tmp_path / "holes.gpkg"), "--json", tmp_path / "holes.json")
    assert "gap: the first 10 of 23" in done.stdout
    assert len(read_json(tmp_path / "holes.json")["findings"]) == 23


def test_hostile_names_are_printed_as_they_are(tmp_path):
    frame = faulty_layer()
    frame["name"] = "[red]{kind}[/red]"
    done = inspect(write(frame, tmp_path / "hostile.gpkg"), "--map", tmp_path / "map.html")
    assert done.returncode == 0
    assert "[red]{kind}[/red]" in done.stdout


# ---- repair, JSON and map


def test_repair_writes_a_copy_and_lists_the_change(gappy, tmp_path):
    before = gappy.read_bytes()
    done = inspect(
        gappy,
        *("--repair", tmp_path / "repaired.geojson", "--fill-below", "1000"),
        *("--json", tmp_path / "report.json", "--map", tmp_path / "map.html"),
    )
    assert done.returncode == 0, done.stderr
    assert "verdict after the repair: clean" in done.stdout
    assert "5.999400 km² before, 6.000000 km² after; filled 0.000600" in done.stdout
    assert gappy.read_bytes() == before
    repaired = gpd.read_file(tmp_path / "repaired.geojson")
    assert repaired["persons"].tolist() == [10, 20, 30, 40, 50, 60]
    assert repaired["code"].tolist() == list(GRID)
    assert repaired.to_crs(GRID_CRS).area.sum() == pytest.approx(6e6, abs=0.01)
    report = read_json(tmp_path / "report.json")
    assert report["verdict"] == "usable_with_notes"
    assert report["read"] == {"file": "gappy.gpkg", "columns": {"code": "code", "name": "name"}}
    (change,) = report["repair"]["changes"]
    assert (change["kind"], change["to"], change["area_m2"]) == ("gap_filled", "990000101", 600.0)
    assert report["repair"]["fill_below_m2"] == 1000
    assert "<html" in (tmp_path / "map.html").read_text("utf-8")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("ending", [".gpkg", ".parquet"])
def test_a_repaired_file_is_inspected_like_any(gappy, tmp_path, ending):
    inspect(gappy, "--repair", tmp_path / f"repaired{ending}", "--fill-below", "1000")
    done = inspect(tmp_path / f"repaired{ending}")
    assert "verdict: clean" in done.stdout


def test_lists_and_numbers_of_a_web_map_file_survive_a_repair(tmp_path):
    """As the common Chinese source writes them: adcode, and centre as a list."""
    frame = gap_at_corner().to_crs(4326)
    features = [
        {
            "type": "Feature",
            "properties": {"adcode": int(code), "name": "镇", "center": [165.0, 27.1]},
            "geometry": shapely.geometry.mapping(shape),
        }
        for code, shape in zip(frame["code"], frame.geometry, strict=True)
    ]
    path = tmp_path / "web.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    repaired = tmp_path / "repaired.geojson"
    done = inspect(path, "--datum", "wgs84", "--repair", repaired, "--fill-below", "1000")
    assert done.returncode == 0, done.stderr
    assert "“adcode”" in done.stderr
    properties = read_json(repaired)["features"][0]["properties"]
    assert properties == {"adcode": 990000101, "name": "镇", "center": [165.0, 27.1]}


def test_no_file_is_ever_overwritten(gappy, tmp_path):
    before = gappy.read_bytes()
    taken = tmp_path / "report.json"
    taken.write_text("mine")
    done = inspect(gappy, "--repair", gappy, "--fill-below", "1000")
    assert done.returncode == 2
    assert "exists and is not overwritten" in done.stderr
    done = inspect(gappy, "--json", taken, "--map", tmp_path / "map.html")
    assert done.returncode == 2
    assert taken.read_text() == "mine"
    assert not (tmp_path / "map.html").exists()
    assert gappy.read_bytes() == before


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    contents = {tmp_path / "one": b"1", tmp_path / "nowhere" / "two": b"2"}
    with pytest.raises(OutputError):
        write_new_files(contents)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--repair", "new.gpkg"], "--fill-below"),
        (["--repair", "new.shp", "--fill-below", "10"], ".geojson .gpkg .parquet"),
        (["--repair", "new.gpkg", "--fill-below", "-1"], "--fill-below"),
        (["--code", "Code"], "the file has no such column"),
        (["--datum", "mars"], "unknown datum"),
        (["--datum", "cgcs2000"], "contradicts the declared cgcs2000"),
        (["--measuring-crs", "EPSG:4326"], "not the EPSG number of a projected CRS"),
        (["--measuring-crs", "EPSG:27700"], "made for"),
        (["--layer", "nothing"], "name the layer"),
        (["--reference", "missing.gpkg"], "no such file"),
    ],
)
def test_wrong_options_end_with_two_a_sentence_and_nothing_written(gappy, tmp_path, options, said):
    files = {"new.gpkg", "new.shp", "missing.gpkg"}
    written = [str(tmp_path / each) if each in files else each for each in options]
    done = inspect(gappy, *written)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [gappy.name]


# ---- datums


def test_a_geojson_must_be_declared(tmp_path):
    path = write(grid_layer().to_crs(4326), tmp_path / "grid.geojson")
    done = inspect(path)
    assert done.returncode == 2
    assert "“--datum”" in done.stderr
    assert "always claims WGS 84" in done.stderr
    assert inspect(path, "--datum", "wgs84").returncode == 0


def test_a_shapefile_without_crs_must_be_declared_too(tmp_path):
    frame = gpd.GeoDataFrame(grid_layer().to_crs(4326)).set_crs(None, allow_override=True)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # it has no CRS: that is meant
        path = write(frame, tmp_path / "grid.shp", encoding="utf-8")
    assert "--datum" in inspect(path).stderr
    assert "verdict: clean" in inspect(path, "--datum", "wgs84").stdout


def test_an_undeclared_offset_is_found_and_gone_once_declared(tmp_path):
    web = write(written_in(grid(), to_gcj02), tmp_path / "web.geojson")
    reference = write(grid(), tmp_path / "reference.gpkg")
    undeclared = inspect(web, "--datum", "wgs84", "--reference", reference)
    assert undeclared.returncode == 0
    assert "looks like undeclared gcj02" in undeclared.stdout
    assert "verdict: not usable: offset of the whole layer" in undeclared.stdout
    declared = inspect(web, "--datum", "gcj02", "--reference", reference)
    assert "no offset" in declared.stdout
    assert "verdict: clean" in declared.stdout
    assert "converted from gcj02 to WGS 84, as declared" in declared.stderr


def test_a_repaired_file_is_in_wgs84_if_it_was_declared_otherwise(tmp_path):
    """One unit has a hole of 10 x 10 m; in GCJ-02 the file lies 650 m away."""
    frame = grid()
    middle = frame.geometry[2].centroid
    frame.loc[2, "geometry"] = frame.geometry[2].difference(middle.buffer(10))
    web = write(written_in(frame, to_gcj02), tmp_path / "web.geojson")
    repaired = tmp_path / "repaired.geojson"
    options = ("--datum", "gcj02", "--measuring-crs", "EPSG:4508", "--repair", repaired)
    assert inspect(web, *options, "--fill-below", "1000").returncode == 0
    written = gpd.read_file(repaired).to_crs("EPSG:4508").geometry
    assert written.symmetric_difference(grid().geometry, align=False).area.max() < 10


def test_of_several_layers_one_must_be_named(tmp_path):
    path = tmp_path / "two.gpkg"
    write(grid_layer().rename(columns={"code": "编号"}), path, layer="one")
    write(grid_layer(), path, layer="two")
    done = inspect(path)
    assert done.returncode == 2
    assert "one, two" in done.stderr
    assert "verdict: clean" in inspect(path, "--layer", "two").stdout


def test_parents_from_another_file(tmp_path):
    subject = write(grid_layer(), tmp_path / "grid.gpkg")
    frame = grid_layer().iloc[:1].assign(code="990002")
    parents = write(frame, tmp_path / "parents.gpkg")
    done = inspect(subject, "--parents", parents)
    assert "unknown parent (6)" in done.stdout
    assert "parent 990000" in done.stdout
    frame = grid_layer().iloc[:1].assign(code="990000", geometry=[box(0, 0, 3000, 2000)])
    parents = write(frame, tmp_path / "right.gpkg")
    assert "verdict: clean" in inspect(subject, "--parents", parents).stdout


# ---- files that are none


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.gpkg", None, "no such file"),
        ("empty.geojson", b"", "the file is empty"),
        ("broken.gpkg", b"SQLite format 3\0 and then nothing", "cannot be read as a geographic file"),
        ("table.csv", b"code,name\n990000101,x\n", "no geometry"),
        ("other.pdf", b"%PDF", "this kind of file is not read"),
        ("broken.parquet", b"PAR1", "cannot be read as Parquet"),
        ("half.geojson", b'{"type": "FeatureCollection", "features": [', "cannot be read"),
    ],
)
def test_what_is_no_boundary_file_ends_with_two_and_a_sentence(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = inspect(tmp_path / name, "--datum", "wgs84")
    assert done.returncode == 2
    assert said in done.stderr
    assert name in done.stderr


def test_points_are_no_boundaries(tmp_path):
    frame = grid_layer()
    path = write(frame.set_geometry(frame.centroid), tmp_path / "points.gpkg")
    done = inspect(path)
    assert done.returncode == 2
    assert "row 2: this row has no polygon" in done.stderr


def test_without_a_usual_name_the_code_must_be_named(tmp_path):
    frame = grid_layer().rename(columns={"code": "编号", "name": "单位"})
    path = write(frame, tmp_path / "odd.gpkg")
    done = inspect(path)
    assert done.returncode == 2
    assert "编号, 单位" in done.stderr
    named = inspect(path, "--code", "编号")
    assert named.returncode == 0
    assert "there is no column of names" in named.stderr


def test_real_and_fictional_rows_in_one_file_are_refused(tmp_path):
    frame = grid_layer().assign(数据性质=["合成"] * 5 + ["真实"])
    done = inspect(write(frame, tmp_path / "mixed.gpkg"))
    assert done.returncode == 2
    assert "row 7, “数据性质”: this row is marked real" in done.stderr


def test_help_names_the_options():
    for language, word in (("en", "verdict"), ("zh", "结论")):
        shown = geo_jindu("boundaries", "inspect", "--help", language=language).stdout
        assert word in shown
        for option in ("--measuring-crs", "--reference", "--repair", "--fill-below", "--json", "--map"):
            assert option in shown
