"""Who may see what: the tiers of readers, from the public to the auditor."""

from enum import StrEnum


class Tier(StrEnum):
    """A kind of reader; each may see what those before it may."""

    PUBLIC = "public"
    PARTNER = "partner"
    PLANNER = "planner"
    COMMANDER = "commander"
    AUDITOR = "auditor"

    def includes(self, other: "Tier") -> bool:
        """Return whether a reader of this tier may see what one of the ``other`` may."""
        order = list(Tier)
        return order.index(self) >= order.index(other)

    @property
    def sees_exact_counts(self) -> bool:
        """Whether counts are shown as they are: from the planner up."""
        return self.includes(Tier.PLANNER)
