"""Facts: what an onlooker knows about sums of counts, and how it is kept between releases."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from geo_jindu.errors import SuppressionError
from geo_jindu.suppression.sums import Sum, make_sums


class FactKind(StrEnum):
    """How a fact came to be known."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Fact:
    """The sum over these units and periods lies between two bounds.

    Attributes
    ----------
    units, periods
        Sorted codes and labels.
    low, high
        Both included; ``None`` if there is no upper bound.
    kind
        Shown; hidden, when the bounds are those of the rule and the exact value is to be protected;
        or not given out but assumed to be known to officers of other counties. Assumed facts and
        the bounds of hidden ones are for the audit of later releases and never leave the store.
    """

    units: tuple[str, ...]
    periods: tuple[str, ...]
    low: int
    high: int | None
    kind: FactKind = FactKind.SHOWN

    @property
    def sum(self) -> Sum:
        """What the fact is about."""
        return self.units, self.periods


def write_facts(facts: Iterable[Fact]) -> str:
    """Return facts as JSON text, each set of units or periods written once."""
    numbers: dict[str, dict[tuple[str, ...], int]] = {"units": {}, "periods": {}}

    def number(name: str, labels: tuple[str, ...]) -> int:
        return numbers[name].setdefault(labels, len(numbers[name]))

    rows = [
        [number("units", fact.units), number("periods", fact.periods), fact.low, fact.high, fact.kind]
        for fact in facts
    ]
    return json.dumps({"units": [*numbers["units"]], "periods": [*numbers["periods"]], "facts": rows})


def read_facts(text: str) -> tuple[Fact, ...]:
    """Return the facts that `write_facts` wrote."""
    content: dict[str, Any] = json.loads(text)
    units = [tuple(labels) for labels in content["units"]]
    periods = [tuple(labels) for labels in content["periods"]]
    return tuple(
        Fact(units[unit], periods[period], low, high, FactKind(kind))
        for unit, period, low, high, kind in content["facts"]
    )


def facts_that_hold(atoms: pd.DataFrame, facts: Sequence[Fact]) -> list[Fact]:
    """Return, each once, the facts that are true of ``atoms``.

    The others speak of figures that were superseded since, or of units that have none now.

    Parameters
    ----------
    atoms
        Index = code, columns = period labels.

    Raises
    ------
    SuppressionError
        If facts are about periods that ``atoms`` has not: they could not be reckoned with.
    """
    every = list(dict.fromkeys(facts))
    if unknown := sorted({period for fact in every for period in fact.periods} - set(atoms.columns)):
        raise SuppressionError("fact_without_counts", periods=", ".join(unknown))
    codes = set(atoms.index)
    every = [fact for fact in every if codes.issuperset(fact.units)]
    values = make_sums(atoms, [fact.sum for fact in every]).values
    return [
        fact
        for fact, value in zip(every, values, strict=True)
        if fact.low <= value and (fact.high is None or value <= fact.high)
    ]


def merge_facts(facts: Sequence[Fact]) -> list[Fact]:
    """Return facts sorted, those of the same kind and sum as one with the narrower bounds."""
    bounds: dict[tuple[Sum, FactKind], tuple[int, float]] = {}
    for fact in facts:
        low, high = bounds.get((fact.sum, fact.kind), (0, math.inf))
        narrower = min(high, math.inf if fact.high is None else fact.high)
        bounds[fact.sum, fact.kind] = max(low, fact.low), narrower
    return [
        Fact(*which, low, None if math.isinf(high) else int(high), kind)
        for (which, kind), (low, high) in sorted(bounds.items())
    ]
