"""Small counts are hidden, with just enough beside them; numbers that can be checked by hand."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_jindu.errors import SuppressionError
from geo_jindu.suppression import (
    PARTNER,
    PUBLIC,
    Fact,
    FactKind,
    Request,
    find_solved,
    read_facts,
    release_counts,
    write_facts,
)

WINDOWS = {"2017": ["2017"], "2018": ["2018"], "both": ["2017", "2018"]}


def request(counts, counties=None, windows=None, groups=None, periods=None):
    """Return a request: counts by code (a number, or one per period), county = first letter."""
    atoms = pd.DataFrame({code: np.atleast_1d(each) for code, each in counts.items()}).T
    atoms.columns = periods or ["2017", "2018", "2019", "2020"][: atoms.shape[1]]
    county = pd.Series({code: code[0] for code in counts} if counties is None else counties)
    return Request(atoms, windows or {p: [p] for p in atoms.columns}, county, groups or {})


def hidden(release, window="2017"):
    return set(release.hidden.index[release.hidden[window]])


def other_counties(n=3, value=100):
    """Return townships of a county whose counts are all shown."""
    return {f"z{i}": value + i for i in range(n)}


def test_a_lone_hidden_count_gets_the_smallest_other_of_its_county():
    release = release_counts(
        request({"a1": 3, "a2": 20, "a3": 9, "a4": 11} | other_counties()), PARTNER
    )
    assert hidden(release) == {"a1", "a3"}
    assert release.cells["2017"].dropna().tolist() == [20, 11, 100, 101, 102]
    assert release.counties["2017"].to_dict() == {"a": 43, "z": 303}
    assert release.city["2017"] == 346


def test_among_equals_the_first_code_is_taken():
    release = release_counts(request({"a1": 3, "a4": 9, "a2": 9, "a3": 9} | other_counties()), PARTNER)
    assert hidden(release) == {"a1", "a2"}


@pytest.mark.parametrize(
    ("small", "complemented"),
    [((1, 1), True), ((4, 4), True), ((1, 2), False), ((4, 3), False), ((2, 2), False)],
)
def test_two_hidden_counts_protect_each_other_unless_their_sum_gives_them_away(small, complemented):
    """1 + 1 = 2 and 4 + 4 = 8 have one solution among 1 to 4; 1 + 2 = 3 has two."""
    counts = {"a1": small[0], "a2": small[1], "a3": 30, "a4": 50} | other_counties()
    assert hidden(release_counts(request(counts), PARTNER)) == {"a1", "a2"} | (
        {"a3"} if complemented else set()
    )


def test_where_all_counts_are_ones_the_whole_county_is_withheld():
    """One counted in the county: whoever knows that, must not learn where."""
    counts = {"a1": 0, "a2": 1, "a3": 0, "a4": 0} | {"b1": 3, "b2": 9, "b3": 30} | other_counties()
    release = release_counts(request(counts), PARTNER)
    assert {"a1", "a2", "a3", "a4"} <= hidden(release)
    ranges = {fact.units: (fact.low, fact.high) for fact in release.facts if len(fact.units) == 1}
    assert {ranges[code,] for code in ("a1", "a2", "a3", "a4")} == {(0, None)}
    assert ranges["b1",] == (1, 4)


def test_a_county_of_one_township_is_protected_by_the_total_of_another():
    counts = {"a1": 3, "b1": 20, "b2": 30, "b3": 2, "b4": 3} | other_counties(5)
    release = release_counts(request(counts), PARTNER)
    assert "a1" in hidden(release)
    assert release.counties["2017"].isna().to_dict() == {"a": True, "b": True, "z": False}


def test_townships_of_no_county_count_as_one():
    counties = {"a1": "a", "a2": "a", "n1": "", "n2": "", "n3": ""}
    release = release_counts(request({"a1": 9, "a2": 9, "n1": 2, "n2": 6, "n3": 8}, counties), PARTNER)
    assert hidden(release) == {"n1", "n2"}
    assert list(release.counties.index) == ["a"]


def test_a_hidden_county_total_cannot_be_had_from_the_city():
    """City 353 less 100 and 250 is 3: so the total of another county is hidden too."""
    counts = {"a1": 1, "a2": 2, "b1": 3, "b2": 2, "b3": 95, "c1": 125, "c2": 125}
    release = release_counts(request(counts), PARTNER)
    assert release.counties["2017"].isna().to_dict() == {"a": True, "b": True, "c": False}
    assert release.city["2017"] == 353


def test_a_hidden_group_hides_the_rest_of_the_city():
    counts = {"a1": 3, "a2": 8, "a3": 4, "b1": 3, "b2": 9, "b3": 4}
    groups = {"key": pd.Index(["a1", "missing"]), "elsewhere": pd.Index(["a2", "a3", "b1", "b2", "b3"])}
    release = release_counts(request(counts, groups=groups), PARTNER)
    assert release.groups["2017"].isna().all()
    assert release_counts(request(counts, groups=groups), PUBLIC).groups.empty


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (17, 15), (18, 20), (466, 465)],
)
def test_the_public_sees_multiples_of_five(count, shown):
    counts = {"a1": count, "a2": 6, "a3": 5, "a4": 44} | {f"b{i}": 3 + i for i in range(4)}
    release = release_counts(request(counts), PUBLIC)
    value = release.cells.loc["a1", "2017"]
    assert pd.isna(value) if shown is None else value == shown
    assert release.city["2017"] == sum(counts.values())
    assert release.counties.loc["a", "2017"] % 5 == 0


def test_rounded_neighbours_can_give_a_hidden_count_away():
    """The county has 22; shown are 0 and 15, which is 13 to 17: so 5 to 9, and 7 at most by the rule."""
    public = release_counts(request({"a1": 7, "a2": 0, "a3": 15} | other_counties()), PUBLIC)
    assert hidden(public) == {"a1"}
    lone = release_counts(request({"a1": 7, "a2": 0, "a3": 0} | other_counties()), PUBLIC)
    assert hidden(lone) == {"a1", "a2"}


def test_what_the_partner_must_not_see_the_public_must_not_see():
    counts = {"a1": 3, "a2": 12, "a3": 30} | other_counties()
    alone = release_counts(request(counts), PUBLIC)
    partner = release_counts(request(counts), PARTNER)
    below = release_counts(request(counts), PUBLIC, above=partner)
    assert (hidden(alone), hidden(partner)) == ({"a1"}, {"a1", "a2"})
    assert hidden(below) == {"a1", "a2"}


def test_what_was_shown_before_is_not_hidden_in_vain_and_what_was_hidden_stays():
    counts = {"a1": 3, "a2": 9, "a3": 11} | other_counties()
    first = release_counts(request(counts), PARTNER)
    again = release_counts(request(counts), PARTNER, earlier=first.facts)
    assert hidden(again) == hidden(first) == {"a1", "a2"}
    assert set(again.facts) == set(first.facts)


def test_if_earlier_facts_give_a_count_away_nothing_is_released():
    counts = {"a1": 3, "a2": 9, "a3": 11} | other_counties()
    known = [Fact((code,), ("2017",), value, value) for code, value in counts.items() if code != "a1"]
    with pytest.raises(SuppressionError, match="a1 from 2017 to 2017"):
        release_counts(request(counts), PARTNER, earlier=known)


def test_the_only_township_of_a_city_cannot_be_hidden():
    with pytest.raises(SuppressionError):
        release_counts(request({"a1": 3}), PARTNER)
    assert release_counts(request({"a1": 5}), PARTNER).cells.loc["a1", "2017"] == 5


def test_earlier_facts_about_periods_without_counts_are_refused():
    with pytest.raises(SuppressionError, match="2016"):
        release_counts(request({"a1": 9}), PARTNER, earlier=[Fact(("a1",), ("2016",), 0, 9)])


def test_the_order_of_rows_columns_and_windows_changes_nothing():
    rng = np.random.default_rng(5)
    counts = {f"{county}{i}": rng.poisson(2, 2) for county in "abc" for i in range(5)}
    asked = request(counts, windows=WINDOWS, groups={"key": pd.Index(["a1", "b2", "c3"])})
    order = rng.permutation(len(counts))
    turned = Request(
        asked.atoms.iloc[order, ::-1],
        dict(reversed(asked.windows.items())),
        asked.counties.iloc[::-1],
        {"key": pd.Index(["c3", "b2", "a1"])},
    )
    for rule in (PARTNER, PUBLIC):
        one, other = release_counts(asked, rule), release_counts(turned, rule)
        assert list(other.cells.index) == list(turned.atoms.index)
        pd.testing.assert_frame_equal(other.cells.loc[one.cells.index, one.cells.columns], one.cells)
        assert set(one.facts) == set(other.facts)


def test_no_hidden_value_is_in_what_is_printed_or_sent():
    counts = {"a1": 3, "a2": 77_731, "a3": 88_813} | {"b1": 99_929, "b2": 99_931}
    for rule in (PARTNER, PUBLIC):
        partner = release_counts(request(counts), PARTNER)
        release = release_counts(request(counts), rule, above=None if rule is PARTNER else partner)
        assert "a2" in hidden(release)
        sent = [release.cells, release.hidden, release.counties, release.groups]
        text = repr(release) + "".join(each.to_json() for each in sent) + release.city.to_json()
        assert "77731" not in text
        assert "77730" not in text


def test_facts_survive_being_stored():
    release = release_counts(request({"a1": 3, "a2": 9, "b1": 0, "b2": 8}, windows=None), PUBLIC)
    assert {fact.kind for fact in release.facts} == set(FactKind)
    text = write_facts(release.facts)
    assert read_facts(text) == release.facts
    json.loads(text)


@st.composite
def puzzles(draw):
    """Draw a small table, and facts true of it about some of its sums."""
    units, periods = draw(st.sampled_from([(1, 3), (2, 1), (2, 2), (3, 1), (4, 1)]))
    counts = draw(st.lists(st.integers(0, 4), min_size=units * periods, max_size=units * periods))
    labels = [f"p{i}" for i in range(periods)]
    atoms = pd.DataFrame(np.reshape(counts, (units, periods)), [f"u{i}" for i in range(units)], labels)

    def fact(slack_low, slack_high):
        chosen = draw(st.sets(st.sampled_from(list(atoms.index)), min_size=1))
        when = draw(st.sets(st.sampled_from(labels), min_size=1))
        value = int(atoms.loc[sorted(chosen), sorted(when)].to_numpy().sum())
        return Fact(
            tuple(sorted(chosen)), tuple(sorted(when)), max(value - slack_low, 0), value + slack_high
        )

    total = int(atoms.to_numpy().sum())
    whole = Fact(tuple(atoms.index), tuple(labels), total, total)
    slack = st.sampled_from([0, 0, 1, 3])
    return atoms, [whole, *(fact(draw(slack), draw(slack)) for _ in range(draw(st.integers(0, 5))))]


def solved_by_enumeration(atoms, facts, targets):
    """Return what is alike in all tables that keep the facts, by writing down every table."""
    seen = {target: set() for target in targets}
    rows = {code: row for row, code in enumerate(atoms.index)}
    columns = {label: column for column, label in enumerate(atoms.columns)}
    total = int(atoms.to_numpy().sum())

    def value(table, sum_):
        return sum(table[rows[unit]][columns[period]] for unit in sum_[0] for period in sum_[1])

    for counts in itertools.product(range(total + 1), repeat=atoms.size):
        table = [counts[i : i + atoms.shape[1]] for i in range(0, atoms.size, atoms.shape[1])]
        if all(fact.low <= value(table, fact.sum) <= fact.high for fact in facts):
            for target in targets:
                seen[target].add(value(table, target))
    return [target for target in targets if len(seen[target]) == 1]


@given(puzzles())
@settings(max_examples=60, deadline=None)
def test_the_audit_agrees_with_writing_down_every_table(puzzle):
    atoms, facts = puzzle
    if (atoms.to_numpy().sum() + 1) ** atoms.size > 20_000:
        return
    targets = [((code,), (period,)) for code in atoms.index for period in atoms.columns]
    targets += [((code,), tuple(atoms.columns)) for code in atoms.index]
    targets = list(dict.fromkeys(targets))
    assert find_solved(atoms, facts, targets) == solved_by_enumeration(atoms, facts, targets)


def test_the_audit_knows_that_counts_are_whole():
    """Each two of three together are 1 to 2 and all three 2 or more: halves would do, one whole cannot.

    x + y, y + z, x + z between 1 and 2, all three at least 2, at most 2: some table in whole numbers
    differs; with the sums at exactly 2, only 1, 1, 1 is left.
    """
    atoms = pd.DataFrame({"p": [1, 1, 1]}, index=["x", "y", "z"])
    pairs = [Fact(pair, ("p",), 2, 2) for pair in (("x", "y"), ("x", "z"), ("y", "z"))]
    targets = [((code,), ("p",)) for code in atoms.index]
    assert find_solved(atoms, pairs, targets) == targets
    loose = [Fact(fact.units, fact.periods, 1, 2) for fact in pairs]
    assert find_solved(atoms, loose, targets) == []
    assert find_solved(atoms, [], targets) == []
