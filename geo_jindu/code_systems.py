"""The two systems of codes; apart from `codes`, so that an option can name them without pandas."""

from enum import StrEnum


class CodeSystem(StrEnum):
    """Who gave a code."""

    MCA = "mca"
    """Civil affairs, 民政部."""
    NBS = "nbs"
    """Statistics, 国家统计局."""
