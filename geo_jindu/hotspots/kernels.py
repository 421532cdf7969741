"""Kernels in the plane: their shape and their reach."""

from enum import StrEnum

TRUNCATION = 3.0
"""Bandwidths at which a Gaussian kernel is cut off; the 1.1 % of it beyond is spread over the rest."""

SMALLEST_REACH_M = 1_000.0
"""Least reach of a kernel [m]; assumed. With `CELLS_PER_REACH` no cell is smaller than 100 m, so that
nothing made of the cells places an incident to a building."""

CELLS_PER_REACH = 10
"""Cells from the middle of a kernel to its end. Moving points to the middle of their cells then adds to
the variance of a quartic kernel ``(cell**2 / 12) / (reach**2 / 8)``, 0.7 % of it."""


class Kernel(StrEnum):
    """How the weight of a point falls off with the distance r, for a bandwidth h."""

    QUARTIC = "quartic"
    """``3 / (pi h**2) (1 - (r / h)**2)**2`` up to h, 0 beyond; crime maps are commonly drawn with it.
    Silverman 1986 (doi:10.1201/9781315140919), equation 4.5."""
    GAUSSIAN = "gaussian"
    """``exp(-(r / h)**2 / 2) / (2 pi h**2)``, cut off at `TRUNCATION` bandwidths."""

    @property
    def reach(self) -> float:
        """The distance beyond which a point weighs nothing, in bandwidths."""
        return TRUNCATION if self is Kernel.GAUSSIAN else 1.0

    @property
    def smallest_bandwidth_m(self) -> float:
        """The bandwidth [m] whose reach is the least allowed."""
        return SMALLEST_REACH_M / self.reach

    def cell_m(self, bandwidth_m: float) -> float:
        """Return the side [m] of the cells that the kernel is computed on."""
        return bandwidth_m * self.reach / CELLS_PER_REACH
