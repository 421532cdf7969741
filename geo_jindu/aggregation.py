"""Rows of all sources to counts and persons per township."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from geo_jindu.configuration import Comparison, Configuration, Indicator
from geo_jindu.crosswalk import find_estimated, find_without_parent, move_counts
from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.inputs import Inputs
from geo_jindu.joining import (
    Assignment,
    Reason,
    assign_codes,
    assign_records,
    count_assignments,
    describe_disagreement,
)
from geo_jindu.periods import Window, is_within
from geo_jindu.provenance import refuse_mixing
from geo_jindu.records import Population

_LONGEST_MONTH = 31


@dataclass(frozen=True)
class Joined:
    """Every row of every source, in one township or with one reason.

    Attributes
    ----------
    assignments
        By source id, populations included.
    """

    inputs: Inputs
    assignments: Mapping[str, Assignment]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Rows per source, period and reason; see `geo_jindu.joining.count_assignments`."""
        return count_assignments(self.assignments)

    def counted(self, indicator: Indicator) -> pd.Series:
        """Return what was assigned within the indicator's window; integers, index = code."""
        return self.counted_within(indicator.numerator, indicator.days)

    def counted_within(self, source: str, window: Window) -> pd.Series:
        """Return what was assigned of a source within a window; integers, index = code."""
        assignment = self.assignments[source]
        inside = assignment.frame[assignment.is_assigned & is_within(assignment.frame, window)]
        by_township = inside.groupby("township")["count"].sum()
        moved = self._moved(source, by_township)
        return moved.reindex(self.inputs.townships.frame.index, fill_value=0)

    def persons(self, indicator: Indicator) -> pd.Series:
        """Return the persons of the denominator; NaN where the source has none, index = code."""
        assignment = self.assignments[indicator.denominator]
        rows = assignment.frame[assignment.is_assigned]
        persons = self.inputs.populations[indicator.denominator].frame.loc[rows.index, "persons"]
        by_township = pd.Series(persons.to_numpy(), index=rows["township"])
        moved = self._moved(indicator.denominator, by_township)
        return moved.reindex(self.inputs.townships.frame.index)

    def estimated(self, indicator: Indicator) -> pd.Series:
        """Return where an estimated share of another vintage touches a figure; index = code."""
        touched = pd.Series(data=False, index=self.inputs.townships.frame.index)
        for source in (indicator.numerator, indicator.denominator):
            crosswalk = self.inputs.crosswalks.get(source)
            if crosswalk is not None:
                touched |= find_estimated(crosswalk, touched.index)
        return touched

    def _moved(self, source: str, counts: pd.Series) -> pd.Series:
        """Return counts in the vintage of the boundaries; index = code."""
        crosswalk = self.inputs.crosswalks.get(source)
        return counts if crosswalk is None else move_counts(counts, crosswalk).values

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What a reader of the counts should know."""
        return (*self.inputs.notes, *_vintage_notes(self), *_row_notes(self), *_gap_notes(self))


def join_inputs(inputs: Inputs) -> Joined:
    """Assign every row and check that there is something to assess.

    Raises
    ------
    InputError
        If figures and places differ in provenance, the top list is longer than the list of
        townships, or nothing is counted in a window.
    """
    configuration, townships = inputs.workspace.configuration, inputs.townships.frame
    refuse_mixing(configuration.area.provenance, townships)
    assignments = {}
    for source, records in inputs.records.items():
        windows = _windows(configuration, source)
        assignments[source] = assign_records(records, townships, windows, _units(inputs, source))
    problems: list[Problem] = []
    for source, population in inputs.populations.items():
        refuse_mixing(population.provenance, townships)
        units = _units(inputs, source)
        assignments[source] = assignment = _assign_population(population, units)
        file = configuration.source(source).file
        problems += _names_that_disagree(population, assignment, units, file)
    joined = Joined(inputs, assignments)
    if configuration.ranking.k > len(townships):
        values = {"k": configuration.ranking.k, "townships": len(townships)}
        problems.append(Problem("k_too_large", field="ranking.k", values=values))
    for indicator in configuration.indicators:
        problems += _nothing_to_rate(joined, indicator)
    for comparison in configuration.comparisons:
        problems += _nothing_before(joined, comparison)
    if problems:
        raise InputError(problems)
    return joined


def _windows(configuration: Configuration, source: str) -> list[Window]:
    """Return every window in which a source is counted."""
    windows = [each.days for each in configuration.indicators if each.numerator == source]
    for comparison in configuration.comparisons:
        if configuration.indicator(comparison.indicator).numerator == source:
            windows += comparison.days
    return windows


def _units(inputs: Inputs, source: str) -> pd.DataFrame:
    """Return the units a source's codes are of, index = code: of the boundaries, or of its vintage."""
    crosswalk = inputs.crosswalks.get(source)
    if crosswalk is None:
        townships: pd.DataFrame = inputs.townships.frame
        return townships
    earlier = crosswalk.frame[crosswalk.frame["from_code"] != ""].drop_duplicates("from_code")
    return pd.DataFrame({"name": earlier["from_name"].to_numpy()}, index=earlier["from_code"])


def _assign_population(population: Population, units: pd.DataFrame) -> Assignment:
    place = assign_codes(population.frame["code"], population.frame["name"], units)
    persons = population.frame["persons"].fillna(0).round().astype("int64")
    never = pd.Series(pd.NaT, index=place.index)
    return Assignment(place.assign(period="", start=never, end=never, count=persons), 0)


def _names_that_disagree(
    population: Population, assignment: Assignment, units: pd.DataFrame, file: str
) -> list[Problem]:
    """Name the rows of an attribute file whose code bears another name, and what they may mean."""
    codes, names = population.frame["code"], population.frame["name"]
    wrong = assignment.frame.index[assignment.frame["reason"] == Reason.CODE_AND_NAME_DISAGREE]

    def describe(row: int) -> Mapping[str, object]:
        return describe_disagreement(codes[row], names[row], units)

    return problems_in_rows("name_of_another_unit", file, "", wrong, describe)


def _nothing_to_rate(joined: Joined, indicator: Indicator) -> list[Problem]:
    """Say why an indicator has no rate at all: no persons, no row placed, or none in the window."""
    population = joined.assignments[indicator.denominator]
    populated = joined.persons(indicator) > 0
    if not populated.any():
        rows, unassigned = len(population.frame), int((~population.is_assigned).sum())
        values = {"source": indicator.denominator, "rows": rows, "unassigned": unassigned}
        where = f"indicators.{indicator.id}.denominator"
        return [Problem("no_population_known", field=where, values=values)]
    if joined.counted(indicator)[populated].sum():
        return []
    records = joined.assignments[indicator.numerator]
    reasons = records.frame["reason"].value_counts()
    if records.is_assigned.any() or set(reasons.index) <= {Reason.OUTSIDE_WINDOW}:
        return [_nothing_counted(indicator, records)]
    counted = ", ".join(f"{reason} {rows}" for reason, rows in reasons.items())
    values = {"source": indicator.numerator, "reasons": counted}
    return [Problem("none_assigned", field=f"indicators.{indicator.id}.numerator", values=values)]


def _nothing_before(joined: Joined, comparison: Comparison) -> list[Problem]:
    indicator = joined.inputs.workspace.configuration.indicator(comparison.indicator)
    before, _ = comparison.days
    if joined.counted_within(indicator.numerator, before).sum():
        return []
    values = {"source": indicator.numerator, "window": before.label}
    return [Problem("nothing_before", field=f"comparisons.{comparison.id}.before", values=values)]


def _nothing_counted(indicator: Indicator, assignment: Assignment) -> Problem:
    days = assignment.frame[["start", "end"]].dropna()
    values = {
        "source": indicator.numerator,
        "window": indicator.days.label,
        "first": "?" if days.empty else days["start"].min().date(),
        "last": "?" if days.empty else days["end"].max().date(),
    }
    return Problem("nothing_counted", field=f"indicators.{indicator.id}.window", values=values)


def _vintage_notes(joined: Joined) -> Iterator[Problem]:
    """Say which sources were carried to the vintage of the boundaries, and what that leaves open."""
    today = joined.inputs.workspace.configuration.boundaries.vintage
    for source, crosswalk in joined.inputs.crosswalks.items():
        codes = joined.inputs.townships.frame.index
        estimated = codes[find_estimated(crosswalk, codes)]
        values: dict[str, object] = {
            "source": source,
            "start": joined.inputs.workspace.configuration.source(source).vintage,
            "end": today,
            "number": len(estimated),
            "codes": ", ".join(estimated[:10]) or "—",
        }
        yield Problem("source_moved", values=values)
        without = find_without_parent(crosswalk)
        if without:
            values = {"source": source, "number": len(without), "codes": ", ".join(without[:10])}
            yield Problem("units_without_parent", values=values)


def _row_notes(joined: Joined) -> Iterator[Problem]:
    used = {
        source
        for indicator in joined.inputs.workspace.configuration.indicators
        for source in (indicator.numerator, indicator.denominator)
    }
    for source, found in joined.assignments.items():
        if source not in used:
            yield Problem("source_unused", values={"source": source})
            continue
        unassigned = int((~found.is_assigned).sum())
        if unassigned:
            values = {"source": source, "rows": len(found.frame), "unassigned": unassigned}
            yield Problem("rows_unassigned", values=values)
        if found.shared:
            yield Problem("points_shared", values={"source": source, "rows": found.shared})


def _gap_notes(joined: Joined) -> Iterator[Problem]:
    """Name the months of a window without a single record: a gap in the data, or truly nothing."""
    for indicator in joined.inputs.workspace.configuration.indicators:
        days = joined.assignments[indicator.numerator].frame[["start", "end"]].dropna()
        if ((days["end"] - days["start"]).dt.days >= _LONGEST_MONTH).any():
            continue  # written by year: months cannot be told apart
        months = indicator.days.months
        empty = months[~months.isin(days["start"].dt.to_period("M"))]
        if len(empty):
            values = {
                "indicator": indicator.name,
                "months": len(months),
                "empty": len(empty),
                "first": empty[0],
                "last": empty[-1],
            }
            yield Problem("months_without_records", values=values)
