"""Density on cells: mass kept, kernels as published, lone incidents never seen, contours that fit."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_jindu.errors import InputError
from geo_jindu.hotspots.bandwidths import choose_bandwidth
from geo_jindu.hotspots.contours import draw_contours, quantile_levels
from geo_jindu.hotspots.density import (
    FEWEST_PLACES,
    density_per_population,
    kernel_density,
    kernel_weights,
    population_density,
    spread_amounts,
)
from geo_jindu.hotspots.grids import Grid, make_grid
from geo_jindu.hotspots.kernels import CELLS_PER_REACH, Kernel

# An L of 20 km: the north-east quarter is missing.
CITY = shapely.Polygon(
    [(0, 0), (20_000, 0), (20_000, 10_000), (10_000, 10_000), (10_000, 20_000), (0, 20_000)]
)
BANDWIDTHS = {Kernel.QUARTIC: 2_000.0, Kernel.GAUSSIAN: 700.0}
SHAPES = np.array([shapely.box(0, 0, 20_000, 10_000), shapely.box(0, 10_000, 10_000, 20_000)])

kernels = pytest.mark.parametrize("kernel", list(Kernel))
points_in_city = st.lists(
    st.tuples(st.floats(0, 20_000), st.floats(0, 20_000)).filter(
        lambda xy: shapely.intersects_xy(CITY, *xy)
    ),
    min_size=1,
    max_size=30,
)


def grid_for(kernel: Kernel) -> Grid:
    return make_grid(CITY, kernel.cell_m(BANDWIDTHS[kernel]))


def count(points, grid: Grid) -> np.ndarray:
    xy = np.asarray(points, dtype=float).reshape(-1, 2)
    return grid.count(xy, np.ones(len(xy)))


def density_of(points, kernel: Kernel = Kernel.QUARTIC) -> tuple[np.ndarray, Grid]:
    grid = grid_for(kernel)
    return kernel_density(count(points, grid), grid, kernel), grid


def cluster(x: float, y: float, n: int = 12, spread: float = 600, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal((x, y), spread, (n, 2))


# ---- kernels and mass


def test_quartic_weights_are_those_of_the_formula():
    """3 / (pi h**2) (1 - (r / h)**2)**2 per km2: at the middle and three cells away, to 0.1 %."""
    weights, cell = kernel_weights(Kernel.QUARTIC), 2_000 / CELLS_PER_REACH
    for steps, r in ((0, 0.0), (3, 0.3)):
        exact = 3 / (np.pi * 2_000**2) * (1 - r**2) ** 2
        assert weights[CELLS_PER_REACH, CELLS_PER_REACH + steps] / cell**2 == pytest.approx(
            exact, rel=1e-3
        )


@kernels
def test_weights_sum_to_one_are_round_and_end(kernel):
    weights = kernel_weights(kernel)
    assert weights.sum() == pytest.approx(1)
    assert (weights == weights.T).all()
    assert (weights == weights[::-1, ::-1]).all()
    assert weights[0, 0] == 0


@kernels
def test_the_spread_of_a_kernel_is_its_own(kernel):
    """Variance along one axis: h**2 / 8 (quartic), h**2 (Gaussian, 3 % less as it is cut off)."""
    steps = np.arange(-CELLS_PER_REACH, CELLS_PER_REACH + 1) / CELLS_PER_REACH * kernel.reach
    variance = (kernel_weights(kernel).sum(axis=0) * steps**2).sum()
    assert variance == pytest.approx(1 / 8 if kernel is Kernel.QUARTIC else 1, rel=0.06)


@settings(max_examples=40, deadline=None)
@given(points_in_city, st.sampled_from(list(Kernel)))
def test_no_incident_is_lost_or_made_at_the_border_or_inside(points, kernel):
    grid = grid_for(kernel)
    spread = spread_amounts(count(points, grid), grid, kernel)
    assert spread.sum() == pytest.approx(len(points), rel=1e-9)
    assert (spread >= 0).all()
    assert (spread[~grid.inside] == 0).all()


@kernels
def test_far_from_the_border_it_is_the_sum_over_the_points(kernel):
    """Against the exact sum of kernels at the points themselves: within 3 % of the highest value."""
    points, bandwidth = cluster(5_000, 5_000, n=200, spread=900), BANDWIDTHS[kernel]
    density, grid = density_of(points, kernel)
    x, y = np.meshgrid(grid.x, grid.y)
    r = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1]) / bandwidth
    if kernel is Kernel.QUARTIC:
        exact = (3 / np.pi * np.maximum(1 - r**2, 0) ** 2).sum(axis=-1)
    else:
        exact = (np.where(r <= 3, np.exp(-(r**2) / 2), 0) / (2 * np.pi * (1 - np.exp(-4.5)))).sum(
            axis=-1
        )
    exact *= 1e6 / bandwidth**2
    shown = ~np.isnan(density)
    assert np.abs(density[shown] - exact[shown]).max() < 0.03 * exact.max()


def test_at_a_border_much_of_what_is_even_is_kept():
    """One in every cell: uncorrected, a straight border would have half of it and a corner a quarter."""
    grid = grid_for(Kernel.QUARTIC)
    density = kernel_density(grid.inside.astype(float), grid, Kernel.QUARTIC) * grid.cell_km2
    assert density[50, 25] == pytest.approx(1)
    assert density[0, 50] == pytest.approx(0.75, abs=0.01)
    assert density[0, 0] == pytest.approx(0.56, abs=0.01)
    assert np.nanmax(density) < 1.2


def test_outside_the_city_there_is_nothing():
    density, grid = density_of(cluster(9_000, 9_000))
    assert np.isnan(density[~grid.inside]).all()
    assert np.isfinite(density[grid.inside]).any()


def test_no_incident_at_all_is_all_blank():
    density, _ = density_of(np.empty((0, 2)))
    assert np.isnan(density).all()


def test_a_city_smaller_than_a_cell_keeps_its_incidents():
    grid = make_grid(shapely.box(10, 10, 60, 60), 200)
    assert grid.count(np.array([[20.0, 20.0]]), np.array([7.0])).sum() == 7


def test_a_grid_too_fine_is_refused_by_name():
    with pytest.raises(InputError) as caught:
        make_grid(shapely.box(0, 0, 1e7, 1e7), 100)
    assert caught.value.problems[0].key == "grid_too_fine"


# ---- safe: what attackers look for


@kernels
@pytest.mark.parametrize("number", range(1, FEWEST_PLACES))
def test_one_to_four_incidents_alone_never_show(kernel, number):
    density, grid = density_of(cluster(5_000, 5_000, n=number), kernel)
    assert np.isnan(density).all()
    assert draw_contours(density, grid, quantile_levels(density)) == []


@kernels
def test_many_incidents_at_one_address_do_not_show_either(kernel):
    """A hundred at one place, and as many scattered over its next cells by a clumsy geocoder."""
    address = np.tile([[5_000.0, 5_000.0]], (100, 1))
    assert np.isnan(density_of(address, kernel)[0]).all()
    scattered = address + np.random.default_rng(0).uniform(-9, 9, address.shape)
    assert np.isnan(density_of(scattered, kernel)[0]).all()


@kernels
@pytest.mark.parametrize("lone", [[(4_000, 16_000)], [(4_000, 16_000), (4_300, 16_100)]])
def test_with_and_without_a_lone_incident_or_a_pair_the_result_is_the_same(kernel, lone):
    crowd = cluster(15_000, 4_000)
    without, grid = density_of(crowd, kernel)
    with_lone, _ = density_of(np.vstack([crowd, lone]), kernel)
    assert np.array_equal(np.isnan(without), np.isnan(with_lone))
    assert with_lone == pytest.approx(without, nan_ok=True, rel=1e-9)
    contours = draw_contours(with_lone, grid, quantile_levels(with_lone))
    around = shapely.Point(lone[0]).buffer(3_000)
    assert not any(each.shape.intersects(around) for each in contours)


def test_blank_is_one_thing_where_some_happened_and_where_none_did():
    """No zero is shown: a hole of blanks in a field of zeros would ring a lone incident."""
    density, _ = density_of(np.vstack([cluster(15_000, 4_000), [(4_000, 16_000)]]))
    assert (density[~np.isnan(density)] > 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(list(Kernel)))
def test_a_result_knows_the_cell_of_an_incident_and_no_more(seed, kernel):
    """Every point moved about in its cell: the same bytes. So no attack finds it more closely."""
    grid, generator = grid_for(kernel), np.random.default_rng(seed)
    cells = generator.integers(0, 40, (60, 2))
    one, other = (
        (cells + generator.uniform(0.001, 0.999, cells.shape)) * grid.cell_m for _ in range(2)
    )
    same = [kernel_density(count(points, grid), grid, kernel) for points in (one, other)]
    assert np.array_equal(*same, equal_nan=True)


@settings(max_examples=30, deadline=None)
@given(points_in_city, st.sampled_from(list(Kernel)))
def test_what_shows_has_five_places_within_reach(points, kernel):
    density, grid = density_of(points, kernel)
    row, column = np.nonzero(~np.isnan(density))
    at = np.column_stack([grid.x[column], grid.y[row]])
    places = np.argwhere(count(points, grid) > 0)
    places = np.column_stack([grid.x[places[:, 1]], grid.y[places[:, 0]]])
    reach = BANDWIDTHS[kernel] * kernel.reach * (1 + 1e-9)
    near = np.linalg.norm(at[:, None] - places[None], axis=-1) <= reach
    assert (near.sum(axis=1) >= FEWEST_PLACES).all()


# ---- for each person


def test_the_persons_of_all_townships_are_all_there():
    grid = grid_for(Kernel.QUARTIC)
    density = population_density(np.array([40_000.0, 2_000]), SHAPES, grid, Kernel.QUARTIC)
    assert np.nansum(density) * grid.cell_km2 == pytest.approx(42_000)
    assert density[25, 50] == pytest.approx(40_000 / 200)


def test_persons_of_a_township_smaller_than_a_cell_are_not_lost():
    tiny = np.array([*SHAPES, shapely.box(101, 101, 109, 109)])
    grid = grid_for(Kernel.QUARTIC)
    density = population_density(np.array([1_000.0, 1_000, 500]), tiny, grid, Kernel.QUARTIC)
    assert np.nansum(density) * grid.cell_km2 == pytest.approx(2_500)


def test_where_all_run_the_same_risk_the_ratio_is_even():
    """Incidents spread as the population is: 30 for 10,000 everywhere, border included."""
    grid, persons = grid_for(Kernel.QUARTIC), np.array([40_000.0, 4_000])
    label = grid.label(SHAPES)
    cells = np.bincount(label[grid.inside])
    incidents = np.where(grid.inside, (persons * 30 / 10_000 / cells)[label], 0)
    density = kernel_density(incidents, grid, Kernel.QUARTIC)
    ratio = density_per_population(density, population_density(persons, SHAPES, grid, Kernel.QUARTIC))
    assert ratio[grid.inside] == pytest.approx(np.full(grid.inside.sum(), 30))


def test_where_almost_nobody_lives_there_is_no_ratio():
    grid = grid_for(Kernel.QUARTIC)
    persons = population_density(np.array([40_000.0, 50]), SHAPES, grid, Kernel.QUARTIC)
    ratio = density_per_population(np.ones(grid.inside.shape), persons)
    assert np.isfinite(ratio[10, 50])
    assert np.isnan(ratio[90, 10])


def test_within_reach_of_unknown_persons_there_is_no_ratio():
    grid = grid_for(Kernel.QUARTIC)
    persons = population_density(np.array([40_000.0, np.nan]), SHAPES, grid, Kernel.QUARTIC)
    middle = np.searchsorted(grid.y, 10_000)
    assert np.isnan(persons[middle:, :]).all()
    assert np.isnan(persons[middle - 5, 10])
    assert np.isfinite(persons[middle - CELLS_PER_REACH - 1, 10])


# ---- the bandwidth to begin with


def test_the_rule_by_hand():
    """Four points 100 km from their centre: s = d = 100 km; 0.9 * 100 km * 4**-0.2, to 100 m."""
    points = 100_000 * np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    assert choose_bandwidth(points, Kernel.QUARTIC) == 68_200
    assert choose_bandwidth(points, Kernel.GAUSSIAN) == 24_500


def test_a_distant_few_do_not_widen_it():
    near, far = cluster(0, 0, n=500, spread=5_000), np.full((5, 2), 1e6)
    one = choose_bandwidth(near, Kernel.QUARTIC)
    assert choose_bandwidth(np.vstack([near, far]), Kernel.QUARTIC) < 3 * one


def test_silvermans_ratio_of_bandwidths_follows_from_the_kernels():
    """Best for a normal density in the plane: h**6 n = 2 R(K) 2 pi / alpha**2 (1986, equation 4.14)."""
    quartic = 2 * 9 / (5 * np.pi) * 2 * np.pi / (1 / 8) ** 2
    gaussian = 2 / (4 * np.pi) * 2 * np.pi
    assert (quartic / gaussian) ** (1 / 6) == pytest.approx(2.78, abs=5e-3)


@kernels
@pytest.mark.parametrize("points", [np.empty((0, 2)), np.zeros((1, 2)), np.zeros((9, 2))])
def test_without_spread_it_is_the_smallest(kernel, points):
    assert choose_bandwidth(points, kernel) == kernel.smallest_bandwidth_m


# ---- contours


def plain_grid(rows: int, columns: int) -> Grid:
    return Grid(0.0, 0.0, 10.0, np.ones((rows, columns), dtype=bool))


def test_a_slope_is_cut_where_its_values_are():
    """Values 0 to 4 from west to east, middles at 5 to 45: the level 1 lies at 15, the level 3 at 35."""
    values = np.tile(np.arange(5.0), (5, 1))
    contours = draw_contours(values, plain_grid(5, 5), np.array([0.0, 1, 3, 4]))
    assert [(each.low, each.high) for each in contours] == [(0, 1), (1, 3), (3, 4)]
    assert [each.shape.bounds for each in contours] == [
        (5, 5, 15, 45),
        (15, 5, 35, 45),
        (35, 5, 45, 45),
    ]


def test_a_peak_makes_a_hole_in_the_class_below():
    values = np.zeros((7, 7))
    values[3, 3] = 10
    low, high = draw_contours(values, plain_grid(7, 7), np.array([0.0, 5, 10]))
    assert [len(each.interiors) for each in low.shape.geoms] == [1]
    assert high.shape.centroid.coords[0] == pytest.approx((35, 35), abs=0.01)
    assert low.shape.area + high.shape.area == pytest.approx(60**2)


def test_a_blank_cell_is_a_hole_and_a_lone_cell_has_no_ground():
    values = np.ones((7, 7))
    values[3, 3] = np.nan
    (whole,) = draw_contours(values, plain_grid(7, 7), quantile_levels(values))
    assert (whole.low, whole.high) == (1, 1)
    assert not whole.shape.contains(shapely.Point(35, 35))
    lone = np.full((7, 7), np.nan)
    lone[3, 3] = 1.0
    assert draw_contours(lone, plain_grid(7, 7), quantile_levels(lone)) == []


@pytest.mark.parametrize("values", [np.full((4, 4), np.nan), np.empty((0, 0)), np.ones((1, 9))])
def test_nothing_to_draw_is_no_contour(values):
    grid = Grid(0.0, 0.0, 10.0, np.ones(values.shape, dtype=bool))
    assert draw_contours(values, grid, quantile_levels(values)) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.2, 0.6]), st.sampled_from([3, 1000]))
def test_classes_are_valid_share_their_lines_and_do_not_overlap(seed, blank, different):
    """Any surface, rough, with blanks and equal values, on the smallest cells there are."""
    grid = Grid(0.0, 0.0, 100.0, np.ones((12, 15), dtype=bool))
    generator = np.random.default_rng(seed)
    values = generator.integers(0, different, (12, 15)).astype(float)
    values[generator.random(values.shape) < blank] = np.nan
    contours = draw_contours(values, grid, quantile_levels(values))
    shapes = np.array([each.shape for each in contours])
    assert shapely.is_valid(shapes).all()
    assert (shapely.get_type_id(shapes) == 6).all()
    assert (shapely.area(shapes) > 0).all()
    if len(shapes):
        together = shapely.union_all(shapes)
        assert shapely.area(shapes).sum() == pytest.approx(together.area, rel=1e-6)
    assert all(one.high <= other.low for one, other in pairwise(contours))
