"""Figures: all that rules may see of the data, small enough to be kept for every decision.

Monthly counts of the outcome in the vintage of the boundaries, which months the data cover, persons,
proportions of a year and P(among the top k). The same inputs give the same bytes.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from geo_jindu.digests import digest_bytes
from geo_jindu.periods import Window
from geo_jindu.rectification.flows import Flows, count_flows
from geo_jindu.rectification.months import (
    first_day,
    is_year,
    last_day,
    months_in,
    months_of,
    stretches,
    whole_months,
)

if TYPE_CHECKING:
    import pandas as pd

    from geo_jindu.aggregation import Joined
    from geo_jindu.assessment import Assessment

UNLIKELY_EMPTY = 5
"""Counts a month of the city from which on a month without a single row is taken for a gap: chance
leaves one in 150 empty. Below it, the month may have been quiet."""

Year = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class TownshipFigures:
    """The figures of one township.

    Attributes
    ----------
    county, county_name
        Code and name; empty if the boundaries name none.
    persons
        Of the indicator's denominator; ``None`` if unknown.
    prob_rank_top
        P(among the top k) in the indicator's window; ``None`` if it is not ranked.
    counts
        By period, a month or a year; those of 0 are left out. What a split among three or more units
        rounds can make a single month -1; no window is ever below 0.
    """

    name: str
    county: str
    county_name: str
    persons: int | None
    prob_rank_top: float | None
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Figures:
    """What was known of all townships when an assessment was made.

    Attributes
    ----------
    vintage
        Of the boundaries.
    indicator
        Id of the outcome that rectifications are measured by.
    ranked_until
        Last day of the window that ``prob_rank_top`` is of, ISO; empty if nothing is ranked.
    covered
        First and last month of each stretch without a gap between files.
    empty
        Covered months without a single row.
    yearly
        Years of which rows are known by the year alone: they count in windows that hold all of them.
    counties
        Names by code.
    townships
        By code.
    proportions
        By id and year: part and whole of each township.
    flows
        Persons by county, year and category of the source: the province where they were caught.
    """

    vintage: str
    indicator: str
    ranked_until: str
    covered: tuple[tuple[str, str], ...]
    empty: tuple[str, ...]
    yearly: tuple[str, ...]
    counties: Mapping[str, str]
    townships: Mapping[str, TownshipFigures]
    proportions: Mapping[str, Mapping[str, Year]]
    flows: Flows = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the canonical form: JSON with sorted keys and no spaces."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form."""
        return digest_bytes(self.to_bytes())

    @classmethod
    def from_bytes(cls, content: bytes) -> "Figures":
        """Return the figures that `to_bytes` wrote.

        Raises
        ------
        ValueError, TypeError, KeyError
            If the bytes are not what `to_bytes` writes.
        """
        said: dict[str, Any] = orjson.loads(content)
        if set(said) != {each.name for each in fields(cls)}:
            raise ValueError("not the fields of figures")
        said["covered"] = tuple((first, last) for first, last in said["covered"])
        said |= {name: tuple(said[name]) for name in ("empty", "yearly")}
        said["townships"] = {code: TownshipFigures(**each) for code, each in said["townships"].items()}
        said["proportions"] = {
            name: {year: _read_year(units) for year, units in years.items()}
            for name, years in said["proportions"].items()
        }
        return cls(**said)

    @cached_property
    def codes(self) -> list[str]:
        """The townships in the order of the arrays."""
        return sorted(self.townships)

    @cached_property
    def persons(self) -> NDArray[np.float64]:
        """Persons of each township, NaN where unknown."""
        known = [self.townships[code].persons for code in self.codes]
        return np.array([np.nan if each is None else each for each in known], dtype=float)

    @cached_property
    def first_day(self) -> date | None:
        """First day that is covered; ``None`` if none is."""
        return min((first_day(first) for first, _ in self.covered), default=None)

    @cached_property
    def last_day(self) -> date | None:
        """Last day that is covered; ``None`` if none is."""
        return max((last_day(last) for _, last in self.covered), default=None)

    def counted(self, window: Window) -> NDArray[np.int64]:
        """Return what was counted of each township in a window; see `covers`."""
        inside = {*months_of(window)}
        chosen = [at for at, period in enumerate(self._periods) if inside.issuperset(months_in(period))]
        sums: NDArray[np.int64] = self._counts[:, chosen].sum(axis=1)
        return np.maximum(sums, 0)

    def covers(self, window: Window) -> bool:
        """Return whether all that happened in a window is counted, as far as can be told.

        It is not if a month lies between or beyond the files, if a year known as a whole is cut, or if
        a month without any row can hardly be chance.
        """
        months = {*months_of(window)}
        if not months <= self._covered:
            return False
        years = ({*months_in(year)} for year in self.yearly)
        if any(months & year and not year <= months for year in years):
            return False
        is_busy = self.counted(window).sum() >= UNLIKELY_EMPTY * len(months)
        return not (is_busy and months.intersection(self.empty))

    @cached_property
    def _covered(self) -> frozenset[str]:
        spans = (Window(first_day(first), last_day(last)) for first, last in self.covered)
        return frozenset(month for span in spans for month in months_of(span))

    @cached_property
    def _periods(self) -> list[str]:
        return sorted({period for each in self.townships.values() for period in each.counts})

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """Counts of each township and period; shape (townships, periods)."""
        counts = (self.townships[code].counts for code in self.codes)
        rows = [[each.get(period, 0) for period in self._periods] for each in counts]
        return np.array(rows, dtype=np.int64).reshape(len(rows), len(self._periods))


def make_figures(assessment: "Assessment") -> Figures:
    """Gather what rules may see of an assessment.

    Raises
    ------
    ValueError
        If the workspace has no ``[rectification]``.
    """
    configuration, joined = assessment.configuration, assessment.joined
    if configuration.rectification is None:
        raise ValueError("no [rectification]")
    indicator = configuration.indicator(configuration.rectification.indicator)
    source, table = indicator.numerator, assessment.table
    values = assessment.measured[indicator.id].values
    is_ranked = "top_k_probability" in values
    ranked = values["top_k_probability"].dropna().items() if is_ranked else ()
    probabilities = {str(code): float(each) for code, each in ranked}
    counts = _count_periods(joined, source)
    persons = joined.persons(indicator)
    covered = whole_months(joined.inputs.covered[source])
    periods = {*joined.inputs.counts[source].rows["period"]}
    yearly = tuple(sorted(period for period in periods if is_year(period)))
    known = periods.union(*(months_in(year) for year in yearly))
    townships = {
        str(code): TownshipFigures(
            name=str(table.at[code, "name"]),
            county=str(table.at[code, "county"]),
            county_name=str(table.at[code, "county_name"]),
            persons=_whole(persons[code]),
            prob_rank_top=probabilities.get(str(code)),
            counts={period: int(each[code]) for period, each in counts.items() if each[code]},
        )
        for code in table.index
    }
    named = zip(table["county"], table["county_name"], strict=True)
    return Figures(
        vintage=configuration.boundaries.vintage,
        indicator=indicator.id,
        ranked_until=indicator.days.end.isoformat() if is_ranked else "",
        covered=stretches(covered),
        empty=tuple(month for month in covered if month not in known),
        yearly=yearly,
        counties={str(code): str(name) for code, name in named if code},
        townships=townships,
        proportions={each.value: _by_year(rows) for each, rows in joined.inputs.proportions.items()},
        flows=count_flows(joined, source, table["county"].astype(str).to_dict()),
    )


def _count_periods(joined: "Joined", source: str) -> "dict[str, pd.Series]":
    """Return what was counted in each period, in the vintage of the boundaries.

    What is split between units is split as a running total and not month by month: a unit that takes a
    third of one person a month would never get any.
    """
    periods = sorted(joined.inputs.counts[source].observations["period"].unique())
    running = joined.by_atom(source, [tuple(periods[: at + 1]) for at in range(len(periods))])
    totals = list(running.values())
    later = (total - before for before, total in pairwise(totals))
    return dict(zip(periods, [*totals[:1], *later], strict=True))


def _read_year(units: Mapping[str, list[int]]) -> Year:
    return {code: (part, whole) for code, (part, whole) in units.items()}


def _by_year(rows: "pd.DataFrame") -> dict[str, Year]:
    by_year: dict[str, dict[str, tuple[int, int]]] = {}
    columns = (rows[name].tolist() for name in ("year", "code", "part", "whole"))
    for year, code, part, whole in zip(*columns, strict=True):
        by_year.setdefault(year, {})[code] = (part, whole)
    return dict(by_year)


def _whole(number: float) -> int | None:
    return None if np.isnan(number) else int(number)
