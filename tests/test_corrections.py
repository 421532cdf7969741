"""Corrections: lodged for a unit there is, without personal data, open until an auditor closes them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from geo_jindu.errors import InputError, StoreError
from geo_jindu.store import open_store
from geo_jindu.store.corrections import (
    Ground,
    Outcome,
    close_correction,
    list_corrections,
    lodge_correction,
    open_corrections,
)

VINTAGE = "2018-12-31"
VALUE = {"code": "990101101", "vintage": VINTAGE, "indicator": "outflow"}
MOBILE = "138" + "0013" * 2
INJECTIONS = ["' OR 1=1 --", "'; DROP TABLE corrections; --", "%", "\0", "", "9" * 3_000_000]


@pytest.fixture
def store(database, tmp_path):
    """Return a store on either database."""
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def lodge(store, note="", **other):
    wanted = VALUE | {"ground": Ground.COUNTED_TWICE, "key_id": "abcd2345"} | other
    return lodge_correction(store, note=note, **wanted)


def test_a_value_is_disputed_until_an_auditor_closes_it(store):
    first = lodge(store, "两个派出所各报一次")
    second = lodge(store, ground=Ground.OTHER, code="990101102")
    other_vintage = lodge(store, vintage="2015-12-31")
    assert (first.code, first.indicator, first.ground) == ("990101101", "outflow", "counted_twice")
    assert (first.note, first.key_id, first.outcome, first.closed_at) == (
        "两个派出所各报一次",
        "abcd2345",
        None,
        None,
    )
    assert open_corrections(store, VINTAGE) == [first, second]
    closed = close_correction(store, first.id, Outcome.ACCEPTED, "audi2345")
    assert closed == replace(first, outcome=Outcome.ACCEPTED, closed_at=closed.closed_at)
    assert closed.closed_at >= first.lodged_at
    assert open_corrections(store, VINTAGE) == [second]
    assert list_corrections(store) == [closed, second, other_vintage]


def test_a_decision_is_final_also_between_two_auditors(store):
    lodged = lodge(store)

    def close(outcome):
        try:
            return close_correction(store, lodged.id, outcome, "audi2345").outcome
        except StoreError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(close, [Outcome.ACCEPTED, Outcome.REJECTED] * 3))
    decided = [answer for answer in answers if isinstance(answer, Outcome)]
    assert len(decided) == 1
    assert answers.count(f"the correction {lodged.id} is closed and stays so") == 5
    assert [each.outcome for each in list_corrections(store)] == decided


def test_what_was_never_lodged_cannot_be_closed(store):
    lodged = lodge(store)
    for wrong in (lodged.id + 1, 0, -1, 2**31, 2**63, 10**30):
        with pytest.raises(StoreError, match="there is no correction"):
            close_correction(store, wrong, Outcome.REJECTED, "audi2345")
    assert list_corrections(store) == [lodged]


def test_a_note_with_personal_data_is_never_stored(store, caplog):
    for note in (
        f"联系人电话{MOBILE}",
        " ".join(MOBILE),
        MOBILE.translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
        f"{MOBILE[:5]}\u200b{MOBILE[5:]}",
        f"{MOBILE[:5]}\n{MOBILE[5:]}",
        "a\x1b[2J",
        "a\0b",
        "\ud800",
        "注" * 501,
        "注" * 3_000_000,
    ):
        with pytest.raises(InputError) as caught:
            lodge(store, note)
        assert [problem.field for problem in caught.value.problems] == ["note"]
        assert MOBILE not in str(caught.value) + caplog.text
        assert len(str(caught.value)) < 200
    assert list_corrections(store) == []


def test_a_note_is_one_line_and_only_words(store):
    notes = {
        "  第一行\r\n第二行\u3000末 ": "第一行 第二行 末",
        "'; DROP TABLE corrections; --": "'; DROP TABLE corrections; --",
        "<script>alert(1)</script>": "<script>alert(1)</script>",
        "注" * 500: "注" * 500,
        "": "",
    }
    for sent, kept in notes.items():
        assert lodge(store, sent).note == kept
    assert [each.note for each in list_corrections(store)] == list(notes.values())


@pytest.mark.parametrize("field", ["code", "vintage", "indicator"])
def test_what_is_no_code_vintage_or_indicator_is_refused(field, tmp_path):
    store = open_store(tmp_path)
    for wrong in INJECTIONS:
        with pytest.raises(InputError) as caught:
            lodge(store, **{field: wrong})
        assert [problem.field for problem in caught.value.problems] == [field]
    assert list_corrections(store) == []
    store.close()


def test_a_unit_is_one_of_its_vintage(store):
    with store.writing() as connection:
        for number, vintage, code in ((1, VINTAGE, "990101101"), (2, "2015-12-31", "990101102")):
            values = {"id": number, "vintage": vintage, "code": code}
            connection.execute(
                text("INSERT INTO boundary_vintages VALUES (:id, :vintage, 'd', 's', 't')"), values
            )
            connection.execute(text("INSERT INTO units VALUES (:id, :code, '甲镇', '990101')"), values)
    lodged = lodge(store)
    with pytest.raises(InputError, match=f"{VINTAGE} has no unit 990101102"):
        lodge(store, code="990101102")
    with pytest.raises(InputError, match="2020-12-31 has no unit 990101101"):
        lodge(store, vintage="2020-12-31")
    assert list_corrections(store) == [lodged]


def test_nobody_changes_what_was_lodged_or_decided(store):
    lodged = lodge(store)
    closed = close_correction(store, lodged.id, Outcome.REJECTED, "audi2345")
    for attack in (
        "UPDATE corrections SET note = 'x'",
        "DELETE FROM corrections",
        "UPDATE correction_closings SET outcome = 'accepted'",
        "DELETE FROM correction_closings",
    ):
        with pytest.raises(StoreError), store.writing() as connection:
            connection.execute(text(attack))
    assert list_corrections(store) == [closed]
