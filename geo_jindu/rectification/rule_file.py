"""What a rule file may say: parameters, rules and groups with their sources, as frozen models."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from geo_jindu.rectification.expressions import referred_names
from geo_jindu.rectification.sentences import quoted_names
from geo_jindu.texts import Language

LARGEST = 1_000_000_000
"""Of a parameter, in either direction."""

Sentence = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$")]
RuleId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=40)]
ParameterId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
Source = Literal["seed", "analog", "assumed", "seed+assumed", "analog+assumed"]
Purpose = Literal[
    "listing",
    "escalation",
    "consequence",
    "acceptance",
    "extension",
    "publicity",
    "look_back",
    "relisting",
]
Effect = Literal["", "interview_due", "county_notice", "promotion_freeze"]


def _usable(value: Any) -> Any:
    """Accept a word, a number, or a list of whole numbers."""
    parts = value if isinstance(value, list) else [value]
    kinds = (int,) if isinstance(value, list) else (int, float)
    are_numbers = bool(parts) and all(type(part) in kinds and abs(part) <= LARGEST for part in parts)
    is_word = isinstance(value, str) and value.isidentifier()
    if not (are_numbers or is_word):
        raise PydanticCustomError("parameter_value", "not a parameter's value")
    return tuple(value) if isinstance(value, list) else value


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Tabled(_Model):
    """A table with lists, which TOML gives as such and which are kept as tuples."""

    model_config = ConfigDict(strict=False)


class Texts(_Model):
    """The same in both languages."""

    zh: Sentence
    en: Sentence

    def text(self, language: Language) -> str:
        """Return it in a language."""
        return self.zh if language == "zh" else self.en


class Parameter(_Model):
    """A number, a list of whole numbers or a word that rules, clocks and figures take.

    Attributes
    ----------
    source
        ``seed`` the published case, ``analog`` another published programme, ``assumed`` neither.
    basis
        Which one, or why this value.
    """

    id: ParameterId
    value: Annotated[Any, AfterValidator(_usable)]
    source: Source
    name: Texts
    basis: Texts


class Rule(_Model):
    """One condition with its sentence.

    Attributes
    ----------
    requires
        A condition that must hold for the other to be asked at all; empty if there is none.
    sentence
        Template that quotes the inputs as ``{outflow.baseline_n}``; what the result is comes after.
    if_insufficient
        Template: what to do then. Needed beside ``requires``.
    effect
        What a pass brings about, as a proposal or for display; empty if nothing.
    """

    id: RuleId
    purpose: Purpose
    source: Source
    basis: Texts
    name: Texts
    requires: str = ""
    condition: str
    sentence: Texts
    if_insufficient: Texts | None = None
    effect: Effect = ""

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of the variables and parameters its conditions refer to, each once."""
        return tuple(dict.fromkeys(referred_names(self.requires) + referred_names(self.condition)))

    def quoted(self, language: Language) -> tuple[str, ...]:
        """Return the names its sentences quote in a language, each once."""
        advice = self.if_insufficient.text(language) if self.if_insufficient else ""
        return quoted_names(self.sentence.text(language) + advice)

    @model_validator(mode="after")
    def _has_advice(self) -> Self:
        if self.requires and self.if_insufficient is None:
            raise PydanticCustomError("rule_without_advice", "if_insufficient is missing")
        return self


class Group(_Tabled):
    """Rules that give one result together: any of them, or all that must and some that should hold."""

    id: RuleId
    purpose: Purpose
    source: Source
    basis: Texts
    name: Texts
    any: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    should: tuple[str, ...] = ()
    should_min: Annotated[int, Field(strict=True, ge=0)] = 0

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of its rules."""
        return self.any + self.must + self.should

    @model_validator(mode="after")
    def _can_be_judged(self) -> Self:
        has_both = bool(self.any) == bool(self.must)
        has_repeated = len(set(self.rules)) < len(self.rules)
        wrong_number = not (bool(self.should) <= self.should_min <= len(self.should))
        if has_both or has_repeated or wrong_number or (self.any and self.should):
            raise PydanticCustomError("group_unjudgeable", "any, or must and should with should_min")
        return self


class RuleFile(_Tabled):
    """A rule file as it is written."""

    id: Label
    version: Label
    effective_from: Annotated[date, Field(strict=True)]
    effective_until: Annotated[date, Field(strict=True)] | None = None
    warning: Texts
    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...]
    groups: tuple[Group, ...] = ()
