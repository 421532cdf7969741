"""Integer programs, whose answers are checked in whole numbers."""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo_jindu.suppression.sums import Integers, Matrix

Floats: TypeAlias = NDArray[np.float64]

_ROUNDING = 1e-4
"""How far from whole numbers a vector of them may come out of the solver."""

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Program:
    """All vectors of whole numbers within bounds whose rows are within bounds.

    Attributes
    ----------
    matrix
        Row by unknown.
    low, high
        Bounds of the rows; infinite where there is none.
    floor, ceiling
        Bounds of the unknowns.
    """

    matrix: Matrix
    low: Floats
    high: Floats
    floor: Floats
    ceiling: Floats

    def restricted(self, rows: Integers, unknowns: Integers) -> "Program":
        """Return the program of some rows and unknowns, with all other unknowns at zero."""
        return Program(
            self.matrix[rows][:, unknowns],
            self.low[rows],
            self.high[rows],
            self.floor[unknowns],
            self.ceiling[unknowns],
        )

    def solve(
        self, objective: Floats, *, gap: float = 0, relaxed_first: bool = True
    ) -> Integers | None:
        """Return a vector with the smallest ``objective``, which has to have one.

        Parameters
        ----------
        relaxed_first
            Whether to try first without asking for whole numbers; most tables give them anyway, faster.

        Returns
        -------
        numpy.ndarray or None
            Certainly allowed; ``None`` if no vector is, or none that holds when recomputed in whole
            numbers: the solver works within tolerances.
        """
        if relaxed_first:
            found = self.whole(self.relaxed(objective))
            if found is not None:
                return found
        return self.whole(self._run(objective, 1.0))

    def relaxed(self, objective: Floats) -> Floats | None:
        """Return a vector of fractions with the smallest ``objective``; ``None`` if there is none."""
        return self._run(objective, 0.0)

    def _run(self, objective: Floats, integrality: float) -> Floats | None:
        from scipy.optimize import Bounds, LinearConstraint, milp

        with _one_at_a_time, _stdout_kept_clean():
            result = milp(
                objective,
                integrality=np.full(len(objective), integrality),
                bounds=Bounds(self.floor, self.ceiling),
                constraints=LinearConstraint(self.matrix, self.low, self.high),
                options={"mip_rel_gap": 0},
            )
        found: Floats | None = result.x
        return found

    def whole(self, vector: Floats | None) -> Integers | None:
        """Return a vector as whole numbers if it is one and allowed."""
        if vector is None:
            return None
        found: Integers = np.rint(vector).astype(np.int64)
        is_whole = np.abs(vector - found).max(initial=0) < _ROUNDING
        return found if is_whole and self._allows(found) else None

    def _allows(self, found: Integers) -> bool:
        rows = self.matrix @ found
        is_allowed = (rows >= self.low).all() and (rows <= self.high).all()
        return bool(is_allowed and (found >= self.floor).all() and (found <= self.ceiling).all())


@contextlib.contextmanager
def _stdout_kept_clean() -> Iterator[None]:
    """Send what the solver writes to standard output to standard error instead.

    HiGHS 1.12 prints the name of one of its functions now and then although it is told to be quiet
    (ERGO-Code/HiGHS issue 2783); output that programs read must not hold such lines.
    """
    try:
        kept = os.dup(1)
        os.dup2(2, 1)
    except OSError:  # without standard output or error, as some services run
        yield
        return
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
