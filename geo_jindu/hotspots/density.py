"""How dense incidents lie: points in memory to a grid of cells, and nothing kept of the points.

Points are counted per cell at once, and all that follows is made of these counts: whatever anyone does
to a result, it tells no more of a place than its cell. A cell where fewer than some places lie within
reach of the kernel is blank, in the same way as one where nothing happened: neither a lone incident nor
the ground around it shows. Incidents in one cell are one place, so that many at one address do not
show either.

Two results that differ by few incidents, as of windows that overlap, can be subtracted: only one of
them is to be handed on.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_jindu.hotspots.grids import Flags, Grid
from geo_jindu.hotspots.kernels import CELLS_PER_REACH, TRUNCATION, Kernel
from geo_jindu.rates import Array
from geo_jindu.suppression.rules import PARTNER

FEWEST_PLACES = PARTNER.threshold + 1
"""Places within reach of a cell that is shown: counts of 1 to 4 are hidden from partners (domain brief,
section 7, rule 3)."""

FEWEST_PERSONS_PER_KM2 = 10.0
"""Where fewer live, density for each person is blank: the incidents there are those of people passing
through; assumed."""

PER = 10_000
"""Persons that a density is given for."""


def kernel_weights(kernel: Kernel) -> Array:
    """Return the weights of the cells round a point, for cells as `Kernel.cell_m` makes them.

    Returns
    -------
    numpy.ndarray
        Shape (2 m + 1, 2 m + 1), the point in the middle cell; 0 beyond the reach; they sum to 1.
    """
    steps = np.arange(-CELLS_PER_REACH, CELLS_PER_REACH + 1) / CELLS_PER_REACH
    squared = steps[:, None] ** 2 + steps[None, :] ** 2
    is_quartic = kernel is Kernel.QUARTIC
    weights = (1 - squared) ** 2 if is_quartic else np.exp(-squared * TRUNCATION**2 / 2)
    weights[squared > 1] = 0.0
    scaled: Array = weights / weights.sum()
    return scaled


def spread_amounts(amounts: Array, grid: Grid, kernel: Kernel) -> Array:
    """Spread what was counted in cells over those within reach, all of it inside the city.

    Each cell's amount is divided by the share of its kernel that lies inside before it is spread
    (Jones 1993, doi:10.1007/BF00147776), so that none is lost at the border and the sum is kept. What
    is even comes out at 0.75 of itself on a straight border, where it would be half uncorrected, at
    0.56 in a right corner, and at up to 1.2 near by; in a ratio of two such densities this cancels.

    Parameters
    ----------
    amounts
        As `Grid.count` returns them.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns); 0 outside.
    """
    weights = kernel_weights(kernel)
    share = np.where(grid.inside, _convolve(grid.inside, weights), 1.0)
    spread = _convolve(amounts / share, weights)
    reached = _within_reach(amounts > 0, weights) > 0
    return np.where(grid.inside & reached, np.maximum(spread, 0.0), 0.0)


def kernel_density(
    counts: Array, grid: Grid, kernel: Kernel, fewest_places: int = FEWEST_PLACES
) -> Array:
    """Return the density of incidents where enough places lie within reach.

    Silverman 1986 (doi:10.1201/9781315140919), equation 4.1 with the kernel's weights on the cells; the
    border as in `spread_amounts`.

    Parameters
    ----------
    counts
        Incidents per cell, as `Grid.count` returns them.
    fewest_places
        Cells with incidents that must lie within reach.

    Returns
    -------
    numpy.ndarray
        Incidents per km2, shape (rows, columns); NaN outside the city, and where there are fewer
        places.
    """
    density = spread_amounts(counts, grid, kernel) / grid.cell_km2
    places = _within_reach(counts > 0, kernel_weights(kernel))
    return np.where(grid.inside & (places >= fewest_places), density, np.nan)


def population_density(
    persons: Array, polygons: NDArray[np.object_], grid: Grid, kernel: Kernel
) -> Array:
    """Return how densely people live, each township's spread evenly over it and then by the kernel.

    Parameters
    ----------
    persons
        Of each township, shape (n,); NaN where unknown.
    polygons
        Of each township [m], in the same order. One without the middle of a cell has its persons at a
        point in it.

    Returns
    -------
    numpy.ndarray
        Persons per km2, shape (rows, columns). NaN outside the city, and within reach of a township
        whose persons are unknown.
    """
    label = np.where(grid.inside, grid.label(polygons), -1)
    cells = np.bincount(label[label >= 0], minlength=len(persons))
    known = np.where(np.isnan(persons), 0.0, persons)
    each = np.append(known / np.maximum(cells, 1), 0.0)  # the last for label -1
    alone = shapely.point_on_surface(polygons[cells == 0])
    amounts = each[label] + grid.count(shapely.get_coordinates(alone), known[cells == 0])
    unknown = np.append(np.isnan(persons), False)[label]
    near_unknown = _within_reach(unknown, kernel_weights(kernel)) > 0
    density = spread_amounts(amounts, grid, kernel) / grid.cell_km2
    return np.where(grid.inside & ~near_unknown, density, np.nan)


def density_per_population(density: Array, persons_per_km2: Array) -> Array:
    """Return the ratio of two densities, incidents for 10,000 persons.

    The dual kernel density of Bithell 1990 (doi:10.1002/sim.4780090616), both with one kernel.

    Parameters
    ----------
    density
        As `kernel_density` returns it.
    persons_per_km2
        As `population_density` returns it.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns); NaN where either is, or fewer than `FEWEST_PERSONS_PER_KM2` live.
    """
    ratio = np.full(density.shape, np.nan)
    np.divide(
        density * PER, persons_per_km2, out=ratio, where=persons_per_km2 >= FEWEST_PERSONS_PER_KM2
    )
    return ratio


def _within_reach(flags: Flags, weights: Array) -> Array:
    """Return how many flagged cells lie within reach of each; whole numbers."""
    reached: Array = np.rint(_convolve(flags, weights > 0))
    return reached


def _convolve(values: NDArray[np.generic], weights: NDArray[np.generic]) -> Array:
    """Return, for each cell, the values round it times the weights, by fast Fourier transforms."""
    rows, columns = values.shape
    reach = weights.shape[0] // 2
    padded = rows + 2 * reach, columns + 2 * reach
    product = np.fft.rfft2(values.astype(float), padded) * np.fft.rfft2(weights.astype(float), padded)
    smoothed: Array = np.fft.irfft2(product, padded)
    return smoothed[reach : reach + rows, reach : reach + columns]
