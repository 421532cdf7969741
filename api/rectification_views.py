"""The pages of rectifications: what stands on them for one kind of reader."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jinja2
import numpy as np

from api.access import RULES
from api.reader import Reader
from api.status_json import OF_THE_CITY
from geo_jindu.rectification.entries import Result, Trace
from geo_jindu.rectification.ground import Ground
from geo_jindu.rectification.status import Status, status_of
from geo_jindu.rectification.variables import RATIO_LEVEL
from geo_jindu.texts import translate

if TYPE_CHECKING:
    from api.situations import Seen
    from api.views import View
    from maps.rectification_brief import Surroundings
    from maps.rectification_words import Words


@dataclass(frozen=True)
class Shown:
    """How things stand, for one kind of reader.

    Attributes
    ----------
    asked
        Days the reader asked for, by the name of the parameter; links go on with them.
    """

    seen: "Seen"
    view: "View"
    reader: Reader
    asked: Mapping[str, str]

    @property
    def sees_whole(self) -> bool:
        """Whether the reader is shown more than names, states and dates."""
        return self.reader.tier.sees_exact_counts

    @property
    def words(self) -> "Words":
        """What writes in the language of the workspace."""
        from maps.rectification_words import Words

        return Words(self.seen.situation, self.view.results.language)

    @property
    def around(self) -> "Surroundings":
        """What the briefs need beside."""
        from maps.rectification_brief import surround

        release = self.view.release
        shapes = np.empty(0) if release.shapes is None else release.shapes
        ground = Ground(release.facts, release.rows, shapes)
        return surround(ground, shows_city=not self.reader.counties)

    def status(self, unit: str) -> Status:
        """Return how a township stands; without what rests on other counties for readers of some."""
        status = status_of(self.seen.situation, unit, self.reader.tier)
        if not self.reader.counties:
            return status
        values = {name: each for name, each in status.values.items() if name not in OF_THE_CITY}
        return replace(status, values=values, traces=tuple(map(_of_county, status.traces)))

    def statuses(self) -> list[Status]:
        """Return how every township ever proposed stands, of those the reader is shown."""
        from maps.rectification_brief import order_statuses

        situation, counties = self.seen.situation, self.reader.counties
        known = situation.figures.townships if situation.figures else {}
        mine = [
            each.unit
            for each in situation.listed
            if not counties
            or (known[each.unit].county if each.unit in known else each.county) in counties
        ]
        return order_statuses([self.status(unit) for unit in mine])


def draw_list(shown: Shown, state: str, county: str, *, overdue: bool) -> str:
    """Return the page of the townships ever proposed, narrowed down by what the reader asked for."""
    from maps.area_figures import draw_area_changes, read_area

    every = shown.statuses()
    counties = {_county(shown, each): each.county_name for each in every}
    statuses = [
        each
        for each in every
        if state in ("", each.course.state)
        and county in ("", _county(shown, each))
        and (each.overdue or not overdue)
    ]
    areas = [read_area(shown.seen.situation, each) for each in statuses] if shown.sees_whole else []
    states = dict.fromkeys(each.course.state for each in every)
    return _page(
        "rectification.html.j2",
        shown,
        heading=shown.words.say("title", area=shown.view.release.facts["area"]["name"]),
        statuses=statuses,
        areas=areas,
        charts=list(draw_area_changes(areas, shown.words.language)),
        facts=_facts_of_city(shown, every),
        counties=dict(sorted(counties.items())),
        states={each: shown.words.lifecycle.state_name(each, shown.words.language) for each in states},
        chosen={"state": state, "county": county, "overdue": overdue},
        level=round(100 * RATIO_LEVEL),
        root="",
    )


def draw_township(shown: Shown, unit: str) -> str:
    """Return the page of a township."""
    from maps.area_figures import draw_area_outflow, read_area

    situation, status, words = shown.seen.situation, shown.status(unit), shown.words
    chart = None
    if shown.sees_whole:
        shows_city = not shown.reader.counties
        chart = draw_area_outflow(situation, status, words.language, shows_city=shows_city)
    return _page(
        "rectified_township.html.j2",
        shown,
        heading=words.say("township_title", name=status.name, county=status.county_name),
        status=status,
        area=read_area(situation, status) if shown.sees_whole else None,
        chart=chart,
        steps=list(reversed(words.steps(status.timeline))),
        place=_place_namer(shown),
        level=round(100 * RATIO_LEVEL),
        root="../",
    )


def _page(template: str, shown: Shown, **content: Any) -> str:
    from maps.popup_texts import signed_percent
    from maps.rectification_words import urgency_of

    language = shown.words.language
    query = urlencode(shown.asked)
    return (
        _templates()
        .get_template(template)
        .render(
            shown=shown,
            words=shown.words,
            situation=shown.seen.situation,
            release=shown.view.release.facts,
            tag="zh-CN" if language == "zh" else language,
            say=shown.words.say,
            text=lambda key, **values: translate(key, language, **values),
            query=f"?{query}" if query else "",
            may=lambda route: route in RULES and RULES[route].admits(shown.reader),
            urgency_of=urgency_of,
            signed=signed_percent,
            counted=_count_results,
            own_style=_own_text("rectification.css"),
            **content,
        )
    )


def _facts_of_city(shown: Shown, statuses: list[Status]) -> list[tuple[str, str]]:
    """Count what was listed and is late; interviews for readers of the whole city alone."""
    from maps.rectification_brief import city_facts

    if not shown.sees_whole:
        return []
    told = statuses
    if shown.reader.counties:
        told = [replace(each, interviews=None) for each in statuses]
    return [(each.label, each.text) for each in city_facts(shown.words, told)]


def _count_results(traces: Iterable[Trace]) -> dict[str, int]:
    results = [each.result for each in traces]
    return {each.value: results.count(each) for each in Result}


def _of_county(trace: Trace) -> Trace:
    """Return a trace without its inputs if it rests on townships of other counties."""
    if OF_THE_CITY.isdisjoint({*trace.inputs, *trace.missing}):
        return trace
    zh, en = translate("api.rests_on_city", "zh"), translate("api.rests_on_city", "en")
    return replace(trace, inputs={}, missing=(), zh=zh, en=en)


def _county(shown: Shown, status: Status) -> str:
    figures = shown.seen.situation.figures
    known = figures.townships.get(status.course.unit) if figures else None
    return known.county if known else status.course.county


def _place_namer(shown: Shown) -> Callable[[str], str]:
    figures = shown.seen.situation.figures
    known = figures.townships if figures else {}
    return lambda code: f"{known[code].name} {code}" if code in known else code


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(_own_text),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
