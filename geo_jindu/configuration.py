"""What ``geo_jindu.toml`` may say: the analyst's decisions, as frozen models."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo_jindu.code_systems import CodeSystem
from geo_jindu.crosswalk.fields import CrosswalkFields, UnitFields
from geo_jindu.hotspots.fields import HotspotSettings, ScanSettings
from geo_jindu.indicators import Kind, Polarity, Use
from geo_jindu.periods import Window, parse_window
from geo_jindu.provenance import Provenance
from geo_jindu.rectification.fields import Proportion
from geo_jindu.scoring.fields import ProgressSettings, SeveritySettings
from geo_jindu.texts import Language

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Category = Annotated[str, Field(min_length=1, max_length=100)]

SHORTEST_LOG_MONTHS = 6
LONGEST_LOG_MONTHS = 120


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Area(_Model):
    """The city or prefecture under watch."""

    name: Text
    language: Language = "zh"
    measuring_crs: Text
    provenance: Provenance


class CountyTable(_Model):
    """Where the county of each township stands, if not in the boundary file."""

    file: Text
    sheet: str = ""
    layer: str = ""
    code: Text
    county: Text
    county_name: Text


class Boundaries(_Model):
    """The township boundary file and what must be known of it."""

    file: Text
    layer: str = ""
    code: Text
    name: Text
    county: str = ""
    county_name: str = ""
    counties: CountyTable | None = None
    datum: Text
    vintage: Text
    source: Text
    licence: Text
    map_approval_number: str = ""
    fictional: bool = False
    code_system: CodeSystem | None = None

    @property
    def may_be_public(self) -> bool:
        """Whether these borders may be shown to the public: real ones need a map-approval number."""
        return self.fictional or bool(self.map_approval_number)


class SourceKind(StrEnum):
    """What a row of a source is."""

    INCIDENTS = "incidents"
    OUTFLOW = "outflow"
    RESIDENT_POPULATION = "resident_population"
    REGISTERED_POPULATION = "registered_population"

    @property
    def is_population(self) -> bool:
        """Whether a row gives the persons of one township rather than something that happened."""
        return self in {SourceKind.RESIDENT_POPULATION, SourceKind.REGISTERED_POPULATION}


class Fields(_Model):
    """Which column of the file holds what."""

    longitude: str = ""
    latitude: str = ""
    code: str = ""
    name: str = ""
    period: str = ""
    count: str = ""
    category: str = ""

    @property
    def named(self) -> list[str]:
        """The columns of the file that are read, in order."""
        return [column for column in self.model_dump().values() if column]


class Source(_Model):
    """One input file: incidents, outflow or a population.

    ``categories`` lists the values of the category column that are kept. The cells of the columns in
    ``unscreened`` are not searched for personal data.
    """

    id: Identifier
    kind: SourceKind
    file: Text
    sheet: str = ""
    layer: str = ""
    datum: str = ""
    source: str = ""
    licence: str = ""
    code_system: CodeSystem | None = None
    vintage: str = ""
    categories: tuple[Category, ...] = ()
    unscreened: tuple[str, ...] = ()
    fields: Fields

    @property
    def by_code(self) -> bool:
        """Whether rows name their township instead of giving a coordinate."""
        return bool(self.fields.code or self.fields.name)


class Indicator(_Model):
    """A rate: what is counted, over which persons, in which window."""

    id: Identifier
    name: Text
    kind: Kind
    polarity: Polarity
    use: Use
    numerator: Identifier
    denominator: Identifier
    window: tuple[Text, Text]

    @property
    def days(self) -> Window:
        """The window as days; checked when the workspace is read."""
        window = parse_window(*self.window)
        if window is None:
            raise ValueError(f"unreadable window of {self.id}")
        return window


class CodeMappingFile(_Model):
    """Where both codes of each township stand: which column holds what."""

    file: Text
    name: Text
    mca: Text
    nbs: Text


class UnitList(_Model):
    """Where the units of each vintage are listed."""

    file: Text
    sheet: str = ""
    fields: UnitFields


class CrosswalkFile(_Model):
    """Where it stands what changed between vintages."""

    file: Text
    sheet: str = ""
    fields: CrosswalkFields
    units: UnitList


class Comparison(_Model):
    """How an indicator's counts changed from one window to a later one as long."""

    id: Identifier
    name: Text
    indicator: Identifier
    before: tuple[Text, Text]
    after: tuple[Text, Text]

    @property
    def days(self) -> tuple[Window, Window]:
        """Both windows as days; checked when the workspace is read."""
        before, after = parse_window(*self.before), parse_window(*self.after)
        if before is None or after is None:
            raise ValueError(f"unreadable window of {self.id}")
        return before, after


class KeyAreaFields(_Model):
    """Which column of the list of key areas holds what."""

    code: Text
    name: Text
    batch: Text
    listed_on: Text
    state: Text


class KeyAreas(_Model):
    """The list of townships ever listed for rectification, as it stood on a day."""

    file: Text
    sheet: str = ""
    as_of: Text
    source: str = ""
    fields: KeyAreaFields


class Neighbours(_Model):
    """Who counts as a neighbour of a township.

    Defaults: six nearest, as townships have about six on a map; 15 km, as large ones have their middles
    so far apart; islands joined to the nearest, so that no township is tested alone.
    """

    kind: Literal["queen", "rook", "k_nearest", "distance"] = "queen"
    k: Annotated[int, Field(ge=1, le=50)] = 6
    distance_km: Annotated[float, Field(gt=0, le=1_000)] = 15.0
    islands: Literal["nearest", "alone"] = "nearest"


class Ranking(_Model):
    """How long the top list is and how its uncertainty is drawn.

    Defaults: 16 areas as in the published case; 10,000 draws give a probability to within 0.01; any
    seed will do.
    """

    k: Annotated[int, Field(ge=1)] = 16
    draws: Annotated[int, Field(ge=1000, le=100_000)] = 10_000
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 2018


class Rectification(_Model):
    """What rectifications are measured by.

    ``as_of`` is the day that pages and commands take for today, for demonstrations and closed years;
    today if empty. ``rules`` and ``lifecycle`` are files; those of the package if empty.
    """

    indicator: Identifier
    as_of: str = ""
    rules: str = ""
    lifecycle: str = ""


class AccessLog(_Model):
    """How long it is kept who read what.

    Default: a year, so that a yearly inspection finds the whole of it. At least six months, as
    China's Cybersecurity Law (2016), article 21 (3), asks of network logs; at most ten years, as a log
    of what posts read is not kept for ever.
    """

    keep_months: Annotated[int, Field(ge=SHORTEST_LOG_MONTHS, le=LONGEST_LOG_MONTHS)] = 12


class Configuration(_Model):
    """All of ``geo_jindu.toml``."""

    area: Area
    boundaries: Boundaries
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)]
    comparisons: tuple[Comparison, ...] = ()
    key_areas: KeyAreas | None = None
    code_mapping: CodeMappingFile | None = None
    crosswalk: CrosswalkFile | None = None
    rectification: Rectification | None = None
    proportions: tuple[Proportion, ...] = ()
    severity: SeveritySettings = SeveritySettings()
    progress: ProgressSettings = ProgressSettings()
    neighbours: Neighbours = Neighbours()
    ranking: Ranking = Ranking()
    hotspots: HotspotSettings = HotspotSettings()
    scan: ScanSettings = ScanSettings()
    access_log: AccessLog = AccessLog()

    @property
    def has_progress(self) -> bool:
        """Whether there is anything a progress score could be made of."""
        processes = [each for each in self.proportions if each.id.kind is Kind.PROCESS]
        return bool(processes or self.progress.indicators)

    def source(self, source_id: str) -> Source:
        """Return the source called ``source_id``; the reader has checked that it exists."""
        return next(source for source in self.sources if source.id == source_id)

    def indicator(self, indicator_id: str) -> Indicator:
        """Return the indicator called ``indicator_id``; the reader has checked that it exists."""
        return next(indicator for indicator in self.indicators if indicator.id == indicator_id)
