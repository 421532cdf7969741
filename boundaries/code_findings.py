"""What is wrong with the codes, names and parents of a boundary file."""

import re
from collections import Counter
from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import shapely

from geo_jindu.boundary_findings import Finding, FindingKind
from geo_jindu.codes import UnitClass, classify_code, shorten_code

LEVELS = ("province", "prefecture", "county", "township", "village")
_SIZES = (2, 4, 6, 9, 12)
"""Digits that name a unit of each of `LEVELS` (GB/T 2260, GB/T 10114); the rest of a code are zeros."""

OUTSIDE_PARENT_SHARE = 0.05
"""Share of a unit's area outside its parent from which it is named. Assumed: the same borders drawn
coarse and fine leave up to 3.5 % of a county of Hengyang outside."""


def significant_digits(code: str) -> str:
    """Return the digits of a code that name its unit; empty for a text that is no code of a unit.

    Codes have 6, 9 or 12 digits: 430405, 430405000 and 430405000000 are one county.
    """
    if not re.fullmatch(r"(?!00)(?:[0-9]{6}|[0-9]{9}|[0-9]{12})", code):
        return ""
    return next(code[:size] for size in _SIZES if size <= len(code) and not code[size:].strip("0"))


def level_of(code: str) -> str:
    """Return the level of a unit by its code, one of `LEVELS`; empty if the code names none."""
    digits = significant_digits(code)
    return LEVELS[_SIZES.index(len(digits))] if digits else ""


def ancestors(code: str) -> list[str]:
    """Return the significant digits of all units that contain the unit by its code, nearest first."""
    digits = significant_digits(code)
    return [digits[:size] for size in reversed(_SIZES) if size < len(digits)]


def count_levels(codes: pd.Series) -> dict[str, int]:
    """Return the units of each level, highest first."""
    found = Counter(map(level_of, codes))
    return {level: found[level] for level in LEVELS if level in found}


def count_classes(codes: pd.Series) -> dict[str, int]:
    """Return the township-level units of each class, in the order of their codes."""
    found = Counter(map(classify_code, codes))
    return {each.value: found[each] for each in UnitClass if each in found}


def find_code_faults(frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Find empty, repeated and malformed codes, empty names, and units that only statistics know.

    Parameters
    ----------
    frame
        ``code``, ``name`` (``None`` throughout if the file has no names) and ``at``, longitude and
        latitude of a point in the unit or ``None``; index = row.
    """
    short = shorten_code(frame["code"])
    is_empty = frame["code"] == ""
    rows_of = {
        FindingKind.EMPTY_CODE: is_empty,
        FindingKind.MALFORMED_CODE: ~is_empty & (frame["code"].map(significant_digits) == ""),
        FindingKind.EMPTY_NAME: frame["name"] == "",
        FindingKind.STATISTICS_ONLY: frame["code"].map(classify_code) == UnitClass.STATISTICS_ONLY,
    }
    for kind, is_found in rows_of.items():
        yield from (_of_unit(kind, frame, row) for row in frame.index[is_found])
    repeated = short[short.duplicated(keep=False) & ~is_empty]
    for rows in repeated.groupby(repeated, sort=True).groups.values():
        codes = tuple(dict.fromkeys(frame["code"][rows]))
        at = next((frame["at"][row] for row in rows if frame["at"][row] is not None), None)
        yield Finding(FindingKind.REPEATED_CODE, codes, tuple(map(int, rows)), at=at)


def find_parent_faults(frame: gpd.GeoDataFrame, parents: gpd.GeoSeries | None) -> Iterator[Finding]:
    """Find units whose parent is missing, contradicts their code, is unknown or does not hold them.

    Parameters
    ----------
    frame
        As above, with ``parent``, the code of the parent as stated (``None`` throughout if the file
        does not state it), and valid polygons or ``None``.
    parents
        Valid polygons of the parents, index = significant digits of their codes, in the CRS of
        ``frame``; ``None`` if no parents are given.
    """
    sizes = set() if parents is None else set(parents.index.str.len())
    for row in frame.index:
        stated, above = frame["parent"][row], ancestors(frame["code"][row])
        if above and sizes and not sizes & set(map(len, above)):
            continue  # a unit of the highest level there is
        if stated == "":
            yield _of_unit(FindingKind.NO_PARENT, frame, row)
            continue
        named = above if stated is None else [significant_digits(stated)]
        if stated and above and named[0] and named[0] not in above:
            yield _of_unit(FindingKind.OTHER_PARENT, frame, row, detail=stated)
        if parents is not None and named:
            yield from _check_parent(frame, row, parents, named)


def _check_parent(
    frame: gpd.GeoDataFrame, row: int, parents: gpd.GeoSeries, named: list[str]
) -> Iterator[Finding]:
    known = next((digits for digits in named if digits in parents.index), None)
    if known is None:
        yield _of_unit(FindingKind.UNKNOWN_PARENT, frame, row, detail=frame["parent"][row] or named[0])
        return
    unit = frame.geometry[row]
    if unit is None:
        return
    outside = shapely.area(shapely.difference(unit, parents[known]))
    if outside > OUTSIDE_PARENT_SHARE * unit.area:
        share = f"{100 * outside / unit.area:.1f}"
        yield _of_unit(FindingKind.OUTSIDE_PARENT, frame, row, detail=share, area_m2=float(outside))


def _of_unit(
    kind: FindingKind,
    frame: gpd.GeoDataFrame,
    row: int,
    *,
    detail: str = "",
    area_m2: float = float("nan"),
) -> Finding:
    code, at = frame["code"][row], frame["at"][row]
    return Finding(kind, (code,), (int(row),), area_m2=area_m2, at=at, detail=detail)
