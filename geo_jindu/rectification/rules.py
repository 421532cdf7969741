"""The rules in force: a rule file read once and checked as a whole, every fault with its line."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pydantic import ValidationError

from geo_jindu.digests import digest_bytes
from geo_jindu.errors import InputError, Problem
from geo_jindu.rectification.expressions import find_faults
from geo_jindu.rectification.rule_file import LARGEST, Group, Parameter, Rule, RuleFile, Texts
from geo_jindu.rectification.sentences import has_loose_brace, quoted_names
from geo_jindu.rectification.toml_lines import TomlFile, parse_toml
from geo_jindu.rectification.variables import VARIABLES, Scalar

EXAMPLE = "rules.toml"


@dataclass(frozen=True)
class Ruleset:
    """A rule file that was found to be sound.

    Attributes
    ----------
    digest
        SHA-256 of the file's text.
    effective_from, effective_until
        First and last day it may be used for; ``None`` if no end is set.
    warning
        What a reader of its results must know of it.
    """

    id: str
    version: str
    digest: str
    effective_from: date
    effective_until: date | None
    warning: Texts
    parameters: Mapping[str, Parameter]
    rules: Mapping[str, Rule]
    groups: Mapping[str, Group]

    @property
    def label(self) -> str:
        """Id, version and the start of the digest, as entries of the log keep it."""
        return f"{self.id} {self.version} {self.digest[:12]}"

    @property
    def scalars(self) -> dict[str, Scalar]:
        """Parameters of one value by the names conditions have for them: ``param.term_days``."""
        return _scalars(self.parameters.values())

    def is_in_force(self, day: date) -> bool:
        """Whether it may be used for decisions of a day."""
        return self.effective_from <= day <= (self.effective_until or date.max)


def load_rules(text: str, name: str) -> Ruleset:
    """Read a rule file.

    Parameters
    ----------
    name
        Of the file, for messages.

    Raises
    ------
    InputError
        With every fault found, its line and its place.
    """
    file = parse_toml(text, name)
    try:
        said = RuleFile.model_validate(dict(file.content))
    except ValidationError as error:
        raise InputError(file.model_problems(error, _PROBLEM_KEYS, most=LARGEST)) from None
    if problems := [*_content_problems(said, file)]:
        raise InputError(problems)
    return Ruleset(
        said.id,
        said.version,
        digest_bytes(text.encode()),
        said.effective_from,
        said.effective_until,
        said.warning,
        MappingProxyType({each.id: each for each in said.parameters}),
        MappingProxyType({rule.id: rule for rule in said.rules}),
        MappingProxyType({group.id: group for group in said.groups}),
    )


@cache
def example_rules() -> Ruleset:
    """Return the rules that come with the software: an example, no city's rules."""
    return load_rules(files(__package__).joinpath(EXAMPLE).read_text("utf-8"), EXAMPLE)


_PROBLEM_KEYS = {
    "literal_error": "setting_choice",
    "parameter_value": "parameter_value",
    "rule_without_advice": "rule_without_advice",
    "group_unjudgeable": "group_unjudgeable",
}


def _content_problems(said: RuleFile, file: TomlFile) -> Iterator[Problem]:
    if said.effective_until and said.effective_until < said.effective_from:
        days = {"first": said.effective_from, "last": said.effective_until}
        yield file.problem("effective_days_reversed", "effective_until", **days)
    yield from _repeated_ids(said, file)
    for position, group in enumerate(said.groups):
        for unknown in sorted(set(group.rules) - {rule.id for rule in said.rules}):
            path = f"groups.{position}"
            yield file.problem("rule_unknown", path, group=group.id, rule=unknown)
    scalars = _scalars(said.parameters)
    for position, rule in enumerate(said.rules):
        for field in ("requires", "condition"):
            if field == "condition" or rule.requires:
                for fault in find_faults(getattr(rule, field), scalars):
                    yield file.problem(fault.key, f"rules.{position}.{field}", **fault.values)
        yield from _template_problems(rule, f"rules.{position}", scalars, file)


def _repeated_ids(said: RuleFile, file: TomlFile) -> Iterator[Problem]:
    places = [(f"parameters.{at}", each.id) for at, each in enumerate(said.parameters)]
    places += [(f"rules.{at}", each.id) for at, each in enumerate(said.rules)]
    places += [(f"groups.{at}", each.id) for at, each in enumerate(said.groups)]
    times = Counter(name for _, name in places)
    for place, name in places:
        if times[name] > 1:
            yield file.problem("duplicate_id", f"{place}.id", id=name)


def _template_problems(
    rule: Rule, path: str, scalars: Mapping[str, Scalar], file: TomlFile
) -> Iterator[Problem]:
    known = {*VARIABLES, *scalars}
    for field, texts in (("sentence", rule.sentence), ("if_insufficient", rule.if_insufficient)):
        for text in (texts.zh, texts.en) if texts else ():
            if has_loose_brace(text):
                yield file.problem("template_brace", f"{path}.{field}")
            for name in set(quoted_names(text)) - known:
                yield file.problem("condition_name_unknown", f"{path}.{field}", name=name)
    if set(quoted_names(rule.sentence.zh)) != set(quoted_names(rule.sentence.en)):
        yield file.problem("template_differs", f"{path}.sentence")


def _scalars(parameters: Iterable[Parameter]) -> dict[str, Scalar]:
    return {f"param.{each.id}": each.value for each in parameters if not isinstance(each.value, tuple)}
