"""One line of the table, and how time is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

Result = TypeVar("Result")
PeerResult = TypeVar("PeerResult")

PER_SECOND = "/s"


@dataclass(frozen=True)
class Row:
    """What was measured, for us and for a peer.

    Attributes
    ----------
    what
        The work, with its size.
    ours, peer
        In ``unit``; ``peer`` is ``None`` where there is nothing to compare with.
    unit
        Of both: ``ms``, ``MB``; less is better, unless it is ``/s``.
    note
        What a reader must know to judge the figures.
    """

    what: str
    ours: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better ours is; below 1 the peer is better."""
        if self.peer is None:
            return None
        return self.ours / self.peer if self.unit == PER_SECOND else self.peer / self.ours

    @property
    def cells(self) -> list[str]:
        """The texts of the line."""
        ratio = "" if self.ratio is None else f"{_digits(self.ratio)}×"
        figures = self._text(self.ours), self._text(self.peer)
        return [self.what, *figures, self.peer_name, ratio, self.note]

    def _text(self, value: float | None) -> str:
        return "" if value is None else f"{_digits(value)} {self.unit}"


def least_ms(work: Callable[[], Result], repeats: int = 5) -> tuple[float, Result]:
    """Do the work some times; return the least time [ms] and the last result."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        result = work()
        times.append((perf_counter() - start) * 1000)
    return min(times), result


def least_ms_in_turn(
    ours: Callable[[], Result], peer: Callable[[], PeerResult], repeats: int = 5
) -> tuple[tuple[float, Result], tuple[float, PeerResult]]:
    """Do two works in turn, so that what else the machine does slows both; `least_ms` of each."""
    times = []
    for _ in range(repeats):
        our_ms, our_result = least_ms(ours, repeats=1)
        peer_ms, peer_result = least_ms(peer, repeats=1)
        times.append((our_ms, peer_ms))
    our_least, peer_least = map(min, zip(*times, strict=True))
    return (our_least, our_result), (peer_least, peer_result)


def _digits(value: float) -> str:
    """Write three significant digits, and whole numbers from 100 on."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
