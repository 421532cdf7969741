"""Suppression: what each tier may see of a count, and proof that nothing hidden can be worked out."""

from geo_jindu.suppression.facts import Fact, read_facts, write_facts
from geo_jindu.suppression.release import Release, Request, release_counts
from geo_jindu.suppression.rules import PARTNER, PUBLIC, Rule

__all__ = [
    "PARTNER",
    "PUBLIC",
    "Fact",
    "Release",
    "Request",
    "Rule",
    "read_facts",
    "release_counts",
    "write_facts",
]
