"""The page of scores, the audit of the list, clusters, whether rankings foretell, and alerts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2

from geo_jindu.outputs import ALERTS, HOTSPOTS, SCORES
from geo_jindu.texts import Language, translate
from maps.popup_texts import percent
from maps.score_chart import ScoredPlace, draw_scores

if TYPE_CHECKING:
    from api.views import View

MOST_PLACES = 40
"""Townships shown at the top of the severity; all are in /scores."""
LAST_MONTHS = 6
"""Months of alerts shown; all are in /alerts."""

_ENDS = ("value", "low", "high")

Row = Sequence[str]
Content = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """A part of the page: lines of text, perhaps a drawing, perhaps a table."""

    heading: str
    lines: Sequence[str]
    header: Row = ()
    rows: Sequence[Row] = ()
    drawing: str = ""


def draw_analysis(view: "View") -> str:
    """Return the page for planners and above."""
    facts = view.release.facts
    language: Language = facts["area"]["language"]
    words = _Words(language)
    scores, hotspots, alerts = (view.parsed(name) for name in (SCORES, HOTSPOTS, ALERTS))
    listed = {row["code"] for row in view.release.rows if row.get("key_area_listed_now")}
    counties = {row["code"]: row["county_name"] for row in view.release.rows}
    sections = [
        *_severity(scores["severity"], words, listed, counties),
        *_audit(scores["list_audit"], words),
        *_progress(scores["progress"], words, counties),
        *(_clusters(each, words) for each in hotspots["indicators"]),
        *(_foretelling(each, words) for each in scores["foretelling"]),
        *(_alerts(key, each, alerts, words) for key, each in alerts["indicators"].items()),
    ]
    return _template().render(
        tag="zh-CN" if language == "zh" else "en",
        title=words("title", title=facts["title"]),
        sections=sections,
        synthetic=facts["area"]["provenance"] == "synthetic",
        note=facts["note"],
        assessment=facts["assessment"],
        say=lambda key, **values: translate(key, language, **values),
        own_style=_own_text("rectification.css"),
    )


@dataclass(frozen=True)
class _Words:
    language: Language

    def __call__(self, key: str, **values: object) -> str:
        return translate(f"analysis.{key}", self.language, **values)

    def of(self, section: str, key: str) -> str:
        return translate(f"{section}.{key}", self.language)

    def header(self, *keys: str) -> list[str]:
        return [self(key) for key in keys]

    def interval(
        self, value: float | None, low: float | None, high: float | None, digits: int = 0
    ) -> str:
        if value is None or low is None or high is None:
            return "—"
        said = (f"{each:.{digits}f}".replace("-", "−") for each in (value, low, high))
        return translate("map.interval", self.language, **dict(zip(_ENDS, said, strict=True)))

    def names(self, places: Iterable[Content]) -> str:
        return self("separator").join(each["name"] for each in places) or "—"


def _severity(
    severity: Content | None, words: _Words, listed: set[str], counties: dict[str, str]
) -> list[Section]:
    if severity is None:
        return [Section(words("severity"), [words("no_score")])]
    scored = [row for row in severity["townships"] if row["score"] is not None]
    ranked = sorted(scored, key=lambda row: row["score"], reverse=True)
    shown = ranked[:MOST_PLACES]
    names = {each["id"]: each["name"] for each in severity["indicators"]}
    places = [
        ScoredPlace(
            name=row["name"],
            contributions=row["contributions"],
            rank=row["rank"],
            rank_low=row["rank_low"],
            rank_high=row["rank_high"],
            is_listed=row["code"] in listed,
        )
        for row in shown
        if row["rank"] is not None  # all the same: no order
    ]
    weights = words("separator").join(
        words("weight", name=each["name"], weight=f"{each['set']:.2f}")
        for each in severity["indicators"]
    )
    header = ["township", "county", "score", "rank_interval", "top_chance", "driver", *names.values()]
    rows = [
        [
            row["name"],
            counties[row["code"]],
            f"{row['score']:.1f}",
            words.interval(row["rank"], row["rank_low"], row["rank_high"]),
            percent(row["top_k_probability"]),
            words.of("drivers", row["driver"] or "none"),
            *(f"{row['contributions'][key]:.1f}" for key in names),
        ]
        for row in shown
    ]
    heads = [*words.header(*header[:6]), *names.values()]
    lines = [
        words("severity_note", k=severity["k"], number=len(shown)),
        words("weights", weights=weights),
    ]
    drawing = draw_scores(places, names, severity["k"], words.language) if places else ""
    return [Section(words("severity"), lines, heads, rows, drawing), _scenarios(severity, words)]


def _scenarios(severity: Content, words: _Words) -> Section:
    def row(name: str, each: Content) -> Row:
        correlation = each["rank_correlation"]
        told = "—" if correlation is None else f"{correlation:.3f}"
        return [name, told, words.names(each["enters"]), words.names(each["leaves"])]

    rows = [row(words.of("scenarios", each["name"]), each) for each in severity["scenarios"]]
    rows += [row(words("elasticity", value=each["name"]), each) for each in severity["enforcement"]]
    ratio = severity["consistency_ratio"]
    lines = [words("scenarios_note")]
    lines += [] if ratio is None else [words("consistency", ratio=f"{ratio:.3f}")]
    header = words.header("scenario", "correlation", "enters", "leaves")
    return Section(words("scenarios"), lines, header, rows)


def _audit(audit: Content | None, words: _Words) -> list[Section]:
    if audit is None:
        return []
    lines = [
        words(
            "overlap",
            k=audit["k"],
            expected=f"{audit['expected_overlap']:.1f}",
            low=audit["overlap_low"],
            high=audit["overlap_high"],
            change=percent(audit["change_probability"]),
        ),
        words("unlisted", number=len(audit["unlisted"]), first=words.names(audit["unlisted"][:12])),
    ]
    header = words.header("township", "support", "rank_interval", "top_chance", "lead")
    rows = [
        [
            row["name"],
            words.of("supports", row["support"]),
            words.interval(row["rank"], row["rank_low"], row["rank_high"]),
            "—" if row["top_k_probability"] is None else percent(row["top_k_probability"]),
            words.interval(row["lead"], row["lead_low"], row["lead_high"], 1),
        ]
        for row in audit["townships"]
    ]
    return [Section(words("list_audit"), lines, header, rows)]


def _progress(progress: Content | None, words: _Words, counties: dict[str, str]) -> list[Section]:
    if progress is None:
        return []
    ranked = [row for row in progress["townships"] if row["score"] is not None]
    slowest = sorted(ranked, key=lambda row: row["score"])[:MOST_PLACES]
    rows = [
        [
            row["name"],
            counties[row["code"]],
            f"{row['score']:.1f}",
            words.interval(row["rank"], row["rank_low"], row["rank_high"]),
        ]
        for row in slowest
    ]
    header = words.header("township", "county", "score", "rank_interval")
    return [Section(words("progress"), [words("progress_note", number=len(rows))], header, rows)]


def _clusters(indicator: Content, words: _Words) -> Section:
    moran = indicator["moran"]
    lines = [words("clusters_note")]
    if moran["statistic"] is not None:
        lines.append(words("moran", value=f"{moran['statistic']:.3f}", p=f"{moran['p']:.4f}"))
    counted = indicator["classes"]["emerging_class"]
    lines += [
        words("emerging", name=words.of("emerging_class", name), number=number)
        + words.of("emerging_class_meanings", name)
        for name, number in counted.items()
        if name != "none"
    ]
    found = [each for each in indicator["clusters"] if each["is_significant"]]
    rows = [
        [
            words.of("analyses", each["analysis"]),
            each["period"].replace("/", " – "),
            words.names(each["townships"]),
            f"{each['observed']:g} / {each['expected']:.1f}",
            "—" if each["relative_risk"] is None else f"{each['relative_risk']:.2f}",
            f"{each['p']:.3f}",
            "—" if each["recurrence_months"] is None else f"{each['recurrence_months']:.0f}",
        ]
        for each in found
    ]
    keys = ("analysis", "period", "townships", "observed_expected", "relative_risk", "p", "recurrence")
    header = words.header(*keys)
    return Section(words("clusters", indicator=indicator["name"]), lines, header, rows)


def _foretelling(found: Content, words: _Words) -> Section:
    origins = len({each["origin"] for each in found["origins"]})
    header = words.header("ranking", "capture", "pai", "pei", "rri", "beside_last_year")
    rows = [
        [
            words.of("past_rankings", each["ranking"]),
            words.interval(each["capture"], each["capture_low"], each["capture_high"], 2),
            words.interval(each["pai"], each["pai_low"], each["pai_high"], 2),
            *("—" if each[key] is None else f"{each[key]:.2f}" for key in ("pei", "rri")),
            words.of("verdicts", "itself" if each["ranking"] == "last_year" else each["pai_verdict"]),
        ]
        for each in found["rankings"]
    ]
    lines = [words("foretelling_note", origins=origins)]
    return Section(words("foretelling", indicator=found["name"]), lines, header, rows)


def _alerts(key: str, indicator: Content, content: Content, words: _Words) -> Section:
    last = set(indicator["months"][-LAST_MONTHS:])
    found = [
        row
        for row in content["alerts"]
        if row["indicator"] == key and row["month"] in last and row["method"] != "prospective_scan"
    ]  # townships of a cluster stand in the table of clusters
    lines = [words("alerts_note", months=LAST_MONTHS)]
    lines += [
        words(
            "by_chance",
            method=words.of("alert_methods", each["method"]),
            series=each["series"],
            number=f"{each['expected_by_chance']:.1f}",
        )
        for each in indicator["tested"]
    ]
    header = words.header("month", "level", "place", "method", "observed_expected", "threshold")
    rows = [
        [
            row["month"],
            words.of("levels_of_alerts", row["level"]),
            row["name"],
            words.of("alert_methods", row["method"]),
            f"{row['observed']} / {row['expected']:.1f}",
            "—" if row["threshold"] is None else f"{row['threshold']:.1f}",
        ]
        for row in reversed(found)
    ]
    return Section(words("alerts", indicator=indicator["name"]), lines, header, rows)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_own_text), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("analysis.html.j2")


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
