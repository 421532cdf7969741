"""Spans of steps that may be clusters, and how replicated counts in them are had with little work."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.integer]


class Difference(NamedTuple):
    """Windows of one length: their counts are slabs, less as many slabs before.

    Attributes
    ----------
    windows
        Which windows these are.
    last, before
        Slabs to take, and to take away; ``None`` for nothing.
    """

    windows: slice
    last: slice
    before: slice | None


def list_windows(steps: int, max_time_share: float, *, prospective: bool) -> NDArray[np.intp]:
    """Return first step and the one after the last of each window, the shortest first, shape (W, 2)."""
    longest = max(1, int(steps * max_time_share + 1e-9))
    return np.array(
        [
            (start, start + length)
            for length in range(1, longest + 1)
            for start in range(steps - length + 1)
            if not prospective or start + length == steps
        ],
        dtype=np.intp,
    )


def cut_into_slabs(
    drawn: Counts, windows: NDArray[np.intp], total: int
) -> tuple[Counts, list[Difference]]:
    """Return replicated counts as slabs, in as few bytes as they fit, and the windows made of them.

    Where all windows end with the last step each is a slab of its own; else slabs are the counts before
    each step, and a window is one less another.

    Parameters
    ----------
    drawn
        Shape (S, n, T).
    windows
        As `list_windows` returns them.

    Returns
    -------
    numpy.ndarray, list of Difference
        Slabs of shape (K, n, S).
    """
    kind = np.int16 if total < np.iinfo(np.int16).max else np.int32
    by_step = drawn.T
    steps, n, replications = by_step.shape
    if (windows[:, 1] == steps).all():
        slabs: Counts = by_step[::-1][: len(windows)].astype(kind, order="C")
        np.cumsum(slabs, axis=0, out=slabs)
        every = [slice(at, at + 1) for at in range(len(windows))]
        return slabs, [Difference(each, each, None) for each in every]
    slabs = np.zeros((steps + 1, n, replications), dtype=kind)
    slabs[1:] = by_step
    np.cumsum(slabs, axis=0, out=slabs)
    differences, first = [], 0
    for length in range(1, int((windows[:, 1] - windows[:, 0]).max()) + 1):
        number = steps - length + 1
        these = slice(first, first + number)
        differences.append(Difference(these, slice(length, None), slice(None, number)))
        first += number
    return slabs, differences
