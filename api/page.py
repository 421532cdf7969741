"""The front page: the map, and beside it a table that a keyboard and a screen reader can use."""

from importlib.resources import files
from typing import Any

import jinja2

from geo_jindu.texts import translate
from maps.popup_texts import percent

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
}
"""Left to the exports; a rank is shown by its interval only."""


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
    return environment.from_string(_own_text("page.html.j2")).render(
        facts=facts,
        columns=shown,
        groups=[
            (each, [c for c in shown if c["indicator"] == each["id"]]) for each in facts["indicators"]
        ],
        rows=rows,
        text=lambda value, column: _cell_text(value, column, language),
        say=lambda key, **values: translate(key, language, **values),
        own_style=_own_text("page.css"),
        own_script=_own_text("page.js"),
    )


def _is_shown(column: dict[str, Any]) -> bool:
    if column["indicator"] is None:
        return False
    return column["name"].removeprefix(f"{column['indicator']}_") not in _HIDDEN_KEYS


def _cell_text(value: Any, column: dict[str, Any], language: Any) -> str:
    if value is None:
        return "—"
    if column["name"].endswith("_hotspot"):
        return translate(f"hotspots.{value}", language)
    if column["name"].endswith("_probability"):
        return percent(value)
    if column["type"] == "number":
        return f"{value:.1f}"
    return f"{value:,}" if column["type"] == "integer" else str(value)


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
