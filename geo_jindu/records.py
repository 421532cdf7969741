"""Tables of text to records and populations, each row keeping its row number.

A record is one row of a source: something that happened, with a period and a place. Nothing is
dropped here; what cannot be placed is told apart by `geo_jindu.joining`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_jindu.codes import normalise_code
from geo_jindu.configuration import Source
from geo_jindu.datums import crs_of_datum, crs_of_file, remove_offset
from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.periods import parse_periods
from geo_jindu.provenance import Provenance
from geo_jindu.readers import Part, read_parts

LARGEST_NUMBER = 10_000_000_000
"""More persons than there are; a larger number is a code or a mistake."""

UNLISTED = "unlisted"
"""Category of what bears none of the names in the configuration: a cell's own text is not kept."""

_THOUSANDS = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "—", "缺"})


@dataclass(frozen=True)
class Records:
    """Rows of one source of incidents or outflow: all, or a part of a large file.

    Attributes
    ----------
    frame
        Index = row in the file. ``period`` (year or month; empty if the date is unreadable),
        ``category`` (empty if the source has none), ``count`` [incidents or persons] and, for sources
        by code, ``code`` and ``name``.
    points
        For sources by coordinate, one point per row in their declared CRS, ``None`` where the row has
        none; otherwise ``None``.
    provenance
        What the rows were read as.
    dropped
        Columns of the file that the configuration does not name.
    done
        Share of the file that has been read, these rows included.
    """

    source: Source
    frame: pd.DataFrame
    points: gpd.GeoSeries | None
    provenance: Provenance
    dropped: tuple[str, ...] = ()
    done: float = 1.0


@dataclass(frozen=True)
class Population:
    """The persons of each township.

    Attributes
    ----------
    frame
        Index = row in the file; ``code``, ``name`` (text) and ``persons`` (float; NaN where the file
        has none).
    provenance
        What the rows were read as.
    dropped
        Columns of the file that the configuration does not name.
    """

    source: Source
    frame: pd.DataFrame
    provenance: Provenance
    dropped: tuple[str, ...] = ()


def read_records(source: Source, path: Path, provenance: Provenance) -> Iterator[Records]:
    """Read the records of ``source`` from ``path``, part by part; a file may be larger than memory.

    Raises
    ------
    InputError
        If the file cannot be read, or a count is not a whole number of zero or more.
    """
    for part in read_parts(path, source.fields.named, **_as_said(source, provenance)):
        yield _records(source, part, provenance)


def _records(source: Source, part: Part, provenance: Provenance) -> Records:
    fields, table = source.fields, part.table
    frame = parse_periods(table[fields.period])[["period"]]
    frame["category"] = _categories(table, source)
    frame["count"] = read_counts(table[fields.count], source.file, fields.count) if fields.count else 1
    points = None
    if source.by_code:
        frame["code"] = normalise_code(table[fields.code])
        frame["name"] = table[fields.name]
    else:
        points = _points(table, source)
    return Records(source, frame, points, provenance, part.dropped, part.done)


def _categories(table: pd.DataFrame, source: Source) -> pd.Series:
    """Return the category of each row; one that the configuration does not list is not kept."""
    if not source.fields.category:
        return pd.Series("", index=table.index, dtype="str")
    written = table[source.fields.category].str.strip()
    return written.where(written.isin(source.categories), UNLISTED)


def read_population(source: Source, path: Path, provenance: Provenance) -> Population:
    """Read the persons of each township.

    Raises
    ------
    InputError
        If the file cannot be read, a code appears twice, or a number is text, negative, a fraction or
        larger than there are people.
    """
    fields = source.fields
    parts = list(read_parts(path, fields.named, **_as_said(source, provenance)))
    table = pd.concat([part.table for part in parts])
    persons = _numbers(table[fields.count])
    problems = _number_problems(table[fields.count], persons, source.file, fields.count)
    part = persons.index[persons % 1 > 0]
    problems += problems_in_rows("persons_not_whole", source.file, fields.count, part)
    code = normalise_code(table[fields.code])
    repeated = code.index[code.duplicated(keep=False) & (code != "")]
    problems += problems_in_rows(
        "code_repeated", source.file, fields.code, repeated, lambda row: {"code": code[row]}
    )
    if problems:
        raise InputError(problems)
    frame = pd.DataFrame({"code": code, "name": table[fields.name], "persons": persons})
    return Population(source, frame, provenance, parts[0].dropped)


def _as_said(source: Source, provenance: Provenance) -> dict[str, Any]:
    """Return how the configuration says that a source is to be read."""
    return {
        "provenance": provenance,
        "file": source.file,
        "sheet": source.sheet,
        "layer": source.layer,
        "exceptions": source.unscreened,
    }


def read_counts(written: pd.Series, file: str, field: str) -> pd.Series:
    """Return a column as counts; integers, index as ``written``.

    Raises
    ------
    InputError
        If a cell is no whole number of zero or more; one that is empty is none either.
    """
    counts = _numbers(written)
    problems = _number_problems(written, counts, file, field)
    missing_or_part = (counts.isna() & _said_missing(written)) | (counts % 1 > 0)
    rows = counts.index[missing_or_part]
    problems += problems_in_rows("count_not_whole", file, field, rows)
    if problems:
        raise InputError(problems)
    return counts.astype("int64")


def _numbers(written: pd.Series) -> pd.Series:
    plain = written.str.normalize("NFKC").str.strip()
    grouped = plain.str.match(_THOUSANDS)
    plain = plain.where(~grouped, plain.str.replace(",", ""))
    return pd.to_numeric(plain, errors="coerce").astype("float64").replace([np.inf, -np.inf], np.nan)


def _said_missing(written: pd.Series) -> pd.Series:
    return written.str.strip().str.casefold().isin(_MISSING)


def _number_problems(written: pd.Series, numbers: pd.Series, file: str, field: str) -> list[Problem]:
    text = numbers.isna() & ~_said_missing(written)
    return (
        problems_in_rows("not_a_number", file, field, text.index[text])
        + problems_in_rows("negative_number", file, field, numbers.index[numbers < 0])
        + problems_in_rows("number_too_large", file, field, numbers.index[numbers > LARGEST_NUMBER])
    )


def _points(table: pd.DataFrame, source: Source) -> gpd.GeoSeries:
    if isinstance(table, gpd.GeoDataFrame) and not source.fields.longitude:
        return _point_geometry(table, source)
    if not source.fields.longitude:
        raise InputError([Problem("coordinates_missing", file=source.file)])
    x, y = (_numbers(table[name]) for name in (source.fields.longitude, source.fields.latitude))
    crs = crs_of_datum(source.datum, field=f"sources.{source.id}.datum")
    points = gpd.GeoSeries.from_xy(x, y, index=table.index, crs=crs)
    points[x.isna() | y.isna()] = None
    return remove_offset(points, source.datum)


def _point_geometry(table: gpd.GeoDataFrame, source: Source) -> gpd.GeoSeries:
    points = table.geometry
    other = points[points.notna() & (points.geom_type != "Point")]
    if len(other):
        problem = Problem("not_a_point", source.file, int(other.index[0]))
        raise InputError([problem])
    crs = crs_of_file(points, source.datum, source.file, f"sources.{source.id}.datum")
    declared = points.set_crs(crs, allow_override=True)
    located = declared.where(declared.notna() & ~declared.is_empty, None)
    return remove_offset(located, source.datum)
