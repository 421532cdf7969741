"""Reading a life-cycle: a TOML file in which everything that is named exists and can be reached."""

from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from geo_jindu.digests import digest_bytes
from geo_jindu.errors import InputError, Problem
from geo_jindu.rectification.lifecycle import (
    ANY,
    NEEDED_DETAILS,
    STAYS,
    TERMS,
    Lifecycle,
    LifecycleContent,
    Scope,
)
from geo_jindu.rectification.toml_lines import TomlFile, parse_toml


def load_lifecycle(
    text: str, name: str, rule_ids: Collection[str], parameters: Collection[str]
) -> Lifecycle:
    """Read a life-cycle and check that everything it names exists.

    Parameters
    ----------
    text, name
        Content and name of the TOML file.
    rule_ids
        Of the rules and groups that guards may name.
    parameters
        Ids of the rules' parameters that clocks may name.

    Raises
    ------
    InputError
        With file and line: what is no TOML, unknown fields, missing translations, undefined names, two
        transitions for one event in one state, states nothing leads to.
    """
    file = parse_toml(text, name)
    try:
        content = LifecycleContent.model_validate(file.content)
    except ValidationError as error:
        raise InputError(file.model_problems(error, {})) from None
    problems = [*_undefined(file, content, rule_ids, parameters), *_lacking(file, content, parameters)]
    problems += [] if problems else [*_ambiguous(file, content), *_unreachable(file, content)]
    if problems:
        raise InputError(problems)
    return Lifecycle(f"{content.id} {content.version} {digest_bytes(text.encode())[:12]}", content)


@cache
def example_text() -> str:
    """Return the life-cycle that comes with the software: an example, no city's rule."""
    return files(__package__).joinpath("lifecycle.toml").read_text("utf-8")


def _undefined(
    file: TomlFile, content: LifecycleContent, rule_ids: Collection[str], parameters: Collection[str]
) -> Iterator[Problem]:
    """Find names that nothing defines."""
    events = {each.event for each in content.transitions}
    known: dict[str, Collection[str]] = {
        "initial": content.states,
        "from": {*content.states, ANY},
        "to": {*content.states, STAYS},
        "states": content.states,
        "roles": content.roles,
        "guards": rule_ids,
        "advice": rule_ids,
        "evidence": content.evidence,
        "details": content.details,
        "starts": events,
        "met_by": {*events, ""},
        "days": parameters,
    }
    for path, names in _names(content):
        for each in names if isinstance(names, tuple) else (names,):
            if each not in known[path.rpartition(".")[2]]:
                yield file.problem("lifecycle_name_undefined", path, name=each)


def _names(content: LifecycleContent) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Yield where a name of something else stands, and the name or names."""
    yield "initial", content.initial
    for at, transition in enumerate(content.transitions):
        said = transition.model_dump(by_alias=True)
        for field in ("from", "to", "roles", "guards", "advice", "evidence", "details"):
            yield f"transitions.{at}.{field}", said[field]
    for at, clock in enumerate(content.clocks):
        for field, names in clock.model_dump(include={"starts", "states", "days", "met_by"}).items():
            yield f"clocks.{at}.{field}", names


def _lacking(
    file: TomlFile, content: LifecycleContent, parameters: Collection[str]
) -> Iterator[Problem]:
    """Find what effects need and do not get."""
    for at, transition in enumerate(content.transitions):
        for effect in transition.effects:
            for detail in sorted(NEEDED_DETAILS.get(effect, set()) - {*transition.details}):
                yield file.problem("lifecycle_detail_needed", f"transitions.{at}", name=detail)
        if transition.guards and transition.scope != (Scope.TOWNSHIP,):
            yield file.problem("lifecycle_guard_scope", f"transitions.{at}.guards")
        if transition.escalation_least >= len(content.escalations):
            path = f"transitions.{at}.escalation_least"
            yield file.problem("lifecycle_name_undefined", path, name=transition.escalation_least)
    for parameter in sorted({*TERMS.values()} - {*parameters}):
        yield file.problem("lifecycle_parameter_missing", "", name=parameter)


def _ambiguous(file: TomlFile, content: LifecycleContent) -> Iterator[Problem]:
    """Find states in which one event could mean two things."""
    seen: set[tuple[str, str, Scope]] = set()
    for at, each in enumerate(content.transitions):
        states = {*content.states} if ANY in each.from_ else {*each.from_}
        places = {(each.event, state, scope) for state in states for scope in each.scope}
        if places & seen:
            yield file.problem("lifecycle_ambiguous", f"transitions.{at}", name=each.event)
        seen |= places


def _unreachable(file: TomlFile, content: LifecycleContent) -> Iterator[Problem]:
    """Find states that no sequence of events leads to."""
    reached, fresh = {content.initial}, {content.initial}
    while fresh:
        fresh = {
            each.to
            for each in content.transitions
            for state in reached
            if each.starts_in(state) and each.to != STAYS and Scope.TOWNSHIP in each.scope
        } - reached
        reached |= fresh
    for state in content.states:
        if state not in reached:
            yield file.problem("lifecycle_unreachable", f"states.{state}", name=state)
