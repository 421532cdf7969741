"""What the terminal prints of an inspection: facts, findings, the largest of each, the verdict."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from geo_jindu.boundary_findings import Finding, FindingKind, Inspection, Offset
from geo_jindu.boundary_texts import (
    area_text,
    detail_text,
    facts,
    kind_text,
    offset_text,
    place_text,
    unit_names,
    units_text,
    verdict_text,
)
from geo_jindu.cli.terminal import OUTPUT, language, show_table
from geo_jindu.texts import translate

if TYPE_CHECKING:
    from boundaries.coverage_repair import Repaired
    from boundaries.inspected_file import InspectedFile

MOST_SHOWN = 10
"""Findings of one kind that are printed; all are in the JSON."""


def show_inspection(file: "InspectedFile", inspection: Inspection) -> None:
    """Print facts, findings and verdict."""
    title = escape(_say("title", file=file.path.name))
    show_table(
        title,
        [_say("what"), _say("value")],
        [list(fact) for fact in facts(inspection, language())],
        numbers=0,
    )
    names = unit_names(file.frame["code"], file.frame["name"])
    if inspection.findings:
        _show_counts(inspection)
    else:
        _print(_say("nothing_found"))
    for kind, findings in inspection.by_kind.items():
        if any(each.rows for each in findings):
            _show_findings(kind, findings, names)
    if inspection.offset:
        _show_offset(inspection.offset)
    _print(_say("verdict", verdict=verdict_text(inspection, language())))


def show_repair(file: "InspectedFile", repaired: "Repaired", after: Inspection) -> None:
    """Print the largest changes, the areas before and after, and the verdict on what came out."""
    if not repaired.changes:
        _print(_say("nothing_changed"))
        return
    by_code = unit_names(file.frame["code"], file.frame["name"])
    names = dict(zip(file.frame["code"], by_code.values(), strict=True))
    shown = repaired.changes[:MOST_SHOWN]
    rows = [
        [
            _say(change.kind.value),
            names[change.to],
            ", ".join(names[code] for code in change.taken_from),
            place_text(change.at),
            f"{change.area_m2:,.1f}",
        ]
        for change in shown
    ]
    title = _say("changes_title", number=f"{len(repaired.changes):,}", shown=len(shown))
    show_table(title, [_say(key) for key in ("change", "to", "taken_from", "where", "area_m2")], rows)
    _print(_say("area_kept", **_areas(repaired)))
    _print(_say("verdict_repaired", verdict=verdict_text(after, language())))


def show_written(paths: Iterable[Path]) -> None:
    """Print which files were written."""
    for path in paths:
        _print(_say("written", path=path))


def _show_counts(inspection: Inspection) -> None:
    rows = []
    for kind, findings in inspection.by_kind.items():
        areas = [each.area_m2 for each in findings if each.area_m2 == each.area_m2]
        slivers = sum(each.is_sliver for each in findings)
        numbers = [f"{len(findings):,}", f"{slivers:,}" if slivers else ""]
        area = area_text(sum(areas), language()) if areas else ""
        rows.append([kind_text(kind, language()), *numbers, area])
    header = [_say(key) for key in ("found", "number", "slivers", "area")]
    show_table(_say("sliver_note", width=f"{inspection.sliver_width_m:g}"), header, rows, numbers=3)


def _show_findings(kind: FindingKind, findings: list[Finding], names: dict[int, str]) -> None:
    shown = findings[:MOST_SHOWN]
    rows = [
        [
            ", ".join(map(str, each.rows[:MOST_SHOWN])),
            units_text(each, names, language()),
            detail_text(each, language()),
            place_text(each.at),
            area_text(each.area_m2, language()),
        ]
        for each in shown
    ]
    key = "list_title" if len(shown) == len(findings) else "list_title_cut"
    values = {"kind": kind_text(kind, language()), "number": f"{len(findings):,}", "shown": len(shown)}
    header = [_say(each) for each in ("row", "unit", "detail", "where", "area")]
    show_table(_say(key, **values), header, rows, numbers=2)


def _show_offset(offset: Offset) -> None:
    rows = [[_say(name), f"{value:.3f}"] for name, value in offset.iou.items()]
    title = f"{_say('reference_title')} · {_say(f'matched_by_{offset.matched_by}')}"
    show_table(title, [_say("measure"), _say("iou")], rows)
    _print(offset_text(offset, language()))


def _areas(repaired: "Repaired") -> dict[str, str]:
    def total(kind: str) -> str:
        every = (each for each in repaired.changes if each.kind == kind)
        return f"{sum(each.area_m2 * max(1, len(each.taken_from)) for each in every) / 1e6:.6f}"

    return {
        "before": f"{repaired.area_before_km2:,.6f}",
        "after": f"{repaired.area_after_km2:,.6f}",
        "filled": total("gap_filled"),
        "given": total("overlap_given"),
    }


def _say(key: str, **values: object) -> str:
    return translate(f"inspection.{key}", language(), **values)


def _print(sentence: str) -> None:
    OUTPUT.print(escape(sentence))
