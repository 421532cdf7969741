"""What settings of a score may not say; each fault is named with the path of its setting."""

from collections.abc import Iterator

from geo_jindu.configuration import Configuration, Indicator
from geo_jindu.errors import Problem
from geo_jindu.indicators import ALLOWED_USES, Kind, Polarity, Use
from geo_jindu.rectification.fields import ProportionId
from geo_jindu.scoring.fields import Normalisation, ScoreIndicator, ScoreSettings
from geo_jindu.scoring.weighting import RANDOM_INDEX

RECIPROCAL_WITHIN = 0.05
"""How far the product of two opposite judgements may lie from 1, as one writes 0.33 for a third."""


def find_score_contradictions(configuration: Configuration) -> Iterator[Problem]:
    """Yield a problem for each setting of the scores that contradicts another or the rules."""
    for name, settings, use in (
        ("severity", configuration.severity, Use.SEVERITY),
        ("progress", configuration.progress, Use.PROGRESS),
    ):
        for entry in settings.indicators:
            where = f"{name}.indicators.{entry.id}"
            yield from _entry_problems(entry, configuration, use, where)
            yield from _goalpost_problems(entry, settings, configuration, where)
        yield from _hierarchy_problems(settings, name)
        if settings.is_geometric and Normalisation.Z_SCORE in settings.normalisations:
            yield Problem("z_score_in_geometric", field=f"{name}.aggregation")
        yield from _judgement_problems(settings, configuration, use, f"{name}.judgements")
    yield from _effort_problems(configuration)


def _entry_problems(
    entry: ScoreIndicator, configuration: Configuration, use: Use, where: str
) -> Iterator[Problem]:
    """Find what is unknown, and what its kind keeps out of the score."""
    indicator = _indicator(configuration, entry.id)
    proportion = next((each for each in configuration.proportions if each.id == entry.id), None)
    if indicator is None and proportion is None:
        yield Problem("score_of_nothing", field=where, values={"id": entry.id})
        return
    kind = indicator.kind if indicator else ProportionId(entry.id).kind
    if use not in ALLOWED_USES[kind]:
        named = indicator or proportion
        values = {
            "id": entry.id,
            "name": named.name if named else "",
            "kind": kind.value,
            "score": use.value,
        }
        yield Problem("kind_not_scored", field=where, values=values)
    elif indicator and indicator.use is not use:
        values = {"id": entry.id, "use": indicator.use.value, "score": use.value}
        yield Problem("use_not_scored", field=where, values=values)
    elif indicator and use is Use.PROGRESS and indicator.polarity is Polarity.HIGHER_IS_WORSE:
        yield Problem("progress_needs_higher_is_better", field=where, values={"id": entry.id})


def _indicator(configuration: Configuration, indicator_id: str) -> Indicator | None:
    return next((each for each in configuration.indicators if each.id == indicator_id), None)


def _goalpost_problems(
    entry: ScoreIndicator, settings: ScoreSettings, configuration: Configuration, where: str
) -> Iterator[Problem]:
    used = Normalisation.GOALPOSTS in settings.normalisations
    posts = entry.goalposts
    is_rate = _indicator(configuration, entry.id) is not None
    if posts and posts[0] >= posts[1]:
        values = {"first": posts[0], "last": posts[1]}
        yield Problem("goalposts_reversed", field=f"{where}.goalposts", values=values)
    if posts and not used:
        yield Problem("goalposts_unused", field=f"{where}.goalposts")
    if used and is_rate and not posts:
        yield Problem("goalposts_missing", field=f"{where}.goalposts", values={"id": entry.id})


def _hierarchy_problems(settings: ScoreSettings, name: str) -> Iterator[Problem]:
    yield from _repeated(f"{name}.indicators", [each.id for each in settings.indicators])
    yield from _repeated(f"{name}.groups", [each.id for each in settings.groups])
    parents = {group.id: group.parent for group in settings.groups}
    above = {f"{name}.indicators.{each.id}.group": each.group for each in settings.indicators}
    above |= {f"{name}.groups.{each.id}.parent": each.parent for each in settings.groups}
    for where, group in above.items():
        if group and group not in parents:
            yield Problem("score_group_unknown", field=where, values={"id": group})
    for group in parents:
        if group not in above.values():
            yield Problem("score_group_empty", field=f"{name}.groups.{group}", values={"id": group})
        if _is_below_itself(group, parents):
            where = f"{name}.groups.{group}.parent"
            yield Problem("score_group_cycle", field=where, values={"id": group})


def _repeated(where: str, ids: list[str]) -> Iterator[Problem]:
    for each_id in sorted({each for each in ids if ids.count(each) > 1}):
        yield Problem("duplicate_id", field=where, values={"id": each_id})


def _is_below_itself(group: str, parents: dict[str, str]) -> bool:
    above, seen = parents[group], set[str]()
    while above in parents and above not in seen:
        if above == group:
            return True
        seen.add(above)
        above = parents[above]
    return False


def _judgement_problems(
    settings: ScoreSettings, configuration: Configuration, use: Use, where: str
) -> Iterator[Problem]:
    matrix = settings.judgements
    if not matrix:
        return
    expected = len(settings.indicators) or _by_default(configuration, use)
    if expected > len(RANDOM_INDEX):
        values = {"number": expected, "most": len(RANDOM_INDEX)}
        yield Problem("judgements_too_many", field=where, values=values)
    if len(matrix) != expected or any(len(row) != expected for row in matrix):
        yield Problem("judgements_of_wrong_size", field=where, values={"number": expected})
        return
    for row in range(expected):
        for column in range(row + 1):
            if abs(matrix[row][column] * matrix[column][row] - 1) > RECIPROCAL_WITHIN:
                values = {"row": row + 1, "column": column + 1}
                yield Problem("judgements_not_reciprocal", field=where, values=values)


def _by_default(configuration: Configuration, use: Use) -> int:
    """Count what enters a score that names nothing; see `geo_jindu.scoring.entries`."""
    if use is Use.SEVERITY:
        return sum(each.use is use for each in configuration.indicators)
    return sum(each.id.kind is Kind.PROCESS for each in configuration.proportions)


def _effort_problems(configuration: Configuration) -> Iterator[Problem]:
    named = configuration.severity.enforcement
    indicator = _indicator(configuration, named)
    if named and (indicator is None or indicator.kind is not Kind.ENFORCEMENT_OUTPUT):
        yield Problem("effort_unknown", field="severity.enforcement", values={"id": named})
