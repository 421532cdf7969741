"""The published case: the figures of one newspaper article, each with what it leaves open."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from geo_jindu.indicators import Kind
from geo_jindu.texts import Language


class Exactness(StrEnum):
    """How the article means a figure."""

    EXACT = "exact"
    CHANGE_ROUNDED = "change_rounded"
    """An exact number with a rounded change."""
    ROUNDED = "rounded"
    AT_LEAST = "at_least"
    """Some are named, and others hinted at."""
    MORE_THAN = "more_than"
    """A round number and some more (余)."""
    NO_FIGURE = "no_figure"
    """A rule or a state."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Model):
    """A text in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """Return the text in one language."""
        return self.zh if language == "zh" else self.en


class Part(_Model):
    """A further figure of a fact."""

    what: Text
    value: Decimal
    unit: str


class Fact(_Model):
    """One figure of the article, or one rule.

    Attributes
    ----------
    value
        With the digits that are printed; None where only a change is given, or no figure at all.
    change
        Of the value against the base, with the digits that are printed [per cent].
    unit, period, base
        Keys of the tables in ``facts.toml``.
    place
        None for the whole city.
    kind
        What an indicator with this figure would be; None for a rule.
    ambiguity
        None if there is none.
    margins
        Ids of what in the demonstration adds up to the figure; empty if nothing does.
    """

    id: str
    statement: Text
    value: Decimal | None = None
    change: Decimal | None = None
    unit: str = ""
    parts: tuple[Part, ...] = ()
    place: Text | None = None
    period: str
    base: str
    exactness: Exactness
    kind: Kind | None = None
    ambiguity: Text | None = None
    margins: tuple[str, ...] = ()


class Topic(_Model):
    """Facts under one heading."""

    id: str
    heading: Text
    facts: tuple[Fact, ...]


class Paragraphs(_Model):
    """Paragraphs in both languages."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def of(self, language: Language) -> tuple[str, ...]:
        """Return the paragraphs in one language."""
        return self.zh if language == "zh" else self.en


class UnitsOfCity(_Model):
    """How many townships and counties the city has; not in the article."""

    townships: int
    counties: int
    source: Text


class PublishedCase(_Model):
    """All of ``facts.toml``."""

    title: Text
    introduction: Paragraphs
    warning: Text
    city: Text
    units_of_city: UnitsOfCity
    periods: dict[str, Text]
    bases: dict[str, Text]
    units: dict[str, Text]
    topics: tuple[Topic, ...]

    def facts(self) -> Iterator[Fact]:
        """Yield the facts of all topics."""
        for topic in self.topics:
            yield from topic.facts

    def fact(self, fact_id: str) -> Fact:
        """Return one fact.

        Raises
        ------
        KeyError
            If there is none with this id.
        """
        return {fact.id: fact for fact in self.facts()}[fact_id]


@cache
def read_facts() -> PublishedCase:
    """Return the published case."""
    written = files(__package__).joinpath("facts.toml").read_text("utf-8")
    return PublishedCase.model_validate(tomllib.loads(written, parse_float=Decimal))
