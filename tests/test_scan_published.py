"""Scans against what SaTScan, FleXScan and SpatialEpi print."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from geo_jindu.hotspots.scan import (
    circles,
    ellipses,
    expected_over_strata,
    flexible,
    scan_bernoulli,
    scan_poisson,
)

NEIGHBOURS = Path(__file__).parent / "golden" / "ny_leukaemia_neighbours.txt"


@pytest.fixture(scope="module")
def leukaemia(shared):
    """Return coordinates, cases and persons of 281 tracts; tract 1 is position 0."""
    folder = shared / "reference" / "ny_leukaemia"
    coords, cases, persons = (
        np.loadtxt(folder / f"satscan_ny_{name}.txt") for name in ("coords", "cases", "pop")
    )
    return coords[:, 1:], cases[:, 1], persons[:, 2]


def tracts(cluster):
    return {unit + 1 for unit in cluster.units}


def test_circles_of_at_most_ten_per_cent(leukaemia):
    """SaTScan 9.6 and 10.3.2."""
    xy, cases, persons = leukaemia
    found = scan_poisson(cases, persons, circles(xy, persons, 0.1), seed=1, cores=2)
    llrs = [11.577255, 9.019716, 6.114140, 4.651839, 4.169203, 3.363518, 3.209485]
    assert [each.llr for each in found.clusters[:7]] == pytest.approx(llrs, abs=5e-7)
    first, second = found.clusters[:2]
    assert len(first.units) == 26
    assert (first.observed, round(first.expected, 2)) == (85, 49.71)
    assert round(first.relative_risk, 2) == 1.84
    assert tracts(second) == {84, 85, 86, 87, 88, 89, 90, 92}
    assert (second.observed, round(second.expected, 2)) == (38, 17.79)
    assert first.p == pytest.approx(0.001, abs=0.003)
    assert second.p == pytest.approx(0.013, abs=0.011)
    assert first.gumbel_p == pytest.approx(0.001, abs=0.001)


def test_great_circles_of_at_most_half(leukaemia):
    """SaTScan 9.3.1 on latitude and longitude (jfrench/smerc, tests); its earth is 0.06 % smaller."""
    xy, cases, persons = leukaemia
    candidates = circles(xy[:, ::-1], persons, 0.5, great_circle=True)
    found = scan_poisson(cases, persons, candidates, seed=1, replications=99).clusters
    llrs = [14.780276, 8.287056, 7.199672, 4.651839, 3.773422, 3.209485]
    assert [each.llr for each in found[:6]] == pytest.approx(llrs, abs=5e-7)
    assert [each.observed for each in found[:6]] == [106, 42, 44, 25, 10, 11]
    assert [each.radius for each in found[:4]] == pytest.approx([7.70, 13.01, 2.35, 5.82], abs=0.015)
    assert tracts(found[3]) == {62, 64, 65, 67}


def test_ellipses_with_the_medium_penalty(leukaemia):
    """SaTScan 9.6, at most 10 %, test statistics of seven clusters (jfrench/smerc, tests)."""
    xy, cases, persons = leukaemia
    found = scan_poisson(cases, persons, ellipses(xy, persons, 0.1), seed=1, replications=99).clusters
    statistics = [14.474236, 9.296518, 8.095512, 4.923266, 4.651839, 4.295386, 3.742950]
    assert [each.llr for each in found[:7]] == pytest.approx(statistics, abs=5e-7)
    assert [each.observed for each in found[:7]] == [93, 37, 57, 17, 25, 19, 11]
    assert tracts(found[1]) == {85, 86, 87, 88, 89, 90, 92}


def test_flexible_shapes_of_ten_tracts(leukaemia):
    """FleXScan 3.1.2, k = 10."""
    xy, cases, persons = leukaemia
    lines = [line.split() for line in NEIGHBOURS.read_text().splitlines() if line[0] != "#"]
    links = np.array([(int(first), int(other)) for first, *rest in lines for other in rest]).T - 1
    weights = csr_array((np.ones(links.shape[1]), links), shape=(281, 281))
    candidates = flexible(xy, persons, csr_array(weights + weights.T), 10)
    found = scan_poisson(cases, persons, candidates, seed=1, replications=199, cores=2)
    first = found.clusters[0]
    assert first.llr == pytest.approx(11.6713, abs=5e-5)
    assert tracts(first) == {85, 86, 88, 89, 90, 92, 93}
    assert (first.observed, round(first.expected, 4)) == (39, 16.3981)
    assert first.p == pytest.approx(0.006, abs=0.015)


@pytest.fixture(scope="module")
def lung(shared):
    """Return counts and persons of 67 counties of Pennsylvania by 16 strata, and planar coordinates."""
    folder = shared / "reference" / "penn_lung"
    rows = pd.read_csv(folder / "pennLC_data.csv")
    places = pd.read_csv(folder / "pennLC_geo.csv").set_index("county")
    rows["stratum"] = rows["race"] + rows["gender"] + rows["age"]
    tables = rows.pivot_table(index="county", columns="stratum", values=["cases", "population"])
    tables = tables.reindex(places.index)
    cases, persons = (tables[name].to_numpy(float) for name in ("cases", "population"))
    assert cases.shape == (67, 16)
    return places, cases, persons


def test_indirect_standardisation_over_strata(lung):
    """SpatialEpi 1.2.8."""
    places, cases, persons = lung
    candidates = circles(places[["x.1", "y.1"]].to_numpy(), persons.sum(axis=1))
    expected = expected_over_strata(cases, persons)
    found = scan_poisson(cases.sum(axis=1), expected, candidates, seed=1, replications=99).clusters
    assert [each.llr for each in found[:2]] == pytest.approx([17.662883, 7.098944], abs=5e-7)
    assert {places.index[unit] for unit in found[0].units} == {"delaware", "philadelphia"}
    assert [each.observed for each in found[:2]] == [1900, 2359]
    assert [each.expected for each in found[:2]] == pytest.approx([1673.649, 2200.961], abs=5e-4)


def test_bernoulli(lung):
    """SpatialEpi 1.2.8."""
    places, cases, persons = lung
    everyone = persons.sum(axis=1)
    candidates = circles(places[["x.1", "y.1"]].to_numpy(), everyone)
    found = scan_bernoulli(cases.sum(axis=1), everyone, candidates, seed=1, replications=99).clusters
    assert [each.llr for each in found[:2]] == pytest.approx([36.570511, 9.657779], abs=5e-7)
    assert (found[0].observed, round(found[0].expected, 3)) == (2359, 2008.223)
