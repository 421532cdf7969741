"""The guard: synthetic figures stay on fictional places, real figures on real ones.

What is fictional shows in three ways that must agree: codes start with 99, a number no province has;
the places lie in open ocean, where no real boundary does; and rows that carry a mark say so. There
is no way round it.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd

from geo_jindu.errors import InputError, Problem, problems_in_rows

if TYPE_CHECKING:
    import geopandas as gpd

FICTIONAL_PREFIX = "99"
OPEN_OCEAN = (160.0, 21.0, 172.0, 33.0)
"""West, south, east, north [degrees, WGS 84]: a part of the North Pacific without land, between Minami
Torishima, Wake and Midway."""
MARK_COLUMNS = ("数据性质", "provenance")
"""Columns in which a row says what it is; see `find_marks` for the words."""


class Provenance(StrEnum):
    """Whether the figures and places exist."""

    REAL = "real"
    SYNTHETIC = "synthetic"


def find_marks(table: pd.DataFrame) -> pd.Series:
    """Return the provenance each row is marked with, empty where it says nothing; index of ``table``.

    A mark with 合成 or synthetic in it is synthetic; one that begins with 真实 or real is real.
    """
    marks = pd.Series("", index=table.index, dtype="str")
    for column in MARK_COLUMNS:
        if column in table:
            written = table[column].str.strip().str.casefold()
            marks = marks.mask(written.str.contains("合成|synthetic"), Provenance.SYNTHETIC.value)
            marks = marks.mask(written.str.match("真实|real"), Provenance.REAL.value)
    return marks


def refuse_other_marks(table: pd.DataFrame, provenance: Provenance, file: str) -> None:
    """Raise an `InputError` that names the rows marked with another provenance than ``provenance``."""
    marks = find_marks(table)
    wrong = marks.index[(marks != "") & (marks != provenance.value)]
    if len(wrong):
        key = "row_is_synthetic" if provenance is Provenance.REAL else "row_is_real"
        column = next(column for column in MARK_COLUMNS if column in table)
        raise InputError(problems_in_rows(key, file, column, wrong))


def refuse_mixing(provenance: Provenance, townships: "gpd.GeoDataFrame") -> None:
    """Raise an `InputError` unless figures of this provenance may stand on these townships.

    Parameters
    ----------
    townships
        Index = code; polygons in any CRS.
    """
    if provenance_of_places(townships) is not provenance:
        raise InputError([Problem("synthetic_on_real_places")])


def provenance_of_places(townships: "gpd.GeoDataFrame") -> Provenance:
    """Return whether townships are fictional (synthetic) or real.

    Parameters
    ----------
    townships
        Index = code; polygons in any CRS.

    Raises
    ------
    InputError
        If codes and places contradict each other: codes starting with 99 on land, other codes in the
        open ocean kept for fictional places, or some of each.
    """
    in_ocean = lies_in_open_ocean(townships.geometry)
    has_prefix = townships.index.str.startswith(FICTIONAL_PREFIX)
    if has_prefix.all() and in_ocean:
        return Provenance.SYNTHETIC
    if has_prefix.any() or in_ocean:
        raise InputError([Problem("codes_and_places_disagree")])
    return Provenance.REAL


def lies_in_open_ocean(shapes: "gpd.GeoSeries") -> bool:
    """Return whether all shapes lie in the part of the ocean kept for fictional places."""
    from pyproj import Transformer

    to_degrees = Transformer.from_crs(shapes.crs, 4326, always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*shapes.total_bounds)
    return bool(
        OPEN_OCEAN[0] <= west <= east <= OPEN_OCEAN[2]
        and OPEN_OCEAN[1] <= south <= north <= OPEN_OCEAN[3]
    )
