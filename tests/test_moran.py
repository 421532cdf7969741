"""Moran's I against spdep and esda; local G against Getis and Ord."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from libpysal.examples import get_path
from scipy.sparse import csr_array
from scipy.spatial import distance_matrix

from geo_jindu.configuration import Neighbours
from geo_jindu.hotspots.getis_ord import local_g
from geo_jindu.hotspots.moran import moran
from geo_jindu.neighbours import neighbour_weights
from geo_jindu.rates import standardise_rates


def row_standardised(weights):
    return csr_array(weights.multiply(1 / weights.sum(axis=1)[:, None]))


def test_columbus_crime():
    """Queen, row-standardised: I and z under randomisation of spdep and esda.

    The reference prints z as 5.589382674; esda 2.9.0 and exact fractions give 5.58938267504451.
    """
    columbus = gpd.read_file(get_path("columbus.shp"))
    weights = row_standardised(neighbour_weights(columbus.geometry, Neighbours()))
    found = moran(columbus["CRIME"].to_numpy(float), weights)
    assert found.statistic == pytest.approx(0.5001885571828611, abs=1e-14)
    assert found.z == pytest.approx(5.58938267504451, abs=1e-13)
    assert found.z == pytest.approx(5.589382674, abs=2e-9)
    assert found.expected == -1 / 48
    assert found.p == pytest.approx(2.2788e-08, rel=1e-4)


def test_sids_with_rates_of_equal_variance():
    """EB Moran of SID74 over BIR74, queen, row-standardised: spdep EBImoran."""
    sids = gpd.read_file(get_path("sids2.shp"))
    weights = row_standardised(neighbour_weights(sids.geometry, Neighbours()))
    rates = standardise_rates(sids["SID74"].to_numpy(float), sids["BIR74"].to_numpy(float))
    assert moran(rates, weights).statistic == pytest.approx(0.24874621, abs=5e-9)


@pytest.mark.parametrize(
    ("distance", "printed"),
    [(30, 1.221979), (60, 1.748098), (90, 1.986135), (120, 1.893374), (150, 1.237454)],
)
def test_local_g_on_the_lattice_of_getis_and_ord(shared, distance, printed):
    """Getis and Ord 1996, cell 120 of the 16 x 16 lattice."""
    cells = pd.read_csv(shared / "reference" / "getis_ord" / "getisord.csv")
    xy = cells[["x", "y"]].to_numpy(float)
    near = (distance_matrix(xy, xy) <= distance).astype(float) - np.eye(len(xy))
    found = local_g(cells["val"].to_numpy(float), csr_array(near))
    assert found[119] == pytest.approx(printed, abs=5e-7)


def test_local_g_without_neighbours_or_differences_cannot_be_tested():
    links = np.array([[0.0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    found = local_g(np.array([1.0, 2.0, 4.0, 8.0]), csr_array(links))
    assert np.isnan(found[3])
    assert np.isfinite(found[:3]).all()
    assert np.isnan(local_g(np.full(4, 2.5), csr_array(links))).all()
    assert np.isnan(local_g(np.array([1.0, 2.0]), csr_array(np.eye(2)[::-1]))).all()


@pytest.mark.parametrize("values", [np.ones(5), np.zeros(5), np.array([1.0, 2.0, 3.0]), np.array([])])
def test_a_map_that_cannot_be_tested(values):
    n = len(values)
    found = moran(values, csr_array(np.ones((n, n)) - np.eye(n)))
    assert np.isnan([found.statistic, found.z, found.p]).all()


def test_a_map_without_links_cannot_be_tested():
    assert np.isnan(moran(np.arange(5.0), csr_array((5, 5))).statistic)
