"""An assessment's counts released to a lower tier, hidden where they are small."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from geo_jindu.aggregation import Joined, atoms_of
from geo_jindu.suppression import (
    PARTNER,
    PUBLIC,
    Fact,
    Release,
    Request,
    release_counts,
)
from geo_jindu.tiers import Tier

Told = Mapping[tuple[Tier, str], Sequence[Fact]]
"""What tiers were told before, by tier and source id."""

_RULES = {Tier.PARTNER: PARTNER, Tier.PUBLIC: PUBLIC}


def release_all(joined: Joined, earlier: Told) -> dict[Tier, dict[str, Release]]:
    """Release the counts of every source that is shown, to the partner and to the public.

    Parameters
    ----------
    earlier
        What the tiers were told in earlier releases; nothing hidden then or now can be worked out
        from all of them together.

    Returns
    -------
    dict
        By tier, then by source id. Windows are called as `Window.label` does.

    Raises
    ------
    SuppressionError
        If nothing can be released without giving something away.
    """
    released: dict[Tier, dict[str, Release]] = {Tier.PARTNER: {}, Tier.PUBLIC: {}}
    for source in dict.fromkeys(each.numerator for each in joined.configuration.indicators):
        above = None
        for tier in released:
            known = earlier.get((tier, source), ())
            above = _release(joined, source, tier, known, above)
            released[tier][source] = above
    return released


def _release(
    joined: Joined, source: str, tier: Tier, earlier: Sequence[Fact], above: Release | None
) -> Release:
    """Release one source's counts; periods that no window tells apart are one atom to the audit."""
    windows = {each.label: joined.periods(source, each) for each in joined.windows(source)}
    counted = frozenset(joined.inputs.counts[source].observations["period"])
    recalled = [fact for fact in earlier if counted.issuperset(fact.periods)]
    told = list(dict.fromkeys(frozenset(fact.periods) for fact in recalled))
    atoms = atoms_of([*windows.values(), *told])
    name = {period: atom[0] for atom in atoms for period in atom}
    counts = joined.by_atom(source, atoms)
    table = pd.DataFrame({atom[0]: values for atom, values in counts.items()})
    if table.columns.empty:
        table = pd.DataFrame({"": 0}, index=joined.inputs.townships.frame.index)
    frame = joined.inputs.townships.frame
    request = Request(
        atoms=table,
        windows={label: _named(periods, name) for label, periods in windows.items()},
        counties=frame["county"],
        groups=_groups(joined),
    )
    known = [replace(fact, periods=_named(fact.periods, name)) for fact in recalled]
    release = release_counts(request, _RULES[tier], known, above and _renamed(above, name))
    members = {atom[0]: atom for atom in atoms}
    return replace(release, facts=tuple(_spelled_out(release.facts, members)))


def _groups(joined: Joined) -> dict[str, pd.Index]:
    listed = joined.inputs.key_areas
    if listed is None:
        return {}
    codes = joined.inputs.townships.frame.index
    is_listed = codes.isin(listed.index)
    return {"key_areas": codes[is_listed], "elsewhere": codes[~is_listed]}


def _named(periods: Iterable[str], name: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({name[period] for period in periods}))


def _renamed(release: Release, name: Mapping[str, str]) -> Release:
    facts = tuple(replace(fact, periods=_named(fact.periods, name)) for fact in release.facts)
    return replace(release, facts=facts)


def _spelled_out(facts: Iterable[Fact], members: Mapping[str, tuple[str, ...]]) -> Iterable[Fact]:
    for fact in facts:
        periods = sorted(period for label in fact.periods for period in members.get(label, ()))
        yield replace(fact, periods=tuple(periods))
