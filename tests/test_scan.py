"""Scans by hand and by brute force; in time; and what cannot be scanned."""

from itertools import product

import numpy as np
import pytest
from conftest import lattice_neighbours
from scipy.special import xlogy

from geo_jindu.hotspots.scan import (
    circles,
    ellipses,
    flexible,
    scan_bernoulli,
    scan_permutation,
    scan_poisson,
    scan_poisson_over_time,
)
from geo_jindu.hotspots.scan.flexible import _connected_sets
from geo_jindu.hotspots.scan.likelihood import Likelihood
from geo_jindu.hotspots.scan.windows import list_windows

GENERATOR = np.random.default_rng(1)
XY = GENERATOR.random((12, 2)) * 100
PERSONS = GENERATOR.integers(500, 3_000, 12).astype(float)
COUNTS = GENERATOR.poisson(PERSONS / 200).astype(float)


def poisson_ratio(count, expected, total):
    rest = total - count
    return xlogy(count, count / expected) + xlogy(rest, rest / (total - expected))


def every_circle(xy, expected, max_share=0.5):
    """Return the circles by comparing every distance with every other: sets of units by centre."""
    found = []
    for centre in xy:
        distance = np.hypot(*(xy - centre).T)
        sets = {frozenset(np.flatnonzero(distance <= radius + 1e-9)) for radius in distance}
        limit = max_share * expected.sum() + 1e-9
        found.append({each for each in sets if expected[list(each)].sum() <= limit})
    return found


def sets_of(candidates):
    """Return the candidates of each centre as sets of units."""
    found = [set() for _ in range(candidates.centres.max() + 1)]
    for group, centre in enumerate(candidates.centres):
        for at in range(*candidates.starts[group : group + 2]):
            if candidates.counted[at]:
                found[centre].add(frozenset(candidates.members(at)))
    return found


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_circles_are_those_found_by_comparing_all(share):
    assert sets_of(circles(XY, PERSONS, share)) == every_circle(XY, PERSONS, share)


def test_units_equally_far_come_in_together():
    """On a lattice of 3 by 3 the middle has circles of 1, 5 and 9 units, a corner of 1, 3, 4, 6, 8, 9."""
    xy = np.array(list(product(range(3), range(3))), dtype=float)
    found = sets_of(circles(xy, np.ones(9), 1.0))
    assert sorted(map(len, found[4])) == [1, 5, 9]
    assert sorted(map(len, found[0])) == [1, 3, 4, 6, 8, 9]


@pytest.mark.parametrize("direction", ["high", "low", "both"])
def test_the_search_finds_what_looking_at_every_candidate_finds(direction):
    """The most likely cluster and every replication's maximum, without bounds, blocks or threads."""
    found = scan_poisson(
        COUNTS, PERSONS, circles(XY, PERSONS), direction=direction, replications=50, seed=3
    )
    total = COUNTS.sum()
    expected = PERSONS / PERSONS.sum() * total
    drawn = np.random.default_rng(3).multinomial(int(total), PERSONS / PERSONS.sum(), size=50)
    sets = set().union(*every_circle(XY, PERSONS))

    def largest(counts):
        ratios = [0.0]
        for each in map(list, sets):
            count, norm = counts[each].sum(), expected[each].sum()
            if direction == "both" or (count > norm) == (direction == "high"):
                ratios.append(poisson_ratio(count, norm, total))
        return max(ratios)

    assert found.maxima == pytest.approx([largest(each) for each in drawn], abs=1e-12)
    assert found.clusters[0].llr == pytest.approx(largest(COUNTS), abs=1e-12)
    first = found.clusters[0]
    assert first.p == (1 + (found.maxima >= first.llr).sum()) / 51


@pytest.mark.parametrize("prospective", [False, True])
def test_cylinders_by_brute_force(prospective):
    counts = np.random.default_rng(5).poisson(1.5, (12, 6)).astype(float)
    expected = np.outer(PERSONS, np.arange(1, 7))
    candidates = circles(XY, PERSONS)
    found = scan_poisson_over_time(
        counts, expected, candidates, prospective=prospective, replications=20, seed=4
    )
    total, norm = counts.sum(), expected / expected.sum() * counts.sum()
    drawn = np.random.default_rng(4).multinomial(int(total), (norm / total).ravel(), size=20)
    windows = [
        (start, end)
        for start, end in product(range(6), range(1, 7))
        if 1 <= end - start <= 3 and (end == 6 or not prospective)
    ]
    sets = set().union(*every_circle(XY, PERSONS))

    def largest(cube):
        best = (0.0, None, None)
        for each, (start, end) in product(map(list, sets), windows):
            count, mean = cube[each, start:end].sum(), norm[each, start:end].sum()
            if count > mean:
                best = max(best, (poisson_ratio(count, mean, total), sorted(each), (start, end)))
        return best

    assert found.maxima == pytest.approx([largest(each.reshape(12, 6))[0] for each in drawn])
    ratio, units, window = largest(counts)
    first = found.clusters[0]
    assert first.llr == pytest.approx(ratio)
    assert (sorted(first.units), (first.start, first.end)) == (units, window)
    assert (first.recurrence_interval == 1 / first.p) == prospective


def test_a_prospective_scan_looks_at_the_last_step():
    windows = list_windows(10, 0.5, prospective=True)
    assert windows.tolist() == [[9, 10], [8, 10], [7, 10], [6, 10], [5, 10]]
    assert len(list_windows(10, 0.5, prospective=False)) == 10 + 9 + 8 + 7 + 6
    assert list_windows(1, 0.5, prospective=False).tolist() == [[0, 1]]


def test_permutations_keep_what_each_place_and_each_time_has():
    """One place has all of its incidents in one step: found, though it has no more than others."""
    counts = np.full((12, 8), 2.0)
    counts[3] = [0, 0, 0, 0, 16, 0, 0, 0]
    found = scan_permutation(counts, circles(XY, PERSONS), replications=99, seed=1)
    first = found.clusters[0]
    assert (first.units[0], first.start, first.end) == (3, 4, 5)
    assert first.observed >= 16
    assert first.expected == pytest.approx(
        counts[list(first.units)].sum() * counts[:, 4].sum() / counts.sum()
    )
    assert first.p == 0.01


def test_permutation_finds_nothing_where_place_and_time_go_apart():
    counts = np.outer(np.arange(1, 13), [1, 2, 3, 4]).astype(float)
    found = scan_permutation(counts, circles(XY, PERSONS), replications=99, seed=1)
    assert not found.clusters


def test_bernoulli_by_hand():
    """Two units far apart, 8 of 10 and 2 of 10: the ratio of Kulldorff 1997, written out."""
    candidates = circles(np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([10.0, 10.0]))
    found = scan_bernoulli(np.array([8.0, 2.0]), np.full(2, 10.0), candidates, replications=99, seed=1)
    by_hand = 2 * (8 * np.log(0.8) + 2 * np.log(0.2)) - 20 * np.log(0.5)
    assert [each.llr for each in found.clusters] == pytest.approx([by_hand])
    assert found.clusters[0].relative_risk == pytest.approx(4)


@pytest.mark.parametrize("direction", ["high", "low"])
def test_no_count_below_the_margin_reaches_the_bound(direction):
    """The bound that spares the logarithms passes over nothing, under both models."""
    for persons in (None, 500.0):
        likelihood = Likelihood(direction, 100.0, persons)
        expected = np.linspace(0.5, 60, 120)
        counts = np.arange(0, 101.0)[:, None]
        ratio = likelihood.ratio(counts, np.broadcast_to(expected, (101, 120)))
        for bound in (0.5, 2.0, 6.0, 15.0):
            above, below = likelihood.margin(expected, bound)
            near = (counts < expected + above) & (counts > expected - below)
            near &= counts <= (persons or np.inf) / 100 * expected  # no more than there are persons
            assert near.any()
            assert (ratio[near] <= bound + 1e-9).all()


def test_the_same_from_a_seed_whatever_the_number_of_cores():
    runs = [
        scan_poisson(COUNTS, PERSONS, circles(XY, PERSONS), replications=199, seed=seed, cores=cores)
        for seed, cores in ((1, 1), (1, 2), (1, 5), (2, 1))
    ]
    assert (runs[0].maxima == runs[1].maxima).all()
    assert (runs[0].maxima == runs[2].maxima).all()
    assert not (runs[0].maxima == runs[3].maxima).all()
    assert runs[0].clusters == runs[1].clusters or np.isnan(runs[0].clusters[0].recurrence_interval)


def test_clusters_do_not_overlap_and_come_by_likelihood():
    clusters = scan_poisson(COUNTS, PERSONS, circles(XY, PERSONS), replications=19, seed=1).clusters
    units = [unit for each in clusters for unit in each.units]
    assert len(units) == len(set(units))
    assert [each.llr for each in clusters] == sorted((each.llr for each in clusters), reverse=True)


def test_a_flexible_shape_finds_a_bend_that_no_circle_holds():
    """A river of high counts around a corner of a lattice of 7 by 7."""
    xy = np.array(list(product(range(7), range(7))), dtype=float)
    counts = np.full((7, 7), 10.0)
    bend = {1 * 7 + 1, 1 * 7 + 2, 1 * 7 + 3, 2 * 7 + 3, 3 * 7 + 3}
    counts.ravel()[list(bend)] = 30
    persons = np.full(49, 1000.0)
    candidates = flexible(xy, persons, lattice_neighbours(7, 7), 15)
    found = scan_poisson(counts.ravel(), persons, candidates, replications=9, seed=1).clusters[0]
    circle = scan_poisson(counts.ravel(), persons, circles(xy, persons), replications=9, seed=1)
    assert set(found.units) == bend
    assert found.llr > circle.clusters[0].llr


def test_connected_sets_by_hand():
    """Unit 0 in the middle of a chain 1 - 0 - 2 - 3: 0, 01, 02, 012, 023, 0123."""
    linked = np.zeros((4, 4), bool)
    for one, other in ((0, 1), (0, 2), (2, 3)):
        linked[one, other] = linked[other, one] = True
    added, parents, sums = _connected_sets(linked, np.array([1.0, 10.0, 100.0, 1000.0]))
    sets = []
    for unit, parent in zip(added, parents, strict=True):
        sets.append((sets[parent] if parent >= 0 else frozenset()) | {unit})
    assert sets == [{0}, {0, 1}, {0, 2}, {0, 1, 2}, {0, 2, 3}, {0, 1, 2, 3}]
    assert sums.tolist() == [1, 11, 101, 111, 1101, 1111]


def test_an_island_is_a_set_of_its_own():
    xy = np.array([[0.0, 0], [1, 0], [50, 0]])
    weights = lattice_neighbours(1, 2)
    weights.resize((3, 3))
    assert sets_of(flexible(xy, np.ones(3), weights, 3, 1.0)) == [
        {frozenset({0}), frozenset({0, 1})},
        {frozenset({1}), frozenset({0, 1})},
        {frozenset({2})},
    ]


@pytest.mark.parametrize("k", [0, 16])
def test_flexible_shapes_have_one_to_fifteen_units(k):
    with pytest.raises(ValueError, match="k is 1 to 15"):
        flexible(XY, PERSONS, lattice_neighbours(3, 4), k)


def test_an_ellipse_reaches_along_a_valley():
    """Ten units in a line, with others beside it: circles take these in, an ellipse does not."""
    line = [(float(at), 0.0) for at in range(10)]
    beside = [(float(at), 2.0) for at in range(10)] + [(float(at), -2.0) for at in range(10)]
    xy, persons = np.array(line + beside), np.full(30, 100.0)
    counts = np.array([12.0] * 6 + [5.0] * 24)
    found = scan_poisson(counts, persons, ellipses(xy, persons, penalty=0), replications=9, seed=1)
    assert set(found.clusters[0].units) == set(range(6))


def test_a_giant_unit_is_no_candidate_alone():
    persons = PERSONS.copy()
    persons[4] = 1e6
    found = sets_of(circles(XY, persons))
    assert not found[4]
    assert all(4 not in each for sets in found for each in sets)
    shapes = sets_of(flexible(XY, persons, lattice_neighbours(3, 4), 6))
    assert all(4 not in each for sets in shapes for each in sets)
    assert any(shapes)


@pytest.mark.parametrize("n", [1, 2])
def test_a_single_unit_or_two(n):
    found = scan_poisson(np.full(n, 3.0), np.full(n, 10.0), circles(XY[:n], np.full(n, 10.0)), seed=1)
    assert not found.clusters
    assert len(found.maxima) == 999


def test_nothing_counted_nothing_found():
    candidates = circles(XY, PERSONS)
    nothing = np.zeros((12, 3))
    for found in (
        scan_poisson(nothing[:, 0], PERSONS, candidates, seed=1),
        scan_permutation(nothing, candidates, seed=1),
        scan_bernoulli(nothing[:, 0], PERSONS, candidates, seed=1),
    ):
        assert not found.clusters
        assert not found.maxima.any()


def test_nobody_and_nothing_may_stand_in_a_candidate():
    persons, counts = PERSONS.copy(), COUNTS.copy()
    persons[2] = counts[2] = 0
    found = scan_poisson(counts, persons, circles(XY, persons), replications=19, seed=1)
    assert np.isfinite([each.llr for each in found.clusters]).all()


def test_counts_where_nothing_is_expected_are_refused():
    persons = PERSONS.copy()
    persons[2] = 0
    counts = COUNTS.copy()
    counts[2] = 1
    with pytest.raises(ValueError, match="nothing can be expected"):
        scan_poisson(counts, persons, circles(XY, persons), seed=1)
    with pytest.raises(ValueError, match="more was counted"):
        scan_bernoulli(PERSONS + 1, PERSONS, circles(XY, PERSONS), seed=1)


def test_progress_is_told_to_the_end():
    told = []
    scan_poisson(
        COUNTS,
        PERSONS,
        circles(XY, PERSONS),
        replications=9,
        seed=1,
        report=lambda *at: told.append(at),
    )
    assert told[-1][0] == told[-1][1] == len(told)


@pytest.mark.parametrize("wrong", [-1.0, 0.5, np.nan, np.inf])
def test_numbers_that_are_no_counts_are_refused(wrong):
    candidates, counts = circles(XY, PERSONS), COUNTS.copy()
    counts[3] = wrong
    for scan in (
        lambda: scan_poisson(counts, PERSONS, candidates, seed=1),
        lambda: scan_permutation(counts[:, None], candidates, seed=1),
        lambda: scan_bernoulli(counts, PERSONS, candidates, seed=1),
    ):
        with pytest.raises(ValueError, match="whole numbers"):
            scan()


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_expected_numbers_that_cannot_be_are_refused(wrong):
    persons = PERSONS.copy()
    persons[3] = wrong
    with pytest.raises(ValueError, match="what is expected"):
        scan_poisson(COUNTS, persons, circles(XY, PERSONS), seed=1)
