"""The printed briefs of a township and of the city, filled from how the rectifications stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from geo_jindu.provenance import Provenance
from geo_jindu.rectification.ground import Ground
from geo_jindu.rectification.situations import Situation
from geo_jindu.rectification.status import Status
from geo_jindu.rectification.variables import RATIO_LEVEL
from geo_jindu.texts import translate
from maps.area_figures import AreaFigures, draw_area_changes, draw_area_outflow, read_area
from maps.brief import (
    AreaLine,
    Basis,
    CityBrief,
    Drawing,
    Fact,
    MeasureLine,
    RuleLine,
    TimelineLine,
    TownshipBrief,
)
from maps.popup_texts import signed_percent
from maps.print_map import draw_print_map
from maps.rectification_words import Words, urgency_of

MOST_STEPS = 12
MOST_CLOCKS = 10
"""Lines of the timeline, and of what is due, on paper; how many there are is said."""
_TOWNSHIP_MAP = (340.0, 265.0)


@dataclass(frozen=True)
class Surroundings:
    """What a brief needs beside the situation.

    Attributes
    ----------
    facts
        ``assessment.json`` of the results, as the reader is shown it.
    townships
        Those the reader is shown, index = code; ``name``, ``county``, ``county_name`` and polygons.
    shows_city
        Whether the reader is shown what depends on the townships of every county.
    """

    facts: Mapping[str, Any]
    townships: gpd.GeoDataFrame
    shows_city: bool = True


def surround(ground: Ground, *, shows_city: bool = True) -> Surroundings:
    """Return what the results of a run tell the brief."""
    columns = {name: [row[name] for row in ground.rows] for name in ("name", "county", "county_name")}
    codes = [row["code"] for row in ground.rows]
    frame = gpd.GeoDataFrame(columns, index=codes, geometry=ground.shapes, crs=4326)
    return Surroundings(ground.facts, frame, shows_city)


def order_statuses(statuses: Sequence[Status]) -> list[Status]:
    """Return those with something overdue first, the longest at the top; then by next deadline."""

    def key(status: Status) -> tuple[bool, bool, str, str]:
        deadline = status.next_deadline
        day = deadline.due_on.isoformat() if deadline else ""
        return not status.overdue, deadline is None, day, status.course.unit

    return sorted(statuses, key=key)


def township_brief(situation: Situation, status: Status, around: Surroundings) -> TownshipBrief:
    """Fill the brief of a township with what its reader is shown.

    Parameters
    ----------
    status
        Of a planner or a tier above.
    """
    words = Words(situation, around.facts["area"]["language"])
    area = read_area(situation, status)
    steps = words.steps(status.timeline)
    is_drawn = status.course.unit in around.townships.index
    chart = draw_area_outflow(situation, status, words.language, shows_city=around.shows_city)
    caption = words.say("outflow_caption")
    notes: tuple[str, ...] = (words.say("intervals", level=round(100 * RATIO_LEVEL)),)
    if len(steps) > MOST_STEPS:
        notes += (words.say("steps_left_out", number=len(steps), shown=MOST_STEPS),)
    return TownshipBrief(
        basis=_basis(situation, around, notes),
        name=status.name,
        code=status.course.unit,
        county=status.county_name,
        state=words.state(status),
        facts=tuple(_township_facts(words, status, area, around.facts["ranking"]["k"])),
        clocks=tuple(
            Fact(
                " ".join(filter(None, (words.deadline_name(each), each.owner))),
                words.due(each),
                urgency_of(each),
            )
            for each in status.deadlines
            if each.is_open
        ),
        freeze=""
        if status.is_frozen is None
        else words.say(f"freeze_{'on' if status.is_frozen else 'off'}"),
        next_step=words.next_step(status),
        map=_map(situation, around, status.course.unit) if is_drawn else None,
        charts=(Drawing(chart, caption),) if chart else (),
        rules=tuple(
            RuleLine(each.rule, each.result.value, words.sentence(each)) for each in status.traces
        ),
        measures=tuple(
            MeasureLine(each.name, each.owner, str(each.due_on), *words.measure_standing(each, status))
            for each in status.measures
        ),
        timeline=tuple(
            TimelineLine(str(each.effective_on), each.event, each.role, each.note)
            for each in steps[-MOST_STEPS:]
        ),
    )


def city_brief(situation: Situation, statuses: Sequence[Status], around: Surroundings) -> CityBrief:
    """Fill the brief of the city, or of the counties that its reader is limited to.

    Parameters
    ----------
    statuses
        Of every township ever proposed, for one tier, a planner or above.
    """
    words = Words(situation, around.facts["area"]["language"])
    ordered = order_statuses(statuses)
    areas = [read_area(situation, each) for each in ordered]
    urgent = [
        (each.due_on, status.name, each)
        for status in ordered
        for each in status.deadlines
        if urgency_of(each)
    ]
    urgent.sort(key=lambda each: each[:2])  # what is overdue was due before what is due soon
    clocks = [
        Fact(f"{name} {words.deadline_name(each)}", words.due(each), urgency_of(each))
        for _, name, each in urgent
    ]
    notes: tuple[str, ...] = (words.say("intervals", level=round(100 * RATIO_LEVEL)),)
    if len(clocks) > MOST_CLOCKS:
        notes += (words.say("clocks_left_out", number=len(clocks), shown=MOST_CLOCKS),)
    return CityBrief(
        basis=_basis(situation, around, notes),
        facts=tuple(city_facts(words, ordered)),
        clocks=tuple(clocks[:MOST_CLOCKS]),
        map=_map(situation, around, "") if len(around.townships) else None,
        areas=tuple(
            _area_line(words, status, area) for status, area in zip(ordered, areas, strict=True)
        ),
        charts=tuple(Drawing(*each) for each in draw_area_changes(areas, words.language)),
    )


def city_facts(words: Words, statuses: Sequence[Status]) -> list[Fact]:
    """Count the townships ever listed, listed now and late; and who was called in."""
    say, others = words.say, words.situation.register.others
    counted = {
        "ever_listed": sum(each.course.first_listed_on is not None for each in statuses),
        "listed_now": sum(each.is_listed for each in statuses),
        "with_overdue": sum(bool(each.overdue) for each in statuses),
    }
    if statuses and statuses[0].interviews is not None:
        courses = words.situation.register.courses.values()
        counted["interviewed_townships"] = sum(bool(each.interviewed_on) for each in courses)
        counted["interviewed_counties"] = len({each.unit for each in others("interview")})
    return [Fact(say(key), str(number)) for key, number in counted.items()]


def _township_facts(words: Words, status: Status, area: AreaFigures, k: int) -> list[Fact]:
    course, say = status.course, words.say
    facts = [
        Fact(say("since"), str(course.since or "—")),
        Fact(say("listed_on"), str(course.listed_on or "—")),
        Fact(say("term_ends"), str(course.term_ends or "—")),
        Fact(
            say("times"),
            say("times_said", extensions=course.extensions, relapses=course.relapses),
        ),
        Fact(say("baseline"), words.counted(area.baseline)),
        Fact(say("current"), words.counted(area.current)),
        Fact(say("change_label"), words.change(area.change_pct)),
        Fact(say("city_change"), signed_percent(area.city_pct)),
        Fact(say("expected"), signed_percent(area.expected_pct)),
        Fact(say("top_probability", k=k), words.probability(area.top_probability)),
    ]
    if status.interviews is not None:
        facts.insert(3, Fact(say("escalation"), words.escalation(status)))
        facts.append(Fact(say("interviews"), words.listed(map(str, status.interviews)) or "—"))
    return facts


def _area_line(words: Words, status: Status, area: AreaFigures) -> AreaLine:
    change = words.change(area.change_pct)
    if area.city_pct is not None:
        change += " " + words.say("beside_city", change=signed_percent(area.city_pct))
    return AreaLine(
        name=status.name,
        county=status.county_name,
        state=words.state(status),
        clock=words.clock(status.next_deadline),
        urgency=urgency_of(status.next_deadline),
        baseline=f"{area.baseline.value:.0f}" if area.baseline else "—",
        current=f"{area.current.value:.0f}" if area.current else "—",
        change=change,
        top_probability=words.probability(area.top_probability),
        next_step=words.next_step(status),
    )


def _basis(situation: Situation, around: Surroundings, notes: tuple[str, ...]) -> Basis:
    facts = around.facts
    area, borders = facts["area"], facts["boundaries"]
    language = area["language"]
    sources = [each["source"] for each in facts["sources"]] + [borders["source"], borders["licence"]]
    vintage = translate("rectification.vintage", language, vintage=borders["vintage"])
    approval = borders["map_approval_number"]
    return Basis(
        language=language,
        is_synthetic=area["provenance"] == Provenance.SYNTHETIC.value,
        city=area["name"],
        day=situation.day,
        sources=(*dict.fromkeys(each for each in (*sources, approval) if each), vintage),
        assessment=facts["assessment"],
        snapshot=situation.figures.digest if situation.figures else "—",
        ruleset=situation.rulebook.ruleset.label,
        notes=(*notes, *_head_note(situation, language)),
    )


def _head_note(situation: Situation, language: Any) -> tuple[str, ...]:
    """Return the digest of the log's end: on paper it shows later whether the log was rewritten."""
    if not situation.log:
        return ()
    last = situation.log[-1]
    return (translate("digest.head", language, number=len(situation.log), head=last.digest),)


def _map(situation: Situation, around: Surroundings, unit: str) -> Drawing:
    area = around.facts["area"]
    language = area["language"]
    drawn = draw_print_map(
        around.townships,
        {code: course.state for code, course in situation.register.courses.items()},
        area["measuring_crs"],
        language,
        is_synthetic=area["provenance"] == Provenance.SYNTHETIC.value,
        emphasised=unit,
        **({"size": _TOWNSHIP_MAP} if unit else {}),
    )
    return Drawing(drawn, translate("rectification.map_caption", language, day=situation.day))
