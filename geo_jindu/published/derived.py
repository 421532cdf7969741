"""What follows from the published figures: nothing here is typed, all is computed from given ones."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from geo_jindu.demo.margins import read_margins
from geo_jindu.published import Fact, PublishedCase, read_facts
from geo_jindu.published.rounding import (
    WholeNumbers,
    bases_of_change,
    rounding_range,
    values_after_change,
    wholes_short_by,
)

Number = int | Decimal | Fraction

POSTS_OF_A_TOWNSHIP = 2
"""Head of the party and head of the government."""


class Derived(NamedTuple):
    """A derived figure with how it was computed.

    Attributes
    ----------
    key
        The sentence ``published.derived_<key>`` in ``texts.toml``.
    values
        What the sentence says; percentages as such.
    """

    key: str
    values: Mapping[str, Number]


def derive_figures(fact: Fact) -> list[Derived]:
    """Return what follows from one fact: from it alone, then together with others."""
    found = _from_percentages(fact)
    if fact.id in _FROM_SEVERAL:
        found += _FROM_SEVERAL[fact.id](read_facts())
    return found


def percentage(part: Number, whole: Number) -> Decimal:
    """Return what part of the whole it is [per cent, one decimal, halves away from zero]."""
    exact = Fraction(100 * part) / Fraction(whole)
    precise = Decimal(exact.numerator) / Decimal(exact.denominator)
    return precise.quantize(Decimal("0.1"), ROUND_HALF_UP)


def fall_from(bases: WholeNumbers, value: int) -> WholeNumbers:
    """Return by how much a number fell to ``value`` from each of the numbers it may have been."""
    return WholeNumbers(*(base - value for base in bases))


def changes_of_rest(
    city: tuple[WholeNumbers, int], part: tuple[int, WholeNumbers]
) -> tuple[Decimal, Decimal, Decimal]:
    """Return how the rest of a city changed if one part of it is taken away.

    Parameters
    ----------
    city, part
        Persons before and after.

    Returns
    -------
    tuple of Decimal
        The largest fall, the change by the best numbers and the smallest fall [per cent].
    """

    def change(before: int, after: int) -> Decimal:
        rest_before, rest_after = before - part[0], city[1] - after
        return percentage(rest_after - rest_before, rest_before)

    found = [change(before, after) for before, after in product(city[0], part[1])]
    return min(found), change(city[0].best, part[1].best), max(found)


def _derived(key: str, **values: Number) -> Derived:
    return Derived(key, values)


def _from_percentages(fact: Fact) -> list[Derived]:
    printed = fact.value if fact.unit == "percent" else fact.change
    if printed is None:
        return []
    low, high = rounding_range(printed)
    found = [_derived("rounded", printed=printed, low=low, high=high)]
    if fact.change is not None and fact.value is not None:
        bases = bases_of_change(int(fact.value), fact.change)
        key = "base" if bases.low < bases.high else "only_base"
        found.append(_base(key, int(fact.value), fact.change, bases))
    return found


def _base(key: str, value: int, change: Decimal, bases: WholeNumbers) -> Derived:
    return _derived(key, value=value, change=change, factor=1 + change / 100, **bases._asdict())


def _whole(case: PublishedCase, fact_id: str) -> int:
    return int(_given(case.fact(fact_id).value))


def _given(number: Decimal | None) -> Decimal:
    if number is None:
        raise ValueError("this figure is not given")
    return number


def _city_outflow(case: PublishedCase) -> tuple[WholeNumbers, int]:
    after = _whole(case, "F44")
    return bases_of_change(after, _given(case.fact("F44").change)), after


def _fall_of_outflow(case: PublishedCase) -> list[Derived]:
    before, after = _city_outflow(case)
    fall = fall_from(before, after)
    return [_derived("fall", before=before.best, after=after, **fall._asdict())]


def _other_reading(case: PublishedCase) -> list[Derived]:
    arrests, change = _whole(case, "F45"), _given(case.fact("F44").change)
    return [
        _base("other_base", arrests, change, bases_of_change(arrests, change)),
        _share("subset", arrests, _whole(case, "F44")),
    ]


def _rest_of_city(case: PublishedCase) -> list[Derived]:
    margins = read_margins()
    county = next(each for each in margins.percentages if each.id == "outflow_change_of_county")
    before = int(margins.value(*county.to, county.county))
    after = values_after_change(before, _given(case.fact("F52").change))
    city = _city_outflow(case)
    low, best, high = changes_of_rest(city, (before, after))
    rest_before, rest_after = city[0].best - before, city[1] - after.best
    return [
        _derived("county", before=before, **after._asdict()),
        _derived("rest_of_city", before=rest_before, after=rest_after, low=low, best=best, high=high),
    ]


def _both_target_cases(case: PublishedCase) -> list[Derived]:
    return [_sum(_whole(case, "F11"), _whole(case, "F12"))]


def _parts_of_target_cases(case: PublishedCase) -> list[Derived]:
    return [_sum(*(int(part.value) for part in case.fact("F19").parts))]


def _sum(first: int, second: int) -> Derived:
    return _derived("sum", first=first, second=second, sum=first + second)


def _share(key: str, part: int, whole: int) -> Derived:
    return _derived(key, part=part, whole=whole, share=percentage(part, whole))


def _listed(case: PublishedCase) -> list[Derived]:
    return [_share("of_townships", _whole(case, "F47"), case.units_of_city.townships)]


def _interviewed_counties(case: PublishedCase) -> list[Derived]:
    return [_share("of_counties", _whole(case, "F48"), case.units_of_city.counties)]


def _interviewed_townships(case: PublishedCase) -> list[Derived]:
    counties, townships = _whole(case, "F48"), _whole(case, "F49")
    return [
        _share("of_townships", townships, case.units_of_city.townships),
        _derived("interviewed", counties=counties, townships=townships, sum=counties + townships),
        _derived("posts", posts=POSTS_OF_A_TOWNSHIP * townships),
    ]


def _ordered(case: PublishedCase) -> list[Derived]:
    share = _given(case.fact("F33").value)
    one, two = wholes_short_by(1, share), wholes_short_by(2, share)
    return [
        _derived(
            "wholes",
            share=share,
            low=one.low,
            high=one.high,
            executed=one.low - 1,
            next_low=two.low,
            next_high=two.high,
        )
    ]


def _investment_per_place(case: PublishedCase) -> list[Derived]:
    places, investment = _whole(case, "F37"), case.fact("F37").parts[0].value
    low, high = (end / places for end in rounding_range(investment))
    each = investment / places
    return [_derived("per_place", investment=investment, places=places, each=each, low=low, high=high)]


_FROM_SEVERAL: dict[str, Callable[[PublishedCase], list[Derived]]] = {
    "F12": _both_target_cases,
    "F19": _parts_of_target_cases,
    "F33": _ordered,
    "F37": _investment_per_place,
    "F44": _fall_of_outflow,
    "F45": _other_reading,
    "F47": _listed,
    "F48": _interviewed_counties,
    "F49": _interviewed_townships,
    "F52": _rest_of_city,
}
