"""Decisions: what is put on record, what is refused and why, on both databases."""

import random
from datetime import date, timedelta
from types import SimpleNamespace

import orjson
import pytest
from screening_corpus import make_citizen_id

from geo_jindu.rectification.commands import Command
from geo_jindu.rectification.decisions import RefusedError, decide
from geo_jindu.rectification.entries import Evidence, Result
from geo_jindu.rectification.figures import Figures, TownshipFigures
from geo_jindu.rectification.replay import replay
from geo_jindu.rectification.rulebook import read_rulebook
from geo_jindu.rectification.situations import read_situation
from geo_jindu.rectification.status import status_of
from geo_jindu.store import open_store
from geo_jindu.store.rectification_log import read_log
from geo_jindu.store.snapshots import add_snapshot
from geo_jindu.tiers import Tier

CODE, OTHER = "990101100", "990101101"
DAY = date(2018, 1, 10)


NO_SETTINGS = SimpleNamespace(configuration=SimpleNamespace(rectification=None))
RULEBOOK = read_rulebook(NO_SETTINGS)


def figures(before=30, after=5):
    """Two townships; the first has `before` persons in 2017 and `after` in 2018."""
    counts = {"2017-03": before, "2018-03": after}

    def township(name, counted):
        return TownshipFigures(name, "990101", "甲县", 20000, None, counted)

    shares = {"2018": {CODE: (99, 100), OTHER: (50, 100)}}
    return Figures(
        vintage="2018-01-01",
        indicator="outflow",
        ranked_until="",
        covered=(("2017-01", "2018-12"),),
        empty=(),
        yearly=(),
        counties={"990101": "甲县"},
        townships={
            CODE: township("甲01镇", counts),
            OTHER: township("甲02镇", {"2017-01": 100, "2018-01": 50}),
        },
        proportions={"rehabilitation_execution": shares, "satisfaction": shares},
    )


@pytest.fixture
def store(database, tmp_path):
    opened = open_store(tmp_path)
    with opened.writing() as connection:
        add_snapshot(connection, figures().to_bytes(), "a" * 32)
    yield opened
    opened.close()


def command(event, after=0, unit=CODE, **others):
    """Make a command that brings everything the event asks for."""
    transitions = RULEBOOK.lifecycle.named(event)
    kinds = dict.fromkeys(kind for each in transitions for kind in each.evidence)
    if event == "list":
        kinds["minutes"] = None
    values = {
        "reasons": "理由",
        "evidence": tuple(Evidence(kind, "1") for kind in kinds),
        "role": transitions[0].roles[0] if transitions else "",
        "key_id": "terminal",
        "idempotency_key": f"{event}-{after}-{unit}",
    }
    return Command(event, unit, DAY + timedelta(days=after), **(values | others))


def run(store, *commands):
    with store.writing() as connection:
        return [decide(connection, each, RULEBOOK)[0] for each in commands]


MEASURE = {"measure": "宣传", "owner": "党委主要负责人（岗位）", "due_on": "2018-06-01"}
INDEPENDENT = {"details": {"team_independent": True}}


def to_work():
    return [command("propose"), command("list", 10), command("submit_plan", 35), command("start", 42)]


def refused(store, *commands):
    with pytest.raises(RefusedError) as raised:
        run(store, *commands)
    return raised.value


def test_a_listing_goes_all_the_way(store):
    entries = run(store, *to_work(), command("add_measure", 50, details=MEASURE))
    done = {"measure_number": entries[-1].number}
    rest = [
        command("complete_measure", 100, details=done),
        command("request_acceptance", 380),
        command("assess", 390, **INDEPENDENT),
        command("publicise", 400),
        command("delist", 408),
    ]
    entries += run(store, *rest)
    assert [each.number for each in entries] == list(range(1, 11))
    with store.reading() as connection:
        log = read_log(connection)
    assert log == entries
    assert replay(log, RULEBOOK.lifecycle).courses[CODE].state == "delisted_consolidation"
    publicised = entries[8]
    said = {trace.rule: trace for trace in publicised.traces}
    assert said["ACC-OUT"].result is Result.PASS
    assert said["ACC-OUT"].inputs["outflow.baseline_n"] == 30
    assert said["ACC-OUT"].inputs["outflow.current_n"] == 5
    assert said["ACCEPTANCE"].result is Result.PASS
    assert publicised.snapshot == figures().digest
    assert publicised.ruleset == RULEBOOK.ruleset.label
    assert publicised.vintage == "2018-01-01"


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [(30, 5, None), (20, 10, Result.FAIL), (5, 2, Result.INSUFFICIENT)],
)
def test_acceptance_asks_the_data(store, before, after, result):
    with store.writing() as connection:
        add_snapshot(connection, figures(before, after).to_bytes(), "b" * 32)
    entries = run(store, *to_work(), command("add_measure", 50, details=MEASURE))
    done = {"measure_number": entries[-1].number}
    run(
        store,
        command("complete_measure", 100, details=done),
        command("request_acceptance", 380),
        command("assess", 390, **INDEPENDENT),
    )
    if result is None:
        run(store, command("publicise", 400))
        return
    error = refused(store, command("publicise", 400))
    assert [each.key for each in error.problems] == [f"guard_{result}"]
    assert {trace.rule: trace.result for trace in error.traces}["ACC-OUT"] is result
    run(store, command("extend", 401))  # which the committee may still decide


def test_what_is_refused_leaves_no_trace(store):
    run(store, command("propose"))
    for wrong in (
        command("delist", 5),
        command("list", 5, evidence=()),
        command("list", 5, role="township"),
    ):
        refused(store, wrong)
    with store.reading() as connection:
        assert [each.event for each in read_log(connection)] == ["propose"]


def keys(error):
    return {problem.key for problem in error.problems}


def test_each_refusal_says_what_is_missing(store):
    assert keys(refused(store, command("list"))) == {"event_not_in_state"}
    assert keys(refused(store, command("propose", evidence=(), reasons="", role="committee"))) == {
        "evidence_missing",
        "reasons_missing",
        "role_not_allowed",
    }
    assert keys(refused(store, command("propose", unit="990909100"))) == {"unit_unknown"}
    assert keys(refused(store, command("nonsense"))) == {"event_unknown"}
    tomorrow = command("propose", (date.today() - DAY).days + 2)
    assert keys(refused(store, tomorrow)) == {"effective_in_future"}
    run(store, *to_work())
    without = command("add_measure", 50, details={"measure": "宣传", "due_on": "soon"})
    assert keys(refused(store, without)) == {"detail_not_day"}
    assert keys(refused(store, command("report", 50, details={"measure": "x"}))) == {"detail_not_taken"}
    early = command("request_acceptance", 100)
    assert keys(refused(store, early)) == {"guard_insufficient", "guard_fail"}  # no measures; too early


def test_both_languages_say_what_a_guard_found(store):
    run(store, *to_work())
    problems = refused(store, command("request_acceptance", 100)).problems
    assert all("ACC-T" in each.text("zh") and "ACC-T" in each.text("en") for each in problems)


def test_the_same_request_is_recorded_once(store):
    first, again = run(store, command("propose"), command("propose"))
    assert first == again
    with store.reading() as connection:
        assert len(read_log(connection)) == 1
    error = refused(store, command("propose", 1, idempotency_key="propose-0-990101100"))
    assert keys(error) == {"idempotency_key_used"}
    assert error.is_conflict


def test_a_personal_number_is_refused_and_never_repeated(store):
    number = make_citizen_id(random.Random(1))  # noqa: S311 - generated, of nobody
    error = refused(store, command("propose", reasons=f"见 {number}"))
    assert keys(error) == {"written_personal"}
    assert number not in str(error)


def test_a_decision_before_one_on_record_must_leave_the_later_one_standing(store):
    run(store, command("propose", 10), command("list", 20))
    run(store, command("interview", 15))
    error = refused(store, command("reject", 15))
    assert keys(error) == {"later_entry_contradicted"}


def test_a_correction_moves_a_day(store):
    listed = run(store, command("propose"), command("list", 10))[-1]
    moved = command("list", 12, corrects=listed.number, idempotency_key="moved")
    run(store, moved)
    with store.reading() as connection:
        situation = read_situation(connection, RULEBOOK, date(2018, 6, 1))
    assert situation.course(CODE).listed_on == date(2018, 1, 22)
    assert len(situation.log) == 3
    again = command("list", 13, corrects=listed.number, idempotency_key="again")
    assert keys(refused(store, again)) == {"corrected_before"}


def test_a_withdrawal_must_leave_a_history_that_stands(store):
    proposed, _ = run(store, command("propose"), command("list", 10))
    back = command("withdraw", 20, corrects=proposed.number)
    assert keys(refused(store, back)) == {"later_entry_contradicted"}


def test_without_figures_nothing_is_decided(database, tmp_path):
    store = open_store(tmp_path)
    assert keys(refused(store, command("propose"))) == {"snapshot_missing"}
    store.close()


def test_a_change_of_rules_moves_no_date_of_the_past(store):
    run(store, command("propose"), command("list", 10))
    with store.reading() as connection:
        log = read_log(connection)
    assert log[1].details["days"] == 365
    assert replay(log, RULEBOOK.lifecycle).courses[CODE].term_ends == date(2019, 1, 20)


def test_a_correction_needs_who_was_entitled_to_the_entry(store):
    *_, listed = run(store, command("propose"), command("list", 10))
    red = run(store, command("confirm_red_line", 12))[0]
    other = command("report", 13, corrects=red.number, role="township", idempotency_key="other")
    assert keys(refused(store, other)) & {"corrects_other_event", "event_not_in_state"}
    taken = command("withdraw", 14, corrects=listed.number, role="city_office")
    assert keys(refused(store, taken)) == {"role_not_allowed"}
    run(store, command("withdraw", 14, corrects=red.number, role="city_office", idempotency_key="own"))


def test_what_was_corrected_wrongly_can_be_corrected_again(store):
    *_, listed = run(store, command("propose"), command("list", 10))
    moved = run(store, command("list", 12, corrects=listed.number, idempotency_key="a"))[0]
    again = run(store, command("list", 11, corrects=moved.number, idempotency_key="b"))[0]
    run(store, command("withdraw", 20, corrects=again.number))
    run(store, command("list", 13, corrects=moved.number, idempotency_key="c"))
    with store.reading() as connection:
        listed_on = read_situation(connection, RULEBOOK, date(2018, 6, 1)).course(CODE).listed_on
    assert listed_on == DAY + timedelta(days=13)


def test_an_entry_is_corrected_though_the_same_day_went_on(store):
    entries = run(store, command("propose"), command("list", 10), command("submit_plan", 10))
    run(store, command("list", 10, corrects=entries[1].number, reasons="更正文号", idempotency_key="a"))
    with store.reading() as connection:
        assert (
            read_situation(connection, RULEBOOK, date(2018, 6, 1)).course(CODE).state == "plan_approved"
        )


def test_a_clock_once_set_wrong_locks_nobody_out(store):
    with store.writing() as connection:
        decide(connection, command("propose"), RULEBOOK, "2031-01-01T00:00:00.000000Z")
    entry = run(store, command("list", 10))[0]
    assert entry.recorded_at == "2031-01-01T00:00:00.000000Z"


def test_an_objection_stands_in_the_way_of_delisting_until_it_is_decided(store):
    entries = run(store, *to_work(), command("add_measure", 50, details=MEASURE))
    done = {"measure_number": entries[-1].number}
    steps = [
        command("complete_measure", 100, details=done),
        command("request_acceptance", 380),
        command("assess", 390, **INDEPENDENT),
        command("publicise", 400),
        command("object", 402),
    ]
    run(store, *steps)
    assert {each.values["rule"] for each in refused(store, command("delist", 410)).problems} == {
        "OBJ-NONE"
    }
    run(store, command("dismiss", 409), command("delist", 410, idempotency_key="again"))


def test_an_annulled_listing_froze_nobody(store):
    run(store, *to_work(), command("annul", 60))
    status = read(store, DAY + timedelta(days=50), Tier.COMMANDER)
    assert (status.is_listed, status.is_frozen) == (True, False)


def test_days_that_cannot_be_meant_are_refused(store):
    run(store, *to_work())
    far = command("add_measure", 50, details={**MEASURE, "due_on": "9999-12-31"})
    assert keys(refused(store, far)) == {"detail_not_day"}


def test_the_log_keeps_no_name_of_a_request(store):
    number = make_citizen_id(random.Random(2))  # noqa: S311 - generated, of nobody
    entry = run(store, command("propose", idempotency_key=number))[0]
    assert number not in entry.idempotency_key


# --- what leaves the domain


def read(store, day, tier, unit=CODE):
    with store.reading() as connection:
        return status_of(read_situation(connection, RULEBOOK, day), unit, tier)


def test_tiers_are_shown_what_they_may_see(store):
    run(store, *to_work(), command("interview", 43))
    day = date(2018, 3, 1)
    commander, planner, partner = (
        read(store, day, each) for each in (Tier.COMMANDER, Tier.PLANNER, Tier.PARTNER)
    )
    assert (commander.is_frozen, commander.interviews) == (True, (date(2018, 2, 22),))
    assert (planner.is_frozen, planner.interviews, planner.escalation) == (None, None, None)
    assert {each.event for each in commander.timeline} - {each.event for each in planner.timeline} == {
        "interview"
    }
    assert "interview" not in {each.clock for each in planner.deadlines}
    assert planner.traces
    assert (partner.traces, partner.values, partner.deadlines, partner.timeline) == ((), {}, (), ())
    assert partner.is_listed
    assert partner.course.term_ends == date(2019, 1, 20)


def test_a_township_never_spoken_of_is_monitored(store):
    status = read(store, date(2018, 3, 1), Tier.COMMANDER, OTHER)
    assert (status.course.state, status.is_listed, status.is_frozen) == ("monitored", False, False)
    assert {each.event for each in status.next_events} == {"flag", "propose"}


def test_an_entry_holds_no_float_that_is_no_number(store):
    run(store, *to_work())
    with store.reading() as connection:
        for entry in read_log(connection):
            assert b"NaN" not in orjson.dumps([dict(trace.inputs) for trace in entry.traces])
