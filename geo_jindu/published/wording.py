"""The published figures in words: what page and document say of each fact."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from geo_jindu.published import Exactness, Fact, PublishedCase, read_facts
from geo_jindu.published.derived import derive_figures
from geo_jindu.texts import Language, translate

_QUALIFIED = {Exactness.AT_LEAST: "figure_at_least", Exactness.MORE_THAN: "figure_more_than"}


class Detail(NamedTuple):
    """One line about a fact."""

    label: str
    text: str


class MarginLink(NamedTuple):
    """Where the demonstration adds up to a figure."""

    id: str
    label: str


class Entry(NamedTuple):
    """One fact, in words.

    Attributes
    ----------
    figure
        Value and change with their units.
    details
        Place, period, base, exactness, kind.
    ambiguity
        Empty if there is none.
    derived
        Sentences.
    """

    id: str
    statement: str
    figure: str
    details: list[Detail]
    ambiguity: str
    derived: list[str]
    margins: list[MarginLink]


class Chapter(NamedTuple):
    """Facts under one heading, in words."""

    id: str
    heading: str
    entries: list[Entry]


def describe_facts(language: Language) -> list[Chapter]:
    """Return all facts in words, in the order of ``facts.toml``."""
    return [
        Chapter(topic.id, topic.heading.of(language), [_describe(f, language) for f in topic.facts])
        for topic in read_facts().topics
    ]


def write_number(number: float | Decimal | Fraction) -> str:
    """Write a number with thousands commas, a true minus sign and the digits it has.

    Fractions must have finitely many digits.
    """
    if isinstance(number, Fraction):
        exact = Decimal(number.numerator) / Decimal(number.denominator)
    else:
        exact = Decimal(str(number))
    return f"{exact:,f}".replace("-", "−")


def write_amount(number: float | Decimal, unit: str, language: Language) -> str:
    """Write a number with its unit, a key of the table in ``facts.toml``."""
    return read_facts().units[unit].of(language).format(number=write_number(number))


def _describe(fact: Fact, language: Language) -> Entry:
    case = read_facts()
    references = _references(case, language)
    return Entry(
        fact.id,
        fact.statement.of(language).format(**references),
        _figure(fact, language),
        _details(fact, language),
        fact.ambiguity.of(language).format(**references) if fact.ambiguity else "",
        [
            translate(
                f"published.derived_{each.key}",
                language,
                source=case.units_of_city.source.of(language),
                **{name: write_number(value) for name, value in each.values.items()},
            )
            for each in derive_figures(fact)
        ],
        [MarginLink(each, translate(f"margins.{each}", language)) for each in fact.margins],
    )


def _references(case: PublishedCase, language: Language) -> dict[str, str]:
    values = {fact.id: write_number(fact.value) for fact in case.facts() if fact.value is not None}
    changes = {
        f"{fact.id}_change": _write_change(fact.change, language)
        for fact in case.facts()
        if fact.change is not None
    }
    return values | changes


def _write_change(change: Decimal, language: Language) -> str:
    return ("+" if change > 0 else "") + write_amount(change, "percent", language)


def _figure(fact: Fact, language: Language) -> str:
    if fact.exactness is Exactness.NO_FIGURE:
        return translate("published.no_figure", language)
    change = "" if fact.change is None else _write_change(fact.change, language)
    if fact.value is None:
        return change or translate("published.no_single_figure", language)
    figure = write_amount(fact.value, fact.unit, language)
    if fact.exactness in _QUALIFIED:
        figure = translate(f"published.{_QUALIFIED[fact.exactness]}", language, figure=figure)
    if change:
        figure = translate("published.with_change", language, figure=figure, change=change)
    return figure


def _details(fact: Fact, language: Language) -> list[Detail]:
    case = read_facts()
    kind = f"kinds.{fact.kind.value}" if fact.kind else "published.no_kind"
    details = {
        "place": (fact.place or case.city).of(language),
        "period": case.periods[fact.period].of(language),
        "base": case.bases[fact.base].of(language),
        "exactness": translate(f"published.exactness_{fact.exactness.value}", language),
        "kind": translate(kind, language),
    }
    parts = [
        Detail(part.what.of(language), write_amount(part.value, part.unit, language))
        for part in fact.parts
    ]
    labelled = [Detail(translate(f"published.{key}", language), text) for key, text in details.items()]
    return parts + labelled
