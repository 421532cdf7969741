"""The township layer as the core needs it; `boundaries.read_townships` makes it."""

from dataclasses import dataclass

import geopandas as gpd

from geo_jindu.errors import Problem


@dataclass(frozen=True)
class Overlap:
    """Two townships that claim the same ground."""

    first: str
    second: str
    area_km2: float


@dataclass(frozen=True)
class Townships:
    """Township boundaries of one vintage, valid and measured.

    Attributes
    ----------
    frame
        Index = code (text, unique, sorted); ``name``, ``county``, ``county_name`` (empty if unknown),
        ``unit_class`` (a value of `geo_jindu.codes.UnitClass`, empty if the code does not tell),
        ``area_km2`` (in the measuring CRS) and ``geometry`` in the CRS of the file.
    repaired
        Codes whose polygon was invalid and was repaired.
    overlaps
        Pairs that overlap by more than a square metre.
    notes
        What a reader of the results should know about the file.
    """

    frame: gpd.GeoDataFrame
    repaired: tuple[str, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    notes: tuple[Problem, ...] = ()
