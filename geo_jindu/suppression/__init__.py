"""Suppression of small counts, and the audit that proves that none can be worked out.

Everything a tier below the planner sees is computed from that tier's release and from nothing else;
then what is true of the release is true of every map, table and answer made from it.
"""

from geo_jindu.suppression.audit import find_solved
from geo_jindu.suppression.facts import Fact, FactKind, read_facts, write_facts
from geo_jindu.suppression.release import Release, Request, release_counts
from geo_jindu.suppression.rules import PARTNER, PUBLIC, Rule

__all__ = [
    "PARTNER",
    "PUBLIC",
    "Fact",
    "FactKind",
    "Release",
    "Request",
    "Rule",
    "find_solved",
    "read_facts",
    "release_counts",
    "write_facts",
]
