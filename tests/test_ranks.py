"""Ranks never stand alone, and their uncertainty is what it says."""

import numpy as np
import pytest

from geo_jindu.ranks import rank_rates
from geo_jindu.rates import smooth_rates


def ranks_of(counts, persons, k=2, draws=4000, seed=1):
    counts, persons = np.array(counts, dtype=float), np.array(persons, dtype=float)
    return rank_rates(counts, persons, smooth_rates(counts, persons), k, draws, seed)


def test_far_apart_rates_have_sure_ranks():
    found = ranks_of([1000, 400, 100, 10], [10_000] * 4)
    assert found.rank.tolist() == [1, 2, 3, 4]
    assert found.low.tolist() == found.high.tolist() == [1, 2, 3, 4]
    assert found.top_k_probability.tolist() == [1, 1, 0, 0]


def test_equal_rates_share_a_rank_and_nobody_is_sure():
    found = ranks_of([5] * 10, [1000] * 10)
    assert found.rank.tolist() == [1] * 10
    assert (found.low == 1).all()
    assert (found.high == 10).all()
    assert found.top_k_probability == pytest.approx(np.full(10, 0.2), abs=0.03)


def test_two_equal_leaders_split_the_first_place():
    found = ranks_of([500, 500, 5, 5, 5], [1000] * 5, k=1, draws=20_000)
    assert found.rank.tolist() == [1, 1, 3, 3, 3]
    assert found.top_k_probability[:2] == pytest.approx([0.5, 0.5], abs=0.02)


def test_probabilities_add_up_to_the_length_of_the_list():
    generator = np.random.default_rng(3)
    found = ranks_of(generator.poisson(3, 60), generator.integers(500, 5000, 60), k=16)
    assert found.top_k_probability.sum() == pytest.approx(16)
    assert (found.low <= found.high).all()
    assert (found.low >= 1).all()
    assert (found.high <= 60).all()


def test_the_interval_holds_the_true_rank_about_as_often_as_it_says():
    """True rates from a gamma distribution, counts from them: 90 % within four points."""
    generator = np.random.default_rng(11)
    held = []
    for _ in range(40):
        persons = generator.integers(2_000, 60_000, 80).astype(float)
        true = generator.gamma(4.0, 0.0005 / 4.0, 80)
        found = ranks_of(generator.poisson(true * persons), persons, draws=1000)
        rank = 1 + np.argsort(np.argsort(-true))
        held.append(((rank >= found.low) & (rank <= found.high)).mean())
    assert 0.86 <= np.mean(held) <= 0.94


def test_the_seed_decides_and_chunks_do_not_show():
    counts, persons = [5, 3, 8, 2, 9], [900, 1000, 1100, 700, 1500]
    one, same = ranks_of(counts, persons, seed=5), ranks_of(counts, persons, seed=5)
    assert (one.top_k_probability == same.top_k_probability).all()
    other = ranks_of(counts, persons, seed=6)
    assert (one.top_k_probability != other.top_k_probability).any()
