"""Who is a neighbour of whom: shared borders, near ones, distance, and townships that stand alone."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import CONFIGURATION, make_grid
from libpysal.examples import get_path
from libpysal.graph import Graph

from boundaries import read_townships
from boundaries.fictional import make_fictional_prefecture
from geo_jindu.assessment import assess
from geo_jindu.configuration import Neighbours
from geo_jindu.description import describe_assessment
from geo_jindu.inputs import read_inputs
from geo_jindu.neighbours import find_neighbours, neighbour_weights
from geo_jindu.results import full_results
from geo_jindu.workspace import read_workspace

CRS = "EPSG:32658"


def squares(**boxes):
    """Return squares of so many metres by name: x, y, side."""
    shapes = [shapely.box(x, y, x + side, y + side) for x, y, side in boxes.values()]
    return gpd.GeoSeries(shapes, index=list(boxes), crs=CRS)


def pairs(polygons, **settings):
    weights = neighbour_weights(polygons, Neighbours(**settings)).toarray()
    assert (weights == weights.T).all()
    assert not np.diag(weights).any()
    names = polygons.index
    return {f"{names[i]}{names[j]}" for i, j in np.argwhere(weights) if i < j}


def test_a_corner_is_enough_for_queen_and_not_for_rook():
    """Four squares, two of which meet in a point.

    ::

        +---+---+
        | c | d |
        +---+---+
        | a | b |
        +---+---+
    """
    four = squares(a=(0, 0, 1000), b=(1000, 0, 1000), c=(0, 1000, 1000), d=(1000, 1000, 1000))
    assert pairs(four, kind="queen") == {"ab", "ac", "ad", "bc", "bd", "cd"}
    assert pairs(four, kind="rook") == {"ab", "ac", "bd", "cd"}


@pytest.mark.parametrize("gap", [1.5, 0.0, -1.5], ids=["gap", "no common vertex", "overlap"])
def test_borders_that_do_not_match_are_borders_all_the_same(gap):
    """Two squares lie along the side of a large one, which has no vertex there.

    ::

        +-------+---+
        |       | c |
        |   a   +---+
        |       | b |
        +-------+---+
    """
    three = squares(a=(0, 0, 2000), b=(2000 + gap, 0, 1000), c=(2000 + gap, 1000, 1000))
    assert pairs(three, kind="queen") == {"ab", "ac", "bc"}
    assert pairs(three, kind="rook") == {"ab", "ac", "bc"}


def test_where_borders_do_not_match_a_corner_is_still_a_corner():
    three = squares(a=(0, 0, 1000), b=(1000.5, 1000.5, 1000), c=(-1001.5, 0, 1000))
    assert pairs(three, kind="queen") == {"ab", "ac"}
    assert pairs(three, kind="rook") == {"ac"}


def test_what_is_farther_apart_than_two_metres_does_not_touch():
    assert pairs(squares(a=(0, 0, 1000), b=(1003, 0, 1000)), kind="queen") == set()


def test_distance_counts_between_inner_points():
    three = squares(a=(0, 0, 1000), b=(3000, 0, 1000), c=(9000, 0, 1000))
    assert pairs(three, kind="distance", distance_km=3.0) == {"ab"}
    assert pairs(three, kind="distance", distance_km=6.0) == {"ab", "bc"}
    assert pairs(three, kind="distance", distance_km=2.9) == set()


def test_near_contiguity_finds_the_neighbours_of_a_coverage_too():
    """With vertices of its own in each township, the fictional prefecture keeps its neighbours."""
    polygons = make_fictional_prefecture().to_crs(CRS).set_index("code").geometry
    steps = 37.0 + np.arange(len(polygons)) % 5
    apart = gpd.GeoSeries(shapely.segmentize(polygons.to_numpy(), steps), polygons.index, crs=CRS)
    assert shapely.coverage_is_valid(polygons.to_numpy())
    assert not shapely.coverage_is_valid(apart.to_numpy())
    assert pairs(apart, kind="queen") == pairs(polygons, kind="queen")
    rook = pairs(polygons, kind="rook")
    assert len(rook - pairs(apart, kind="rook")) <= 2  # borders shorter than 20 m
    assert pairs(apart, kind="rook") <= rook


def test_an_island_is_joined_to_the_township_whose_border_is_nearest():
    four = squares(a=(0, 0, 1000), b=(1000, 0, 1000), c=(2500, 0, 1000), d=(9000, 0, 1000))
    found = find_neighbours(four, Neighbours())
    assert found.islands == ("c", "d")
    assert found.joined == {"c": "b", "d": "c"}
    assert found.weights.toarray().tolist() == [
        [0, 1, 0, 0],
        [1, 0, 1, 0],
        [0, 1, 0, 1],
        [0, 0, 1, 0],
    ]
    alone = find_neighbours(four, Neighbours(islands="alone"))
    assert (alone.islands, alone.joined) == (("c", "d"), {})
    assert alone.weights.toarray()[2:].sum() == 0


def test_of_two_equally_near_the_smaller_code_is_taken():
    three = squares(a=(0, 0, 1000), b=(2000, 0, 1000), c=(4000, 0, 1000))
    assert find_neighbours(three, Neighbours()).joined == {"a": "b", "b": "a", "c": "b"}


def test_one_township_alone_has_nobody_to_be_joined_to():
    found = find_neighbours(squares(a=(0, 0, 1000)), Neighbours())
    assert (found.islands, found.joined, found.weights.nnz) == (("a",), {}, 0)


def moved_grid():
    grid = make_grid()
    far = grid.index == "990000203"
    grid.loc[far, "geometry"] = grid.loc[far, "geometry"].translate(5_000, 0)
    return grid


def test_islands_are_reported_with_the_township_they_were_joined_to(make_workspace):
    assessment = assess(
        read_inputs(read_workspace(make_workspace(townships=moved_grid())), read_townships)
    )
    assert [note.key for note in assessment.notes] == ["rows_unassigned", "islands_joined"]
    assert "990000203 → 990000103" in assessment.notes[-1].text("zh")
    described = describe_assessment(assessment, full_results(assessment))["neighbours"]
    assert described["islands_joined_to"] == {"990000203": "990000103"}


def test_islands_may_be_left_alone(make_workspace):
    text = CONFIGURATION + '\n[neighbours]\nislands = "alone"\n'
    directory = make_workspace(townships=moved_grid(), configuration=text)
    assessment = assess(read_inputs(read_workspace(directory), read_townships))
    assert assessment.notes[-1].key == "islands"


def test_units_of_statistics_alone_take_no_part(make_workspace):
    """A park with 400 as third part of its code has counts, but no rate, rank or test."""
    grid = make_grid().rename(index={"990000103": "990000403"})
    rows = [f"{code},{name},1000" for code, name in grid["name"].items()]
    population = "\n".join(["code,name,persons", *rows, ""])
    directory = make_workspace(townships=grid, population=population)
    assessment = assess(read_inputs(read_workspace(directory), read_townships))
    park = assessment.table.loc["990000403"]
    assert (park["unit_class"], park["incident_value_status"]) == ("statistics_only",) * 2
    assert park[["incident_rate_per_10k", "incident_rank", "incident_g_star_z"]].isna().all()
    assert park["incident_count"] == 0
    assert assessment.measured["incident"].city_rate == pytest.approx(10_000 * 12 / 5_000)
    assert "990000403" in assessment.notes[-1].text("en")
    assert assessment.table["unit_class"].tolist()[:2] == ["town", "town"]


@pytest.mark.parametrize("rook", [False, True])
@pytest.mark.parametrize("name", ["columbus.shp", "sids2.shp"])
def test_contiguity_is_that_of_libpysal(name, rook):
    polygons = gpd.read_file(get_path(name)).geometry
    expected = Graph.build_contiguity(polygons, rook=rook).sparse.toarray() > 0
    np.fill_diagonal(expected, val=False)  # libpysal writes an island as its own neighbour
    found = neighbour_weights(polygons.set_crs(None, allow_override=True), kind_of(rook))
    assert (found.toarray() == expected).all()


@pytest.mark.parametrize("rook", [False, True])
def test_contiguity_of_real_townships_is_that_of_libpysal(shared, rook):
    """Beijing: 343 units with islands, multipolygons and flaws, in degrees and without a CRS."""
    read = gpd.read_file(shared / "data" / "beijing" / "subdistricts.geojson").geometry
    polygons = gpd.GeoSeries(read.to_numpy())
    expected = Graph.build_contiguity(polygons, rook=rook).sparse.toarray() > 0
    np.fill_diagonal(expected, val=False)
    assert (neighbour_weights(polygons, kind_of(rook)).toarray() == expected).all()


def kind_of(rook):
    return Neighbours(kind="rook" if rook else "queen")
