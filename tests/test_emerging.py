"""Emerging hot spots: each class by hand, and a cube that can be looked through."""

import numpy as np
import pytest
from conftest import lattice_neighbours
from hypothesis import given
from hypothesis import strategies as st

from geo_jindu.hotspots.emerging import EmergingClass, classify_bins, find_emerging

SERIES = {
    "new": ("..........h", 0),
    "consecutive": ("........hhh", 0),
    "intensifying": ("hhhhhhhhhhh", 1),
    "persistent": (".hhhhhhhhhh", 0),
    "diminishing": ("hhhhhhhhhhh", -1),
    "sporadic": ("..h..hh...h", 0),
    "oscillating": ("..h..cc..hh", 0),
    "historical": ("hhhhhhhhhh.", 0),
}
"""Eleven steps each: ten of eleven are more than 90 %."""


def bins(text, sign=1):
    return np.array([{"h": sign, "c": -sign, ".": 0}[each] for each in text], np.int8)


@pytest.mark.parametrize(("name", "series"), SERIES.items())
@pytest.mark.parametrize(("spot", "sign"), [("hot", 1), ("cold", -1)])
def test_each_class_by_hand_and_mirrored(name, series, spot, sign):
    text, trend = series
    found = classify_bins(bins(text, sign)[None], np.array([trend * sign], np.int8))
    assert found.tolist() == [f"{name}_{spot}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("...........", "none"),
        ("..hhh.h....", "none"),  # hot, but not lately, and not for 90 %
        ("...c......h", "new_hot"),  # would be oscillating too
        (".cc.....hhh", "consecutive_hot"),  # likewise
        ("hhhhhhhhhhc", "historical_hot"),  # what lasted comes before what is new
        ("hh.....hhhh", "sporadic_hot"),
        ("cch...c.hch", "oscillating_hot"),
        ("hhhhhhhhhh", "persistent_hot"),
        (".hhhhhhhhh", "persistent_hot"),  # nine of ten are 90 %
        ("..hhhhhhhhh", "consecutive_hot"),  # nine of eleven are not
        (".h", "new_hot"),
        ("hh", "persistent_hot"),
    ],
)
def test_precedence_and_limits(text, expected):
    assert classify_bins(bins(text)[None], np.zeros(1, np.int8)).tolist() == [expected]


@given(
    st.lists(st.sampled_from([-1, 0, 1]), min_size=2, max_size=14),
    st.sampled_from([-1, 0, 1]),
)
def test_every_series_has_one_class_and_mirrors(series, trend):
    found = np.array([series], np.int8)
    name = classify_bins(found, np.array([trend], np.int8))[0]
    mirrored = classify_bins(-found, np.array([-trend], np.int8))[0]
    swapped = {"hot": "cold", "cold": "hot"}
    kind, _, spot = name.rpartition("_")
    assert EmergingClass(name)
    assert mirrored == (f"{kind}_{swapped[spot]}" if spot in swapped else name)
    if spot in swapped and kind != "historical":
        assert series[-1] == {"hot": 1, "cold": -1}[spot]


def grown():
    """Return a lattice of 10 by 10 with 2 incidents a step everywhere, and a block that grows lately."""
    generator = np.random.default_rng(1)
    counts = generator.poisson(2, (10, 10, 12)).astype(float)
    counts[2:5, 2:5, 9:] += 9
    return counts.reshape(100, 12), np.full(100, 5_000.0), lattice_neighbours(10, 10)


def test_a_block_that_grows_lately_is_consecutive():
    found = find_emerging(*grown(), 99, 1)
    classes = np.array([str(each) for each in found.classes]).reshape(10, 10)
    assert classes[3, 3] == "consecutive_hot"
    assert (classes == "none").sum() >= 70
    confidence = found.confidence.reshape(10, 10)
    assert confidence[3, 3] > 0.5
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert found.bins.shape == found.g_star_z.shape == (100, 12)


def test_who_has_more_persons_with_more_incidents_is_not_hot():
    """Rates decide: ten times the incidents among ten times the persons are as cold as the others."""
    counts, persons, weights = grown()
    counts = np.random.default_rng(2).poisson(2, counts.shape).astype(float)
    counts[33] *= 10
    persons = persons.copy()
    persons[33] *= 10
    found = find_emerging(counts, persons, weights, 99, 1)
    assert set(map(str, found.classes)) == {"none"}


def test_a_place_without_incidents_does_not_become_a_new_hot_spot():
    """Nothing is ever counted in the middle of the block that grows: G* is high there, hot it is not."""
    counts, persons, weights = grown()
    counts[33] = 0
    found = find_emerging(counts, persons, weights, 99, 1)
    assert found.g_star_z[33, -1] > 3
    assert found.classes[33] is EmergingClass.NONE
    assert str(found.classes[34]).endswith("hot")


def test_a_seed_gives_the_same_confidence():
    first, again, other = (find_emerging(*grown(), 99, seed).confidence for seed in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).all()


@pytest.mark.parametrize("steps", [0, 1])
def test_fewer_than_two_steps_give_no_class(steps):
    found = find_emerging(np.ones((4, steps)), np.full(4, 100.0), lattice_neighbours(2, 2), 99, 1)
    assert found.classes == [None] * 4
    assert np.isnan(found.confidence).all()
    assert np.isnan(found.trend.z).all()


@pytest.mark.parametrize("counts", [np.zeros((4, 6)), np.full((1, 6), 2.0)])
def test_nothing_counted_or_a_single_township(counts):
    n = len(counts)
    weights = lattice_neighbours(n // 2 or 1, min(n, 2))
    found = find_emerging(counts, np.full(n, 100.0), weights, 99, 1)
    assert set(found.classes) <= {None, EmergingClass.NONE}


def test_under_no_clustering_nearly_all_are_none():
    """The false discovery rate over the cube holds the hot and cold bins of 60 seeded cubes down."""
    generator = np.random.default_rng(9)
    weights, persons = lattice_neighbours(8, 8), np.full(64, 1_000.0)
    found = [
        find_emerging(generator.poisson(3, (64, 8)).astype(float), persons, weights, 1, 1).classes
        for _ in range(60)
    ]
    assert np.mean([[each is EmergingClass.NONE for each in classes] for classes in found]) > 0.98
