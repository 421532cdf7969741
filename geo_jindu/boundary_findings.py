"""What is found in a boundary file; `boundaries.inspection.inspect_boundaries` finds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import orjson
import shapely

from geo_jindu import SOFTWARE
from geo_jindu.provenance import Provenance


class Verdict(StrEnum):
    """Whether boundaries can be used."""

    CLEAN = "clean"
    USABLE_WITH_NOTES = "usable_with_notes"
    NOT_USABLE = "not_usable"


class FindingKind(StrEnum):
    """What can be found, in the order of a report."""

    OFFSET = "offset"
    """The whole layer is displaced against the reference."""
    REAL_AND_FICTIONAL = "real_and_fictional"
    """Codes and places contradict each other: see `geo_jindu.provenance`."""
    EMPTY_CODE = "empty_code"
    REPEATED_CODE = "repeated_code"
    """Nine digits, and the same with 000 behind, are one code."""
    MALFORMED_CODE = "malformed_code"
    EMPTY_NAME = "empty_name"
    NO_POLYGON = "no_polygon"
    """Nothing, no polygon, no area, or coordinates that are no numbers."""
    INVALID_POLYGON = "invalid_polygon"
    MOSTLY_CLAIMED = "mostly_claimed"
    """More than half of the unit is claimed by others as well."""
    OVERLAP = "overlap"
    """One place that several units claim."""
    GAP = "gap"
    """A place that no unit claims, enclosed by units."""
    NO_PARENT = "no_parent"
    """The column of parents is empty."""
    OTHER_PARENT = "other_parent"
    """The parent stated is not the one that the code names."""
    UNKNOWN_PARENT = "unknown_parent"
    """The parent is not among those given."""
    OUTSIDE_PARENT = "outside_parent"
    EXCLAVE = "exclave"
    """A part apart from the unit's largest, wholly surrounded by other units."""
    DETACHED_PART = "detached_part"
    """A part apart from the unit's largest, on the edge of the layer."""
    ISLAND = "island"
    """A part apart from the unit's largest that touches no other unit."""
    STATISTICS_ONLY = "statistics_only"
    """A park, a farm, a prison: a unit that only statistics know, excluded from area scores."""


UNUSABLE = frozenset(
    {FindingKind.OFFSET, FindingKind.REAL_AND_FICTIONAL, FindingKind.EMPTY_CODE}
    | {FindingKind.REPEATED_CODE, FindingKind.EMPTY_NAME, FindingKind.NO_POLYGON}
    | {FindingKind.MOSTLY_CLAIMED}
)
"""What a run refuses, or what would put incidents in the wrong place."""
NO_FAULTS = frozenset({FindingKind.EXCLAVE, FindingKind.DETACHED_PART, FindingKind.ISLAND})
NO_FAULTS |= {FindingKind.STATISTICS_ONLY}
"""True of many places, and worth knowing; no reason against the file."""


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes
    ----------
    units
        Codes as the file has them: those that claim the place, those round a gap.
    rows
        Rows in the file, the header being row 1.
    area_m2
        Area of the place [m²], in the measuring CRS; NaN where the finding is no place.
    at
        Longitude and latitude [degrees, WGS 84] of a point in the place, if there is one.
    detail
        What the sentence of this kind quotes, such as the parent.
    is_sliver
        Whether the place is narrower than `Inspection.sliver_width_m` everywhere.
    shape
        The place [degrees, WGS 84], for drawing.
    """

    kind: FindingKind
    units: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    area_m2: float = float("nan")
    at: tuple[float, float] | None = None
    detail: str = ""
    is_sliver: bool = False
    shape: shapely.Geometry | None = field(default=None, repr=False, compare=False)


class OffsetKind(StrEnum):
    """What a comparison with a reference layer says."""

    NONE = "none"
    FILE_IN_DATUM = "file_in_datum"
    """The file looks as if its coordinates were of an offset datum that was not declared."""
    REFERENCE_IN_DATUM = "reference_in_datum"
    """The reference does."""
    UNEXPLAINED = "unexplained"
    """An offset, and no known datum explains it."""
    INCOMPARABLE = "incomparable"
    """The layers do not show the same units."""


@dataclass(frozen=True)
class UnitOffset:
    """How one unit lies against its counterpart in the reference.

    Attributes
    ----------
    code, reference_code
        The unit and its counterpart.
    east_m, north_m
        From the counterpart's centroid to the unit's [m], in the measuring CRS.
    iou
        Area in common over area of both together, 0 to 1: ``as_declared``, ``shifted`` back by the
        median displacement, and after conversion from each datum, ``file_gcj02``, ``file_bd09``,
        ``reference_gcj02``, ``reference_bd09``.
    """

    code: str
    reference_code: str
    east_m: float
    north_m: float
    iou: Mapping[str, float]


@dataclass(frozen=True)
class Offset:
    """How the file lies against a reference layer.

    Attributes
    ----------
    kind, datum
        What it looks like; the datum that explains it, ``gcj02`` or ``bd09``, else empty.
    matched_by
        ``code``, or ``place`` where too few codes are the same.
    displacement_m, bearing_deg
        Length [m] and direction [degrees from grid north, clockwise] of the median displacement of
        centroids, east and north taken apart: where the file lies as seen from the reference.
    spread_m
        Median distance of a unit's displacement from that [m].
    iou
        Median over the units of each measure in `UnitOffset.iou`.
    units
        Each pair, in the order of the codes.
    """

    kind: OffsetKind
    datum: str
    matched_by: str
    displacement_m: float
    bearing_deg: float
    spread_m: float
    iou: Mapping[str, float]
    units: tuple[UnitOffset, ...]


@dataclass(frozen=True)
class Inspection:
    """What was found in a boundary file.

    Areas and places are those of the lowest level where the file has several levels.

    Attributes
    ----------
    units
        Rows in the file.
    levels, digits, classes
        Units by level of their code (``province`` to ``village``), by its number of digits, and by
        class of township-level unit.
    statistics_codes
        Units whose code only statistics give; of any other the code alone does not tell the system.
    multipart_units, parts
        Units of several polygons; polygons in all.
    vertices
        In all rings, the closing point of each included.
    counter_clockwise
        Share of exterior rings that run counter-clockwise, as RFC 7946 wants them.
    total_area_km2, covered_area_km2
        Sum of the units [km²], and the ground they cover, in the measuring CRS.
    provenance
        Whether the places exist; ``None`` if codes and places contradict each other.
    offset
        Comparison with the reference layer, if one was named.
    findings
        Everything found, by kind, then the largest first.
    """

    units: int
    levels: Mapping[str, int]
    digits: Mapping[int, int]
    classes: Mapping[str, int]
    statistics_codes: int
    multipart_units: int
    parts: int
    vertices: int
    counter_clockwise: float
    total_area_km2: float
    covered_area_km2: float
    measuring_crs: str
    sliver_width_m: float
    provenance: Provenance | None
    offset: Offset | None
    findings: tuple[Finding, ...]

    @property
    def by_kind(self) -> dict[FindingKind, list[Finding]]:
        """The findings of each kind that was found, in the order of a report."""
        found = {each.kind for each in self.findings}
        return {
            kind: [each for each in self.findings if each.kind is kind]
            for kind in FindingKind
            if kind in found
        }

    @property
    def reasons(self) -> tuple[FindingKind, ...]:
        """What speaks against the file: if anything makes it unusable, that alone."""
        fatal = tuple(kind for kind in self.by_kind if kind in UNUSABLE)
        return fatal or tuple(kind for kind in self.by_kind if kind not in NO_FAULTS)

    @property
    def verdict(self) -> Verdict:
        """Whether the file can be used."""
        if not self.reasons:
            return Verdict.CLEAN
        is_fatal = self.reasons[0] in UNUSABLE
        return Verdict.NOT_USABLE if is_fatal else Verdict.USABLE_WITH_NOTES


def inspection_json(inspection: Inspection, **parts: object) -> bytes:
    """Return an inspection as JSON: equal inspections, equal bytes; NaN becomes null.

    Areas are rounded to 1 cm², degrees to 7 places (1 cm); shapes are left out.

    Parameters
    ----------
    parts
        What else the report holds, by name.
    """
    content: dict[str, object] = {
        "software": SOFTWARE,
        "verdict": inspection.verdict,
        "reasons": inspection.reasons,
        "counts": {kind: len(findings) for kind, findings in inspection.by_kind.items()},
    }
    content |= parts | vars(inspection)
    content["findings"] = [_finding_fields(each) for each in inspection.findings]
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(content, option=options)


def _finding_fields(finding: Finding) -> dict[str, object]:
    fields = {name: value for name, value in vars(finding).items() if name != "shape"}
    at = None if finding.at is None else [round(degree, 7) for degree in finding.at]
    return fields | {"area_m2": round(finding.area_m2, 4), "at": at}
