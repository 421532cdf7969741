"""Counts of all sources to counts and persons per township and window."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from geo_jindu.configuration import Comparison, Configuration, Indicator
from geo_jindu.counts import Counts
from geo_jindu.crosswalk import find_estimated, find_without_parent, move_counts
from geo_jindu.errors import InputError, Problem
from geo_jindu.inputs import Inputs
from geo_jindu.joining import Reason
from geo_jindu.periods import Window, is_within, parse_periods
from geo_jindu.provenance import refuse_mixing

_YEAR = 4
"""Characters of a period that is a whole year."""

Atom = tuple[str, ...]
"""Periods that every window holds all of or none of."""


@dataclass(frozen=True)
class Joined:
    """The counts of every source, as the windows of the configuration see them."""

    inputs: Inputs
    _atoms: dict[str, dict[Atom, pd.Series]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def configuration(self) -> Configuration:
        """What the analyst decided."""
        return self.inputs.workspace.configuration

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Rows by source, period, outcome and reason: all that is ever said about single rows.

        ``source``, ``period`` (empty if the date is unreadable), ``outcome`` (assigned, unassigned),
        ``reason``, ``rows`` and ``counted`` [incidents or persons], sorted; RangeIndex.
        """
        tables = []
        for source in self.inputs.counts:
            rows = self.rows_of(source)
            outcome = rows["reason"].eq("").map({True: "assigned", False: "unassigned"})
            keys = ["source", "period", "outcome", "reason"]
            groups = rows.assign(source=source, outcome=outcome).groupby(keys, sort=True)
            tables.append(groups[["rows", "counted"]].sum().reset_index())
        return pd.concat(tables, ignore_index=True)

    def rows_of(self, source: str) -> pd.DataFrame:
        """Return where the rows of a source went; see `geo_jindu.counts.Counts.rows`."""
        counts = self.inputs.counts[source]
        if self.configuration.source(source).kind.is_population:
            return counts.rows
        return counts.rows_within(self.windows(source))

    def windows(self, source: str) -> list[Window]:
        """Return every window in which a source is counted."""
        indicators = [each for each in self.configuration.indicators if each.numerator == source]
        windows = [each.days for each in indicators]
        for comparison in self.configuration.comparisons:
            if any(comparison.indicator == each.id for each in indicators):
                windows += comparison.days
        return windows

    def counted(self, indicator: Indicator) -> pd.Series:
        """Return what was assigned within the indicator's window; integers, index = code."""
        return self.counted_within(indicator.numerator, indicator.days)

    def counted_within(self, source: str, window: Window) -> pd.Series:
        """Return what was assigned of a source within one of its windows; integers, index = code."""
        if source not in self._atoms:
            spans = [self.periods(source, each) for each in self.windows(source)]
            self._atoms[source] = self.by_atom(source, atoms_of(spans))
        inside = self.periods(source, window)
        chosen = [counts for atom, counts in self._atoms[source].items() if inside.issuperset(atom)]
        nothing = pd.Series(0, index=self.inputs.townships.frame.index)
        return sum(chosen, start=nothing)

    def periods(self, source: str, window: Window) -> frozenset[str]:
        """Return the periods of a source's counts that lie whole in a window."""
        known = pd.Series(self.inputs.counts[source].observations["period"].unique(), dtype="str")
        return frozenset(known[is_within(parse_periods(known), window)])

    def by_atom(self, source: str, atoms: Iterable[Atom]) -> dict[Atom, pd.Series]:
        """Return what was counted in each atom, in the vintage of the boundaries.

        What is counted in an earlier vintage is carried over atom by atom, so that the windows made
        of them add up.

        Returns
        -------
        dict
            Integers, index = code.
        """
        observations = self.inputs.counts[source].observations
        codes = self.inputs.townships.frame.index
        table = {}
        for atom in atoms:
            total = pd.Series(0, index=codes)
            inside = observations[observations["period"].isin(atom)]
            for vintage, mine in inside.groupby("vintage"):
                counts = mine.groupby("code")["value"].sum().astype("int64")
                total += self._moved(str(vintage), counts).reindex(codes, fill_value=0)
            table[atom] = total
        return table

    def persons(self, indicator: Indicator) -> pd.Series:
        """Return the persons of the denominator; NaN where the source has none, index = code."""
        observations = self.inputs.counts[indicator.denominator].observations
        found = []
        for vintage, mine in observations.groupby("vintage"):
            values = mine.set_index("code")["value"].astype("Float64").astype("float64")
            found.append(self._moved(str(vintage), values))
        together = pd.concat(found) if found else pd.Series(dtype="float64")
        return together.reindex(self.inputs.townships.frame.index)

    def estimated(self, indicator: Indicator) -> pd.Series:
        """Return where an estimated share of another vintage touches a figure; index = code."""
        touched = pd.Series(data=False, index=self.inputs.townships.frame.index)
        for source in (indicator.numerator, indicator.denominator):
            for vintage in self._earlier_vintages(source):
                touched |= find_estimated(self.inputs.crosswalks[vintage], touched.index)
        return touched

    def _earlier_vintages(self, source: str) -> list[str]:
        vintages = self.inputs.counts[source].observations["vintage"].unique()
        return sorted({*vintages} - {self.inputs.today})

    def _moved(self, vintage: str, counts: pd.Series) -> pd.Series:
        """Return counts in the vintage of the boundaries; index = code."""
        if vintage == self.inputs.today:
            return counts
        return move_counts(counts, self.inputs.crosswalks[vintage]).values

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What a reader of the counts should know."""
        return (*self.inputs.notes, *_vintage_notes(self), *_row_notes(self), *_gap_notes(self))


def atoms_of(spans: Iterable[frozenset[str]]) -> list[Atom]:
    """Return the periods of several spans in groups that no span cuts, in order."""
    known = list(spans)
    groups: dict[tuple[bool, ...], list[str]] = {}
    for period in sorted(frozenset().union(*known)):
        groups.setdefault(tuple(period in span for span in known), []).append(period)
    return [tuple(group) for group in groups.values()]


def join_inputs(inputs: Inputs) -> Joined:
    """Check that the counts give something to assess.

    Raises
    ------
    InputError
        If figures and places differ in provenance, the top list is longer than the list of
        townships, counts are of a vintage that cannot be carried to that of the boundaries, or
        nothing is counted in a window.
    """
    configuration, townships = inputs.workspace.configuration, inputs.townships.frame
    refuse_mixing(configuration.area.provenance, townships)
    for counts in inputs.counts.values():
        refuse_mixing(counts.provenance, townships)
    problems = list(_vintages_without_way(inputs))
    if configuration.ranking.k > len(townships):
        values = {"k": configuration.ranking.k, "townships": len(townships)}
        problems.append(Problem("k_too_large", field="ranking.k", values=values))
    if problems:
        raise InputError(problems)
    joined = Joined(inputs)
    for indicator in configuration.indicators:
        problems += _nothing_to_rate(joined, indicator)
    for comparison in configuration.comparisons:
        problems += _nothing_before(joined, comparison)
    if problems:
        raise InputError(problems)
    return joined


def _vintages_without_way(inputs: Inputs) -> Iterator[Problem]:
    """Find counts recorded in a vintage that no crosswalk carries to that of the boundaries."""
    for source, counts in inputs.counts.items():
        vintages = {*counts.observations["vintage"]} - {inputs.today, *inputs.crosswalks}
        for vintage in sorted(vintages):
            values = {"source": source, "vintage": vintage, "today": inputs.today}
            yield Problem("vintage_without_way", field="crosswalk", values=values)


def _nothing_to_rate(joined: Joined, indicator: Indicator) -> list[Problem]:
    """Say why an indicator has no rate at all: no persons, no row placed, or none in the window."""
    populated = joined.persons(indicator) > 0
    if not populated.any():
        rows, unassigned = _row_numbers(joined, indicator.denominator)
        values = {"source": indicator.denominator, "rows": rows, "unassigned": unassigned}
        where = f"indicators.{indicator.id}.denominator"
        return [Problem("no_population_known", field=where, values=values)]
    if joined.counted(indicator)[populated].sum():
        return []
    reasons = joined.rows_of(indicator.numerator).groupby("reason")["rows"].sum()
    if "" in reasons or set(reasons.index) <= {Reason.OUTSIDE_WINDOW}:
        return [_nothing_counted(indicator, joined.inputs.counts[indicator.numerator])]
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


def _nothing_counted(indicator: Indicator, counts: Counts) -> Problem:
    first, last = counts.days
    values = {
        "source": indicator.numerator,
        "window": indicator.days.label,
        "first": first or "?",
        "last": last or "?",
    }
    return Problem("nothing_counted", field=f"indicators.{indicator.id}.window", values=values)


def _row_numbers(joined: Joined, source: str) -> tuple[int, int]:
    """Return how many rows a source has, and how many of them are in no township."""
    rows = joined.rows_of(source)
    return int(rows["rows"].sum()), int(rows.loc[rows["reason"] != "", "rows"].sum())


def _vintage_notes(joined: Joined) -> Iterator[Problem]:
    """Say which sources were carried to the vintage of the boundaries, and what that leaves open."""
    today = joined.inputs.today
    for source in joined.inputs.counts:
        for vintage in joined._earlier_vintages(source):
            crosswalk = joined.inputs.crosswalks[vintage]
            codes = joined.inputs.townships.frame.index
            estimated = codes[find_estimated(crosswalk, codes)]
            values: dict[str, object] = {
                "source": source,
                "start": vintage,
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
    for source, counts in joined.inputs.counts.items():
        if source not in used:
            yield Problem("source_unused", values={"source": source})
            continue
        rows, unassigned = _row_numbers(joined, source)
        if unassigned:
            values = {"source": source, "rows": rows, "unassigned": unassigned}
            yield Problem("rows_unassigned", values=values)
        if counts.shared:
            yield Problem("points_shared", values={"source": source, "rows": counts.shared})


def _gap_notes(joined: Joined) -> Iterator[Problem]:
    """Name the months of a window without a single record: a gap in the data, or truly nothing."""
    for indicator in joined.inputs.workspace.configuration.indicators:
        periods = joined.inputs.counts[indicator.numerator].rows["period"]
        if (periods.str.len() == _YEAR).any():
            continue  # months cannot be told apart
        months = indicator.days.months
        empty = months[~months.astype("str").isin(periods)]
        if len(empty):
            values = {
                "indicator": indicator.name,
                "months": len(months),
                "empty": len(empty),
                "first": empty[0],
                "last": empty[-1],
            }
            yield Problem("months_without_records", values=values)
