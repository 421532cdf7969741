"""Replay: the state of any day from the log alone, with no look-ahead, whatever happens."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_jindu.rectification.clocks import Standing, read_deadlines
from geo_jindu.rectification.entries import Entry, Evidence
from geo_jindu.rectification.lifecycle import STAYS, TERMS, Scope
from geo_jindu.rectification.lifecycle_file import example_text, load_lifecycle
from geo_jindu.rectification.replay import ReplayError, replay, standing_entries
from geo_jindu.rectification.rules import example_rules

RULES = example_rules()
LIFECYCLE = load_lifecycle(example_text(), "x", {*RULES.rules, *RULES.groups}, {*RULES.parameters})
PARAMETERS = {each.id: each.value for each in RULES.parameters.values()}
DAY = date(2018, 1, 10)
UNITS = ("990101100", "990101101", "990101102")


def entry(number, event, day, unit=UNITS[0], **others):
    """Make an entry recorded on the day it is effective, in the order of its number."""
    details = dict(others.pop("details", {}))
    effects = {effect for each in LIFECYCLE.named(event) for effect in each.effects}
    for effect in effects & {*TERMS}:
        details["days"] = PARAMETERS[TERMS[effect]]
    recorded = others.pop("recorded_at", f"{day}T08:00:00.{number:06}Z")
    county = others.pop("county", unit[:6])
    return Entry(
        number, event, unit, "2018-01-01", county, "committee", day, recorded, details=details, **others
    )


def story(*steps, unit=UNITS[0], start=1):
    """Make entries from pairs of days after `DAY` and events."""
    return [
        entry(
            number, step[1], DAY + timedelta(days=step[0]), unit, **(step[2] if len(step) > 2 else {})
        )
        for number, step in enumerate(steps, start=start)
    ]


LISTED = ((0, "propose"), (10, "list"), (35, "submit_plan"), (42, "start"))
MEASURE = {"details": {"measure": "m", "owner": "post", "due_on": "2018-06-01"}}
TO_EXTENDED = (*LISTED, (380, "request_acceptance"), (390, "assess"), (400, "extend"))


def course(entries, **asked):
    return replay(entries, LIFECYCLE, **asked).courses[entries[0].unit]


def test_a_listing_by_hand():
    entries = story(*TO_EXTENDED)
    found = course(entries)
    assert (found.state, found.since) == ("extended", DAY + timedelta(days=400))
    assert (found.listing, found.extensions, found.escalation) == (1, 1, 1)
    assert found.listed_on == date(2018, 1, 20)
    assert found.term_ends == date(2019, 2, 14) + timedelta(days=182)  # 365 days were over before
    assert found.id == "990101100-1"
    assert [each.event for each in found.of_listing] == [each.event for each in entries]


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (-1, None),
        (0, "proposed"),
        (9, "proposed"),
        (10, "listed"),
        (41, "plan_approved"),
        (42, "rectifying"),
    ],
)
def test_each_day_has_its_state(after, state):
    courses = replay(story(*LISTED), LIFECYCLE, day=DAY + timedelta(days=after)).courses
    assert (courses[UNITS[0]].state if courses else None) == state


def test_what_was_recorded_later_was_not_known_earlier():
    entries = story(*LISTED)
    late = replace(entries[3], recorded_at="2018-06-01T00:00:00.000000Z")
    day = date(2018, 3, 1)
    assert course([*entries[:3], late], day=day).state == "rectifying"
    then = course([*entries[:3], late], day=day, known_by="2018-03-01T15:59:59.999999Z")
    assert then.state == "plan_approved"


def test_a_correction_takes_the_place_of_an_entry_and_both_stay_in_the_log():
    entries = story(*LISTED)
    corrected = entry(
        5, "list", date(2018, 1, 25), corrects=2, recorded_at="2018-04-01T00:00:00.000000Z"
    )
    now = course([*entries, corrected])
    assert now.listed_on == date(2018, 1, 25)
    assert course([*entries, corrected], known_by="2018-03-31T00:00:00.000000Z").listed_on == date(
        2018, 1, 20
    )


def test_a_withdrawal_can_be_withdrawn():
    entries = story(*LISTED, (50, "interview"))
    back = entry(6, "withdraw", date(2018, 4, 1), corrects=5)
    again = entry(7, "withdraw", date(2018, 4, 2), corrects=6)
    assert course(entries).interviewed_on == (DAY + timedelta(days=50),)
    assert course([*entries, back]).interviewed_on == ()
    assert course([*entries, back, again]).interviewed_on == (DAY + timedelta(days=50),)


def test_an_entry_that_is_not_allowed_is_named():
    with pytest.raises(ReplayError) as raised:
        replay(story((0, "propose"), (1, "delist")), LIFECYCLE)
    assert raised.value.number == 2


def test_a_relapse_opens_another_listing_and_keeps_the_first():
    steps = ((410, "request_acceptance"), (412, "assess"), (420, "publicise"), (430, "delist"))
    red = (500, "confirm_red_line", {"reasons": "x"})
    entries = story(*TO_EXTENDED, *steps, red, (510, "relapse"), (520, "list"))
    found = course(entries)
    assert (found.listing, found.relapses, found.extensions, found.id) == (2, 1, 0, "990101100-2")
    assert found.first_listed_on == date(2018, 1, 20)
    assert found.listed_on == DAY + timedelta(days=520)
    (first,) = found.past
    assert (first.state, first.extensions, first.id) == ("delisted_consolidation", 1, "990101100-1")
    assert [each.event for each in found.of_listing] == ["relapse", "list"]


def test_a_second_correction_does_not_bring_the_first_entry_back():
    entries = story(*LISTED, (50, "add_measure", MEASURE))
    once = entry(6, "add_measure", DAY + timedelta(days=50), corrects=5, **MEASURE)
    twice = entry(7, "add_measure", DAY + timedelta(days=50), corrects=6, **MEASURE)
    assert [each.id for each in course([*entries, once, twice]).measures] == [7]
    back = entry(8, "withdraw", DAY + timedelta(days=60), corrects=7)
    assert [each.id for each in course([*entries, once, twice, back]).measures] == [6]


def test_look_backs_cannot_all_be_held_on_one_day():
    steps = ((410, "request_acceptance"), (412, "assess"), (420, "publicise"), (430, "delist"))
    held = tuple((430, "look_back") for _ in range(3))
    entries = story(*TO_EXTENDED, *steps, *held)
    found = standing(entries, DAY + timedelta(days=440), "look_back")
    assert [state for _, state, _ in found] == [Standing.MET, Standing.DUE, Standing.DUE]


def test_reports_handed_in_ahead_do_not_stand_for_later_ones():
    entries = story(*LISTED, *((42, "report") for _ in range(5)))
    found = standing(entries, DAY + timedelta(days=42 + 95), "report")
    assert [state for _, state, _ in found][:3] == [Standing.MET, Standing.OVERDUE, Standing.OVERDUE]


def test_measures_of_a_listing_that_is_over_are_not_overdue():
    entries = story(*LISTED, (50, "add_measure", MEASURE), (60, "annul"))
    assert standing(entries, date(2019, 1, 1), "measure") == []


def test_an_heir_that_is_looked_back_at_keeps_its_course():
    steps = ((410, "request_acceptance"), (412, "assess"), (420, "publicise"), (430, "delist"))
    heir = story(*TO_EXTENDED, *steps, unit=UNITS[1], start=10)
    watched = [entry(1, "flag", DAY)]
    over = entry(30, "supersede", DAY + timedelta(days=500), details={"heirs": (UNITS[1],)})
    found = replay([*watched, *heir, over], LIFECYCLE).courses[UNITS[1]]
    assert (found.state, found.listing) == ("delisted_consolidation", 1)


def test_a_listing_under_way_goes_on_in_an_heir_with_a_history_of_its_own():
    steps = ((410, "request_acceptance"), (412, "assess"), (420, "publicise"), (430, "delist"))
    heir = story(*TO_EXTENDED, *steps, unit=UNITS[1], start=10)
    details = {"heirs": (UNITS[1],), "heir_counties": ("990202",)}
    over = entry(30, "supersede", DAY + timedelta(days=500), details=details)
    found = replay([*story(*LISTED), *heir, over], LIFECYCLE).courses[UNITS[1]]
    assert (found.state, found.listing, found.county) == ("rectifying", 2, "990202")
    assert [each.state for each in found.past] == ["delisted_consolidation"]
    assert [each.event for each in found.of_listing][:2] == ["propose", "list"]


def test_measures_are_added_and_completed_by_number():
    done = {"details": {"measure_number": 5}, "evidence": (Evidence("proof", "1"),)}
    entries = story(
        *LISTED,
        (50, "add_measure", MEASURE),
        (60, "add_measure", MEASURE),
        (70, "complete_measure", done),
    )
    first, second = course(entries).measures
    assert (first.id, first.done_on, first.has_evidence) == (5, DAY + timedelta(days=70), True)
    assert second.done_on is None
    with pytest.raises(ReplayError):
        replay(
            [*entries, entry(8, "complete_measure", date(2018, 5, 1), details={"measure_number": 5})],
            LIFECYCLE,
        )


def test_a_listing_follows_its_territory_with_the_same_clock():
    over = entry(6, "supersede", date(2018, 9, 1), details={"heirs": UNITS[1:]})
    entries = [*story(*LISTED, (50, "add_measure", MEASURE)), over]
    courses = replay(entries, LIFECYCLE).courses
    assert courses[UNITS[0]].state == "superseded"
    assert courses[UNITS[0]].heirs == UNITS[1:]
    for heir in UNITS[1:]:
        assert courses[heir].state == "rectifying"
        assert courses[heir].inherited_from == UNITS[0]
        assert courses[heir].term_ends == date(2019, 1, 20)
        assert len(courses[heir].measures) == 1


def test_an_heir_under_way_keeps_its_own_clock_and_takes_over_what_is_open():
    other = story(*LISTED, unit=UNITS[1], start=10)
    measure = entry(20, "add_measure", date(2018, 3, 15), **MEASURE)
    over = entry(21, "supersede", date(2018, 9, 1), details={"heirs": (UNITS[1],)})
    courses = replay([*story(*LISTED), *other, measure, over], LIFECYCLE).courses
    assert courses[UNITS[1]].inherited_from == ""
    assert [each.id for each in courses[UNITS[1]].measures] == [20]


def test_a_unit_that_is_its_own_heir_goes_on():
    over = entry(5, "supersede", date(2018, 9, 1), details={"heirs": UNITS[:2]})
    courses = replay([*story(*LISTED), over], LIFECYCLE).courses
    assert courses[UNITS[0]].state == courses[UNITS[1]].state == "rectifying"


def test_escalation_by_adding_ends_below_the_veto():
    again = ((410, "request_acceptance"), (412, "assess"), (420, "extend"))
    more = tuple((after + 100 * turn, event) for turn in range(3) for after, event in again)
    assert course(story(*TO_EXTENDED, *more)).escalation == 3


def test_of_counties_nothing_has_a_state():
    said = entry(1, "interview", DAY, unit="990101", county="990101")
    register = replay([said], LIFECYCLE)
    assert register.courses == {}
    assert register.others("interview", "990101") == [said]


# --- clocks


def standing(entries, day, clock):
    found = read_deadlines(course(entries, day=day), LIFECYCLE, PARAMETERS, day)
    return [(each.due_on, each.standing, each.days_left) for each in found if each.clock == clock]


def test_a_plan_is_due_thirty_days_after_the_listing():
    entries = story((0, "propose"), (10, "list"))
    due = date(2018, 2, 19)
    assert standing(entries, date(2018, 2, 1), "plan") == [(due, Standing.DUE, 18)]
    assert standing(entries, date(2018, 2, 12), "plan") == [(due, Standing.DUE_SOON, 7)]
    assert standing(entries, due, "plan") == [(due, Standing.DUE_SOON, 0)]
    assert standing(entries, date(2018, 2, 20), "plan") == [(due, Standing.OVERDUE, -1)]
    assert standing(story(*LISTED), date(2018, 2, 20), "plan") == []


def test_reports_are_due_every_thirty_days_and_a_late_one_makes_good_what_was_missed():
    entries = story(*LISTED, (75, "report"))
    first, second, third = (DAY + timedelta(days=42 + 30 * turn) for turn in (1, 2, 3))
    assert standing(entries, second, "report") == [
        (first, Standing.MET, -30),
        (second, Standing.MET, 0),
        (third, Standing.DUE, 30),
    ]


def test_an_extension_moves_the_term():
    entries = story(*TO_EXTENDED)
    assert standing(entries, date(2019, 3, 1), "term")[0][0] == date(2019, 8, 15)


def test_look_backs_are_due_three_times():
    steps = ((410, "request_acceptance"), (412, "assess"), (420, "publicise"), (430, "delist"))
    entries = story(*TO_EXTENDED, *steps, (515, "look_back"))
    delisted = DAY + timedelta(days=430)
    day = delisted + timedelta(days=200)
    assert standing(entries, day, "look_back") == [
        (delisted + timedelta(days=90), Standing.MET, -110),
        (delisted + timedelta(days=180), Standing.OVERDUE, -20),
        (delisted + timedelta(days=365), Standing.DUE, 165),
    ]


# --- any history


@st.composite
def histories(draw):
    """Draw a history of several townships that the table allows, recorded on or after its days."""
    entries, day = [], DAY
    recorded = 0
    for number in range(1, draw(st.integers(1, 25)) + 1):
        day += timedelta(days=draw(st.integers(0, 60)))
        recorded += draw(st.integers(0, 3))
        unit = draw(st.sampled_from(UNITS))
        state = replay(entries, LIFECYCLE).courses.get(unit)
        name = state.state if state else LIFECYCLE.content.initial
        usable = [each.event for each in LIFECYCLE.allowed(name) if each.event not in {"withdraw"}]
        open_ones = [each.id for each in state.measures if each.done_on is None] if state else []
        usable = [each for each in usable if each != "complete_measure" or open_ones]
        event = draw(st.sampled_from(usable))
        details = {
            "add_measure": MEASURE["details"],
            "complete_measure": {"measure_number": open_ones[0] if open_ones else 0},
            "assess_progress": {"assessment": "forward"},
            "supersede": {"heirs": (draw(st.sampled_from(UNITS)),)},
        }.get(event, {})
        moment = f"{max(day, DAY + timedelta(days=recorded))}T08:00:00.{number:06}Z"
        entries.append(entry(number, event, day, unit, details=details, recorded_at=moment))
    return entries


@settings(max_examples=60, deadline=None)
@given(histories(), st.randoms())
def test_replay_is_deterministic_whatever_the_order_of_reading(entries, chance):
    mixed = list(entries)
    chance.shuffle(mixed)
    assert replay(mixed, LIFECYCLE) == replay(entries, LIFECYCLE)


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_a_day_knows_nothing_of_later_ones(entries, data):
    at = data.draw(st.integers(0, len(entries) - 1))
    day, moment = entries[at].effective_on, entries[at].recorded_at
    of_day = [each for each in entries if each.effective_on <= day]
    assert replay(entries, LIFECYCLE, day=day) == replay(of_day, LIFECYCLE)
    known = [each for each in of_day if each.recorded_at <= moment]
    try:
        then = replay(known, LIFECYCLE)
    except ReplayError:
        return  # what was recorded late left a gap in what was known then
    assert replay(entries, LIFECYCLE, day=day, known_by=moment) == then


@settings(max_examples=60, deadline=None)
@given(histories())
def test_every_state_is_one_the_table_leads_to(entries):
    for upto in range(1, len(entries) + 1):
        before = replay(entries[: upto - 1], LIFECYCLE).courses
        after = replay(entries[:upto], LIFECYCLE).courses
        said = entries[upto - 1]
        was = before[said.unit].state if said.unit in before else LIFECYCLE.content.initial
        transition = LIFECYCLE.find(said.event, was, Scope.TOWNSHIP)
        to = was if transition.to == STAYS else transition.to
        own_heir = said.event == "supersede" and said.unit in said.details["heirs"]
        assert after[said.unit].state == (was if own_heir else to)
        heirs = {*said.details.get("heirs", ())}
        for unit in {*before} - {said.unit} - heirs:
            assert after[unit] == before[unit]


@settings(max_examples=60, deadline=None)
@given(
    histories(),
    st.sampled_from([each.event for each in LIFECYCLE.content.transitions]),
    st.sampled_from(UNITS),
)
def test_what_the_table_does_not_allow_never_replays(entries, event, unit):
    state = replay(entries, LIFECYCLE).courses.get(unit)
    name = state.state if state else LIFECYCLE.content.initial
    if event == "withdraw" or LIFECYCLE.find(event, name, Scope.TOWNSHIP):
        return
    draft = entry(len(entries) + 1, event, entries[-1].effective_on, unit)
    with pytest.raises(ReplayError):
        replay([*entries, draft], LIFECYCLE)


def test_entries_of_one_day_stand_in_the_order_of_recording():
    same = [entry(2, "interview", DAY), entry(1, "propose", DAY)]
    assert [each.number for each in standing_entries(same)] == [1, 2]
