"""How sure a rank is, and what moves it."""

import numpy as np
import pytest

from geo_jindu.ranks import rank_rates
from geo_jindu.rates import smooth_rates
from geo_jindu.scoring import drawing
from geo_jindu.scoring.aggregating import Recipe, share_out, weigh_available
from geo_jindu.scoring.drawing import Draws, attribute_variance, draw_ranks
from geo_jindu.scoring.evidence import ShareEvidence, rate_evidence
from geo_jindu.scoring.fields import Normalisation
from geo_jindu.scoring.normalising import fit_scale

LINEAR = (Normalisation.MIN_MAX,)
EVERY = (Normalisation.MIN_MAX, Normalisation.Z_SCORE, Normalisation.RANK)


def rates(counts, persons):
    counts, persons = np.array(counts, dtype=float), np.array(persons, dtype=float)
    known = ~np.isnan(persons)
    return rate_evidence(counts, persons, smooth_rates(counts[known], persons[known]), 10_000)


def sure(shares):
    """Shares of a very large whole, so that nothing is left to chance."""
    return ShareEvidence(np.array(shares) * 1e12, (1 - np.array(shares)) * 1e12)


def recipe(evidence, weights=None, methods=EVERY):
    values = np.array([each.value for each in evidence]).T
    known = ~np.isnan(values)
    scales = tuple(
        tuple(fit_scale(column[rows], method) for column, rows in zip(values.T, known.T, strict=True))
        for method in methods
    )
    weights = np.ones(len(evidence)) if weights is None else np.array(weights, dtype=float)
    return Recipe(scales, known, weigh_available(known, share_out(weights)), is_geometric=False)


def drawn(*evidence, draws=4_000, seed=1, **how):
    return draw_ranks(evidence, recipe(evidence, **how), draws, seed)


def random_rates(n=40, seed=3):
    rng = np.random.default_rng(seed)
    persons = np.round(rng.gamma(6, 6_000, n) + 1_000)
    return rates(rng.poisson(persons * rng.gamma(4, 0.25, n) / 2_000), persons)


def test_one_indicator_is_ranked_as_its_rate_is():
    """Within the error of 10,000 draws; weights and normalisation change no order."""
    rng = np.random.default_rng(8)
    persons = np.round(rng.gamma(6, 6_000, 30) + 1_000)
    counts = rng.poisson(persons * rng.gamma(4, 0.25, 30) / 2_000).astype(float)
    single = rank_rates(counts, persons, smooth_rates(counts, persons), 5, 10_000, 1)
    ours = drawn(rates(counts, persons), draws=10_000)
    low, _, high = ours.rank_quantiles()
    assert ours.top_k_probability(5) == pytest.approx(single.top_k_probability, abs=0.025)
    assert np.abs(low - single.low).max() <= 1
    assert np.abs(high - single.high).max() <= 1


def test_each_draw_is_a_ranking_and_probabilities_add_up():
    found = drawn(random_rates(), random_rates(seed=5))
    assert (np.sort(found.ranks, axis=1) == np.arange(1, 41)).all()
    assert found.top_k_probability(7).sum() == pytest.approx(7)
    low, middle, high = found.rank_quantiles()
    assert (low <= middle).all()
    assert (middle <= high).all()


def test_quantiles_are_those_of_numpy():
    ranks = drawn(random_rates(), draws=997).ranks
    expected = np.quantile(ranks, [0.05, 0.5, 0.95], axis=0, method="inverted_cdf")
    assert (np.array(Draws(ranks, np.empty(0)).rank_quantiles()) == expected).all()


def test_a_clear_leader_leads_in_every_draw():
    found = drawn(sure([0.9, 0.5, 0.1]), sure([0.8, 0.1, 0.2]))
    assert found.top_k_probability(1).tolist() == [1, 0, 0]
    assert set(found.ranks[:, 0]) == {1}


def test_where_counts_say_nothing_every_order_is_as_likely():
    found = drawn(rates([2, 2, 2, 2], [1000] * 4), draws=12_000)
    assert found.top_k_probability(1) == pytest.approx([0.25] * 4, abs=0.02)


def test_the_interval_holds_the_true_rank_about_as_often_as_it_says():
    """True rates of two indicators from gamma distributions; 90 % within four points.

    Methods that keep the true order of a weighted sum are drawn alone, for only of these is there a
    true rank.
    """
    rng, held = np.random.default_rng(12), []
    for seed in range(30):
        true, evidence = [], []
        for _ in range(2):
            persons = rng.integers(2_000, 60_000, 60).astype(float)
            rate = rng.gamma(4.0, 0.0005 / 4, 60)
            evidence.append(rates(rng.poisson(rate * persons), persons))
            true.append(rate * 10_000)
        made = recipe(evidence, methods=LINEAR)
        rank = 1 + np.argsort(np.argsort(-made.score_values(true, made.weights)))
        low, _, high = draw_ranks(evidence, made, 1_000, seed).rank_quantiles()
        held.append(((rank >= low) & (rank <= high)).mean())
    assert 0.86 <= np.mean(held) <= 0.96


def test_the_seed_decides_and_blocks_do_not_show(monkeypatch):
    evidence = [random_rates(), ShareEvidence(np.arange(1.0, 41), np.arange(40.0, 0, -1))]
    one = drawn(*evidence, seed=5)
    monkeypatch.setattr(drawing, "_VALUES_AT_ONCE", 333)
    same, other = drawn(*evidence, seed=5), drawn(*evidence, seed=6)
    assert (one.ranks == same.ranks).all()
    assert (one.scores == same.scores).all()
    assert (one.ranks != other.ranks).any()


def test_scores_are_kept_of_the_scores_own_normalisation_alone():
    found = drawn(random_rates(), draws=3_001)
    assert found.ranks.shape == (3_001, 40)
    assert found.scores.shape == (1_000, 40)


def test_an_unknown_value_does_not_move_the_others():
    """A township known by one of two indicators is scored by it alone."""
    whole = ShareEvidence(np.array([8.0, 5, np.nan]), np.array([2.0, 5, np.nan]))
    found = drawn(sure([0.2, 0.5, 0.9]), whole, methods=EVERY)
    assert found.scores[:, 2] == pytest.approx(np.full(1_333, 100), abs=1e-3)
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize("n", [1, 2])
def test_few_townships_can_be_drawn(n):
    found = drawn(rates([3, 9][:n], [1000, 1000][:n]))
    assert found.ranks.shape == (4_000, n)
    assert np.isfinite(found.scores).all()


def test_posteriors_have_the_mean_that_is_scored():
    evidence = random_rates(), ShareEvidence(np.array([0.0, 3, 90]), np.array([0.0, 7, 10]))
    for each in evidence:
        mean = each.draw(np.random.default_rng(1), 20_000).mean(axis=0)
        assert mean == pytest.approx(each.value, rel=0.02)
    assert evidence[1].value == pytest.approx([0.5, 3.5 / 11, 90.5 / 101])


def test_what_cannot_vary_moves_nothing():
    """Shares by construction: data alone, weights alone, and neither."""
    alone = [random_rates()]
    shares = attribute_variance(alone, recipe(alone, methods=LINEAR), seed=1)
    assert shares[:, 0] == pytest.approx(np.ones(40))
    assert (shares[:, 1:] == 0).all()
    crossed = [sure([0.9, 0.1, 0.5]), sure([0.1, 0.9, 0.51])]
    shares = attribute_variance(crossed, recipe(crossed, methods=LINEAR), seed=1)
    assert shares[:2, 1] == pytest.approx([1, 1], abs=1e-6)
    certain = [sure([0.9, 0.5])]
    assert np.isnan(attribute_variance(certain, recipe(certain), seed=1)).all()


def test_normalisation_is_named_where_it_decides():
    """The last is third by min-max and first by ranks, whatever the weights."""
    decided = [sure([0.99, 0.1, 0.11, 0.12]), sure([0.1, 0.99, 0.11, 0.12])]
    methods = (Normalisation.MIN_MAX, Normalisation.RANK)
    shares = attribute_variance(decided, recipe(decided, methods=methods), seed=1)
    assert shares[3].argmax() == 2
    assert shares[3, 2] > 0.9


def test_shares_of_variance_are_those_found_one_source_at_a_time():
    """400 draws of the data, each with each of 400 weights: the variance of means over the other."""
    evidence = [rates([60, 45, 30], [10_000] * 3), sure([0.3, 0.5, 0.7])]
    made = recipe(evidence, methods=LINEAR)
    shares = attribute_variance(evidence, made, seed=2, draws=20_000)
    rng = np.random.default_rng(3)
    data = [each.draw(rng, 400) for each in evidence]
    ranks = np.array(
        [
            drawing.rank_rows(made.score(data, np.tile(factor, (400, 1))))
            for factor in rng.uniform(0.75, 1.25, (400, 2))
        ]
    )
    whole = ranks.var(axis=(0, 1))
    assert shares[:, 0] == pytest.approx(ranks.mean(axis=0).var(axis=0) / whole, abs=0.05)
    assert shares[:, 1] == pytest.approx(ranks.mean(axis=1).var(axis=0) / whole, abs=0.05)
    assert shares[0, 1] > 0.05
