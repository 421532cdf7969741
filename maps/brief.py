"""The printed brief: a township's rectification, or the city's, as a PDF for A4 or A3.

It is set by typst from ``brief.typ`` in the font of an installed package, so that it looks the same on
every machine and needs no network. Texts go in as data, never as markup. The same brief gives the same
bytes.
"""

import dataclasses
import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from geo_jindu.description import reporting_note
from geo_jindu.texts import Language, translate
from maps.svg_text import MISSING, readable_text, shorten

if TYPE_CHECKING:
    import typst

Paper = Literal["a4", "a3"]
Outcome = Literal["pass", "fail", "insufficient"]
Urgency = Literal["", "due_soon", "overdue"]

FONT = "Noto Sans CJK SC"
_FACE = 2
"""Place of the simplified Chinese face in the font collection."""
_WIDEST_HEADING = 80
_TIME_ZONE = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Fact:
    """A labelled line; what is due soon or overdue is marked by a sign and in words."""

    label: str
    text: str
    urgency: Urgency = ""


@dataclass(frozen=True)
class MeasureLine:
    """One measure: what was promised, by which post, until when, and how it stands."""

    name: str
    owner: str
    due_on: str
    standing: str
    urgency: Urgency = ""


@dataclass(frozen=True)
class TimelineLine:
    """One entry of the log."""

    effective_on: str
    event: str
    role: str
    note: str = ""


@dataclass(frozen=True)
class RuleLine:
    """What a rule found and the sentence that says why."""

    rule: str
    outcome: Outcome
    sentence: str


@dataclass(frozen=True)
class AreaLine:
    """One key area of the city's brief; every value as it is to be read."""

    name: str
    county: str
    state: str
    clock: str
    urgency: Urgency
    baseline: str
    current: str
    change: str
    top_probability: str
    next_step: str


@dataclass(frozen=True)
class Drawing:
    """A chart or a map, and what it shows, for those who cannot see it too."""

    svg: str
    caption: str


@dataclass(frozen=True)
class Basis:
    """What every brief rests on and says at its foot.

    Attributes
    ----------
    day
        The day the brief tells of; also the date of the file.
    notes
        What is to be known beside the notes that every brief carries.
    sources
        Lines on sources, vintage of the boundaries and approval of the map.
    assessment, snapshot, ruleset
        Id of the assessment, digest of the figures, label of the rules.
    """

    language: Language
    is_synthetic: bool
    city: str
    day: date
    sources: tuple[str, ...]
    assessment: str
    snapshot: str
    ruleset: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TownshipBrief:
    """All that a township's brief says.

    Attributes
    ----------
    freeze
        The line on the promotion freeze; empty for who may not see it.
    facts
        Since when, batch, escalation, figures: in this order.
    clocks
        What is due, most urgent first.
    next_step
        What the life-cycle foresees next.
    """

    basis: Basis
    name: str
    code: str
    county: str
    state: str
    facts: tuple[Fact, ...]
    clocks: tuple[Fact, ...]
    freeze: str
    next_step: str
    map: Drawing | None
    charts: tuple[Drawing, ...]
    rules: tuple[RuleLine, ...]
    measures: tuple[MeasureLine, ...]
    timeline: tuple[TimelineLine, ...]


@dataclass(frozen=True)
class CityBrief:
    """All that the city's brief says.

    Attributes
    ----------
    facts
        Ever listed, listed now, the city's change, interviews, ...
    clocks
        What is due or overdue in the whole city, most urgent first.
    areas
        The key areas.
    """

    basis: Basis
    facts: tuple[Fact, ...]
    clocks: tuple[Fact, ...]
    map: Drawing | None
    areas: tuple[AreaLine, ...]
    charts: tuple[Drawing, ...]


def print_brief(brief: TownshipBrief | CityBrief, paper: Paper) -> bytes:
    """Return a brief as PDF.

    A character that the font does not have is printed as 〓, and a note says which ones these are.
    """
    import typst

    basis = brief.basis
    content = _content(brief)
    content["paper"] = paper
    written = json.dumps(content, ensure_ascii=False)
    unknown = sorted({ord(each) for each in written if ord(each) > 0x7F} - _characters())
    if unknown:
        content["notes"].append(_unknown_note(unknown, basis.language))
        written = json.dumps(content, ensure_ascii=False).translate(dict.fromkeys(unknown, MISSING))
    moment = datetime.combine(basis.day, datetime.min.time(), _TIME_ZONE)
    return typst.compile(
        _template().encode(),
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={"brief": written},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(moment.timestamp()),
    )


def _content(brief: TownshipBrief | CityBrief) -> dict[str, Any]:
    """Return the brief as the template takes it, with the notes that none may lack."""
    basis = brief.basis
    say = _speaker(basis.language)
    if isinstance(brief, TownshipBrief):
        title = say("township_title", name=brief.name, county=brief.county)
    else:
        title = say("city_title", city=basis.city)
    content: dict[str, Any] = _readable(dataclasses.asdict(brief))
    notes = [reporting_note(basis.language), say("proposes_only"), *content["basis"]["notes"]]
    if basis.is_synthetic:
        notes.insert(0, translate("provenances.synthetic", basis.language))
    return content | {
        "kind": "township" if isinstance(brief, TownshipBrief) else "city",
        "title": readable_text(title),
        "heading": shorten(title, _WIDEST_HEADING),
        "notes": notes,
        "synthetic": translate("map.watermark", basis.language) if basis.is_synthetic else "",
        "words": {word: say(word) for word in re.findall(r"words\.(\w+)", _template())},
    }


def _speaker(language: Language) -> Any:
    return lambda key, **values: translate(f"brief.{key}", language, **values)


@cache
def _template() -> str:
    return files(__package__).joinpath("brief.typ").read_text("utf-8")


def _readable(content: Any) -> Any:
    """Return content with every text fit to be shown; drawings are so already."""
    if isinstance(content, dict):
        return {key: value if key == "svg" else _readable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_readable(each) for each in content]
    if isinstance(content, str | date):
        return readable_text(content)
    return content


def _unknown_note(unknown: list[int], language: Language) -> str:
    codes = ", ".join(f"U+{each:04X}" for each in unknown)
    return translate("brief.unknown_characters", language, number=len(unknown), codes=codes)


@cache
def _font_file() -> Path:
    import noto_cjk_sans_otc

    return Path(str(noto_cjk_sans_otc.FONT_PATH))


@cache
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[_font_file().parent]
    )


@cache
def _characters() -> frozenset[int]:
    """Return the code points that the font has."""
    from fontTools.ttLib import TTFont

    with TTFont(_font_file(), fontNumber=_FACE, lazy=True) as font:
        return frozenset(font.getBestCmap())
