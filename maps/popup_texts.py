"""What tooltip and popup say of a township: every value with its uncertainty."""

from typing import Any

import pandas as pd

from geo_jindu.assessment import Assessment
from geo_jindu.columns import indicator_columns
from geo_jindu.configuration import Indicator
from geo_jindu.indicators import Use
from geo_jindu.texts import Language, translate
from maps.safe_text import display_text


def township_texts(assessment: Assessment) -> pd.DataFrame:
    """Return the texts of each township, safe for display.

    Returns
    -------
    pandas.DataFrame
        Index = code, in the order of the assessment; columns are the labels a person reads.
    """
    language = assessment.configuration.area.language
    table = assessment.table
    texts = pd.DataFrame({label("name", language): table["name"]})
    if (table["county_name"] != "").any():
        texts[label("county_name", language)] = table["county_name"]
    texts[label("code", language)] = table.index
    indicators = assessment.configuration.indicators
    for indicator in indicators:
        prefix = f"{indicator.name} · " if len(indicators) > 1 else ""
        for name, values in _indicator_texts(assessment, indicator).items():
            texts[prefix + name] = values
    if "synthetic" in set(table["provenance"]):
        texts[label("provenance", language)] = translate("provenances.synthetic", language)
    safe = texts.map(display_text)
    safe.columns = [display_text(name) for name in texts.columns]
    return safe


def label(key: str, language: Language) -> str:
    """Return the short name of a column."""
    return translate(f"columns.{key}", language)


def percent(probability: float) -> str:
    """Write a probability in whole per cent, rounded down, without claiming certainty."""
    whole = int(probability * 100 + 1e-9)
    return ">99%" if whole > 99 else f"{whole}%" if whole else "<1%"


def _indicator_texts(assessment: Assessment, indicator: Indicator) -> dict[str, list[str]]:
    language = assessment.configuration.area.language
    names = {
        column.key: column.name for column in indicator_columns(indicator, assessment.configuration)
    }
    rows = assessment.table[list(names.values())].set_axis(list(names), axis=1)
    rows = rows.rename(columns={"persons": "count"})
    described = [_describe(row, indicator, language) for row in rows.to_dict("records")]
    return {name: [each[name] for each in described] for name in described[0]}


def _describe(row: dict[Any, Any], indicator: Indicator, language: Language) -> dict[str, str]:
    def say(key: str, **values: object) -> str:
        return translate(f"map.{key}", language, **values)

    if row["value_status"] != "value":
        status = translate(f"value_statuses.{row['value_status']}", language)
        said = {say("count_label"): say("count_only", count=row["count"])}
        said[say("rate_label")] = status
        if indicator.use is Use.SEVERITY:
            said |= {say(f"{key}_label"): "—" for key in ("smoothed", "rank", "top", "hotspot")}
        return said
    said = {
        say("count_label"): say("count", count=row["count"], population=f"{row['population']:,}"),
        say("rate_label"): say(
            "interval",
            value=f"{row['rate_per_10k']:.1f}",
            low=f"{row['rate_low_per_10k']:.1f}",
            high=f"{row['rate_high_per_10k']:.1f}",
        ),
    }
    if indicator.use is not Use.SEVERITY:
        return said
    hotspot = row["hotspot"] if isinstance(row["hotspot"], str) else "untested"
    return said | {
        say("smoothed_label"): f"{row['eb_rate_per_10k']:.1f}",
        say("rank_label"): say(
            "rank",
            rank="—" if pd.isna(row["rank"]) else row["rank"],
            low=row["rank_low"],
            high=row["rank_high"],
        ),
        say("top_label"): percent(row["top_k_probability"]),
        say("hotspot_label"): translate(f"hotspots.{hotspot}", language),
    }
