"""What is released of small tables, attacked by writing out every table that agrees with it."""

from dataclasses import replace
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_jindu.suppression import (
    PARTNER,
    PUBLIC,
    Request,
    read_facts,
    release_counts,
    write_facts,
)

MOST = 9
"""Largest count in the tables that are written out in full."""


def request(table, counties="", windows=None, groups=None):
    """Return a request for rows of counts per period; by default one window holds every period."""
    codes = [f"t{at}" for at in range(len(table))]
    periods = [f"p{at}" for at in range(len(table[0]))]
    atoms = pd.DataFrame(table, index=codes, columns=periods)
    placed = pd.Series(list(counties or "A" * len(table)), index=codes)
    return Request(atoms, windows or {"all": periods}, placed, groups or {})


def one_window(*counts, counties=""):
    return request([[count] for count in counts], counties)


def cells(release, window="all"):
    return [None if pd.isna(value) else int(value) for value in release.cells[window]]


def test_a_hidden_count_is_not_left_alone():
    """3 + 9 + 20 = 32: with 3 alone hidden it would be 32 - 9 - 20."""
    released = release_counts(one_window(3, 9, 20), PARTNER)
    assert cells(released)[0] is None
    assert sum(value is None for value in cells(released)) >= 2
    assert int(released.city["all"]) == 32


def test_two_that_can_only_be_one_each_are_not_left_alone():
    """1 + 1 = 2, and each is at least 1."""
    released = release_counts(one_window(1, 1, 8, 30), PARTNER)
    assert cells(released).count(None) >= 3


def test_two_that_can_only_be_four_each_are_not_left_alone():
    """4 + 4 = 8, and each is at most 4."""
    released = release_counts(one_window(4, 4, 8, 30), PARTNER)
    assert cells(released).count(None) >= 3


def test_counts_that_need_no_hiding_are_shown():
    released = release_counts(one_window(0, 5, 12, 40), PARTNER)
    assert cells(released) == [0, 5, 12, 40]
    assert released.counties.loc["A", "all"] == 57


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (8, 10), (12, 10), (13, 15), (17, 15), (18, 20), (466, 465)]
)
def test_the_public_sees_multiples_of_five(count, shown):
    released = release_counts(one_window(count, 40, 60), PUBLIC)
    assert cells(released)[0] == shown
    assert int(released.city["all"]) == count + 100


def test_small_totals_are_hidden_too():
    listed = pd.Index(["t0", "t2"])
    released = release_counts(
        request([[1], [20], [2], [30]], "AABB", groups={"key_areas": listed}), PARTNER
    )
    assert pd.isna(released.groups.loc["key_areas", "all"])
    assert int(released.city["all"]) == 53


def test_the_public_sees_no_totals_of_groups():
    released = release_counts(
        request([[50], [60], [70]], groups={"key_areas": pd.Index(["t0", "t1"])}), PUBLIC
    )
    assert released.groups.empty


def test_a_year_hidden_is_not_the_difference_of_two_that_are_shown():
    """Over both periods 20, in the second 17: the first would be 3."""
    windows = {"both": ["p0", "p1"], "second": ["p1"], "first": ["p0"]}
    table = [[3, 17], [9, 11], [10, 20], [8, 30]]
    released = release_counts(request(table, "AABB", windows), PARTNER)
    first = released.cells.loc["t0"]
    assert pd.isna(first["first"])
    assert pd.isna(first["both"]) or pd.isna(first["second"])


def test_a_county_of_one_township_gives_nothing_away():
    released = release_counts(one_window(3, 20, 40, 9, counties="ABBB"), PARTNER)
    assert cells(released)[0] is None
    assert pd.isna(released.counties.loc["A", "all"])


def test_neither_the_order_of_rows_nor_of_periods_matters():
    table = [[3, 17], [2, 11], [10, 1], [8, 30], [1, 1]]
    windows = {"both": ["p0", "p1"], "second": ["p1"]}
    asked = request(table, "AABBB", windows)
    shuffled = Request(
        asked.atoms.iloc[::-1, ::-1], dict(reversed(windows.items())), asked.counties.iloc[::-1]
    )
    one, other = release_counts(asked, PARTNER), release_counts(shuffled, PARTNER)
    pd.testing.assert_frame_equal(one.cells, other.cells.loc[one.cells.index, one.cells.columns])


def test_facts_survive_being_written():
    facts = release_counts(one_window(3, 9, 20, 0), PARTNER).facts
    assert read_facts(write_facts(facts)) == facts


def test_what_is_shown_of_a_release_does_not_tell_what_is_hidden():
    released = release_counts(one_window(3, 977, 2311, 9), PARTNER)
    hidden = [
        value for value, shown in zip([3, 977, 2311, 9], cells(released), strict=True) if shown is None
    ]
    assert all(f" {value} " not in f" {released!r} " for value in hidden if value > 9)


# ---- attacked by writing out every table


def agrees(table, told):
    return all(low <= sum(table[row][at] for row, at in where) <= high for where, low, high in told)


def told_by(asked, released, rule):
    """Return what an onlooker knows: sums of (row, period) between two numbers."""
    codes, periods = list(asked.atoms.index), list(asked.atoms.columns)
    shown = []
    for window in asked.windows:
        shown.append((codes, window, [int(released.city[window])] * 2))
        counties = released.counties[window].dropna() if len(released.counties) > 1 else {}
        for county, value in counties.items():
            those = list(asked.counties.index[asked.counties == county])
            shown.append((those, window, around(int(value), rule)))
        for code, value in released.cells[window].dropna().items():
            shown.append(([code], window, around(int(value), rule)))
    return [
        (
            [(codes.index(code), periods.index(at)) for code in those for at in asked.windows[window]],
            *limits,
        )
        for those, window, limits in shown
    ]


def around(value, rule):
    if rule.rounding == 1 or value == 0:
        return value, value
    return max(value - rule.rounding // 2, rule.threshold + 1), value + rule.rounding // 2


def possible_tables(asked, told):
    rows, columns = asked.atoms.shape
    for flat in product(range(MOST + 1), repeat=rows * columns):
        table = [flat[at * columns : (at + 1) * columns] for at in range(rows)]
        if agrees(table, told):
            yield table


def solved(asked, released, told):
    """Return the hidden cells that every possible table agrees about."""
    hidden = [
        (row, window)
        for row, code in enumerate(asked.atoms.index)
        for window in asked.windows
        if pd.isna(released.cells.loc[code, window])
    ]
    seen = {cell: set() for cell in hidden}
    positions = {
        window: [list(asked.atoms.columns).index(at) for at in those]
        for window, those in asked.windows.items()
    }
    for table in possible_tables(asked, told):
        for row, window in hidden:
            seen[row, window].add(sum(table[row][at] for at in positions[window]))
        if all(len(values) > 1 for values in seen.values()):
            return []
    return [cell for cell, values in seen.items() if len(values) < 2]


small_tables = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=1), min_size=3, max_size=4)
two_periods = st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=2), min_size=2, max_size=2)


@settings(max_examples=40, deadline=None)
@given(small_tables, st.sampled_from(["A", "AB"]), st.sampled_from([PARTNER, PUBLIC]))
def test_no_hidden_count_of_a_random_table_can_be_worked_out(table, names, rule):
    asked = request(table, [names[at % len(names)] for at in range(len(table))])
    released = release_counts(asked, rule)
    assert solved(asked, released, told_by(asked, released, rule)) == []


@settings(max_examples=25, deadline=None)
@given(two_periods, st.sampled_from([PARTNER, PUBLIC]))
def test_nor_from_windows_that_overlap(table, rule):
    asked = request(table, windows={"both": ["p0", "p1"], "second": ["p1"]})
    released = release_counts(asked, rule)
    assert solved(asked, released, told_by(asked, released, rule)) == []


@settings(max_examples=25, deadline=None)
@given(two_periods)
def test_nor_from_a_release_a_month_later(table):
    first = request(table, windows={"first": ["p0"]})
    then = release_counts(first, PARTNER)
    second = replace(first, windows={"both": ["p0", "p1"]})
    now = release_counts(second, PARTNER, then.facts)
    told = told_by(first, then, PARTNER)
    told += told_by(second, now, PARTNER)
    assert solved(first, then, told) == []
    assert solved(second, now, told) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=3, max_size=12), st.sampled_from(["A", "AB", "ABC"]))
def test_the_public_never_sees_what_partners_do_not(counts, names):
    asked = one_window(*counts, counties=[names[at % len(names)] for at in range(len(counts))])
    partner = release_counts(asked, PARTNER)
    public = release_counts(asked, PUBLIC, (), partner)
    assert (partner.hidden & ~public.hidden).to_numpy().sum() == 0
    assert int(partner.city["all"]) == int(public.city["all"]) == sum(counts)
    for count, value in zip(counts, cells(public), strict=True):
        assert value is None or abs(value - count) <= 2
        assert value is None or not 1 <= count <= 7
