"""Whole numbers that add up: a total split by weights, and totals mixed at random."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def allocate(total: int, weights: Floats) -> Ints:
    """Split a whole number in proportion to weights, by the largest remainder; shape (n,).

    Parameters
    ----------
    weights
        Zero or more each, not all zero; shape (n,).
    """
    shares = np.round(total * weights / weights.sum(), 9)  # noise of the arithmetic breaks no tie
    whole: Ints = np.floor(shares).astype(np.int64)
    behind = np.argsort(-(shares - whole), kind="stable")
    whole[behind[: total - int(whole.sum())]] += 1
    return whole


def allocate_by_group(totals: Mapping[Any, int], weights: Floats, groups: pd.Series) -> Ints:
    """Split the total of each group among its members; shape (n,), in the order of ``groups``."""
    values = np.zeros(len(groups), dtype=np.int64)
    for group, total in totals.items():
        mine = (groups == group).to_numpy()
        values[mine] = allocate(total, weights[mine])
    return values


def draw_by_group(
    rng: Generator, totals: Mapping[Any, int], weights: Floats, groups: pd.Series
) -> Ints:
    """Draw counts that scatter as rare events do and add up to the total of each group; shape (n,)."""
    total = groups.map(totals).to_numpy(float)
    expected = total * weights / pd.Series(weights).groupby(groups.to_numpy()).transform("sum")
    return allocate_by_group(totals, rng.gamma(expected.to_numpy()) + 1e-9, groups)


def draw(rng: Generator, total: int, weights: Floats) -> Ints:
    """Draw counts that scatter as rare events do and add up to the total; shape (n,)."""
    return allocate(total, rng.gamma(total * weights / weights.sum()) + 1e-9)


def deal(rng: Generator, total: int, weights: Floats) -> Ints:
    """Split a whole number by weights and deal the parts at random to that many places.

    Returns
    -------
    numpy.ndarray
        Shape (total,): the position of a part, each as often as `allocate` says.
    """
    return rng.permutation(np.repeat(np.arange(len(weights)), allocate(total, weights)))
