"""The log tampered with behind the software's back: each way is found, and the first bad entry named."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from faults import append, behind_the_back, make_entry
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text, update

from geo_jindu.digests import digest_bytes
from geo_jindu.rectification.entries import digest_entry
from geo_jindu.store import Store, log_verification, open_store, verification
from geo_jindu.store.engine import file_store
from geo_jindu.store.kept_head import HEAD_FILE
from geo_jindu.store.log_verification import check_log, check_snapshots
from geo_jindu.store.rectification_log import as_row, from_row, read_log
from geo_jindu.store.schema import RECTIFICATION_LOG, SNAPSHOTS
from geo_jindu.store.snapshots import add_snapshot
from geo_jindu.store.verification import verify

LOG, SHOTS = RECTIFICATION_LOG, SNAPSHOTS
SIZE = 7
FIGURES = [b'{"n": 1}', b'{"n": 2}', b'{"n": 3}']

Change = Callable[[Connection], object]
Found = list[tuple[str, object]]


def fill(workspace: Path) -> Store:
    """Make a store of seven entries; the last three cite three snapshots, the newest the last one."""
    store = open_store(workspace)
    with store.writing() as connection:
        cited = [add_snapshot(connection, content, "a") for content in FIGURES]
    entries = (
        make_entry(number, snapshot=(["", *cited])[max(0, number - 4)]) for number in range(1, 8)
    )
    append(workspace, *entries)
    return store


@pytest.fixture
def store(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(verification, "check_tables", lambda connection: iter(()))
    monkeypatch.setattr(log_verification, "PART", 3)
    with closing(fill(tmp_path)) as opened:
        yield opened


def verified(store: Store, workspace: Path | None = None, noted: str = "") -> Found:
    problems = verify(store, workspace=workspace, noted=noted)
    return [(problem.key, problem.values.get("entry")) for problem in problems]


def changed(store: Store, *changes: Change) -> None:
    with behind_the_back(store) as connection:
        for change in changes:
            change(connection)


def edit(number: int, /, **values: object) -> Change:
    return lambda connection: connection.execute(
        update(LOG).where(LOG.c.number == number).values(**values)
    )


def take(number: int) -> Change:
    return lambda connection: connection.execute(delete(LOG).where(LOG.c.number == number))


def edit_shot(number: int, /, **values: object) -> Change:
    return lambda connection: connection.execute(
        update(SHOTS).where(SHOTS.c.number == number).values(**values)
    )


def take_shot(number: int) -> Change:
    return lambda connection: connection.execute(delete(SHOTS).where(SHOTS.c.number == number))


def in_content(number: int, old: str, new: str) -> Change:
    def change(connection: Connection) -> None:
        content = connection.execute(select(LOG.c.content).where(LOG.c.number == number)).scalar_one()
        assert old in content
        edit(number, content=content.replace(old, new))(connection)

    return change


def rewrite(number: int, *, until: int = SIZE, **values: object) -> Change:
    """Change an entry and make all that follows agree, as far as ``until``."""

    def change(connection: Connection) -> None:
        entries = read_log(connection)
        previous = entries[number - 1].previous
        for entry in entries[number - 1 : until]:
            own = values if entry.number == number else {}
            fresh = replace(entry, previous=previous, **own)
            fresh = replace(fresh, digest=digest_entry(fresh))
            row = as_row(fresh)
            connection.execute(update(LOG).where(LOG.c.number == entry.number).values(**row))
            previous = fresh.digest

    return change


def swap(first: int, second: int) -> Change:
    """Let two entries change places, each with everything it has but its number."""

    def change(connection: Connection) -> None:
        for old, new in ((first, 99), (second, first), (99, second)):
            edit(old, number=new)(connection)

    return change


def put_in(number: int, /, **values: object) -> Change:
    """Insert a fresh entry with a number, as the next of the entry before it."""

    def change(connection: Connection) -> None:
        before = select(LOG.c.digest).where(LOG.c.number < number).order_by(LOG.c.number.desc())
        previous = connection.execute(before.limit(1)).scalar() or "0" * 64
        entry = replace(make_entry(50), number=number, previous=previous)
        row = as_row(replace(entry, digest=digest_entry(entry))) | values
        connection.execute(insert(LOG), row)

    return change


def move_up(number: int) -> Change:
    """Make room for an entry by giving all that follow the next number."""

    def change(connection: Connection) -> None:
        for at in range(SIZE, number - 1, -1):
            edit(at, number=at + 1)(connection)

    return change


def drop_unique(connection: Connection) -> None:
    """Let two entries follow the same one; SQLite can't drop a constraint, so make the table anew."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("ALTER TABLE rectification_log DROP CONSTRAINT uq_rectification_log_previous")
        )
        return
    for statement in (
        "CREATE TABLE fresh AS SELECT * FROM rectification_log",
        "DROP TABLE rectification_log",
        "ALTER TABLE fresh RENAME TO rectification_log",
    ):
        connection.execute(text(statement))


def cut_end_off(connection: Connection) -> None:
    connection.execute(delete(LOG).where(LOG.c.number > 5))


# ---- one by one, on both databases

EDITS: dict[str, tuple[tuple[Change, ...], Found]] = {
    "a word of the content": (
        (in_content(3, "任务3", "任务9"),),
        [("entry_changed", 3)],
    ),
    "content and digest": (
        (rewrite(3, until=3, reasons="别的"),),
        [("log_broken", 4)],
    ),
    "content, digest and the link of the next": (
        (rewrite(3, until=4, reasons="别的"),),
        [("log_broken", 5)],
    ),
    "the digest alone": ((edit(3, digest="a" * 64),), [("entry_changed", 3)]),
    "the digest of the last": (
        (edit(7, digest="a" * 64),),
        [("entry_changed", 7), ("log_rewritten", 7)],
    ),
    "the whole chain from an entry on": (
        (rewrite(3, reasons="别的"),),
        [("log_rewritten", 7)],
    ),
    "spaces in the content": (
        (in_content(3, '","', '", "'),),
        [("entry_changed", 3), ("entry_not_canonical", 3)],
    ),
    "no JSON": (
        (edit(3, content="Zhang San"),),
        [("entry_changed", 3), ("entry_unreadable", 3)],
    ),
    "fields of no entry": (
        (in_content(3, '"reasons"', '"reason"'),),
        [("entry_changed", 3), ("entry_unreadable", 3)],
    ),
    "the first removed": ((take(1),), [("entry_missing", 1)]),
    "one removed": ((take(3),), [("entry_missing", 3)]),
    "two removed": ((take(3), take(4)), [("entry_missing", 3)]),
    "the last removed": ((take(7),), [("log_end_missing", 7)]),
    "the end removed": ((cut_end_off,), [("log_end_missing", 6)]),
    "all removed": (
        (lambda connection: connection.execute(delete(LOG)),),
        [("log_end_missing", 1)],
    ),
    "one removed, numbers closed up": (
        (take(3), *(edit(at, number=at - 1) for at in range(4, 8))),
        [("log_broken", 3), ("entry_columns_differ", 3), ("log_end_missing", 7)],
    ),
    "two swapped": (
        (swap(3, 4),),
        [("log_broken", 3), ("entry_columns_differ", 3), ("entry_back_in_time", 4)],
    ),
    "one put in before the first": (
        (put_in(0, previous="e" * 64),),
        [("log_broken", 0), ("entry_columns_differ", 0), ("entry_back_in_time", 1)],
    ),
    "one put in between": (
        (move_up(4), put_in(4, previous="e" * 64)),
        [
            ("log_broken", 4),
            ("entry_columns_differ", 4),
            ("entry_back_in_time", 5),
            ("log_rewritten", 7),
        ],
    ),
    "one put in far off": ((put_in(12),), [("entry_missing", 8)]),
    "time set back throughout": (
        (rewrite(3, recorded_at="2018-06-01T07:00:00.000000Z"),),
        [("entry_back_in_time", 3), ("log_rewritten", 7)],
    ),
    "figures that are not there": (
        (rewrite(3, snapshot="d" * 64),),
        [("entry_without_snapshot", 3), ("log_rewritten", 7)],
    ),
    "figures that cannot be": (
        (rewrite(3, snapshot="\0'"),),
        [("entry_without_snapshot", 3), ("log_rewritten", 7)],
    ),
    "a snapshot changed": ((edit_shot(2, content='{"n": 9}'),), [("snapshot_changed", 2)]),
    "a snapshot changed with its digest": (
        (edit_shot(2, content='{"n": 9}', digest=digest_bytes(b'{"n": 9}')),),
        [("entry_without_snapshot", 6), ("snapshot_chain_broken", 2)],
    ),
    "the time of a snapshot": (
        (edit_shot(2, recorded_at="2017-01-01T00:00:00.000000Z"),),
        [("snapshot_chain_broken", 2)],
    ),
    "the assessment of a snapshot": ((edit_shot(2, assessment="b"),), [("snapshot_chain_broken", 2)]),
    "a snapshot removed": (
        (take_shot(2),),
        [("entry_without_snapshot", 6), ("snapshot_chain_broken", 3)],
    ),
    "the last snapshot removed": ((take_shot(3),), [("entry_without_snapshot", 7)]),
}


def digests(connection: Connection) -> dict[int, str]:
    return dict(connection.execute(select(LOG.c.number, LOG.c.digest)).all())


def test_every_edit_is_found_and_its_first_entry_named(store: Store, tmp_path: Path) -> None:
    with store.reading() as connection:
        saved = {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in (LOG, SHOTS)
        }

    def take_back(connection: Connection) -> None:
        for table, rows in saved.items():
            connection.execute(delete(table))
            connection.execute(insert(table), rows)

    found = {}
    for name, (changes, _) in EDITS.items():
        changed(store, *changes)
        found[name] = verified(store, tmp_path)
        changed(store, take_back)
    assert found == {name: expected for name, (_, expected) in EDITS.items()}
    assert verified(store, tmp_path) == []


def test_two_that_follow_the_same_one_are_a_fork(store: Store, tmp_path: Path) -> None:
    """Somebody who lets the table have two, and writes the second as the software would."""

    def fork(connection: Connection) -> None:
        entry = replace(make_entry(59), number=8, previous=digests(connection)[5])
        connection.execute(insert(LOG), as_row(replace(entry, digest=digest_entry(entry))))

    changed(store, drop_unique, fork)
    assert verified(store, tmp_path) == [("log_forked", 8)]


def test_every_column_is_compared_with_the_content(store: Store, tmp_path: Path) -> None:
    columns = {column.name for column in LOG.c} - {"number", "content", "digest"}
    assert len(columns) == 8
    for name in sorted(columns):
        with store.reading() as connection:
            before = connection.execute(select(LOG.c[name]).where(LOG.c.number == 3)).scalar_one()
        changed(store, edit(3, **{name: "0"}))
        assert ("entry_columns_differ", 3) in verified(store, tmp_path), name
        changed(store, edit(3, **{name: before}))
    assert verified(store, tmp_path) == []
    changed(store, edit(3, idempotency_key=None))
    assert verified(store, tmp_path) == [("entry_columns_differ", 3)]


@pytest.mark.parametrize("table", ["rectification_log", "snapshots"])
def test_triggers_taken_away_are_found(table: str, store: Store, tmp_path: Path) -> None:
    """Even if nothing was changed since."""
    for action in ("update", "delete"):
        with store.engine.begin() as connection:
            on = f" ON {table}" if not store.is_sqlite else ""
            connection.execute(text(f"DROP TRIGGER {table}_no_{action}{on}"))
    said = verify(store, workspace=tmp_path)
    assert {problem.key for problem in said} == {"store_trigger_changed"}
    assert {problem.values["trigger"] for problem in said} == {
        f"{table}_no_update",
        f"{table}_no_delete",
    }


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_triggers_put_to_sleep_are_found(store: Store, tmp_path: Path) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE rectification_log DISABLE TRIGGER ALL"))
        connection.execute(text("DROP TRIGGER snapshots_no_truncate ON snapshots"))
    said = verify(store, workspace=tmp_path)
    assert {problem.values["trigger"] for problem in said} == {
        "rectification_log_no_update",
        "rectification_log_no_delete",
        "rectification_log_no_truncate",
        "snapshots_no_truncate",
    }


@pytest.mark.parametrize("table", ["rectification_log", "snapshots"])
def test_the_database_itself_refuses(table: str, store: Store, tmp_path: Path) -> None:
    every = ["UPDATE {} SET number = 90", "DELETE FROM {}"]
    replacing = "INSERT OR REPLACE INTO {0} SELECT * FROM {0} WHERE number = 1"
    for statement in [*every, replacing if store.is_sqlite else "TRUNCATE {}"]:
        with pytest.raises(Exception, match="append-only"), store.engine.begin() as connection:
            connection.execute(text(statement.format(table)))
    assert verified(store, tmp_path) == []


def test_a_head_noted_elsewhere_finds_what_the_file_was_made_to_hide(
    store: Store, tmp_path: Path
) -> None:
    with store.reading() as connection:
        noted = digests(connection)
    for change, left in ((cut_end_off, 5), (rewrite(2, reasons="别的"), 1)):
        changed(store, change)
        with store.reading() as connection:
            number, digest = max(digests(connection).items())
        (tmp_path / HEAD_FILE).write_bytes(orjson.dumps({"number": number, "digest": digest}))
        assert verified(store, tmp_path) == []
        for each in range(1, 8):
            expected = [] if each <= left else [("noted_head_missing", None)]
            assert verified(store, tmp_path, noted[each]) == expected
            assert verified(store, tmp_path, noted[each][:16]) == expected


def test_without_a_file_it_is_said_that_the_end_may_be_missing(store: Store, tmp_path: Path) -> None:
    (tmp_path / HEAD_FILE).unlink()
    changed(store, take(7))
    assert verified(store, tmp_path) == [("head_file_missing", None)]
    assert verified(store) == []


def test_what_is_stored_is_never_quoted(store: Store, tmp_path: Path) -> None:
    changed(store, in_content(2, "任务2", "Zhang San"), edit(3, content="Zhang San"))
    changed(store, edit(4, event="Zhang San"), edit_shot(2, content="Zhang San"))
    said = verify(store, workspace=tmp_path)
    assert len(said) == 4
    assert "Zhang" not in " ".join(each.text("en") + each.text("zh") for each in said)


def test_many_bad_entries_are_one_problem_of_a_kind(store: Store) -> None:
    changed(store, *(edit(number, event="x") for number in (2, 5, 6)))
    problem = verify(store)[0]
    assert (problem.key, problem.values) == ("entry_columns_differ", {"entry": 2, "number": 3})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_text_that_is_none_is_named_too(store: Store, tmp_path: Path) -> None:
    changed(
        store,
        edit(4, unit=text("CAST(x'ff00ff' AS TEXT)")),
        edit(6, content=text("x'ff'")),
        edit_shot(2, content=text("CAST(x'ff00ff' AS TEXT)")),
    )
    assert verified(store, tmp_path) == [
        ("entry_unreadable", 4),
        ("entry_changed", 6),
        ("snapshot_changed", 2),
    ]


# ---- whatever is changed, in a file


@pytest.fixture
def tampering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Found]]:
    """Return a function that makes changes, says what is found and takes the changes back."""
    monkeypatch.setattr(log_verification, "PART", 2)
    fill(tmp_path).close()
    store = file_store(tmp_path / "store.sqlite")
    changed(store, drop_unique)
    with store.engine.begin() as connection:
        for action in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER rectification_log_no_{action}"))
    with store.engine.connect() as connection:

        def found(*changes: Change) -> Found:
            with connection.begin() as transaction:
                for change in changes:
                    change(connection)
                checks = (
                    *check_log(connection, shares.append),
                    *check_snapshots(connection, shares.append),
                )
                head_holds = digests(connection).get(SIZE) == last
                transaction.rollback()
            said = [(problem.key, problem.values["entry"]) for problem in checks]
            return said if head_holds else [*said, ("head", SIZE)]

        shares: list[float] = []
        last = digests(connection)[SIZE]
        connection.rollback()
        assert found() == []
        yield found
    store.close()


ANY = st.integers(1, SIZE)
CHARACTERS = st.characters(min_codepoint=32, exclude_categories=("Cs",))


def test_any_character_of_any_content(tampering: Callable[..., Found]) -> None:
    @settings(max_examples=150, deadline=None)
    @given(number=ANY, at=st.integers(0, 5000), character=CHARACTERS, how=st.sampled_from("rid"))
    def check(number: int, at: int, character: str, how: str) -> None:
        def change(connection: Connection) -> None:
            old = connection.execute(select(LOG.c.content).where(LOG.c.number == number)).scalar_one()
            place = at % len(old)
            put = "" if how == "d" else character
            new = old[:place] + put + old[place + (how != "i") :]
            edit(number, content=new if new != old else f"{old} ")(connection)

        assert ("entry_changed", number) in tampering(change)

    check()


def test_any_value_of_any_field_with_a_digest_that_fits(tampering: Callable[..., Found]) -> None:
    """Whatever JSON takes the place of whatever the content says, it never ends in a failure."""
    scalars = st.none() | st.booleans() | st.integers(-9, 10**20) | st.floats() | st.text(max_size=5)
    values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=2), scalars)
    fields = sorted(json.loads(as_row(make_entry())["content"]))

    @settings(max_examples=150, deadline=None)
    @given(number=ANY, field=st.sampled_from(fields), value=values)
    def check(number: int, field: str, value: object) -> None:
        same = False

        def change(connection: Connection) -> None:
            nonlocal same
            old = connection.execute(select(LOG.c.content).where(LOG.c.number == number)).scalar_one()
            new = json.dumps(json.loads(old) | {field: value}, ensure_ascii=False)
            same = json.loads(new) == json.loads(old)
            edit(number, content=new, digest=digest_bytes(new.encode()))(connection)

        found = tampering(change)
        assert same or min(entry for _, entry in found) in (number, number + 1)

    check()


def test_any_order_of_any_choice(tampering: Callable[..., Found]) -> None:
    """Rows removed, moved and repeated, numbered anew or not."""
    orders = st.lists(ANY, max_size=SIZE + 1)

    @settings(max_examples=150, deadline=None)
    @example(order=[*range(1, SIZE + 1)], numbered=True)
    @example(order=[*range(SIZE, 0, -1)], numbered=False)
    @given(order=orders, numbered=st.booleans())
    def check(order: list[int], numbered: bool) -> None:
        def change(connection: Connection) -> None:
            rows = [
                dict(row) for row in connection.execute(select(LOG).order_by(LOG.c.number)).mappings()
            ]
            connection.execute(delete(LOG))
            for place, number in enumerate(order, start=1):
                row = rows[number - 1]
                connection.execute(insert(LOG), row | ({"number": place} if numbered else {}))

        is_same = (order if numbered else sorted(order)) == list(range(1, SIZE + 1))
        assert bool(tampering(change)) is not is_same

    check()


def test_any_entry_written_anew_with_all_that_follows(tampering: Callable[..., Found]) -> None:
    """As far as an earlier one the next link breaks; to the end only the head kept outside tells."""

    @settings(max_examples=40, deadline=None)
    @given(number=ANY, until=ANY)
    def check(number: int, until: int) -> None:
        until = max(number, until)
        found = tampering(rewrite(number, until=until, reasons="别的"))
        assert found == [("head", SIZE)] if until == SIZE else [("log_broken", until + 1)]

    check()


def test_the_row_read_is_the_row_written() -> None:
    entry = replace(make_entry(), number=1, digest="a" * 64)
    assert from_row(as_row(entry)) == entry
