"""The front page: the map, and beside it a table that a keyboard and a screen reader can use."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2

from api.access import RULES
from api.disputes import dispute_columns
from api.reader import Reader
from geo_jindu.columns import SCORES
from geo_jindu.results import SUPPRESSED
from geo_jindu.texts import Language, translate
from geo_jindu.tiers import Tier
from maps.popup_texts import percent, signed_percent

if TYPE_CHECKING:
    from api.views import View

_TOWNSHIP_COLUMNS = ("name", "county_name", "code")
_HIDDEN_KEYS = {
    "period",
    "value_status",
    "reliability",
    "exceedance_probability",
    "rank",
    "in_top_k",
    "g_star_z",
    "g_star_p",
    "g_star_q",
    "moran_i",
    "moran_p",
    "moran_q",
    "trend_z",
    "trend_p",
    "driver",
    "status",
    "key_area",
    "listed_now",
    "as_of",
    "disputed",
}
"""Left to the exports; a rank is shown by its interval only."""

_TRANSLATED = {
    "_hotspot": "hotspots",
    "_cluster_class": "cluster_class",
    "_emerging_class": "emerging_class",
    "_change_class": "change_classes",
    "_state": "states",
    "_support": "supports",
}
"""Endings of columns whose values have a text of their own, and its section."""


_DOWNLOADS = {"geojson": "GeoJSON", "parquet": "GeoParquet", "csv": "CSV", "xlsx": "Excel"}


def draw_page(view: "View", reader: Reader) -> str:
    """Return the front page: of the city, with the downloads of ``reader``."""
    city = view.city.release
    facts, rows = city.facts, city.rows
    language = facts["area"]["language"]
    columns = {column["name"]: column for column in facts["columns"]}
    shown = [columns[name] for name in _TOWNSHIP_COLUMNS]
    shown += [column for column in facts["columns"] if _is_shown(column)]
    groups = facts["indicators"] + facts["comparisons"]
    names = {each["id"]: each["name"] for each in groups}
    counties = [view.results.counties.get(code, code) for code in sorted(reader.counties)]
    return _template().render(
        facts=facts,
        columns=shown,
        groups=[
            (title, mine)
            for group, title in _group_titles(facts).items()
            if (mine := [column for column in shown if column["group"] == group])
        ],
        short_label=lambda column: column["label"].removeprefix(names.get(column["group"], "")).strip(),
        percentage=signed_percent,
        expects=Tier(facts["tier"]).sees_exact_counts,
        rows=rows,
        text=lambda row, column: _cell_text(row, column, language),
        disputed=_dispute_column_beside(shown, dispute_columns(facts)),
        say=lambda key, **values: translate(key, language, **values),
        reader=reader,
        counties=counties,
        has_map=view.city.shows_borders,
        downloads={
            name: label
            for name, label in _DOWNLOADS.items()
            if view.shows_borders or name not in {"geojson", "parquet"}
        },
        may=lambda route: RULES[route].admits(reader),
        own_style=_own_text("page.css"),
        own_script=_own_text("page.js"),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_own_text("page.html.j2"))


def _dispute_column_beside(shown: list[dict[str, Any]], disputes: dict[str, str]) -> dict[str, str]:
    """Return by column the one that says whether its value is disputed: the first of each indicator."""
    first: dict[str, str] = {}
    for column in shown:
        if column["group"] in disputes:
            first.setdefault(column["group"], column["name"])
    return {name: disputes[indicator] for indicator, name in first.items()}


def _group_titles(facts: dict[str, Any]) -> dict[str, str]:
    """Return the heading above the columns of each group, in the order of the table."""
    language = facts["area"]["language"]
    titles = {}
    if facts["key_areas"]:
        as_of = facts["key_areas"]["as_of"]
        titles["key_area"] = translate("page.key_areas_as_of", language, as_of=as_of)
    for each in facts["indicators"]:
        kind = translate(f"kinds.{each['kind']}", language)
        titles[each["id"]] = translate("map.of_kind", language, indicator=each["name"], kind=kind)
    grouped = {column["group"] for column in facts["columns"]}
    scores = {name: translate(f"map.{name}_theme", language) for name in SCORES if name in grouped}
    return titles | scores | {each["id"]: each["name"] for each in facts["comparisons"]}


def _is_shown(column: dict[str, Any]) -> bool:
    if column["group"] is None:
        return False
    return column["name"].removeprefix(f"{column['group']}_") not in _HIDDEN_KEYS


def _cell_text(row: dict[str, Any], column: dict[str, Any], language: Language) -> str:
    value = row[column["name"]]
    if value is None:
        is_hidden = row.get(f"{column['group']}_value_status") == SUPPRESSED
        return translate(f"value_statuses.{SUPPRESSED}", language) if is_hidden else "—"
    for ending, section in _TRANSLATED.items():
        if column["name"].endswith(ending):
            return translate(f"{section}.{value}", language)
    if column["name"].endswith(("_probability", "_confidence")):
        return percent(value)
    if column["type"] == "number":
        return f"{value:.1f}".replace("-", "−")
    return f"{value:,}" if column["type"] == "integer" else str(value)


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
