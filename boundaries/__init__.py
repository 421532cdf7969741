"""Township boundaries: reading, repairing, measuring; fictional geography for the demonstration."""

from boundaries.reading import read_townships

__all__ = ["read_townships"]
