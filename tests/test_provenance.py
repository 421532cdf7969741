"""The guard: synthetic figures on fictional places, real ones on real places, and no way round it.

Wherever figures and places meet, the two kinds must be refused together: configuration, rows, codes,
places, objects made in Python, the terminal, and the service. The ocean is the grid of `conftest`; the
land is the same grid at 111° E, 27° N, with codes such as real townships have.
"""

import csv
import io
import sys
from dataclasses import replace

import geopandas as gpd
import orjson
import pandas as pd
import pytest
from conftest import CONFIGURATION, incident_rows, make_grid, population_rows

from api import Settings, create_app
from geo_jindu.aggregation import join_inputs
from geo_jindu.assessment import assess
from geo_jindu.cli import main
from geo_jindu.cli.line import load, run_line
from geo_jindu.digests import digest_bytes
from geo_jindu.errors import InputError, OutputError
from geo_jindu.joining import assign_records
from geo_jindu.outputs import ASSESSMENT, FOLDER, GEOJSON, TABLE
from geo_jindu.provenance import Provenance, provenance_of_places, read_marks, refuse_mixing
from geo_jindu.readers import read_table
from geo_jindu.records import Records, read_records
from geo_jindu.townships import Townships
from geo_jindu.workspace import read_workspace

REAL, SYNTHETIC = Provenance.REAL, Provenance.SYNTHETIC
LAND_CRS = "EPSG:32649"
OTHER = {REAL: SYNTHETIC, SYNTHETIC: REAL}
REFUSAL = {REAL: "row_is_synthetic", SYNTHETIC: "row_is_real"}
MARKS = {
    "数据性质": {REAL: "真实数据", SYNTHETIC: "合成数据，虚构地区"},
    "provenance": {REAL: "Real", SYNTHETIC: "synthetic"},
}
CONTENT = "somebody-s-cell"


def renamed(grid, prefix):
    return grid.set_axis(prefix + grid.index.str[2:])


def moved_to_land(grid):
    return grid.set_crs(LAND_CRS, allow_override=True)


PLACES = {SYNTHETIC: make_grid(), REAL: renamed(moved_to_land(make_grid()), "43")}


def on_land(text):
    """Return rows or a configuration of the ocean as those of the land."""
    changes = {",165.": ",111.", "\n99": "\n43", "EPSG:32658": LAND_CRS, '"synthetic"': '"real"'}
    for old, new in (changes | {"fictional = true": "fictional = false"}).items():
        text = text.replace(old, new)
    return text


@pytest.fixture
def make(make_workspace):
    """Return a function that writes a workspace of one kind: settings and townships can be changed."""

    def make(provenance, *changes, townships=None, **files):
        texts = {"incidents": incident_rows(), "population": population_rows()} | files
        texts["configuration"] = CONFIGURATION
        if provenance is REAL:
            texts = {name: on_land(text) for name, text in texts.items()}
        for old, new in changes:
            assert old in texts["configuration"]
            texts["configuration"] = texts["configuration"].replace(old, new)
        places = PLACES[provenance] if townships is None else townships
        return make_workspace(**texts, townships=places, name=provenance.value)

    return make


def problems(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return caught.value.problems


def keys(call, *arguments):
    return {problem.key for problem in problems(call, *arguments)}


@pytest.mark.parametrize("provenance", Provenance)
def test_what_agrees_is_assessed_and_says_what_it_is(make, provenance):
    table = assess(load(make(provenance))).table
    assert set(table["provenance"]) == {provenance.value}
    assert table["incident_count"].tolist() == [5, 1, 0, 2, 3, 1]


# ---- the configuration


@pytest.mark.parametrize("provenance", Provenance)
@pytest.mark.parametrize("setting", ["provenance", "fictional"])
def test_the_settings_must_agree(make, provenance, setting):
    other = {
        "provenance": (f'"{provenance}"', f'"{OTHER[provenance]}"'),
        "fictional": ("fictional = true", "fictional = false")[:: 1 if provenance is SYNTHETIC else -1],
    }
    directory = make(provenance, other[setting])
    found = problems(load, directory)
    assert "synthetic_on_real_places" in {problem.key for problem in found}
    assert any("without exception" in problem.text("en") for problem in found)
    assert any("没有例外" in problem.text("zh") for problem in found)


def test_provenance_must_be_said(make):
    assert keys(load, make(SYNTHETIC, ('provenance = "synthetic"\n', ""))) == {"setting_missing"}


def test_places_nobody_calls_fictional_are_real(make):
    assert "synthetic_on_real_places" in keys(load, make(SYNTHETIC, ("fictional = true\n", "")))


# ---- rows


TABLES = {"population": "population.csv", "incidents": "incidents.csv", "townships": "townships.gpkg"}
FORMATS = [
    *(("population", suffix) for suffix in ("csv", "xlsx", "parquet", "gpkg", "geojson", "shp")),
    *(("incidents", suffix) for suffix in ("csv", "xlsx", "parquet", "gpkg", "geojson", "shp")),
    *(("townships", suffix) for suffix in ("parquet", "gpkg", "geojson", "shp")),
]


def make_table(kind, provenance):
    """Return one of the three tables of a workspace with its geometry, in degrees."""
    places = PLACES[provenance].rename_axis("code").reset_index().to_crs(4326)
    if kind == "townships":
        return places
    text = {"population": population_rows(), "incidents": incident_rows()}[kind]
    rows = pd.read_csv(io.StringIO(on_land(text) if provenance is REAL else text), dtype=str)
    points = gpd.points_from_xy(rows["lon"], rows["lat"]) if kind == "incidents" else places.geometry
    return gpd.GeoDataFrame(rows, geometry=points, crs=4326)


def write_table(table, path):
    bare = pd.DataFrame(table.drop(columns="geometry"))
    {
        ".csv": lambda: bare.to_csv(path, index=False),
        ".xlsx": lambda: bare.to_excel(path, index=False),
        ".parquet": lambda: (table if path.stem == "townships" else bare).to_parquet(path),
        ".shp": lambda: table.to_file(path, encoding="gb18030"),
    }.get(path.suffix, lambda: table.to_file(path))()


def make_marked(make, provenance, kind, suffix, column, marks):
    """Make a workspace in which one table is of another format and has a column of marks."""
    file = f"{kind}.{suffix}"
    short = ('county_name = "county_name"', 'county_name = "c_name"')  # as a shapefile wants it
    directory = make(provenance, (TABLES[kind], file), *([short] if kind == "townships" else []))
    (directory / TABLES[kind]).unlink()
    table = make_table(kind, provenance).rename(columns={"county_name": "c_name"})
    write_table(table.assign(**{column: marks}), directory / file)
    return directory


def at_rows(marks, number=6):
    """Return a column with marks at rows as a spreadsheet counts them, and nothing elsewhere."""
    return [marks.get(row, "") for row in range(2, number + 2)]


def number_of_rows(kind):
    return 12 if kind == "incidents" else 6


@pytest.mark.parametrize("column", MARKS)
@pytest.mark.parametrize("provenance", Provenance)
@pytest.mark.parametrize(("kind", "suffix"), FORMATS)
def test_rows_marked_otherwise_are_refused_by_file_and_row(make, kind, suffix, provenance, column):
    wrong, right = MARKS[column][OTHER[provenance]], MARKS[column][provenance]
    marks = at_rows({2: right, 3: f"{wrong} {CONTENT}", 5: f" {wrong}"}, number_of_rows(kind))
    found = problems(load, make_marked(make, provenance, kind, suffix, column, marks))
    file = f"{kind}.{suffix}"
    assert [(each.key, each.file, each.row, each.field) for each in found] == [
        (REFUSAL[provenance], file, 3, column),
        (REFUSAL[provenance], file, 5, column),
    ]
    assert not any(CONTENT in each.text("zh") + each.text("en") for each in found)


@pytest.mark.parametrize("column", MARKS)
@pytest.mark.parametrize("provenance", Provenance)
@pytest.mark.parametrize(("kind", "suffix"), FORMATS)
def test_rows_marked_rightly_or_not_at_all_pass(make, kind, suffix, provenance, column):
    marks = at_rows({2: MARKS[column][provenance], 4: "不详"}, number_of_rows(kind))
    directory = make_marked(make, provenance, kind, suffix, column, marks)
    assert set(assess(load(directory)).table["provenance"]) == {provenance.value}


@pytest.mark.parametrize("provenance", Provenance)
def test_the_table_of_counties_is_guarded_too(make, provenance):
    section = (
        '\n[boundaries.counties]\nfile = "counties.csv"\ncode = "code"\n'
        'county = "county"\ncounty_name = "county_name"\n\n[[sources]]'
    )
    columns = 'county = "county"\ncounty_name = "county_name"\n'
    directory = make(provenance, (columns, ""), ('\n[[sources]]\nid = "inc', f'{section}\nid = "inc'))
    counties = PLACES[provenance].drop(columns="geometry").rename_axis("code").reset_index()
    counties.to_csv(directory / "counties.csv", index=False)
    load(directory)
    marked = counties.assign(provenance=OTHER[provenance].value)
    marked.to_csv(directory / "counties.csv", index=False)
    assert keys(load, directory) == {REFUSAL[provenance]}


WORDS = {
    SYNTHETIC.value: [
        "合成",
        "合成数据，虚构地区",
        " 合成 ",
        "演示用合成数据",
        "Synthetic",
        "SYNTHETIC data",
        "ＳＹＮＴＨＥＴＩＣ",
        "虚构地区",
        "realistic synthetic",
        "real, not synthetic",  # in doubt, synthetic
    ],
    REAL.value: ["真实", "真实数据", " 真实 ", "Real", "REAL figures"],
    "": ["", " ", "不详", "unknown", "measured", "非真实", "unreal", "n/a"],
}


@pytest.mark.parametrize("meaning", WORDS)
def test_the_words_of_a_mark_are_understood(meaning):
    marks = read_marks(pd.Series(WORDS[meaning], dtype="str"))
    assert marks.tolist() == [meaning] * len(WORDS[meaning])


def read(path, text, provenance):
    path.write_text(text, "utf-8")
    return read_table(path, ["code"], provenance=provenance, file="t.csv")


@pytest.mark.parametrize("provenance", Provenance)
def test_both_mark_columns_count_and_the_one_that_speaks_is_named(tmp_path, provenance):
    ours, theirs = (MARKS["provenance"][each] for each in (provenance, OTHER[provenance]))
    assert len(read(tmp_path / "t.csv", f"code,数据性质,provenance\n1,,{ours}\n2,,\n", provenance)) == 2
    [found] = problems(
        read, tmp_path / "t.csv", f"code,数据性质,provenance\n1,,\n2,,{theirs}\n", provenance
    )
    assert (found.key, found.row, found.field) == (REFUSAL[provenance], 3, "provenance")


@pytest.mark.parametrize("provenance", Provenance)
def test_a_row_with_two_marks_that_contradict_each_other_is_refused(tmp_path, provenance):
    for marks in ("合成数据,real", "真实数据,synthetic"):
        text = f"code,数据性质,provenance\n1,{marks}\n"
        assert keys(read, tmp_path / "t.csv", text, provenance)


@pytest.mark.parametrize("provenance", Provenance)
def test_a_mark_column_that_stands_twice_is_not_overlooked(tmp_path, provenance):
    mark = MARKS["provenance"][OTHER[provenance]]
    text = f"code,provenance,provenance\n1,{mark},{mark}\n"
    assert keys(read, tmp_path / "t.csv", text, provenance)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet", "gpkg", "geojson", "shp"])
@pytest.mark.parametrize("column", ["PROVENANCE", "Provenance ", " 数据性质"])
def test_case_and_spaces_of_the_header_hide_no_mark(make, suffix, column):
    column = column.strip() if suffix == "shp" else column  # which has no room for spaces
    directory = make_marked(make, REAL, "population", suffix, column, "synthetic 合成")
    assert keys(load, directory) == {"row_is_synthetic"}


# ---- codes and places


def test_codes_of_fictional_places_are_not_real(make):
    found = problems(load, make(REAL, townships=moved_to_land(make_grid())))
    assert {problem.key for problem in found} == {"real_must_not_be_99"}
    assert [problem.row for problem in found] == [2, 3, 4, 5, 6, 7]


def test_codes_of_real_places_are_not_fictional(make):
    found = problems(load, make(SYNTHETIC, townships=renamed(make_grid(), "43")))
    assert {problem.key for problem in found} == {"fictional_needs_99"}


def test_one_wrong_code_is_enough(make):
    grid = make_grid().rename(index={"990000102": "430000102"})
    [found] = problems(load, make(SYNTHETIC, townships=grid))
    assert (found.key, found.values["code"]) == ("fictional_needs_99", "430000102")


def test_land_renamed_to_fictional_codes_is_refused_by_place(make):
    """Everything says synthetic but the ground."""
    places = moved_to_land(make_grid())
    directory = make(SYNTHETIC, ("EPSG:32658", LAND_CRS), townships=places)
    assert "codes_and_places_disagree" in keys(load, directory)


def test_the_ocean_with_real_codes_is_refused_by_place(make):
    places = renamed(make_grid(), "43")
    directory = make(REAL, (LAND_CRS, "EPSG:32658"), townships=places)
    assert "codes_and_places_disagree" in keys(load, directory)


def halves(codes=("99", "99")):
    """Return a grid with three townships in the ocean and three on land, codes starting as given."""
    degrees = make_grid().to_crs(4326), moved_to_land(make_grid()).to_crs(4326)
    parts = renamed(degrees[0].iloc[:3], codes[0]), renamed(degrees[1].iloc[3:], codes[1])
    return pd.concat(parts)


@pytest.mark.parametrize("codes", [("99", "99"), ("99", "43"), ("43", "99"), ("43", "43")])
def test_half_and_half_is_refused(make, codes):
    places = halves(codes)
    assert keys(provenance_of_places, places) == {"codes_and_places_disagree"}
    for provenance in Provenance:
        assert keys(refuse_mixing, provenance, places) == {"codes_and_places_disagree"}
        assert keys(load, make(provenance, townships=places))


def test_one_township_outside_the_ocean_is_enough(make):
    grid = make_grid().to_crs(4326)
    inside, outside = grid.copy(), grid.copy()
    east = grid.geometry.iloc[0].bounds[2]
    inside.loc["990000101", "geometry"] = grid.geometry.iloc[0:1].translate(171.999 - east).item()
    outside.loc["990000101", "geometry"] = grid.geometry.iloc[0:1].translate(172.001 - east).item()
    assert provenance_of_places(inside) is SYNTHETIC
    assert "codes_and_places_disagree" in keys(load, make(SYNTHETIC, townships=outside))


@pytest.mark.parametrize("crs", [4326, 4490, 32658, 3857])
@pytest.mark.parametrize("provenance", Provenance)
def test_a_place_is_the_same_in_every_crs(provenance, crs):
    crs = LAND_CRS if (crs, provenance) == (32658, REAL) else crs
    places = PLACES[provenance].to_crs(crs)
    assert provenance_of_places(places) is provenance
    refuse_mixing(provenance, places)
    assert keys(refuse_mixing, OTHER[provenance], places) == {"synthetic_on_real_places"}
    wrong = renamed(places, "99" if provenance is REAL else "43")
    assert keys(provenance_of_places, wrong) == {"codes_and_places_disagree"}


# ---- objects made in Python


@pytest.fixture
def inputs(make):
    """Return the inputs of the land and of the ocean."""
    return {provenance: load(make(provenance)) for provenance in Provenance}


def records_of(directory, provenance):
    """Return the incidents of a workspace as they are read."""
    configured = read_workspace(directory).configuration.source("incidents")
    [records] = read_records(configured, directory / configured.file, provenance)
    return records


@pytest.mark.parametrize("provenance", Provenance)
def test_records_made_by_hand_are_not_assigned_to_places_of_the_other_kind(make, inputs, provenance):
    read = records_of(inputs[provenance].workspace.directory, provenance)
    made = Records(read.source, read.frame, read.points, read.provenance)
    there = inputs[OTHER[provenance]].townships.frame
    assert keys(assign_records, made, there) == {"synthetic_on_real_places"}
    renamed_there = renamed(there, "43" if there.index[0].startswith("99") else "99")
    assert keys(assign_records, made, renamed_there) == {"codes_and_places_disagree"}


@pytest.mark.parametrize("provenance", Provenance)
@pytest.mark.parametrize("source", ["incidents", "residents"])
def test_calling_counts_something_else_helps_nobody(inputs, provenance, source):
    mine = inputs[provenance]
    lied = replace(mine.counts[source], provenance=OTHER[provenance])
    for step in (join_inputs, assess):
        wrong = replace(mine, counts={**mine.counts, source: lied})
        assert keys(step, wrong) == {"synthetic_on_real_places"}


@pytest.mark.parametrize("provenance", Provenance)
@pytest.mark.parametrize("swapped", ["townships", "counts"])
def test_inputs_with_a_part_of_the_other_kind_are_refused(inputs, provenance, swapped):
    mine, other = inputs[provenance], inputs[OTHER[provenance]]
    mixed = replace(mine, **{swapped: getattr(other, swapped)})
    for step in (join_inputs, assess):
        assert keys(step, mixed) == {"synthetic_on_real_places"}


@pytest.mark.parametrize("provenance", Provenance)
def test_townships_with_other_codes_are_refused(inputs, provenance):
    mine = inputs[provenance]
    wrong = renamed(mine.townships.frame, "99" if provenance is REAL else "43")
    mixed = replace(mine, townships=Townships(wrong))
    assert keys(assess, mixed) == {"codes_and_places_disagree"}


@pytest.mark.parametrize("provenance", Provenance)
def test_a_configuration_of_the_other_kind_is_refused(inputs, provenance):
    """Rows and places agree, but the results would be called what they are not."""
    mine, other = inputs[provenance], inputs[OTHER[provenance]]
    for step in (join_inputs, assess):
        assert keys(step, replace(mine, workspace=other.workspace))


# ---- the terminal


CONTRADICTIONS = {
    "settings": lambda make: make(SYNTHETIC, ('"synthetic"', '"real"')),
    "rows": lambda make: make_marked(make, REAL, "incidents", "csv", "provenance", "synthetic"),
    "codes": lambda make: make(REAL, townships=moved_to_land(make_grid())),
    "places": lambda make: make(
        SYNTHETIC, ("EPSG:32658", LAND_CRS), townships=moved_to_land(make_grid())
    ),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
@pytest.mark.parametrize("command", ["check", "run"])
def test_the_terminal_ends_with_two_and_writes_nothing(make, monkeypatch, capsys, what, command):
    directory = CONTRADICTIONS[what](make)
    before = sorted(directory.rglob("*"))
    for language, says in (("zh", "没有例外|标为真实"), ("en", "without exception|marked real")):
        monkeypatch.setenv("GEO_JINDU_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["geo-jindu", command, str(directory)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        errors = capsys.readouterr().err
        assert any(words in errors for words in says.split("|"))
    assert sorted(directory.rglob("*")) == before


def test_earlier_results_stay_as_they_were(make):
    directory = make(SYNTHETIC)
    _, folder = run_line(directory)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    population = directory / "population.csv"
    lines = population.read_text("utf-8").splitlines()
    marked = [f"{lines[0]},provenance", *(f"{line},real" for line in lines[1:])]
    population.write_text("\n".join(marked), "utf-8")
    assert keys(run_line, directory) == {"row_is_real"}
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before


# ---- the service: results that contradict themselves, though every digest is right


def rewrite_results(directory, change):
    """Change facts, features and rows of ``out/`` together, as somebody who knows digests would."""
    folder = directory / FOLDER
    facts, collection = (orjson.loads((folder / name).read_bytes()) for name in (ASSESSMENT, GEOJSON))
    rows = list(csv.DictReader(io.StringIO((folder / TABLE).read_text("utf-8-sig"))))
    change(facts, [feature["properties"] for feature in collection["features"]] + rows)
    for feature in collection["features"]:
        feature["id"] = feature["properties"]["code"]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    contents = {GEOJSON: orjson.dumps(collection), TABLE: text.getvalue().encode("utf-8-sig")}
    facts["files"] |= {name: digest_bytes(content) for name, content in contents.items()}
    for name, content in (contents | {ASSESSMENT: orjson.dumps(facts)}).items():
        (folder / name).write_bytes(content)


def call_the_area(facts, _):
    facts["area"]["provenance"] = OTHER[Provenance(facts["area"]["provenance"])].value


def call_some_rows(_, rows):
    for row in rows[1::6]:  # the second township, in the layer and in the table
        row["provenance"] = OTHER[Provenance(row["provenance"])].value


def call_the_layer(_, rows):
    call_some_rows(None, rows[: len(rows) // 2])


def call_the_table(_, rows):
    call_some_rows(None, rows[len(rows) // 2 :])


def call_all_rows(_, rows):
    for row in rows:
        row["provenance"] = OTHER[Provenance(row["provenance"])].value


def rename_codes(_, rows):
    for row in rows:
        row["code"] = ("43" if row["code"].startswith("99") else "99") + row["code"][2:]


def call_all_and_rename(facts, rows):
    """All agrees but the ground."""
    call_the_area(facts, rows)
    call_all_rows(facts, rows)
    rename_codes(facts, rows)
    facts["boundaries"]["fictional"] = not facts["boundaries"]["fictional"]


LIES = [call_the_area, call_some_rows, call_the_layer, call_the_table, call_all_rows, rename_codes]


@pytest.fixture(params=Provenance)
def results(request, make):
    directory = make(request.param)
    run_line(directory)
    return directory


def test_results_rewritten_as_they_were_are_served(results):
    rewrite_results(results, lambda facts, rows: None)
    create_app(Settings(workspace=results))


@pytest.mark.parametrize("change", [*LIES, call_all_and_rename])
def test_results_that_mix_provenance_are_not_served(results, change):
    rewrite_results(results, change)
    with pytest.raises(OutputError) as caught:
        create_app(Settings(workspace=results))
    assert caught.value.problem.key == "results_mix_provenance"
