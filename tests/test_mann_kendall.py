"""Mann and Kendall's test by hand and against the Kendall package."""

import numpy as np
import pandas as pd
import pytest

from geo_jindu.hotspots.mann_kendall import mann_kendall


def test_precipitation_of_the_great_lakes(shared):
    """Kendall package, PrecipGL: with ties and continuity correction."""
    series = pd.read_csv(shared / "reference" / "mann_kendall" / "PrecipGL.csv")["p"].to_numpy(float)
    found = mann_kendall(series[None])
    assert found.s[0] == 989
    assert found.variance[0] == pytest.approx(74398.3333, abs=5e-5)
    assert found.p[0] == pytest.approx(0.00029208067, abs=5e-12)
    assert found.tau[0] == pytest.approx(0.2645801, abs=5e-8)


def test_small_series_by_hand():
    """1 2 3: S 3, variance 3 * 2 * 11 / 18; 1 1 2: S 2, less 2 * 1 * 9 / 18 for the tie; all equal."""
    found = mann_kendall(np.array([[1.0, 2, 3], [1, 1, 2], [3, 2, 1], [5, 5, 5]]))
    assert found.s.tolist() == [3, 2, -3, 0]
    assert found.variance == pytest.approx([66 / 18, 48 / 18, 66 / 18, 0])
    assert found.z[:3] == pytest.approx(
        [2 / np.sqrt(66 / 18), 1 / np.sqrt(48 / 18), -2 / np.sqrt(66 / 18)]
    )
    assert found.tau[:3] == pytest.approx([1, 2 / np.sqrt(6), -1])
    assert np.isnan([found.z[3], found.p[3], found.tau[3]]).all()


def test_many_series_are_as_one_each():
    series = np.random.default_rng(1).poisson(2, (20, 12)).astype(float)
    together = mann_kendall(series)
    for at, one in enumerate(series):
        alone = mann_kendall(one[None])
        assert (alone.s[0], alone.variance[0]) == (together.s[at], together.variance[at])
        assert alone.p == pytest.approx([together.p[at]], nan_ok=True)


@pytest.mark.parametrize("shape", [(3, 0), (3, 1), (0, 5)])
def test_without_a_pair_there_is_no_trend(shape):
    found = mann_kendall(np.ones(shape))
    assert len(found.z) == shape[0]
    assert np.isnan(found.z).all()


def test_where_there_is_no_trend_at_most_five_per_cent_are_significant():
    """The continuity correction makes the test a little cautious."""
    series = np.random.default_rng(4).normal(size=(4000, 20))
    assert 0.035 <= (mann_kendall(series).p <= 0.05).mean() <= 0.05
