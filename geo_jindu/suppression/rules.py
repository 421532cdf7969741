"""What each tier may see of a count."""

from dataclasses import dataclass

import numpy as np

from geo_jindu.suppression.sums import Flags, Integers


@dataclass(frozen=True)
class Rule:
    """How counts are shown to one tier; zero is shown as zero and the city's total exactly.

    Attributes
    ----------
    threshold
        Counts of 1 to this many are hidden, totals of counties and groups included.
    rounding
        Other counts but the city's are rounded to the nearest multiple; odd and less than twice the
        threshold, so that a count is never between two multiples nor rounded to zero. 1 is exact.
    shows_groups
        Whether totals of groups are shown.
    """

    threshold: int
    rounding: int
    shows_groups: bool

    def hides(self, counts: Integers) -> Flags:
        """Return which counts must be hidden."""
        return np.asarray((counts >= 1) & (counts <= self.threshold))

    def round(self, counts: Integers) -> Integers:
        """Return counts as they are shown."""
        return np.asarray((counts + self.rounding // 2) // self.rounding * self.rounding)

    def bounds(self, counts: Integers) -> tuple[Integers, Integers]:
        """Return what shown counts tell: the least and the most that is shown alike."""
        low = np.where(counts > 0, self.round(counts) - self.rounding // 2, 0)
        return low, np.where(counts > 0, low + self.rounding - 1, 0)


PARTNER = Rule(threshold=4, rounding=1, shows_groups=True)
"""Domain brief, section 7, rule 3: 1-4 hidden, others exact."""

PUBLIC = Rule(threshold=7, rounding=5, shows_groups=False)
"""Domain brief, section 7, rule 3: 1-7 hidden, others rounded to 5, city totals exact."""
