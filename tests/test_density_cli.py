"""``geo-jindu density``: from a workspace to GeoJSON or a map, and never a point in either."""

import json
import re
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import DESK
from conftest import CONFIGURATION, GRID_CRS, incident_rows, make_grid, population_rows
from test_cli import geo_jindu
from test_map_safety import MARKUP, PAYLOADS, PRODUCT, hostile_configuration, parse

from boundaries.fictional_vintages import make_fictional_vintages
from geo_jindu.cli.density_files import write_density_file
from geo_jindu.cli.ingesting import find_source, places_of
from geo_jindu.counting import count_source
from geo_jindu.demo import write_demo
from geo_jindu.density_layer import read_incidents, read_persons
from geo_jindu.errors import InputError, OutputError
from geo_jindu.hotspots.density import FEWEST_PLACES
from geo_jindu.hotspots.kernels import Kernel
from geo_jindu.workspace import read_workspace


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    directory = tmp_path_factory.mktemp("density") / "demo"
    write_demo(directory, *make_fictional_vintages())
    return directory


def write(directory, output, *, source="incidents", kernel=Kernel.QUARTIC, bandwidth=2_500.0, **rest):
    months, per_population = rest.get("months"), rest.get("per_population", False)
    write_density_file(
        directory, source, output, kernel, bandwidth, months, per_population=per_population
    )
    return output.read_text("utf-8")


def crowded_rows() -> str:
    """Return 40 incidents of 2018 round the middle of the grid, and 40 of 2017 round 102's middle."""
    generator = np.random.default_rng(3)
    places = {"2018-05": (501_500, 3_001_000), "2017-05": (501_500, 3_000_500)}
    lines = ["date,lon,lat"]
    for month, middle in places.items():
        shapes = shapely.points(generator.normal(middle, 200, (40, 2)))
        degrees = gpd.GeoSeries(shapes, crs=GRID_CRS).to_crs(4326)
        lines += [f"{month},{point.x:.7f},{point.y:.7f}" for point in degrees]
    return "\n".join([*lines, ""])


def problems_of(directory, output, **asked) -> list[str]:
    with pytest.raises(InputError) as caught:
        write(directory, output, **asked)
    assert not output.exists()
    return [problem.key for problem in caught.value.problems]


def every_number(text: str) -> set[str]:
    return set(re.findall(r"\d+\.\d+", text))


# ---- what is written


def test_the_demonstration_as_geojson(demonstration, tmp_path):
    content = json.loads(
        write(demonstration, tmp_path / "a.geojson", bandwidth=5_000.0, months=("2018-01", "2018-12"))
    )
    workspace = read_workspace(demonstration)
    counts = count_source(find_source(workspace, "incidents"), places_of(workspace)).observations
    assert content["incidents"] == counts["value"][counts["period"].str.startswith("2018")].sum()
    assert (content["first_period"], content["last_period"]) == ("2018-01", "2018-12")
    assert content["provenance"] == "synthetic"
    assert "归因" in content["note"]
    assert (content["kernel"], content["bandwidth_m"], content["cell_m"]) == ("quartic", 5000, 500)
    assert content["fewest_places"] == FEWEST_PLACES == 5
    features = content["features"]
    assert [each["id"] for each in features] == [1, 2, 3, 4, 5]
    limits = [(each["properties"]["from"], each["properties"]["to"]) for each in features]
    assert all(low < high for low, high in limits)
    assert all(one[1] == other[0] for one, other in pairwise(limits))
    assert all(each["properties"]["provenance"] == "synthetic" for each in features)


@pytest.mark.parametrize("kernel", list(Kernel))
def test_the_geometry_is_as_rfc_7946_has_it(demonstration, tmp_path, kernel):
    bandwidth = 5_000.0 / kernel.reach
    path = tmp_path / f"{kernel}.geojson"
    content = json.loads(write(demonstration, path, kernel=kernel, bandwidth=bandwidth))
    shapes = shapely.from_geojson([json.dumps(each["geometry"]) for each in content["features"]])
    assert shapely.is_valid(shapes).all()
    assert shapely.total_bounds(shapes) == pytest.approx(content["bbox"])
    rings = [part.exterior for shape in shapes for part in shapely.get_parts(shape)]
    assert all(shapely.is_ccw(ring) for ring in rings)
    overlap = shapely.area(shapes).sum() / shapely.union_all(shapes).area - 1
    assert abs(overlap) < 1e-6
    written = shapely.get_coordinates(shapes)
    assert (np.round(written, 6) == written).all()


def test_the_same_files_give_the_same_bytes_and_nothing_else_is_written(make_workspace, tmp_path):
    directory = make_workspace(incidents=crowded_rows())
    before = {path: path.read_bytes() for path in directory.iterdir()}
    for ending in ("geojson", "html"):
        one, other = (write(directory, tmp_path / f"{name}.{ending}") for name in "ab")
        assert one == other
    assert {path: path.read_bytes() for path in directory.iterdir()} == before
    assert sorted(path.name for path in tmp_path.glob("*.*")) == [
        *("a.geojson", "a.html", "b.geojson", "b.html")
    ]


@pytest.mark.parametrize("ending", ["geojson", "html"])
def test_no_coordinate_of_an_incident_is_in_what_is_written(make_workspace, tmp_path, ending):
    """Nor, in the GeoJSON, any corner of a line within a metre of one."""
    directory = make_workspace(incidents=crowded_rows())
    text = write(directory, tmp_path / f"a.{ending}")
    rows = [line.split(",")[1:] for line in crowded_rows().split()[1:]]
    written = every_number(text)
    assert (
        not {f"{float(each):.{digits}f}" for row in rows for each in row for digits in (6, 7)} & written
    )
    if ending == "geojson":
        shapes = [json.dumps(each["geometry"]) for each in json.loads(text)["features"]]
        corners = shapely.get_coordinates(shapely.from_geojson(shapes))
        apart = np.abs(corners[:, None] - np.array(rows, dtype=float)[None]).max(axis=-1)
        assert apart.min() > 1e-7


def test_a_lone_incident_changes_nothing_but_the_number_counted(make_workspace, tmp_path):
    """In a city twelve times as wide, with one incident far from all others."""
    wide = make_grid()
    wide.geometry = wide.geometry.scale(12, 12, origin=(500_000, 3_000_000))
    lone = crowded_rows() + "2018-05,165.300000,27.300000\n"
    pages = []
    for name, rows in (("without", crowded_rows()), ("with", lone)):
        directory = make_workspace(townships=wide, incidents=rows, name=name)
        pages.append(json.loads(write(directory, tmp_path / f"{name}.geojson")))
    assert pages[1]["incidents"] == pages[0]["incidents"] + 1
    assert pages[1]["features"] == pages[0]["features"]


def test_months_choose_whole_periods(make_workspace):
    workspace = read_workspace(make_workspace(incidents=crowded_rows()))
    source, places = find_source(workspace, "incidents"), places_of(workspace)
    found = read_incidents(source, places)
    assert (len(found.points), found.periods) == (80, ("2017-05", "2018-05"))
    assert found.points.mean(axis=0) == pytest.approx((501_500, 3_000_750), abs=100)


def test_counts_and_places_without_township_are_told_apart(make_workspace):
    """A column of counts weighs; what lies outside or has no date is not counted."""
    rows = "date,lon,lat,n\n2018-05,165.005,27.125,7\nnever,165.005,27.125,7\n2018-05,166,28,7\n"
    configuration = CONFIGURATION.replace('period = "date"', 'period = "date"\ncount = "n"')
    workspace = read_workspace(make_workspace(incidents=rows, configuration=configuration))
    found = read_incidents(find_source(workspace, "incidents"), places_of(workspace))
    assert (found.points.shape, list(found.amounts)) == ((1, 2), [7])


def test_for_each_person_twice_the_persons_is_half_the_density(make_workspace, tmp_path):
    found = []
    for persons in (1_000, 2_000):
        population = population_rows(dict.fromkeys(make_grid().index, persons))
        name = f"of_{persons}"
        directory = make_workspace(incidents=crowded_rows(), population=population, name=name)
        text = write(directory, tmp_path / f"{name}.geojson", per_population=True)
        found.append(json.loads(text)["features"])
        assert found[-1][0]["properties"]["unit"] == "incidents per 10,000 persons"
    for one, other in zip(*found, strict=True):
        assert one["properties"]["to"] == pytest.approx(2 * other["properties"]["to"], rel=2e-3)
        assert one["geometry"] == other["geometry"]


def test_the_persons_are_those_of_the_indicators_denominator(make_workspace):
    population = population_rows({"990000101": 123, "990000102": ""})
    workspace = read_workspace(make_workspace(population=population))
    persons = read_persons(find_source(workspace, "incidents"), places_of(workspace))
    assert persons["990000101"] == 123
    assert np.isnan(persons["990000102"])


# ---- the map


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_map_says_what_it_is_in_both_languages(make_workspace, tmp_path, language):
    directory = make_workspace(incidents=crowded_rows(), language=language)
    page = write(directory, tmp_path / "a.html")
    words = {
        "zh": [
            "格子市 涉毒案件密度图",
            "虚构地区",
            "每平方公里起数",
            "不足 5 个地点处留空",
            "80 起，2017-05 至 2018-05",
        ],
        "en": [
            "格子市: density of 涉毒案件",
            "FICTIONAL",
            "incidents per km²",
            "fewer than 5 places",
            "incidents: 80",
        ],
    }
    assert all(word in page for word in words[language])
    assert 'class="watermark"' in page
    assert page.count('<li><i style="background:') == 5


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_hostile_name_is_shown_and_does_nothing(make_workspace, tmp_path, payload):
    pages = []
    for name, text in (("hostile", payload), ("plain", "x")):
        townships = make_grid().assign(name=text)
        directory = make_workspace(
            incidents=crowded_rows(),
            configuration=hostile_configuration(text),
            townships=townships,
            name=name,
        )
        pages.append(write(directory, tmp_path / f"{name}.html"))
    hostile = parse(pages[0])
    assert not [script for script in hostile.scripts if payload in script]
    assert not any(PAYLOADS[name] in pages[0] for name in MARKUP)
    assert str(PRODUCT) not in pages[0]
    assert hostile.elements == parse(pages[1]).elements


@pytest.mark.browser
def test_the_map_opens_offline(visit, make_workspace, tmp_path):
    output = tmp_path / "a.html"
    write(make_workspace(incidents=crowded_rows()), output)
    opened = visit(output.as_uri(), size=DESK)
    assert opened.page.locator(".leaflet-overlay-pane path").count() == 6 + 5
    opened.page.locator(".leaflet-control-layers input").uncheck()
    assert opened.page.locator(".leaflet-overlay-pane path").count() == 6
    assert len(opened.requests) == 1
    assert opened.complaints == []


# ---- what is refused


@pytest.mark.parametrize("source", ["outflow", "suspects", "residents"])
def test_a_source_by_code_has_no_points(demonstration, tmp_path, source):
    output = tmp_path / "a.geojson"
    assert problems_of(demonstration, output, source=source) == ["source_without_points"]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"source": "nothing"}, "source_unknown"),
        ({"bandwidth": 999.0}, "bandwidth_too_small"),
        ({"bandwidth": 333.0, "kernel": Kernel.GAUSSIAN}, "bandwidth_too_small"),
        ({"bandwidth": 0.0}, "bandwidth_too_small"),
        ({"bandwidth": -5_000.0}, "bandwidth_too_small"),
        ({"bandwidth": float("nan")}, "bandwidth_too_small"),
        ({"bandwidth": float("inf")}, "bandwidth_too_small"),
        ({"bandwidth": 1e12}, "density_all_blank"),
        ({"months": ("2018-13", "2018-12")}, "window_unreadable"),
        ({"months": ("2018-12", "2018-01")}, "window_unreadable"),
        ({"months": ("2018-01-02", "2018-12")}, "window_cuts_month"),
        ({"months": ("2001-01", "2001-12")}, "density_all_blank"),
    ],
)
def test_what_is_asked_wrongly_is_named(make_workspace, tmp_path, asked, problem):
    directory = make_workspace(incidents=crowded_rows())
    assert problems_of(directory, tmp_path / "a.geojson", **asked) == [problem]


def test_other_formats_are_refused_before_anything_is_read(tmp_path):
    assert problems_of(tmp_path / "nowhere", tmp_path / "a.csv") == ["density_format"]


def test_few_incidents_make_no_map_at_all(make_workspace, tmp_path):
    rows = "\n".join(incident_rows().split()[:5])
    assert problems_of(make_workspace(incidents=rows), tmp_path / "a.html") == ["density_all_blank"]


def test_without_known_persons_there_is_no_density_for_each(make_workspace, tmp_path):
    population = population_rows(dict.fromkeys(make_grid().index, ""))
    directory = make_workspace(incidents=crowded_rows(), population=population)
    asked = {"per_population": True}
    assert problems_of(directory, tmp_path / "a.html", **asked) == ["density_all_blank"]


def test_without_an_indicator_no_population_is_guessed(make_workspace, tmp_path):
    other = CONFIGURATION[CONFIGURATION.index("[[sources]]") : CONFIGURATION.index("[[indicators]]")]
    other = other[: other.index("[[sources]]", 5)].replace('id = "incidents"', 'id = "calls"')
    directory = make_workspace(incidents=crowded_rows(), configuration=CONFIGURATION + other)
    asked = {"source": "calls", "per_population": True}
    assert problems_of(directory, tmp_path / "a.html", **asked) == ["source_without_indicator"]
    assert "density of calls" in write(directory, tmp_path / "b.html", source="calls")


def test_real_figures_cannot_stand_on_fictional_places(make_workspace, tmp_path):
    rows = crowded_rows().replace("date,lon,lat", "date,lon,lat,provenance")
    rows = re.sub(r"(?m)^(\d.*)$", r"\1,real", rows)
    directory = make_workspace(incidents=rows)
    assert set(problems_of(directory, tmp_path / "a.html")) == {"row_is_real", "more_rows"}


def test_personal_data_are_refused_and_not_repeated(make_workspace, tmp_path):
    rows = crowded_rows().replace("date,lon,lat", "date,lon,lat,手机")
    rows = re.sub(r"(?m)^(\d.*)$", r"\1,13812345678", rows)
    with pytest.raises(InputError) as caught:
        write(make_workspace(incidents=rows), tmp_path / "a.html")
    assert "13812345678" not in str(caught.value)


def test_exchanged_coordinates_are_named(make_workspace, tmp_path):
    rows = crowded_rows().replace("date,lon,lat", "date,lat,lon")
    assert problems_of(make_workspace(incidents=rows), tmp_path / "a.html") == ["coordinates_swapped"]


def test_an_existing_file_stays_as_it_is(make_workspace, tmp_path):
    output = tmp_path / "a.html"
    output.write_text("mine")
    with pytest.raises(OutputError):
        write(make_workspace(incidents=crowded_rows()), output)
    assert output.read_text() == "mine"


def test_from_the_terminal(make_workspace, tmp_path):
    directory = make_workspace(incidents=crowded_rows())
    output = tmp_path / "a.geojson"
    asked = ["density", directory, "incidents", "--kernel", "gaussian", "--output", output]
    done = geo_jindu(*asked, "--months", "2018-01", "2018-12")
    assert done.returncode == 0
    assert f"wrote {output}: incidents: 40, bandwidth 333 m" in done.stdout
    assert json.loads(output.read_text("utf-8"))["incidents"] == 40
