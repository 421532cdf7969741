"""Failures are counted by address and in all, so that guessing costs this machine little."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

PER_ADDRESS = RateLimitItemPerMinute(10, namespace="address")
IN_ALL = RateLimitItemPerMinute(100, namespace="all")
_NOTICE = RateLimitItemPerMinute(1, namespace="notice")


class Failures:
    """Failures of the current minute.

    An address that used up its own does not use up those of all, so that one guesser cannot close the
    door to others.
    """

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def are_few(self, address: str) -> bool:
        """Return whether a further failure of an address would be within the limits."""
        return self._limiter.test(PER_ADDRESS, address) and self._limiter.test(IN_ALL)

    def count(self, address: str) -> bool:
        """Count a failure; return whether it was within the limits."""
        within = self.are_few(address)
        return within and self._limiter.hit(PER_ADDRESS, address) and self._limiter.hit(IN_ALL)

    def is_news(self, address: str) -> bool:
        """Return whether a limit, an address's own or that of all, is first exceeded in this minute."""
        if self.are_few(address):
            return False
        within = self._limiter.test(PER_ADDRESS, address)
        return self._limiter.hit(_NOTICE, "" if within else address)

    def seconds_left(self, address: str) -> int:
        """Return how long an address has to wait [s]."""
        ends = [
            self._limiter.get_window_stats(item, *name).reset_time
            for item, name in ((PER_ADDRESS, [address]), (IN_ALL, []))
            if not self._limiter.test(item, *name)
        ]
        return math.ceil(max(1.0, max(ends) - time.time())) if ends else 0
