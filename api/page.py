"""The front page: the map, and beside it a table that a keyboard and a screen reader can use."""

from importlib.resources import files
from typing import Any

import jinja2

from geo_jindu.texts import translate

_SEVERITY_KEYS = (
    "eb_rate_per_10k",
    "rank_low",
    "rank_high",
    "top_k_probability",
    "hotspot",
)
_RATE_KEYS = ("rate_per_10k", "rate_low_per_10k", "rate_high_per_10k")


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
    shown = [columns[name] for name in _shown_columns(facts, columns)]
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_own_text("page.html.j2")).render(
        facts=facts,
        columns=shown,
        rows=rows,
        text=lambda value, column: _cell_text(value, column, language),
        say=lambda key, **values: translate(key, language, **values),
        own_style=_own_text("page.css"),
        own_script=_own_text("page.js"),
    )


def _shown_columns(facts: dict[str, Any], columns: dict[str, Any]) -> list[str]:
    names = ["name", "county_name", "code"]
    for indicator in facts["indicators"]:
        count = next(
            f"{indicator['id']}_{unit}"
            for unit in ("persons", "count")
            if f"{indicator['id']}_{unit}" in columns
        )
        keys = ("population", *_RATE_KEYS, *_SEVERITY_KEYS)
        names += [count, *(f"{indicator['id']}_{key}" for key in keys)]
    return [name for name in names if name in columns]


def _cell_text(value: Any, column: dict[str, Any], language: Any) -> str:
    if value is None:
        return "—"
    if column["name"].endswith("_hotspot"):
        return translate(f"hotspots.{value}", language)
    if column["name"].endswith("_probability"):
        return f"{value:.2f}"
    if column["type"] == "number":
        return f"{value:.1f}"
    return f"{value:,}" if column["type"] == "integer" else str(value)


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
