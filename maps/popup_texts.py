"""What tooltip and popup say of a township: every value with its uncertainty."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo_jindu.changes import Changed
from geo_jindu.columns import indicator_columns, pattern_columns
from geo_jindu.configuration import Indicator
from geo_jindu.indicators import Use
from geo_jindu.provenance import Provenance
from geo_jindu.results import Results
from geo_jindu.texts import Language, translate
from maps.safe_text import display_text

_RANKED = ("smoothed", "rank", "top", "hotspot", "cluster", "emerging")


@dataclass(frozen=True)
class Field:
    """One line of a popup, for all townships; label and texts are safe for display.

    Attributes
    ----------
    indicator
        Id of the indicator it belongs to, if any.
    texts
        In the order of the results.
    """

    label: str
    indicator: str | None
    texts: list[str]


def township_fields(results: Results) -> list[Field]:
    """Return what a popup says, in its order: the place, then each indicator."""
    language = results.configuration.area.language
    table = results.table
    fields = [_field("name", table["name"], language)]
    if (table["county_name"] != "").any():
        fields.append(_field("county_name", table["county_name"], language))
    fields.append(_field("code", table.index, language))
    if results.key_areas is not None:
        fields.append(_key_area_field(results))
    for indicator in results.configuration.indicators:
        fields += _indicator_fields(results, indicator)
        for changed in results.changed_by(indicator):
            fields += _change_fields(changed, language)
    if results.shows_analysis:
        fields.append(_severity_field(results))
    if results.configuration.area.provenance is Provenance.SYNTHETIC:
        said = translate("provenances.synthetic", language)
        fields.append(_field("provenance", [said] * len(table), language))
    return fields


def _field(key: str, texts: Iterable[object], language: Language) -> Field:
    label = display_text(translate(f"columns.{key}", language))
    return Field(label, None, [display_text(text) for text in texts])


def _key_area_field(results: Results) -> Field:
    """Say of each township whether it is a key area, since when and how it stands."""
    language = results.configuration.area.language

    def say(row: Mapping[Any, Any]) -> str:
        if not row["key_area"]:
            return translate("map.no_key_area", language)
        state = translate(f"states.{row['key_area_state']}", language)
        values = {"batch": row["key_area_batch"], "listed_on": row["key_area_listed_on"]}
        return translate("map.key_area", language, state=state, **values)

    return _field("key_area", map(say, results.table.to_dict("records")), language)


def _severity_field(results: Results) -> Field:
    """Say the composite severity of each township with its rank interval."""
    language = results.configuration.area.language
    columns = results.table.filter(regex="^severity_").rename(columns=lambda name: name[9:])

    def say(row: Mapping[Any, Any]) -> str:
        if row["status"] != "value":
            return translate(f"value_statuses.{row['status']}", language)
        values = {"low": row["rank_low"], "high": row["rank_high"]}
        values["chance"] = percent(row["top_k_probability"])
        return translate("map.severity", language, score=f"{row['score']:.1f}", **values)

    label = display_text(translate("map.severity_theme", language))
    return Field(label, "severity", [display_text(say(row)) for row in columns.to_dict("records")])


def _change_fields(changed: Changed, language: Language) -> list[Field]:
    """Say of each township how it changed, beside the city's change and what was to be expected."""
    rows = changed.values.to_dict("records")
    city = signed_percent(changed.totals["city"].change_pct)
    said = {
        "": [change_text(row, language) for row in rows],
        "city": [translate("map.city_change", language, city=city)] * len(rows),
    }
    if "expected_pct" in changed.values:
        said["expected"] = [signed_percent(row["expected_pct"]) for row in rows]
    return [
        Field(
            display_text(changed.comparison.name if not key else translate(f"map.{key}", language)),
            changed.comparison.indicator,
            [display_text(text) for text in texts],
        )
        for key, texts in said.items()
    ]


def change_text(row: Mapping[Any, Any], language: Language) -> str:
    """Write a change with its counts and interval."""
    values = {key: count_text(row[key], language) for key in ("before", "after")}
    if pd.isna(row["change_pct"]):
        return translate("map.change_counts", language, **values)
    low, high = signed_percent(row["change_low_pct"]), signed_percent(row["change_high_pct"])
    change = signed_percent(row["change_pct"])
    return translate("map.change", language, change=change, low=low, high=high, **values)


def count_text(count: Any, language: Language) -> str:
    """Write a count, or that it is hidden."""
    return translate("value_statuses.suppressed", language) if pd.isna(count) else f"{count}"


def signed_percent(value: float | None) -> str:
    """Write a change in per cent with its sign; — if there is none."""
    return "—" if pd.isna(value) else f"{value:+.1f}%".replace("-", "−")


def percent(probability: float) -> str:
    """Write a probability in whole per cent, rounded down, without claiming certainty."""
    whole = int(probability * 100 + 1e-9)
    return ">99%" if whole > 99 else f"{whole}%" if whole else "<1%"


def rate_text(row: Mapping[Any, Any], language: Language) -> str:
    """Write a rate per 10,000 with its interval, from the values of one indicator."""
    keys = {"value": "rate_per_10k", "low": "rate_low_per_10k", "high": "rate_high_per_10k"}
    return translate(
        "map.interval", language, **{name: f"{row[key]:.1f}" for name, key in keys.items()}
    )


def _indicator_fields(results: Results, indicator: Indicator) -> list[Field]:
    configuration = results.configuration
    language = configuration.area.language
    columns = indicator_columns(indicator, configuration, results.tier)
    is_ranked = indicator.use is Use.SEVERITY and results.shows_analysis
    columns += pattern_columns(indicator) if is_ranked else []
    names = {column.key: column.name for column in columns}
    rows = results.table[list(names.values())].set_axis(list(names), axis=1)
    rows = rows.rename(columns={"persons": "count"})
    described = [_describe(row, language, is_ranked=is_ranked) for row in rows.to_dict("records")]
    prefix = f"{_title(indicator, language)} · " if len(configuration.indicators) > 1 else ""
    return [
        Field(
            display_text(prefix + name),
            indicator.id,
            [display_text(each[name]) for each in described],
        )
        for name in described[0]
    ]


def _title(indicator: Indicator, language: Language) -> str:
    """Return the name; with the kind where it is no severity, so that effort is read as effort."""
    if indicator.use is Use.SEVERITY:
        return indicator.name
    kind = translate(f"kinds.{indicator.kind.value}", language)
    return translate("map.of_kind", language, indicator=indicator.name, kind=kind)


def _describe(row: dict[Any, Any], language: Language, *, is_ranked: bool) -> dict[str, str]:
    def say(key: str, **values: object) -> str:
        return translate(f"map.{key}", language, **values)

    if row["value_status"] != "value":
        status = translate(f"value_statuses.{row['value_status']}", language)
        said = {say("count_label"): say("count_only", count=count_text(row["count"], language))}
        said[say("rate_label")] = status
        if is_ranked:
            said |= {say(f"{key}_label"): "—" for key in _RANKED}
        return said
    count = say("count", count=row["count"], population=f"{row['population']:,}")
    said = {
        say("count_label"): say("estimated", text=count) if row.get("estimated") else count,
        say("rate_label"): rate_text(row, language),
    }
    if not is_ranked:
        return said
    classes = {
        key: row[key] if isinstance(row[key], str) else "untested"
        for key in ("hotspot", "cluster_class", "emerging_class")
    }
    emerging = translate(f"emerging_class.{classes['emerging_class']}", language)
    if classes["emerging_class"] not in {"untested", "none"}:
        emerging = say("sure_by", text=emerging, share=percent(row["emerging_confidence"]))
    return said | {
        say("smoothed_label"): f"{row['eb_rate_per_10k']:.1f}",
        say("rank_label"): say(
            "rank",
            rank="—" if pd.isna(row["rank"]) else row["rank"],
            low=row["rank_low"],
            high=row["rank_high"],
        ),
        say("top_label"): percent(row["top_k_probability"]),
        say("hotspot_label"): translate(f"hotspots.{classes['hotspot']}", language),
        say("cluster_label"): translate(f"cluster_class.{classes['cluster_class']}", language),
        say("emerging_label"): emerging,
    }
