"""Local Moran's I: by hand, by brute force, and under no clustering."""

import numpy as np
import pytest
from conftest import lattice_neighbours
from scipy.sparse import csr_array

from geo_jindu.hotspots.local_moran import ClusterClass, _draw_places, local_moran
from geo_jindu.hotspots.significance import false_discovery_rate

PERMUTATIONS = 199


def test_the_statistic_by_hand():
    """Four units in a row, 1 2 3 6: mean 3, variance 3.5; I of the first is (-2)(-1) / 3.5."""
    links = np.diag(np.ones(3), 1)
    weights = csr_array(links + links.T)
    found = local_moran(np.array([1.0, 2.0, 3.0, 6.0]), weights, PERMUTATIONS, 1)
    assert found.statistic == pytest.approx([2 / 3.5, (-1) * (-1) / 3.5, 0.0, 0.0])
    assert found.lag * np.sqrt(3.5) == pytest.approx([-1.0, -1.0, 1.0, 0.0])


def test_the_draws_that_serve_all_are_those_each_unit_would_see():
    """P of every unit from its own draws, one unit at a time; counts, so that there are ties."""
    weights = lattice_neighbours(5, 6)
    values = np.random.default_rng(3).poisson(2, 30).astype(float)
    found = local_moran(values, weights, PERMUTATIONS, 7)
    places = _draw_places(29, 8, PERMUTATIONS, 7)
    z = (values - values.mean()) / values.std()
    for unit in range(30):
        own = weights.indices[weights.indptr[unit] : weights.indptr[unit + 1]]
        drawn = np.delete(z, unit)[places[:, : len(own)]].sum(axis=1)
        above = (drawn >= z[own].sum() - 1e-9).sum()
        below = (drawn <= z[own].sum() + 1e-9).sum()
        assert found.p[unit] == min(1, 2 * (min(above, below) + 1) / (PERMUTATIONS + 1))
    assert found.q == pytest.approx(false_discovery_rate(found.p))


def test_no_unit_is_drawn_twice_nor_in_place_of_itself():
    places = _draw_places(9, 6, 50, 1)
    assert all(len(set(row)) == 6 for row in places)
    assert places.min() >= 0
    assert places.max() <= 8


def test_exact_moments_on_a_small_map():
    """Every arrangement of three others in two places: mean and variance of the lag, by listing them."""
    values = np.array([5.0, 1.0, 2.0, 4.0])
    weights = csr_array(np.array([[0.0, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 1], [0, 0, 1, 0]]))
    z = (values - values.mean()) / values.std()
    means = np.array([z[[1, 2]].mean(), z[[1, 3]].mean(), z[[2, 3]].mean()])
    deviate = (z[[1, 2]].mean() - means.mean()) / means.std()
    from scipy.special import ndtr

    found = local_moran(values, weights, PERMUTATIONS, 1)
    assert found.analytic_p[0] == pytest.approx(2 * ndtr(-abs(deviate)))


def test_under_no_clustering_about_five_per_cent_are_significant():
    """200 seeded maps of 100 cells, by permutation and by moments."""
    weights = lattice_neighbours(10, 10)
    generator = np.random.default_rng(11)
    found = [local_moran(generator.normal(size=100), weights, 199, seed) for seed in range(200)]
    assert 0.04 <= np.mean([each.p <= 0.05 for each in found]) <= 0.06
    assert 0.04 <= np.mean([each.analytic_p <= 0.05 for each in found]) <= 0.06


def test_a_block_of_high_values_and_what_stands_out_of_its_surroundings():
    weights = lattice_neighbours(12, 12)
    values = np.random.default_rng(5).normal(size=144).reshape(12, 12)
    values[1:4, 1:4] += 8
    values[8:11, 8:11] -= 8
    values[9, 9] += 16
    classes = np.array(local_moran(values.ravel(), weights, 999, 1).classes).reshape(12, 12)
    assert classes[2, 2] == ClusterClass.HIGH_HIGH
    assert classes[9, 9] == ClusterClass.HIGH_LOW
    assert (classes == ClusterClass.NONE).sum() > 100


def test_a_seed_gives_the_same_and_another_one_nearly_the_same():
    weights, values = lattice_neighbours(6, 6), np.random.default_rng(1).normal(size=36)
    first, again, other = (local_moran(values, weights, 999, seed) for seed in (1, 1, 2))
    assert (first.p == again.p).all()
    assert not (first.p == other.p).all()
    assert first.p == pytest.approx(other.p, abs=0.12)


def test_an_island_has_no_test_and_takes_part_in_the_mean():
    links = np.zeros((5, 5))
    links[0, 1] = links[1, 0] = links[1, 2] = links[2, 1] = links[2, 3] = links[3, 2] = 1
    found = local_moran(np.array([1.0, 2.0, 3.0, 4.0, 90.0]), csr_array(links), PERMUTATIONS, 1)
    assert np.isnan([found.statistic[4], found.p[4], found.q[4], found.analytic_p[4]]).all()
    assert found.classes[4] is None
    assert np.isfinite(found.p[:4]).all()


@pytest.mark.parametrize("values", [np.zeros(4), np.full(4, 0.1), np.array([1.0]), np.array([])])
def test_what_cannot_be_tested_is_not(values):
    n = len(values)
    found = local_moran(values, csr_array(np.ones((n, n)) - np.eye(n)), PERMUTATIONS, 1)
    assert np.isnan(found.p).all()
    assert found.classes == [None] * n


def test_who_neighbours_everyone_has_but_one_arrangement():
    weights = csr_array(np.ones((4, 4)) - np.eye(4))
    found = local_moran(np.array([1.0, 2.0, 3.0, 9.0]), weights, PERMUTATIONS, 1)
    assert (found.p == 1).all()
    assert np.isnan(found.analytic_p).all()


def test_a_map_of_islands_alone_has_no_test():
    found = local_moran(np.array([1.0, 2.0, 3.0, 9.0]), csr_array((4, 4)), PERMUTATIONS, 1)
    assert np.isnan(found.p).all()
    assert found.classes == [None] * 4
