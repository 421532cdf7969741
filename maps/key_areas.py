"""The list of key areas beside the map, each with its change and the city's."""

from dataclasses import dataclass

from geo_jindu.changes import Changed
from geo_jindu.results import Results
from geo_jindu.texts import translate
from maps.popup_texts import count_text, signed_percent


@dataclass(frozen=True)
class KeyAreaRow:
    """One key area; texts are not yet made safe for display.

    ``position`` is its place in the table of the results, which is its feature id on the map.
    """

    position: int
    name: str
    county: str
    state: str
    is_listed: bool
    changes: list[str]


@dataclass(frozen=True)
class ChangeTotals:
    """How a comparison turned out: one line of texts for the city, the key areas, elsewhere."""

    name: str
    lines: list[tuple[str, str, str]]


@dataclass(frozen=True)
class KeyAreaList:
    """What stands beside the map about key areas.

    Attributes
    ----------
    heading
        How many were ever listed, how many are, and as of which day.
    """

    heading: str
    rows: list[KeyAreaRow]
    totals: list[ChangeTotals]


def describe_key_areas(results: Results) -> KeyAreaList | None:
    """Return the key areas as they are shown, listed ones first; ``None`` without a list."""
    settings, listed = results.configuration.key_areas, results.key_areas
    if settings is None or listed is None:
        return None
    language = results.configuration.area.language
    heading = translate(
        "map.key_areas",
        language,
        ever=len(listed),
        now=int(listed["is_listed"].sum()),
        as_of=settings.as_of,
    )
    order = listed.sort_values("is_listed", ascending=False, kind="stable").index
    return KeyAreaList(
        heading,
        [_row(results, str(code)) for code in order],
        [_totals(results, each) for each in results.changed.values()],
    )


def _row(results: Results, code: str) -> KeyAreaRow:
    language = results.configuration.area.language
    place = results.table.loc[code]
    return KeyAreaRow(
        position=int(results.table.index.get_indexer([code])[0]),
        name=place["name"],
        county=place["county_name"],
        state=translate(f"states.{place['key_area_state']}", language),
        is_listed=bool(place["key_area_listed_now"]),
        changes=[_brief_change(results, each, code) for each in results.changed.values()],
    )


def _brief_change(results: Results, changed: Changed, code: str) -> str:
    row = changed.values.loc[code].to_dict()
    language = results.configuration.area.language
    values = {key: count_text(row[key], language) for key in ("before", "after")}
    change = signed_percent(row["change_pct"])
    return translate("map.brief_change", language, change=change, **values)


def _totals(results: Results, changed: Changed) -> ChangeTotals:
    language = results.configuration.area.language
    lines = []
    for name, total in changed.totals.items():
        change, expected = signed_percent(total.change_pct), signed_percent(total.expected_pct)
        values = {"before": f"{total.before:,}", "after": f"{total.after:,}"}
        said = translate("map.brief_change", language, change=change, **values)
        lines.append((translate(f"totals.{name}", language), said, expected))
    return ChangeTotals(changed.comparison.name, lines)
