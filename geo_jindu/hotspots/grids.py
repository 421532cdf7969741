"""Square cells over a city."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_jindu.errors import InputError, Problem
from geo_jindu.rates import Array

MOST_CELLS = 10_000_000
"""Cells that a grid may have: some GB of memory and a minute."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """Square cells over a city; rows from south to north, columns from west to east.

    Attributes
    ----------
    west, south
        Outer corner of the first cell [m].
    cell_m
        Side of a cell.
    inside
        Whether the middle of a cell is in the city, shape (rows, columns).
    """

    west: float
    south: float
    cell_m: float
    inside: Flags

    @property
    def x(self) -> Array:
        """Middles of the columns [m]."""
        return self.west + self.cell_m * np.arange(0.5, self.inside.shape[1])

    @property
    def y(self) -> Array:
        """Middles of the rows [m]."""
        return self.south + self.cell_m * np.arange(0.5, self.inside.shape[0])

    @property
    def cell_km2(self) -> float:
        """Ground of a cell."""
        return self.cell_m**2 / 1e6

    def count(self, points: Array, amounts: Array) -> Array:
        """Return the amounts at points per cell, shape (rows, columns); their sum is kept.

        A point of a cell at the border whose middle is outside counts in the nearest cell inside.

        Parameters
        ----------
        points
            Shape (n, 2) [m], in the city.
        amounts
            Incidents or persons at each, shape (n,).
        """
        from scipy.ndimage import distance_transform_edt

        rows, columns = self.inside.shape
        at = np.floor((points - (self.west, self.south)) / self.cell_m).astype(np.int64)
        row, column = np.clip(at[:, 1], 0, rows - 1), np.clip(at[:, 0], 0, columns - 1)
        nearest = distance_transform_edt(~self.inside, return_distances=False, return_indices=True)
        row, column = nearest[:, row, column]
        counted = np.zeros((rows, columns))
        np.add.at(counted, (row, column), amounts)
        return counted

    def label(self, polygons: NDArray[np.object_]) -> NDArray[np.int64]:
        """Return the position of the first polygon that each cell's middle is in, else -1."""
        labels = np.full(self.inside.shape, -1, dtype=np.int64)
        for position in range(len(polygons) - 1, -1, -1):
            west, south, east, north = shapely.bounds(polygons[position])
            columns = slice(*np.searchsorted(self.x, [west, east]))
            rows = slice(*np.searchsorted(self.y, [south, north]))
            x, y = np.meshgrid(self.x[columns], self.y[rows])
            within = shapely.contains_xy(polygons[position], x.ravel(), y.ravel()).reshape(x.shape)
            labels[rows, columns][within] = position
        return labels


def make_grid(city: shapely.Geometry, cell_m: float) -> Grid:
    """Lay cells over a city; their corners are at multiples of the side.

    Parameters
    ----------
    city
        A polygon of one part or several [m], not empty.

    Raises
    ------
    InputError
        If there would be more than `MOST_CELLS`.
    """
    bounds = np.array(city.bounds) / cell_m
    west, south = np.floor(bounds[:2])
    columns, rows = (np.ceil(bounds[2:]) - (west, south)).astype(int)
    if rows * columns > MOST_CELLS:
        values = {"cells": f"{rows * columns:,}", "most": f"{MOST_CELLS:,}"}
        raise InputError([Problem("grid_too_fine", values=values)])
    everywhere = Grid(west * cell_m, south * cell_m, cell_m, np.ones((rows, columns), dtype=bool))
    shapely.prepare(city)
    x, y = np.meshgrid(everywhere.x, everywhere.y)
    inside = shapely.contains_xy(city, x.ravel(), y.ravel()).reshape(x.shape)
    if not inside.any():
        inside = everywhere.inside  # a city smaller than a cell
    return Grid(everywhere.west, everywhere.south, cell_m, inside)
