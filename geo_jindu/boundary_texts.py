"""What an inspection says in words, the same in the terminal and beside the map."""

import math
from collections.abc import Mapping

import pandas as pd

from geo_jindu.boundary_findings import Finding, FindingKind, Inspection, Offset, OffsetKind
from geo_jindu.texts import Language, translate

MOST_UNITS = 3
"""Units named of one finding; the others are counted."""
_DETAILS = {
    FindingKind.INVALID_POLYGON: "detail_reason",
    FindingKind.OTHER_PARENT: "detail_parent",
    FindingKind.UNKNOWN_PARENT: "detail_parent",
    FindingKind.OUTSIDE_PARENT: "detail_outside",
}


def verdict_text(inspection: Inspection, language: Language) -> str:
    """Say whether the file can be used, and what speaks against it with numbers."""
    reasons = [_reason(kind, inspection.by_kind[kind], language) for kind in inspection.reasons]
    return _say(inspection.verdict.value, language, reasons=_join(reasons, language))


def kind_text(kind: FindingKind, language: Language) -> str:
    """Name a kind of finding."""
    return translate(f"finding_kinds.{kind.value}", language)


def facts(inspection: Inspection, language: Language) -> list[tuple[str, str]]:
    """Return label and text of each fact about the whole file."""
    known = inspection.statistics_codes
    system = _say("system_statistics", language, number=f"{known:,}") if known else ""
    area = {
        "total": f"{inspection.total_area_km2:,.3f}",
        "covered": f"{inspection.covered_area_km2:,.3f}",
        "crs": inspection.measuring_crs,
    }
    provenance = inspection.provenance
    multipart = {"parts": f"{inspection.parts:,}", "multipart": f"{inspection.multipart_units:,}"}
    winding = f"{100 * inspection.counter_clockwise:.1f}"
    said = {
        "units": f"{inspection.units:,}",
        "levels": _counts("levels", inspection.levels, language),
        "digits": _digits(inspection.digits, language),
        "classes": _counts("unit_classes", inspection.classes, language),
        "code_system": system or _say("system_unknown", language),
        "area": _say("area_value", language, **area),
        "polygons": _say("polygons_value", language, **multipart),
        "vertices": f"{inspection.vertices:,}",
        "winding": _say("winding_value", language, share=winding),
        "provenance": translate(f"provenances.{provenance.value}", language)
        if provenance
        else _say("contradictory", language),
    }
    return [(_say(key, language), text) for key, text in said.items() if text]


def offset_text(offset: Offset, language: Language) -> str:
    """Say how the file lies against the reference, what explains it and what to do."""
    after = {
        OffsetKind.FILE_IN_DATUM: f"file_{offset.datum}",
        OffsetKind.REFERENCE_IN_DATUM: f"reference_{offset.datum}",
        OffsetKind.UNEXPLAINED: "shifted",
    }
    iou = offset.iou[after[offset.kind]] if offset.kind in after else max(offset.iou.values())
    values = {
        "datum": offset.datum,
        "distance": f"{offset.displacement_m:,.0f}",
        "bearing": f"{offset.bearing_deg:.0f}",
        "spread": f"{offset.spread_m:,.0f}",
        "number": len(offset.units),
        "before": f"{offset.iou['as_declared']:.3f}",
        "after": f"{iou:.3f}",
    }
    return _say(f"offset_{offset.kind.value}", language, **values)


def unit_names(codes: pd.Series, names: pd.Series) -> dict[int, str]:
    """Return code and name of each unit as one text, by row; ``names`` may be ``None`` throughout."""
    named = zip(codes.index, codes, names, strict=True)
    return {int(row): f"{code} {name or ''}".strip() for row, code, name in named}


def units_text(finding: Finding, names: Mapping[int, str], language: Language) -> str:
    """Name the units of a finding, code and name; of many the first.

    Parameters
    ----------
    names
        Code and name by row.
    """
    named = [names[row] for row in finding.rows]
    shown = _join(named[:MOST_UNITS], language)
    if len(named) <= MOST_UNITS:
        return shown
    return _say("and_more", language, units=shown, number=len(named))


def detail_text(finding: Finding, language: Language) -> str:
    """Say what is particular about a finding; empty if nothing is."""
    key = _DETAILS.get(finding.kind)
    if key:
        return _say(key, language, detail=finding.detail)
    return _say("is_sliver", language) if finding.is_sliver else ""


def area_text(area_m2: float, language: Language) -> str:
    """Write an area in m², a large one in km²; empty if there is none."""
    if math.isnan(area_m2):
        return ""
    if area_m2 < 100_000:
        return _say("square_metres", language, area=f"{area_m2:,.1f}")
    return _say("square_kilometres", language, area=f"{area_m2 / 1e6:,.2f}")


def place_text(at: tuple[float, float] | None) -> str:
    """Write longitude and latitude to 1 m; empty if there is no place."""
    return "" if at is None else f"{at[0]:.5f}, {at[1]:.5f}"


def _reason(kind: FindingKind, findings: list[Finding], language: Language) -> str:
    name = kind_text(kind, language)
    is_of_file = not findings[0].rows
    return name if is_of_file else _say("reason", language, kind=name, number=f"{len(findings):,}")


def _counts(section: str, numbers: Mapping[str, int], language: Language) -> str:
    named = ((translate(f"{section}.{key}", language), number) for key, number in numbers.items())
    texts = [_say("each_count", language, name=name, number=f"{number:,}") for name, number in named]
    return _join(texts, language)


def _digits(numbers: Mapping[int, int], language: Language) -> str:
    pairs = sorted(numbers.items())
    return _join(
        [_say("digits_value", language, digits=each, number=f"{n:,}") for each, n in pairs], language
    )


def _join(texts: list[str], language: Language) -> str:
    return translate("problem_place.separator", language).join(texts)


def _say(key: str, language: Language, **values: object) -> str:
    return translate(f"inspection.{key}", language, **values)
