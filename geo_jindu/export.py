"""Assessment to files: bytes that are the same for the same assessment.

What leaves here is what a planner joins in QGIS or Excel, so missing is an empty cell or ``null``
with a status column beside it, never a 0.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np
import orjson
import pandas as pd
import shapely

from geo_jindu import SOFTWARE
from geo_jindu.assessment import Assessment
from geo_jindu.changes import Changed, Total
from geo_jindu.columns import township_columns
from geo_jindu.configuration import Configuration
from geo_jindu.provenance import Provenance
from geo_jindu.spreadsheets import safe_cell
from geo_jindu.texts import translate

COORDINATE_DIGITS = 6
"""Digits of a degree in GeoJSON, about 0.1 m (RFC 7946, section 11.2)."""


def township_rows(assessment: Assessment) -> list[dict[str, Any]]:
    """Return one record per township, keys in the order of the data dictionary, missing as ``None``."""
    table = pd.DataFrame(assessment.table.drop(columns="geometry")).reset_index(names="code")
    names = [column.name for column in township_columns(assessment.configuration)]
    plain = table[names].astype(object)
    records = plain.where(plain.notna(), None).to_dict("records")
    return cast(list[dict[str, Any]], records)


def townships_geojson(assessment: Assessment) -> bytes:
    """Return the township table as RFC 7946 GeoJSON: WGS 84, six digits, feature id = code."""
    geometry = assessment.table.geometry.to_crs(4326)
    rounded = shapely.transform(
        shapely.orient_polygons(geometry.to_numpy(), exterior_cw=False),
        lambda xy: np.round(xy, COORDINATE_DIGITS),
    )
    features = [
        {
            "type": "Feature",
            "id": row["code"],
            "bbox": list(shapely.bounds(shape)),
            "geometry": orjson.Fragment(shapely.to_geojson(shape)),
            "properties": row,
        }
        for row, shape in zip(township_rows(assessment), rounded, strict=True)
    ]
    collection = {
        "type": "FeatureCollection",
        "bbox": list(shapely.total_bounds(rounded)),
        "provenance": assessment.configuration.area.provenance.value,
        "assessment": assessment.id,
        "note": reporting_note(assessment),
        "features": features,
    }
    return orjson.dumps(collection, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def townships_csv(assessment: Assessment) -> bytes:
    """Return the township table as CSV that a Chinese Excel opens right (UTF-8 with BOM)."""
    note = reporting_note(assessment)
    names = [column.name for column in township_columns(assessment.configuration)]
    return _csv([*names, "note"], ([*row.values(), note] for row in township_rows(assessment)))


def assignment_csv(assessment: Assessment) -> bytes:
    """Return rows per source, period and reason as CSV; never a coordinate or a row's content."""
    table = assessment.joined.rows.assign(
        provenance=assessment.configuration.area.provenance.value, note=reporting_note(assessment)
    )
    return _csv(table.columns, table.itertuples(index=False, name=None))


def assessment_json(assessment: Assessment, files: Mapping[str, str]) -> bytes:
    """Return everything about the assessment that is not a township's value.

    Parameters
    ----------
    files
        SHA-256 of the other result files by name.
    """
    content = describe_assessment(assessment) | {"files": dict(files)}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def describe_assessment(assessment: Assessment) -> dict[str, Any]:
    """Return what was assessed, from what, how, and what to keep in mind."""
    configuration = assessment.configuration
    language = configuration.area.language
    return {
        "assessment": assessment.id,
        "software": SOFTWARE,
        "title": results_title(configuration),
        "area": configuration.area.model_dump(mode="json"),
        "note": reporting_note(assessment),
        "notes": [note.text(language) for note in assessment.notes],
        "boundaries": _describe_boundaries(assessment),
        "sources": _describe_sources(assessment),
        "indicators": [_describe_indicator(assessment, name) for name in assessment.measured],
        "comparisons": [_describe_change(each) for each in assessment.changed.values()],
        "key_areas": _describe_key_areas(assessment),
        "ranking": configuration.ranking.model_dump(),
        "neighbours": _describe_neighbours(assessment),
        "inputs": dict(assessment.joined.inputs.digests),
        "columns": [
            {
                "name": column.name,
                "group": column.group or None,
                "label": column.label(language),
                "type": column.dtype,
                "unit": column.unit,
                "meaning": column.meaning(language),
            }
            for column in township_columns(configuration)
        ],
    }


def results_title(configuration: Configuration) -> str:
    """Return the title of map and page; of synthetic figures it says so."""
    area = configuration.area
    title = translate("outputs.title", area.language, area=area.name)
    if area.provenance is Provenance.REAL:
        return title
    said = translate(f"provenances.{area.provenance}", area.language)
    return translate("outputs.title_with_provenance", area.language, title=title, provenance=said)


def reporting_note(assessment: Assessment) -> str:
    """Return the note that every map and export carries."""
    return translate("outputs.reporting_note", assessment.configuration.area.language)


def _describe_neighbours(assessment: Assessment) -> dict[str, Any]:
    found = assessment.neighbourhood
    settings = assessment.configuration.neighbours.model_dump(exclude={"islands"})
    return settings | {"islands": found.islands, "islands_joined_to": found.joined}


def _describe_boundaries(assessment: Assessment) -> dict[str, Any]:
    townships = assessment.joined.inputs.townships
    overlaps = [
        {"first": each.first, "second": each.second, "area_km2": round(each.area_km2, 6)}
        for each in townships.overlaps
    ]
    counties = townships.frame["county"]
    return assessment.configuration.boundaries.model_dump(
        exclude={"layer", "code", "name", "county", "county_name", "counties"}, mode="json"
    ) | {
        "may_be_public": assessment.configuration.boundaries.may_be_public,
        "townships": len(townships.frame),
        "counties": int(counties[counties != ""].nunique()),
        "area_km2": round(float(townships.frame["area_km2"].sum()), 4),
        "repaired": townships.repaired,
        "overlaps": overlaps,
    }


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
                "in_several_townships": assessment.joined.assignments[source.id].shared,
            }
        )
    return described


def _describe_indicator(assessment: Assessment, name: str) -> dict[str, Any]:
    measured = assessment.measured[name]
    indicator = measured.indicator
    usable = measured.values["value_status"] == "value"
    return {
        **indicator.model_dump(exclude={"window"}, mode="json"),
        "window": indicator.days.label,
        "counted": int(measured.values["count"].sum()),
        "counted_where_population_is_known": int(measured.values.loc[usable, "count"].sum()),
        "population": int(measured.values["population"].fillna(0).sum()),
        "townships_with_rate": int(usable.sum()),
        "city_rate_per_10k": round(measured.city_rate, 4),
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
    known = {key: None if np.isnan(value) else round(value, 2) for key, value in percentages.items()}
    return {"townships": total.townships, "before": total.before, "after": total.after, **known}


def _describe_key_areas(assessment: Assessment) -> dict[str, Any] | None:
    settings, listed = assessment.configuration.key_areas, assessment.key_areas
    if settings is None or listed is None:
        return None
    return {
        **settings.model_dump(include={"file", "as_of", "source"}),
        "ever_listed": len(listed),
        "listed_now": int(listed["is_listed"].sum()),
        "states": {str(state): int(number) for state, number in listed["state"].value_counts().items()},
    }


def _csv(names: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return content.getvalue().encode("utf-8-sig")
