"""The guard: synthetic figures stay on fictional places, real figures on real ones.

What is fictional shows in three ways that must agree: codes start with 99, a number no province has;
the places lie in open ocean, where no real boundary does; and rows that carry a mark say so. There
is no way round it.
"""

import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_jindu.errors import InputError, Problem, problems_in_rows

if TYPE_CHECKING:
    import geopandas as gpd

FICTIONAL_PREFIX = "99"
OPEN_OCEAN = (160.0, 21.0, 172.0, 33.0)
"""West, south, east, north [degrees, WGS 84]: a part of the North Pacific without land, between Minami
Torishima, Wake and Midway."""
MARK_COLUMNS = ("数据性质", "provenance")
"""Columns in which a row says what it is; see `read_marks` for the words."""


class Provenance(StrEnum):
    """Whether the figures and places exist."""

    REAL = "real"
    SYNTHETIC = "synthetic"


def is_mark_column(name: str) -> bool:
    """Return whether a column of this name says what its rows are; width, case and spaces aside."""
    return unicodedata.normalize("NFKC", str(name)).strip().casefold() in MARK_COLUMNS


def read_marks(written: pd.Series) -> pd.Series:
    """Return the provenance that each cell of a mark column states, empty where it states none.

    A cell with 合成, 虚构, synthetic or fictional in it is synthetic; else one that begins with 真实 or
    real is real.
    """
    words = written.str.normalize("NFKC").str.strip().str.casefold()
    marks = pd.Series("", index=written.index, dtype="str")
    marks = marks.mask(words.str.match("真实|real"), Provenance.REAL.value)
    return marks.mask(words.str.contains("合成|虚构|synthetic|fictional"), Provenance.SYNTHETIC.value)


def refuse_other_marks(table: pd.DataFrame, provenance: Provenance, file: str) -> None:
    """Raise an `InputError` that names the rows marked with another provenance than ``provenance``."""
    key = "row_is_synthetic" if provenance is Provenance.REAL else "row_is_real"
    problems = []
    for column in filter(is_mark_column, table.columns):
        marks = read_marks(table[column])
        wrong = marks.index[(marks != "") & (marks != provenance.value)]
        problems += problems_in_rows(key, file, column, wrong)
    if problems:
        raise InputError(problems)


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
    in_ocean = lie_in_open_ocean(townships.geometry)
    has_prefix = townships.index.str.startswith(FICTIONAL_PREFIX)
    if has_prefix.all() and in_ocean.all():
        return Provenance.SYNTHETIC
    if has_prefix.any() or in_ocean.any() or townships.crs is None:
        raise InputError([Problem("codes_and_places_disagree")])
    return Provenance.REAL


def lie_in_open_ocean(shapes: "gpd.GeoSeries") -> NDArray[np.bool_]:
    """Return of each shape whether it lies in the part of the ocean kept for fictional places; (n,).

    None does in coordinates without a CRS.
    """
    if shapes.crs is None:
        return np.zeros(len(shapes), dtype=bool)
    from pyproj import Transformer

    west, south, east, north = shapes.bounds.to_numpy().T
    to_degrees = Transformer.from_crs(shapes.crs, 4326, always_xy=True)
    lon, lat = to_degrees.transform(
        np.stack([west, east, east, west]), np.stack([south, south, north, north])
    )
    inside = (lon >= OPEN_OCEAN[0]) & (lon <= OPEN_OCEAN[2])
    inside &= (lat >= OPEN_OCEAN[1]) & (lat <= OPEN_OCEAN[3])
    every_corner: NDArray[np.bool_] = inside.all(axis=0)
    return every_corner
