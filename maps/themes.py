"""What the townships can be coloured by, and the legend of each."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from geo_jindu.changes import FEWEST_BEFORE, ChangeClass, Changed
from geo_jindu.configuration import Indicator
from geo_jindu.hotspots.significance import Hotspot
from geo_jindu.rates import Array
from geo_jindu.results import Results
from geo_jindu.texts import Language, translate
from maps.popup_texts import signed_percent
from maps.style import (
    CHANGE_COLOURS,
    CLUSTER_COLOURS,
    EMERGING_COLOURS,
    HOTSPOT_COLOURS,
    MISSING_COLOUR,
    class_colours,
    classify_quantiles,
    limit_texts,
)

SCORES = ("severity", "progress")


@dataclass(frozen=True)
class LegendEntry:
    """A colour, what it stands for, how many townships have it, and what it means if not plain."""

    colour: str
    text: str
    townships: int
    meaning: str = ""


@dataclass(frozen=True)
class Theme:
    """One way to colour the map.

    Attributes
    ----------
    name
        As it stands in the layer control; not yet made safe for display.
    method
        How the classes were made.
    colours
        Colour of each township, in the order of the results.
    legend
        From the worst to the best, then what has no value.
    indicator
        Id of the indicator, or ``severity``, whose top list and tooltip go with it.
    """

    name: str
    method: str
    colours: list[str]
    legend: list[LegendEntry]
    indicator: str


def themes(results: Results) -> list[Theme]:
    """Return rates, hotspots, clusters, emerging classes of each severity indicator, and scores."""
    found = []
    for indicator in results.severity_indicators:
        found.append(_rate_theme(results, indicator))
        if results.shows_analysis:
            found.append(_hotspot_theme(results, indicator))
            found.append(_class_theme(results, indicator, "cluster_class", CLUSTER_COLOURS))
            found.append(_class_theme(results, indicator, "emerging_class", EMERGING_COLOURS))
            found += [_change_theme(results, each) for each in results.changed_by(indicator)]
    scores = (name for name in SCORES if f"{name}_score" in results.table)
    return found + [_score_theme(results, name) for name in scores]


def _rate_theme(results: Results, indicator: Indicator) -> Theme:
    language = results.configuration.area.language
    kind = "eb_rate" if results.shows_analysis else "rate"
    values = results.table[f"{indicator.id}_{kind}_per_10k"].to_numpy(float)
    colours, legend = _quantile_classes(values)
    legend += _missing_entries(results.table[f"{indicator.id}_value_status"], language)
    city = results.city_rates[indicator.id]
    method = f"map.{kind}_method"
    return Theme(
        translate(f"map.{kind}_theme", language, indicator=indicator.name),
        translate(method, language, city="—" if math.isnan(city) else f"{city:.1f}"),
        colours,
        legend,
        indicator.id,
    )


def _quantile_classes(values: Array) -> tuple[list[str], list[LegendEntry]]:
    """Return the colour of each value by classes of equal size, and the legend, the highest first."""
    classes = classify_quantiles(values)
    colours = class_colours(len(classes.sizes))
    legend = [
        LegendEntry(colour, text, size)
        for colour, text, size in zip(colours, limit_texts(classes), classes.sizes, strict=True)
    ]
    of_each = [MISSING_COLOUR if member < 0 else colours[member] for member in classes.members]
    return of_each, legend[::-1]


def _missing_entries(status: pd.Series, language: Language) -> list[LegendEntry]:
    return [
        LegendEntry(MISSING_COLOUR, translate(f"value_statuses.{name}", language), int(number))
        for name, number in status.value_counts().items()
        if name != "value"
    ]


def _hotspot_theme(results: Results, indicator: Indicator) -> Theme:
    language = results.configuration.area.language
    found = results.table[f"{indicator.id}_hotspot"]
    classes = [Hotspot(value) if isinstance(value, str) else None for value in found]
    legend = [
        LegendEntry(
            colour,
            translate(f"hotspots.{'untested' if hotspot is None else hotspot.value}", language),
            classes.count(hotspot),
        )
        for hotspot, colour in HOTSPOT_COLOURS.items()
    ]
    return Theme(
        translate("map.hotspot_theme", language, indicator=indicator.name),
        translate("map.hotspot_method", language),
        [HOTSPOT_COLOURS[each] for each in classes],
        [entry for entry in legend if entry.townships or entry.colour != MISSING_COLOUR],
        indicator.id,
    )


def _class_theme(results: Results, indicator: Indicator, key: str, colours: Mapping[str, str]) -> Theme:
    """Return a theme of named classes, each with its meaning; those that occur are in the legend."""
    language = results.configuration.area.language
    found = [
        value if isinstance(value, str) else "untested"
        for value in results.table[f"{indicator.id}_{key}"]
    ]
    every = {**colours, "untested": MISSING_COLOUR}
    legend = [
        LegendEntry(
            colour,
            translate(f"{key}.{name}", language),
            found.count(name),
            translate(f"{key}_meanings.{name}", language),
        )
        for name, colour in every.items()
        if name in found
    ]
    return Theme(
        translate(f"map.{key}_theme", language, indicator=indicator.name),
        translate(f"map.{key}_method", language),
        [every[name] for name in found],
        legend,
        indicator.id,
    )


def _score_theme(results: Results, name: str) -> Theme:
    language = results.configuration.area.language
    colours, legend = _quantile_classes(results.table[f"{name}_score"].to_numpy(float))
    legend += _missing_entries(results.table[f"{name}_status"], language)
    return Theme(
        translate(f"map.{name}_theme", language),
        translate(f"map.{name}_method", language),
        colours,
        legend,
        "severity",
    )


def _change_theme(results: Results, changed: Changed) -> Theme:
    language = results.configuration.area.language
    found = [ChangeClass(value) for value in changed.values["change_class"]]
    legend = [
        LegendEntry(colour, translate(f"change_classes.{each}", language), found.count(each))
        for each, colour in CHANGE_COLOURS.items()
    ]
    city = signed_percent(changed.totals["city"].change_pct)
    return Theme(
        translate("map.change_theme", language, comparison=changed.comparison.name),
        translate("map.change_method", language, city=city, fewest=FEWEST_BEFORE),
        [CHANGE_COLOURS[each] for each in found],
        legend,
        changed.comparison.indicator,
    )
