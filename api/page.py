"""The front page: the map, and beside it a table that a keyboard and a screen reader can use."""

from importlib.resources import files
from typing import Any

import jinja2

from geo_jindu.texts import translate
from maps.popup_texts import percent, signed_percent

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
    "key_area",
    "listed_now",
    "as_of",
}
"""Left to the exports; a rank is shown by its interval only."""

_TRANSLATED = {"_hotspot": "hotspots", "_change_class": "change_classes", "_state": "states"}
"""Endings of columns whose values have a text of their own, and its section."""


def draw_page(facts: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Return the front page.

    Parameters
    ----------
    facts
        ``assessment.json``.
    rows
        Properties of the townships.
    """
    language = facts["area"]["language"]
    columns = {column["name"]: column for column in facts["columns"]}
    shown = [columns[name] for name in _TOWNSHIP_COLUMNS]
    shown += [column for column in facts["columns"] if _is_shown(column)]
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    groups = facts["indicators"] + facts["comparisons"]
    names = {each["id"]: each["name"] for each in groups}
    return environment.from_string(_own_text("page.html.j2")).render(
        facts=facts,
        columns=shown,
        groups=[
            (title, mine)
            for group, title in _group_titles(facts).items()
            if (mine := [column for column in shown if column["group"] == group])
        ],
        short_label=lambda column: column["label"].removeprefix(names.get(column["group"], "")).strip(),
        percentage=signed_percent,
        rows=rows,
        text=lambda value, column: _cell_text(value, column, language),
        say=lambda key, **values: translate(key, language, **values),
        own_style=_own_text("page.css"),
        own_script=_own_text("page.js"),
    )


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
    return titles | {each["id"]: each["name"] for each in facts["comparisons"]}


def _is_shown(column: dict[str, Any]) -> bool:
    if column["group"] is None:
        return False
    return column["name"].removeprefix(f"{column['group']}_") not in _HIDDEN_KEYS


def _cell_text(value: Any, column: dict[str, Any], language: Any) -> str:
    if value is None:
        return "—"
    for ending, section in _TRANSLATED.items():
        if column["name"].endswith(ending):
            return translate(f"{section}.{value}", language)
    if column["name"].endswith("_probability"):
        return percent(value)
    if column["type"] == "number":
        return f"{value:.1f}".replace("-", "−")
    return f"{value:,}" if column["type"] == "integer" else str(value)


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
