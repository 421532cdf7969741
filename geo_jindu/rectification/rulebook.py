"""The rules and the life-cycle in force: those of the workspace, or the examples that come along."""

from dataclasses import dataclass

from geo_jindu.errors import InputError, Problem
from geo_jindu.rectification.lifecycle import TERMS, Lifecycle
from geo_jindu.rectification.lifecycle_file import example_text, load_lifecycle
from geo_jindu.rectification.rules import EXAMPLE as EXAMPLE_RULES
from geo_jindu.rectification.rules import Ruleset, example_rules, load_rules
from geo_jindu.workspace import Workspace

EXAMPLE = "lifecycle.toml"
LONGEST_DAYS = 3650
_DAYS = {"longest": LONGEST_DAYS}


@dataclass(frozen=True)
class Rulebook:
    """Rules and the life-cycle that uses them."""

    ruleset: Ruleset
    lifecycle: Lifecycle

    @property
    def parameters(self) -> dict[str, object]:
        """Values of the rules' parameters by id."""
        return {each.id: each.value for each in self.ruleset.parameters.values()}


def read_rulebook(workspace: Workspace) -> Rulebook:
    """Read the files that ``[rectification]`` names; the examples where it names none.

    Raises
    ------
    InputError
        With file and line, if one of them cannot be read or names what does not exist.
    """
    settings = workspace.configuration.rectification
    rules = settings.rules if settings else ""
    cycle = settings.lifecycle if settings else ""
    ruleset = load_rules(_text(workspace, rules), rules) if rules else example_rules()
    ids = {*ruleset.rules, *ruleset.groups}
    text = _text(workspace, cycle) if cycle else example_text()
    lifecycle = load_lifecycle(text, cycle or EXAMPLE, ids, {*ruleset.parameters})
    problems = [
        Problem("parameter_no_days", rules or EXAMPLE_RULES, field=each, values=_DAYS)
        for each in _without_days(ruleset, lifecycle)
    ]
    problems += [
        Problem("rule_unused", rules or EXAMPLE_RULES, field=each)
        for each in _unused(ruleset, lifecycle)
    ]
    if problems:
        raise InputError(problems)
    return Rulebook(ruleset, lifecycle)


def _without_days(ruleset: Ruleset, lifecycle: Lifecycle) -> list[str]:
    """Return the parameters that clocks and terms take days from and that are no days."""
    named = {*TERMS.values(), *(each.days for each in lifecycle.content.clocks)}
    return [name for name in sorted(named) if not _are_days(ruleset.parameters[name].value)]


def _are_days(value: object) -> bool:
    numbers = value if isinstance(value, tuple) else (value,)
    return all(type(each) is int and 1 <= each <= LONGEST_DAYS for each in numbers)


def _unused(ruleset: Ruleset, lifecycle: Lifecycle) -> list[str]:
    """Return the rules that no transition, group or effect makes use of: most likely misspelt."""
    used = {name for each in lifecycle.content.transitions for name in (*each.guards, *each.advice)}
    for group in ruleset.groups.values():
        used |= {*group.any, *group.must, *group.should}
    return [each.id for each in ruleset.rules.values() if each.id not in used and not each.effect]


def _text(workspace: Workspace, file: str) -> str:
    try:
        return workspace.path(file).read_text("utf-8-sig")
    except OSError:
        raise InputError([Problem("file_missing", file=file)]) from None
    except UnicodeDecodeError:
        raise InputError([Problem("configuration_not_utf8", file=file)]) from None
