"""What the demonstration adds up to, in words."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from geo_jindu.demo.margins import (
    CITY,
    SURVEY_FILE,
    Basis,
    Margin,
    Margins,
    Percentage,
    read_margins,
)
from geo_jindu.published.wording import write_amount, write_number
from geo_jindu.texts import Language, translate

BATCH = "批次"
"""Column of the periods of the listings; a batch is no span of time."""


class MarginRow(NamedTuple):
    """One figure of a margin, or those of all counties."""

    figure: str
    period: str
    place: str
    basis: str


class MarginRows(NamedTuple):
    """All figures of one margin, and the file that adds up to them."""

    id: str
    label: str
    file: str
    rows: list[MarginRow]


def list_margins(language: Language) -> list[MarginRows]:
    """Return all margins of the demonstration in words, in the order in which it is checked."""
    margins = read_margins()
    found = [
        _group(each.id, each.file, list(_margin_rows(margins, each, language)), language)
        for each in margins.margins
    ]
    for margin_id in dict.fromkeys(each.id for each in margins.percentages):
        mine = [each for each in margins.percentages if each.id == margin_id]
        rows = [_percentage_row(each, language) for each in mine]
        found.append(_group(margin_id, _file(margins, mine[0].of[0]), rows, language))
    return found + list(_rule_rows(margins, language))


def _group(margin_id: str, file: str, rows: list[MarginRow], language: Language) -> MarginRows:
    return MarginRows(margin_id, translate(f"margins.{margin_id}", language), file, rows)


def _file(margins: Margins, margin_id: str) -> str:
    return next(each.file for each in margins.margins if each.id == margin_id)


def _row(figure: str, period: str, place: str, basis: Basis, language: Language) -> MarginRow:
    return MarginRow(
        figure,
        period or translate("published.whole_period", language),
        place or translate("published.whole_city", language),
        translate(f"bases.{basis.value}", language),
    )


def _margin_rows(margins: Margins, margin: Margin, language: Language) -> Iterator[MarginRow]:
    for period, value, basis in margin.city:
        figure = write_amount(value, margin.unit, language)
        yield _row(figure, _period(margin, period, language), CITY, basis, language)
    for each in margin.counties:
        figures = zip(margins.counties, each.values, strict=True)
        figure = " · ".join(
            f"{county}\N{NO-BREAK SPACE}{write_number(number)}" for county, number in figures
        )
        counties = translate("published.each_county", language)
        yield _row(figure, _period(margin, each.period, language), counties, each.basis, language)


def _period(margin: Margin, period: str, language: Language) -> str:
    if margin.period == BATCH and period:
        return translate("published.batch", language, period=period)
    return period


def _percentage_row(percentage: Percentage, language: Language) -> MarginRow:
    periods = " / ".join(dict.fromkeys((percentage.of[1], percentage.to[1])))
    value = Decimal(f"{percentage.value:.{percentage.decimals}f}")
    figure = write_amount(value, "percent", language)
    return _row(figure, periods, percentage.county, Basis.GIVEN, language)


def _rule_rows(margins: Margins, language: Language) -> Iterator[MarginRows]:
    """Yield what follows from rules: who is listed, how far they fell, who is second."""

    def rule(margin_id: str, file: str, period: str, figure: str) -> MarginRows:
        return _group(margin_id, file, [_row(figure, period, CITY, Basis.ASSUMED, language)], language)

    listed = write_amount(margins.value("key_areas", ""), "township", language)
    yield rule("key_areas_by_rule", _file(margins, "key_areas"), "2017", listed)
    falls = {
        "outflow_change_of_key_areas": margins.key_areas.change,
        "outflow_change_elsewhere": margins.key_areas.change_elsewhere,
    }
    for margin_id, change in falls.items():
        figure = write_amount(change, "percent", language)
        yield rule(margin_id, _file(margins, "outflow"), "2018 / 2017", figure)
    rank = write_amount(margins.satisfaction.rank, "rank", language)
    row = _row(rank, "2018", margins.satisfaction.county, Basis.GIVEN, language)
    yield _group("satisfaction_rank", SURVEY_FILE, [row], language)
