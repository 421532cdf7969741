"""What stands beside the township table: ``assessment.json``, one for each tier."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
import pandas as pd

from geo_jindu import SOFTWARE
from geo_jindu.assessment import Assessment
from geo_jindu.changes import Changed, Total
from geo_jindu.configuration import Configuration
from geo_jindu.provenance import Provenance
from geo_jindu.results import Results
from geo_jindu.texts import Language, translate


def assessment_json(description: Mapping[str, Any], files: Mapping[str, str]) -> bytes:
    """Return a description with the SHA-256 of the other result files by name."""
    content = {**description, "files": dict(files)}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def describe_results(results: Results) -> dict[str, Any]:
    """Return what any tier may know of its results beside the townships' values."""
    configuration = results.configuration
    language = configuration.area.language
    return {
        "assessment": results.id,
        "software": SOFTWARE,
        "tier": results.tier.value,
        "title": results_title(configuration),
        "area": configuration.area.model_dump(mode="json"),
        "note": reporting_note(language),
        "notes": [note.text(language) for note in results.notes],
        "boundaries": _describe_boundaries(results),
        "sources": [
            source.model_dump(include={"id", "kind", "source", "licence"}, mode="json")
            for source in configuration.sources
        ],
        "indicators": [
            {
                **each.model_dump(exclude={"window"}, mode="json"),
                "window": each.days.label,
                "counted": results.city_counts[each.id],
                "city_rate_per_10k": _rounded(results.city_rates[each.id], 4),
            }
            for each in configuration.indicators
        ],
        "comparisons": [_describe_change(each) for each in results.changed.values()],
        "counties": _describe_counties(results),
        "key_areas": _describe_key_areas(results),
        "ranking": configuration.ranking.model_dump(),
        "columns": [
            {
                "name": column.name,
                "group": column.group or None,
                "label": column.label(language),
                "type": column.dtype,
                "unit": column.unit,
                "meaning": column.meaning(language),
            }
            for column in results.columns
        ],
    }


def describe_assessment(assessment: Assessment, results: Results) -> dict[str, Any]:
    """Return what planners may know beside that: inputs, rows, neighbours, flaws of the borders."""
    description = describe_results(results)
    indicators = [
        each | _describe_indicator(assessment, each["id"]) for each in description["indicators"]
    ]
    return description | {
        "boundaries": description["boundaries"] | _describe_flaws(assessment),
        "sources": _describe_sources(assessment),
        "indicators": indicators,
        "neighbours": _describe_neighbours(assessment),
        "inputs": dict(assessment.joined.inputs.digests),
    }


def results_title(configuration: Configuration) -> str:
    """Return the title of map and page; of synthetic figures it says so."""
    area = configuration.area
    title = translate("outputs.title", area.language, area=area.name)
    if area.provenance is Provenance.REAL:
        return title
    said = translate(f"provenances.{area.provenance}", area.language)
    return translate("outputs.title_with_provenance", area.language, title=title, provenance=said)


def reporting_note(language: Language) -> str:
    """Return the note that every map and export carries."""
    return translate("outputs.reporting_note", language)


def _describe_counties(results: Results) -> list[dict[str, Any]]:
    """Return the counts of each county; a hidden one is ``null`` and says so."""
    table = results.table
    names = table.drop_duplicates("county").set_index("county")["county_name"]
    return [
        {
            "county": str(county),
            "county_name": names[county],
            "counts": {
                name: {
                    "value": None if pd.isna(value) else int(value),
                    "status": "suppressed" if pd.isna(value) else "value",
                }
                for name, value in row.items()
            },
        }
        for county, row in results.counties.iterrows()
    ]


def _describe_neighbours(assessment: Assessment) -> dict[str, Any]:
    found = assessment.neighbourhood
    settings = assessment.configuration.neighbours.model_dump(exclude={"islands"})
    return settings | {"islands": found.islands, "islands_joined_to": found.joined}


def _describe_boundaries(results: Results) -> dict[str, Any]:
    boundaries, counties = results.configuration.boundaries, results.table["county"]
    return boundaries.model_dump(
        exclude={"layer", "code", "name", "county", "county_name", "counties"}, mode="json"
    ) | {
        "may_be_public": boundaries.may_be_public,
        "townships": len(results.table),
        "counties": int(counties[counties != ""].nunique()),
        "area_km2": round(float(results.table["area_km2"].sum()), 4),
    }


def _describe_flaws(assessment: Assessment) -> dict[str, Any]:
    townships = assessment.joined.inputs.townships
    overlaps = [
        {"first": each.first, "second": each.second, "area_km2": round(each.area_km2, 6)}
        for each in townships.overlaps
    ]
    return {"repaired": townships.repaired, "overlaps": overlaps}


def _describe_sources(assessment: Assessment) -> list[dict[str, Any]]:
    described = []
    table = assessment.joined.rows
    for source in assessment.configuration.sources:
        mine = table[table["source"] == source.id]
        unassigned = mine[mine["outcome"] == "unassigned"].groupby("reason")["rows"].sum()
        described.append(
            source.model_dump(include={"id", "kind", "file", "source", "licence"}, mode="json")
            | {
                "rows": int(mine["rows"].sum()),
                "assigned": int(mine.loc[mine["outcome"] == "assigned", "rows"].sum()),
                "unassigned": {reason: int(rows) for reason, rows in unassigned.items()},
                "in_several_townships": assessment.joined.inputs.counts[source.id].shared,
            }
        )
    return described


def _describe_indicator(assessment: Assessment, name: str) -> dict[str, Any]:
    measured = assessment.measured[name]
    usable = measured.values["value_status"] == "value"
    return {
        "counted_where_population_is_known": int(measured.values.loc[usable, "count"].sum()),
        "population": int(measured.values["population"].fillna(0).sum()),
        "townships_with_rate": int(usable.sum()),
        "variance_between_townships": float(f"{measured.overall.variance:.6g}"),
    }


def _describe_change(changed: Changed) -> dict[str, Any]:
    before, after = (window.label for window in changed.comparison.days)
    return {
        **changed.comparison.model_dump(include={"id", "name", "indicator"}),
        "before": before,
        "after": after,
        "totals": {name: _describe_total(total) for name, total in changed.totals.items()},
    }


def _describe_total(total: Total) -> dict[str, Any]:
    percentages = {"change_pct": total.change_pct, "expected_pct": total.expected_pct}
    known = {key: _rounded(value, 2) for key, value in percentages.items()}
    return {"townships": total.townships, "before": total.before, "after": total.after, **known}


def _rounded(value: float, digits: int) -> float | None:
    return None if np.isnan(value) else round(value, digits)


def _describe_key_areas(results: Results) -> dict[str, Any] | None:
    settings, listed = results.configuration.key_areas, results.key_areas
    if settings is None or listed is None:
        return None
    return {
        **settings.model_dump(include={"file", "as_of", "source"}),
        "ever_listed": len(listed),
        "listed_now": int(listed["is_listed"].sum()),
        "states": {str(state): int(number) for state, number in listed["state"].value_counts().items()},
    }
