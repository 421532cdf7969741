"""G* against the numbers that Getis and Ord, spdep and esda print."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from libpysal.examples import get_path
from scipy.sparse import csr_array
from scipy.spatial import distance_matrix

from geo_jindu.configuration import Neighbours
from geo_jindu.hotspots.getis_ord import g_star
from geo_jindu.hotspots.significance import (
    Hotspot,
    classify,
    false_discovery_rate,
    two_sided_p,
)
from geo_jindu.neighbours import neighbour_weights, with_self


def test_columbus_crime_with_binary_queen_neighbours():
    """Columbus CRIME, self included, first five: spdep and esda."""
    columbus = gpd.read_file(get_path("columbus.shp"))
    weights = with_self(neighbour_weights(columbus.geometry, Neighbours()))
    published = [-1.43278, -1.340008, -0.771999, -0.131733, 1.285363]
    assert g_star(columbus["CRIME"].to_numpy(), weights)[:5] == pytest.approx(published, abs=5e-7)


def test_the_lattice_of_getis_and_ord(shared):
    """Getis and Ord 1996, cell 120 of the 16 x 16 lattice at distance 30."""
    cells = pd.read_csv(shared / "reference" / "getis_ord" / "getisord.csv")
    xy = cells[["x", "y"]].to_numpy(float)
    near = csr_array((distance_matrix(xy, xy) <= 30).astype(float))
    assert g_star(cells["val"].to_numpy(float), near)[119] == pytest.approx(1.450780, abs=5e-7)


def test_boston_each_year_row_standardised(shared):
    """Spdep localG, 168 areas by ten years, to the last printed digit."""
    folder = shared / "reference" / "boston"
    areas = gpd.read_file(folder / "bos-ecometric.geojson")
    values = pd.read_csv(folder / "bos-ecometric.csv", dtype={".region_id": str})
    expected = pd.read_csv(folder / "gi_star_expected.csv", dtype={"id": str})
    weights = with_self(neighbour_weights(areas.geometry, Neighbours()))
    weights = csr_array(weights.multiply(1 / weights.sum(axis=1)[:, None]))
    compared = 0
    for year, slice_ in values.groupby("time_period"):
        column = slice_.set_index(".region_id")["value"].reindex(areas[".region_id"])
        published = expected[expected["t"] == year].set_index("id")["gi"].reindex(areas[".region_id"])
        assert g_star(column.to_numpy(), weights) == pytest.approx(published.to_numpy(), abs=1e-12)
        compared += len(column)
    assert compared == 1680


def test_linear_rescaling_changes_nothing():
    generator = np.random.default_rng(2)
    weights = with_self(csr_array((generator.random((30, 30)) < 0.2).astype(float)))
    values = generator.normal(size=30)
    assert g_star(values * 7 - 3, weights) == pytest.approx(g_star(values, weights))


@pytest.mark.parametrize("values", [np.zeros(4), np.full(4, 3.7)])
def test_equal_values_cannot_be_tested(values):
    weights = csr_array(np.eye(4))
    assert np.isnan(g_star(values, weights)).all()


def test_a_unit_that_neighbours_all_cannot_be_tested():
    weights = csr_array(np.array([[1.0, 1, 1], [1, 1, 0], [1, 0, 1]]))
    z = g_star(np.array([1.0, 2.0, 4.0]), weights)
    assert np.isnan(z[0])
    assert np.isfinite(z[1:]).all()


def test_under_no_clustering_about_five_per_cent_are_significant():
    """400 seeded maps of 100 cells; two-sided p <= .05 for 4 to 6 % of the units."""
    x, y = np.meshgrid(np.arange(10), np.arange(10))
    xy = np.column_stack([x.ravel(), y.ravel()])
    weights = csr_array((distance_matrix(xy, xy) < 1.5).astype(float))
    generator = np.random.default_rng(7)
    p = [two_sided_p(g_star(generator.normal(size=100), weights)) for _ in range(400)]
    assert 0.04 <= np.mean(np.array(p) <= 0.05) <= 0.06


def test_two_sided_p_by_table():
    assert two_sided_p(np.array([0.0, 1.959964, -1.959964, np.nan])) == pytest.approx(
        [1.0, 0.05, 0.05, np.nan], abs=1e-7, nan_ok=True
    )


def test_false_discovery_rate_by_hand():
    """Benjamini and Hochberg: p(i) n / i, made monotone from the largest down; NaN stays out."""
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.5])
    assert false_discovery_rate(p) == pytest.approx(
        [0.04, np.nan, 0.16 / 3, 0.16 / 3, 0.5], nan_ok=True
    )


def test_classes_follow_sign_and_both_levels():
    z = np.array([3.0, 3.0, -3.0, -3.0, 1.0, np.nan])
    p = np.array([0.01, 0.01, 0.01, 0.01, 0.3, np.nan])
    q = np.array([0.02, 0.2, 0.02, 0.2, 0.4, np.nan])
    assert classify(z, p, q) == [
        Hotspot.HOT,
        Hotspot.HOT_UNADJUSTED,
        Hotspot.COLD,
        Hotspot.COLD_UNADJUSTED,
        Hotspot.NONE,
        None,
    ]


def test_neighbours_of_the_grid(grid):
    """Queen: the corner township 101 touches 102, 201 and, at a corner, 202; rook: not 202."""
    codes = list(grid.index)
    queen = neighbour_weights(grid.geometry, Neighbours()).toarray()
    rook = neighbour_weights(grid.geometry, Neighbours(kind="rook")).toarray()
    nearest = neighbour_weights(grid.geometry, Neighbours(kind="k_nearest", k=2)).toarray()
    assert [codes[at] for at in np.flatnonzero(queen[0])] == ["990000102", "990000201", "990000202"]
    assert [codes[at] for at in np.flatnonzero(rook[0])] == ["990000102", "990000201"]
    assert (nearest.sum(axis=1) == 2).all()
    assert (np.diag(queen) == 0).all()


def test_a_township_apart_is_an_island(grid):
    apart = grid.geometry.copy()
    apart.iloc[5] = (
        apart.iloc[5].buffer(0).__class__([(x + 50_000, y) for x, y in apart.iloc[5].exterior.coords])
    )
    weights = neighbour_weights(apart, Neighbours())
    assert weights.sum(axis=1)[5] == 0
    assert weights.sum(axis=0)[5] == 0


def test_the_nearest_of_identical_places_are_each_other(grid):
    same = grid.geometry.copy()
    same.iloc[1] = same.iloc[0]
    weights = neighbour_weights(same, Neighbours(kind="k_nearest", k=1)).toarray()
    assert weights[0].tolist() == [0, 1, 0, 0, 0, 0]
    assert weights[1].tolist() == [1, 0, 0, 0, 0, 0]
