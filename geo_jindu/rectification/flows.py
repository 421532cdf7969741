"""Corridors of outflow: persons of each county by the province where they were caught, year by year."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo_jindu.aggregation import Joined

_YEAR = 4
"""Characters of a period that say the year."""

Flows = Mapping[str, Mapping[str, Mapping[str, int]]]
"""County, year, category: persons; what is 0 is left out."""


def count_flows(joined: "Joined", source: str, county: Mapping[str, str]) -> Flows:
    """Return what was counted in each county, year and category.

    Parameters
    ----------
    county
        County of each township; those without one are left out.

    Returns
    -------
    dict
        Empty if the source has no categories.
    """
    if not joined.configuration.source(source).fields.category:
        return {}
    counts = joined.inputs.counts[source]
    by_year: dict[str, list[str]] = {}
    for period in sorted(counts.observations["period"].unique()):
        by_year.setdefault(period[:_YEAR], []).append(period)
    flows: dict[str, dict[str, dict[str, int]]] = {}
    for category, mine in counts.observations.groupby("category"):
        one = replace(joined.inputs, counts={source: replace(counts, observations=mine)})
        found = replace(joined, inputs=one).by_atom(source, map(tuple, by_year.values()))
        for year, persons in zip(by_year, found.values(), strict=True):
            for code, number in persons.groupby(persons.index.map(county)).sum().items():
                if code and number:
                    flows.setdefault(str(code), {}).setdefault(year, {})[str(category)] = int(number)
    return flows
