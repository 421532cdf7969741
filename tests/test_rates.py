"""Rates against published numbers, tables and hand calculations."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libpysal.examples import get_path
from scipy.stats import gamma, poisson

from geo_jindu.rates import exceedance, rate_interval, smooth_rates, standardise_rates


def test_smoothing_repeats_the_published_sids_rates():
    """Spdep EBest on SID74 / BIR74 of North Carolina, first five counties."""
    sids = gpd.read_file(get_path("sids2.shp"))
    smoothed = smooth_rates(sids["SID74"].to_numpy(float), sids["BIR74"].to_numpy(float))
    published = [0.001697297, 0.001705378, 0.001773087, 0.002012868, 0.003534913]
    assert smoothed.rate[:5] == pytest.approx(published, abs=5e-10)


def test_smoothing_by_hand():
    """Two places of 100 persons with 0 and 20 events.

    mean 0.1; spread 0.01; expected by chance 0.1 / 100 = 0.001; variance 0.009;
    reliability 0.009 / (0.009 + 0.001) = 0.9; rates 0.1 -+ 0.9 * 0.1.
    """
    smoothed = smooth_rates(np.array([0.0, 20.0]), np.array([100.0, 100.0]))
    assert smoothed.mean == pytest.approx(0.1)
    assert smoothed.variance == pytest.approx(0.009)
    assert smoothed.reliability == pytest.approx([0.9, 0.9])
    assert smoothed.rate == pytest.approx([0.01, 0.19])


def test_counts_that_vary_no_more_than_chance_all_get_the_mean():
    smoothed = smooth_rates(np.array([3.0, 3.0, 3.0]), np.array([50.0, 50.0, 50.0]))
    assert smoothed.variance == 0
    assert smoothed.rate == pytest.approx([0.06] * 3)
    assert smoothed.reliability == pytest.approx([0.0] * 3)


counts_and_persons = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 100_000)), min_size=2, max_size=30
).filter(lambda pairs: any(count for count, _ in pairs))


@given(counts_and_persons)
def test_smoothed_rates_lie_between_crude_and_mean_and_are_the_posterior_mean(pairs):
    counts, persons = (np.array(each, dtype=float) for each in zip(*pairs, strict=True))
    smoothed = smooth_rates(counts, persons)
    crude = counts / persons
    low, high = np.minimum(crude, smoothed.mean), np.maximum(crude, smoothed.mean)
    assert (smoothed.rate >= low - 1e-12).all()
    assert (smoothed.rate <= high + 1e-12).all()
    shape, rate = smoothed.prior
    if np.isfinite(shape):
        assert smoothed.rate == pytest.approx((shape + counts) / (rate + persons), rel=1e-9)


@pytest.mark.parametrize(
    ("counts", "persons"), [([], []), ([1, 2], [10, 0]), ([0, 0], [10, 10]), ([1, 2], [10, -5])]
)
def test_smoothing_refuses_what_it_cannot_smooth(counts, persons):
    with pytest.raises(ValueError, match="persons in every unit"):
        smooth_rates(np.array(counts, dtype=float), np.array(persons, dtype=float))


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    [(0, 0.0, 3.69), (1, 0.03, 5.57), (10, 4.80, 18.39), (100, 81.36, 121.63)],
)
def test_intervals_are_the_tabulated_exact_ones(count, lower, upper):
    """Garwood's limits as printed in tables of the Poisson distribution."""
    low, high = rate_interval(np.array([float(count)]), np.array([1.0]))
    assert low[0] == pytest.approx(lower, abs=5e-3)
    assert high[0] == pytest.approx(upper, abs=5e-3)


@given(st.integers(0, 500))
def test_interval_limits_have_exactly_the_tail_they_promise(count):
    low, high = rate_interval(np.array([float(count)]), np.array([1.0]))
    assert poisson.cdf(count, high[0]) == pytest.approx(0.025, abs=1e-9)
    if count:
        assert poisson.sf(count - 1, low[0]) == pytest.approx(0.025, abs=1e-9)


def test_exceedance_is_the_tail_of_the_posterior():
    counts, persons = np.array([0.0, 20.0]), np.array([100.0, 100.0])
    smoothed = smooth_rates(counts, persons)
    shape, rate = smoothed.prior
    expected = gamma.sf(0.1, shape + counts, scale=1 / (rate + persons))
    assert exceedance(counts, persons, smoothed, 0.1) == pytest.approx(expected)
    assert expected[0] < 0.05 < 0.95 < expected[1]


def test_exceedance_without_variance_is_certain_or_even():
    counts, persons = np.array([3.0, 3.0]), np.array([50.0, 50.0])
    smoothed = smooth_rates(counts, persons)
    for reference, expected in ((0.01, 1.0), (smoothed.mean, 0.5), (0.9, 0.0)):
        assert exceedance(counts, persons, smoothed, reference) == pytest.approx([expected] * 2)


def test_standardised_rates_by_hand():
    """As in `test_smoothing_by_hand`: -+0.1 over the root of 0.009 + 0.001."""
    standardised = standardise_rates(np.array([0.0, 20.0]), np.array([100.0, 100.0]))
    assert standardised == pytest.approx([-1.0, 1.0])
