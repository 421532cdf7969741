"""What a printed figure leaves open: all numbers that round to it, in exact arithmetic.

A figure printed to a step (0.1 for 64.2, 1 for 17) stands for the numbers from half a step nearer to
zero, which is included, to half a step further from zero, which is not: halves are rounded away from
zero. Rounding halves to even would differ only where a number lies exactly on such an end; a test
shows that none of the published ranges has one.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple


class WholeNumbers(NamedTuple):
    """All whole numbers from ``low`` to ``high``, and among them the nearest to the printed figure.

    Of two equally near the larger is the best.
    """

    low: int
    best: int
    high: int


def rounding_range(printed: Decimal) -> tuple[Fraction, Fraction]:
    """Return the lower and the upper end of the numbers that round to ``printed``.

    The digits of ``printed`` count: 17 stands for 16.5 to 17.5, 17.0 for 16.95 to 17.05.

    Examples
    --------
    >>> [float(end) for end in rounding_range(Decimal("-64.2"))]
    [-64.25, -64.15]
    """
    half = _half_step(printed)
    return Fraction(printed) - half, Fraction(printed) + half


def rounds_to(number: Fraction, printed: Decimal) -> bool:
    """Return whether ``number``, halves rounded away from zero, is printed as ``printed``."""
    wanted, half = Fraction(printed), _half_step(printed)
    if wanted == 0:
        return abs(number) < half
    size = number if wanted > 0 else -number
    return abs(wanted) - half <= size < abs(wanted) + half


def bases_of_change(value: int, change: Decimal) -> WholeNumbers:
    """Return the whole numbers from which ``value`` has changed by ``change`` per cent, rounded.

    ``best`` is the one nearest to value / (1 + change / 100).

    Raises
    ------
    ValueError
        If no whole number fits, or a change of -100 % does, which fits any.

    Examples
    --------
    >>> bases_of_change(466, Decimal("-64.2"))
    WholeNumbers(low=1300, best=1302, high=1303)
    """
    low, high = (1 + end / 100 for end in rounding_range(change))
    if low <= 0:
        raise ValueError(f"a change of {change} % says nothing of the number before it")
    return _whole_numbers(
        (value / high, value / low),
        value / (1 + Fraction(change) / 100),
        lambda base: rounds_to(Fraction(100 * value, base) - 100, change),
    )


def values_after_change(base: int, change: Decimal) -> WholeNumbers:
    """Return the whole numbers to which ``base`` changes by ``change`` per cent, rounded.

    Raises
    ------
    ValueError
        If no whole number fits.

    Examples
    --------
    >>> values_after_change(300, Decimal(-83))
    WholeNumbers(low=50, best=51, high=52)
    """
    low, high = (base * (1 + end / 100) for end in rounding_range(change))
    return _whole_numbers(
        (low, high),
        base * (1 + Fraction(change) / 100),
        lambda value: rounds_to(Fraction(100 * value, base) - 100, change),
    )


def wholes_short_by(missing: int, share: Decimal) -> WholeNumbers:
    """Return the whole numbers of which all but ``missing`` are ``share`` per cent, rounded.

    Raises
    ------
    ValueError
        If no whole number fits, or 100 % does, which any comes near to.

    Examples
    --------
    >>> wholes_short_by(1, Decimal("99.63"))
    WholeNumbers(low=267, best=270, high=273)
    """
    low, high = (1 - end / 100 for end in reversed(rounding_range(share)))
    if low <= 0:
        raise ValueError(f"a share of {share} % says nothing of the whole")
    return _whole_numbers(
        (missing / high, missing / low),
        missing / (1 - Fraction(share) / 100),
        lambda whole: rounds_to(Fraction(100 * (whole - missing), whole), share),
    )


def _half_step(printed: Decimal) -> Fraction:
    exponent = printed.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{printed} is no number")
    return Fraction(10) ** exponent / 2


def _whole_numbers(
    ends: tuple[Fraction, Fraction], nearest: Fraction, fits: Callable[[int], bool]
) -> WholeNumbers:
    fitting = [each for each in range(ceil(ends[0]), floor(ends[1]) + 1) if fits(each)]
    if not fitting:
        raise ValueError("no whole number rounds to the printed figure")
    best = min(max(floor(nearest + Fraction(1, 2)), fitting[0]), fitting[-1])
    return WholeNumbers(fitting[0], best, fitting[-1])
