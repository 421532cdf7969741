"""Yearly proportions of townships: a part and a whole, read whole or refused."""

from functools import partial

import pandas as pd

from geo_jindu.codes import normalise_code
from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.joining import Reason, assign_codes, describe_disagreement
from geo_jindu.periods import parse_periods
from geo_jindu.readers import read_table
from geo_jindu.records import read_counts
from geo_jindu.rectification.fields import Proportion
from geo_jindu.townships import Townships
from geo_jindu.workspace import Workspace

_YEAR = 4
"""Characters of a period that is a whole year."""


def read_proportion(workspace: Workspace, settings: Proportion, townships: Townships) -> pd.DataFrame:
    """Read the parts and wholes of a proportion.

    Returns
    -------
    DataFrame
        In the order of the file: ``code`` of the township, ``year`` (text), ``part`` and ``whole``
        [persons]. A township of which nothing is known has no row.

    Raises
    ------
    InputError
        If the file cannot be read, holds personal data, or a row names no township, one twice in a
        year, no year, or numbers that are no part and whole. No row is dropped.
    """
    fields, file = settings.fields, settings.file
    table = read_table(
        workspace.path(file),
        list(fields.model_dump().values()),
        provenance=workspace.configuration.area.provenance,
        file=file,
        sheet=settings.sheet,
    )
    code, name = normalise_code(table[fields.code]), table[fields.name]
    place = assign_codes(code, name, townships.frame)
    year = parse_periods(table[fields.period])["period"]
    problems = _place_problems(place, code, name, settings, townships)
    rows = year.index[year.str.len() != _YEAR]
    problems += problems_in_rows("proportion_without_year", file, fields.period, rows)
    found = pd.DataFrame({"code": place["township"], "year": year})
    twice = found.duplicated(keep=False) & (found != "").all(axis=1)
    problems += problems_in_rows("proportion_twice", file, fields.code, found.index[twice])
    for key, column in (("part", fields.part), ("whole", fields.whole)):
        try:
            found[key] = read_counts(table[column], file, column)
        except InputError as error:
            problems += error.problems
    if {"part", "whole"} <= {*found.columns}:
        more = found.index[found["part"] > found["whole"]]
        problems += problems_in_rows("part_above_whole", file, fields.part, more)
    if problems:
        raise InputError(problems)
    return found.reset_index(drop=True)


def _place_problems(
    place: pd.DataFrame, code: pd.Series, name: pd.Series, settings: Proportion, townships: Townships
) -> list[Problem]:
    """Name the rows that are in no township, and what those whose name is another's may mean."""
    at_rows = partial(problems_in_rows, file=settings.file, column=settings.fields.code)
    other = place["reason"] == Reason.CODE_AND_NAME_DISAGREE
    unknown = (place["reason"] != "") & ~other
    return [
        *at_rows("proportion_without_township", rows=place.index[unknown]),
        *at_rows(
            "name_of_another_unit",
            rows=place.index[other],
            values=lambda row: describe_disagreement(code[row], name[row], townships.frame),
        ),
    ]
