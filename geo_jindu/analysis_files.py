"""The planner's files of hotspots, scores and scan clusters: JSON and GeoJSON, ready to be served."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson
import pandas as pd
import shapely

from geo_jindu.assessment import Assessment
from geo_jindu.clusters import Analysis, FoundCluster
from geo_jindu.description import reporting_note
from geo_jindu.outputs import ALERTS, CLUSTERS, HOTSPOTS, SCORES
from geo_jindu.patterns import Patterns
from geo_jindu.scoring.list_audit import Lead, ListAudit
from geo_jindu.scoring.scenarios import Scenario
from geo_jindu.scoring.scores import Scored
from geo_jindu.tiers import Tier
from geo_jindu.township_files import TownshipFile, display_shapes, write_geojson

DIGITS = 6
"""Digits after the point of what has none of its own in the data dictionary."""

Content = dict[str, Any]


def analysis_files(assessment: Assessment) -> dict[str, bytes]:
    """Return the files by name; they depend on every count and are for planners and above."""
    return {
        HOTSPOTS: hotspots_json(assessment),
        SCORES: scores_json(assessment),
        CLUSTERS: clusters_geojson(assessment),
        ALERTS: alerts_json(assessment),
    }


def hotspots_json(assessment: Assessment) -> bytes:
    """Return the patterns of every severity indicator as JSON."""
    indicators = [_hotspots_of(assessment, each) for each in assessment.patterns.values()]
    return to_json(assessment, {"indicators": indicators})


def scores_json(assessment: Assessment) -> bytes:
    """Return both scores, the audit of the list, and how rankings of the past did, as JSON."""
    names = assessment.table["name"]
    audit = assessment.list_audit
    content = {
        "severity": _scored(assessment.severity, assessment) if assessment.severity else None,
        "progress": _scored(assessment.progress, assessment) if assessment.progress else None,
        "list_audit": _audit(audit, names) if audit else None,
        "foretelling": [_foretelling(each) for each in assessment.patterns.values()],
    }
    return to_json(assessment, content)


def alerts_json(assessment: Assessment) -> bytes:
    """Return the alerts of every severity indicator, and who is whose neighbour, as JSON.

    Townships of the significant clusters of the prospective scan are alerts of the last month.
    """
    table, weights = assessment.table, assessment.neighbourhood.weights
    codes = np.array(table.index)
    counties = table[table["county"] != ""].drop_duplicates("county").set_index("county")["county_name"]
    names = pd.concat([table["name"], counties])
    alerts = [row for each in assessment.patterns.values() for row in _alerts(each, names)]
    content = {
        "indicators": {
            each.indicator.id: {
                "name": each.indicator.name,
                "months": each.months.steps,
                "tested": plain(each.alerts.tested.rename_axis("method").reset_index()),
            }
            for each in assessment.patterns.values()
        },
        "neighbours": {
            code: list(codes[weights.indices[slice(*weights.indptr[at : at + 2])]])
            for at, code in enumerate(codes)
        },
        "alerts": sorted(alerts, key=lambda row: row["month"]),
    }
    return to_json(assessment, content)


def _alerts(patterns: Patterns, names: pd.Series) -> list[Content]:
    about = {"indicator": patterns.indicator.id}
    rows = [about | row | {"name": names[row["code"]]} for row in plain(patterns.alerts.alerts)]
    for each in patterns.clusters:
        if each.analysis is Analysis.PROSPECTIVE and each.is_significant:
            found = each.found
            row = about | {
                "month": patterns.months.steps[-1],
                "level": "township",
                "method": "prospective_scan",
                "observed": int(found.observed),
                "expected": number(found.expected),
                "threshold": None,
                "statistic": number(found.llr),
                "cluster": each.id,
            }
            rows += [row | {"code": code, "name": names[code]} for code in each.codes]
    return rows


def clusters_geojson(assessment: Assessment) -> bytes:
    """Return the outlines of the significant scan clusters as RFC 7946 GeoJSON."""
    found = assessment.clusters
    rows = [
        {"code": each.id}
        | _cluster(each, assessment.table["name"])
        | {"townships": ", ".join(each.codes)}
        | _about(assessment)
        for each in found
    ]
    polygons = assessment.table.geometry
    shapes = [shapely.union_all(polygons[list(each.codes)].to_numpy()) for each in found]
    merged = type(polygons)(shapes, crs=polygons.crs).to_crs(4326).to_numpy()
    about = _about(assessment) | {"tier": Tier.PLANNER.value, "note": _note(assessment)}
    columns = [{"name": name} for name in (rows[0] if rows else ())]
    return write_geojson(TownshipFile(columns, rows, display_shapes(merged), about, {}))


def to_json(assessment: Assessment, content: Mapping[str, Any]) -> bytes:
    """Return content as JSON with what every file says of itself; NaN becomes ``null``."""
    every = _about(assessment) | {"note": _note(assessment)} | dict(content)
    return orjson.dumps(every, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def plain(table: pd.DataFrame) -> list[Content]:
    """Return the rows of a table with rounded numbers, missing as ``None``."""
    rounded = table.round(DIGITS).astype(object)
    rows = rounded.where(rounded.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def number(value: float) -> float | None:
    """Return a rounded number; ``None`` for NaN and infinity."""
    return round(float(value), DIGITS) if np.isfinite(value) else None


def _about(assessment: Assessment) -> dict[str, str]:
    area = assessment.configuration.area
    return {"assessment": assessment.id, "provenance": area.provenance.value}


def _note(assessment: Assessment) -> str:
    return reporting_note(assessment.configuration.area.language)


def _hotspots_of(assessment: Assessment, patterns: Patterns) -> Content:
    configuration, indicator, names = (
        assessment.configuration,
        patterns.indicator,
        assessment.table["name"],
    )
    prefix = f"{indicator.id}_"
    own = assessment.table.filter(
        regex=f"^{prefix}(hotspot|g_star_|moran_|cluster_|emerging_|trend_|scan_)"
    )
    townships = plain(pd.DataFrame(own).rename(columns=lambda name: str(name).removeprefix(prefix)))
    classes = {
        name: {str(key): int(count) for key, count in own[f"{prefix}{name}"].value_counts().items()}
        for name in ("hotspot", "cluster_class", "emerging_class")
    }
    moran = patterns.moran
    return {
        "id": indicator.id,
        "name": indicator.name,
        "window": indicator.days.label,
        "step_months": patterns.steps.months,
        "steps": patterns.steps.steps,
        "moran": {key: number(getattr(moran, key)) for key in ("statistic", "expected", "z", "p")},
        "settings": configuration.hotspots.model_dump() | {"scan": configuration.scan.model_dump()},
        "classes": classes,
        "clusters": [{"id": each.id} | _cluster(each, names) for each in patterns.clusters],
        "townships": [
            {"code": code, "name": names[code]} | row
            for code, row in zip(names.index, townships, strict=True)
        ],
    }


def _cluster(cluster: FoundCluster, names: pd.Series) -> Content:
    found = cluster.found
    keys = ("observed", "expected", "relative_risk", "llr", "p", "gumbel_p")
    return {
        "indicator": cluster.indicator,
        "analysis": cluster.analysis.value,
        "number": cluster.number,
        "period": cluster.period,
        **{key: number(getattr(found, key)) for key in keys},
        "recurrence_months": number(cluster.recurrence_months),
        "radius_m": number(found.radius),
        "is_significant": cluster.is_significant,
        "townships": _named(cluster.codes, names),
    }


def _named(codes: Iterable[str], names: pd.Series) -> list[Content]:
    return [{"code": code, "name": names[code]} for code in codes]


def _scored(scored: Scored, assessment: Assessment) -> Content:
    names, configuration = assessment.table["name"], assessment.configuration
    settings = configuration.severity if scored.name == "severity" else configuration.progress
    rows = scored.townships.rename(columns=lambda name: str(name).removeprefix(f"{scored.name}_"))
    rows = rows.astype({name: "Int64" for name in rows if str(name).startswith("rank")})
    parts = scored.contributions.round(DIGITS).to_dict("index")
    return {
        "k": scored.k,
        "settings": settings.model_dump(mode="json"),
        "indicators": plain(scored.weights.rename_axis("id").reset_index()),
        "consistency_ratio": scored.consistency_ratio,
        "scenarios": [_scenario(each, names) for each in scored.scenarios],
        "enforcement": [_scenario(each, names) for each in scored.enforcement],
        "townships": [
            {"code": code, "name": names[code]} | row | {"contributions": parts.get(code)}
            for code, row in zip(rows.index, plain(rows), strict=True)
        ],
    }


def _scenario(scenario: Scenario, names: pd.Series) -> Content:
    return {
        "name": scenario.name,
        "rank_correlation": number(scenario.rank_correlation),
        "enters": _named(scenario.enters, names),
        "leaves": _named(scenario.leaves, names),
    }


def _audit(audit: ListAudit, names: pd.Series) -> Content:
    def rows(table: pd.DataFrame) -> list[Content]:
        found = zip(table.index, plain(table), strict=True)
        return [{"code": code, "name": names[code]} | row for code, row in found]

    def lead(found: Lead | None) -> Content | None:
        return {key: number(value) for key, value in vars(found).items()} if found else None

    return {
        "k": audit.k,
        "expected_overlap": number(audit.expected_overlap),
        "overlap_low": audit.overlap_low,
        "overlap_high": audit.overlap_high,
        "change_probability": number(audit.change_probability),
        "last_listed": audit.last_listed or None,
        "first_unlisted": audit.first_unlisted or None,
        "lead": lead(audit.lead),
        "townships": rows(audit.listed),
        "unlisted": rows(audit.unlisted),
    }


def _foretelling(patterns: Patterns) -> Content:
    about = {"indicator": patterns.indicator.id, "name": patterns.indicator.name}
    found = patterns.backtest
    if found is None:
        return about | {"origins": [], "rankings": []}
    steps = patterns.months.steps
    origins = plain(found.origins)
    for row in origins:
        row["origin"] = steps[row["origin"]]
    rankings = plain(found.summary.rename_axis("ranking").reset_index())
    return about | {"origins": origins, "rankings": rankings}
