"""Rules asked: pass, fail or insufficient, each with what it saw and a sentence in both languages.

Insufficient is not a weaker fail. It never counts as a pass and is never grounds for a sanction.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from geo_jindu.rectification.entries import Result, Trace, Value
from geo_jindu.rectification.expressions import holds
from geo_jindu.rectification.rule_file import Group, Rule
from geo_jindu.rectification.rules import Ruleset
from geo_jindu.rectification.sentences import fill_template
from geo_jindu.rectification.variables import VARIABLES, Scalar
from geo_jindu.texts import Language, translate


def evaluate(rule: Rule, ruleset: Ruleset, values: Mapping[str, Value]) -> Trace:
    """Ask a rule.

    Parameters
    ----------
    values
        By the names of `VARIABLES`; ``None``, absent and not finite all mean that there is no value.

    Returns
    -------
    Trace
        Insufficient if anything the rule asks for has no value, whatever the rest is, or if what it
        requires does not hold.

    Raises
    ------
    KeyError, TypeError
        If a value has a name or a type that was not declared.
    """
    known = _known(values) | ruleset.scalars
    missing = tuple(name for name in rule.asked if name not in known)
    result = Result.INSUFFICIENT if missing else _ask(rule, known)
    named = dict.fromkeys([*rule.asked, *rule.quoted("zh"), *rule.quoted("en")])
    inputs = {name: known[name] for name in named if name in known}
    return Trace(
        rule.id,
        result,
        inputs,
        missing,
        _sentence(rule, result, inputs, missing, "zh"),
        _sentence(rule, result, inputs, missing, "en"),
    )


def judge(ids: Iterable[str], ruleset: Ruleset, values: Mapping[str, Value]) -> list[Trace]:
    """Ask rules and groups, each once; a group's trace stands after those of its rules."""
    traces: dict[str, Trace] = {}
    for each in ids:
        group = ruleset.groups.get(each)
        for rule in group.rules if group else (each,):
            if rule not in traces:
                traces[rule] = evaluate(ruleset.rules[rule], ruleset, values)
        if group:
            traces[each] = _gather(group, ruleset, traces)
    return list(traces.values())


def _known(values: Mapping[str, Value]) -> dict[str, Scalar]:
    return {
        name: _typed(name, value)
        for name, value in values.items()
        if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    }


def _typed(name: str, value: Scalar) -> Scalar:
    variable = VARIABLES[name]
    if variable.type is float and type(value) is int:
        return float(value)
    if type(value) is not variable.type:
        raise TypeError(f"{name} is no {variable.type.__name__}")
    return value


def _ask(rule: Rule, known: Mapping[str, Scalar]) -> Result:
    asked = {name: known[name] for name in rule.asked}
    if rule.requires and not holds(rule.requires, asked):
        return Result.INSUFFICIENT
    return Result.PASS if holds(rule.condition, asked) else Result.FAIL


def _sentence(
    rule: Rule,
    result: Result,
    inputs: Mapping[str, Scalar],
    missing: Sequence[str],
    language: Language,
) -> str:
    name = _begin(rule.name.text(language))
    advice = ""
    if result is Result.INSUFFICIENT and rule.if_insufficient:
        advice = fill_template(rule.if_insufficient.text(language), inputs, language)
        advice = translate("rule_results.advice", language, advice=advice)
    if missing:
        words = _join((VARIABLES[each].text(language) for each in missing), language)
        return translate("rule_results.missing", language, name=name, missing=words) + advice
    said = fill_template(rule.sentence.text(language), inputs, language)
    verdict = translate(f"rule_results.{result.value}", language)
    return translate("rule_results.said", language, name=name, said=said, result=verdict) + advice


def _gather(group: Group, ruleset: Ruleset, traces: Mapping[str, Trace]) -> Trace:
    results = {each: traces[each].result for each in group.rules}
    result = _any_of(group, results) if group.any else _must_and_should(group, results)
    missing = dict.fromkeys(name for each in group.rules for name in traces[each].missing)
    inputs = {rule: found.value for rule, found in results.items()}
    zh, en = (_group_sentence(group, ruleset, results, result, each) for each in ("zh", "en"))
    return Trace(group.id, result, inputs, tuple(missing), zh, en)


def _any_of(group: Group, results: Mapping[str, Result]) -> Result:
    return _at_least(1, [results[each] for each in group.any])


def _must_and_should(group: Group, results: Mapping[str, Result]) -> Result:
    must = _at_least(len(group.must), [results[each] for each in group.must])
    should = _at_least(group.should_min, [results[each] for each in group.should])
    return should if must is Result.PASS else must


def _at_least(number: int, results: Sequence[Result]) -> Result:
    """Return pass if enough pass, insufficient if those without data could make it enough."""
    if results.count(Result.PASS) >= number:
        return Result.PASS
    possible = len(results) - results.count(Result.FAIL)
    return Result.INSUFFICIENT if possible >= number else Result.FAIL


def _group_sentence(
    group: Group,
    ruleset: Ruleset,
    results: Mapping[str, Result],
    result: Result,
    language: Language,
) -> str:
    def listed(ids: Iterable[str]) -> str:
        return _join(
            (
                translate(
                    "rule_results.member",
                    language,
                    name=ruleset.rules[each].name.text(language),
                    result=translate(f"rule_results.{results[each].value}", language),
                )
                for each in ids
            ),
            language,
        )

    key = "any_of" if group.any else "must_and_should" if group.should else "all_of"
    said = translate(
        f"rule_results.{key}",
        language,
        rules=listed(group.any or group.must),
        should=listed(group.should),
        number=group.should_min,
    )
    verdict = translate(f"rule_results.{result.value}", language)
    name = _begin(group.name.text(language))
    return translate("rule_results.said", language, name=name, said=said, result=verdict)


def _begin(name: str) -> str:
    return name[:1].upper() + name[1:]


def _join(parts: Iterable[str], language: Language) -> str:
    return translate("rule_results.list_separator", language).join(parts)
