"""The log: one unbroken chain, whoever appends at once; the figures it cites; its head kept outside."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import orjson
import pytest
from faults import Child, append, killed_at_calls, make_entry, record
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from geo_jindu.cli.store import app
from geo_jindu.digests import digest_bytes
from geo_jindu.errors import InputError, StoreError
from geo_jindu.rectification.entries import LOG_START, canonical, digest_entry
from geo_jindu.store import Store, kept_head, migrations, open_store
from geo_jindu.store.backup import back_up, restore
from geo_jindu.store.engine import find_store, tables_version
from geo_jindu.store.kept_head import HEAD_FILE, appending, keep_head, read_kept_head
from geo_jindu.store.migrations import upgrade
from geo_jindu.store.rectification_log import (
    Head,
    append_entry,
    as_row,
    find_recorded,
    head,
    read_log,
)
from geo_jindu.store.schema import RECTIFICATION_LOG
from geo_jindu.store.snapshots import add_snapshot, latest_snapshot, read_snapshot
from geo_jindu.store.times import end_of
from geo_jindu.store.verification import verify


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


def found(store: Store, workspace: Path) -> list[tuple[str, object]]:
    problems = verify(store, workspace=workspace)
    return [(problem.key, problem.values.get("entry")) for problem in problems]


# ---- appending and reading


def test_entries_come_back_as_they_went_in(store: Store, tmp_path: Path) -> None:
    first, second = append(tmp_path, make_entry(1), make_entry(2, corrects=1, idempotency_key=""))
    assert (first.number, first.previous) == (1, LOG_START)
    assert (second.number, second.previous) == (2, first.digest)
    assert first.digest == digest_bytes(canonical(first)) == digest_entry(first)
    assert replace(first, number=0, previous=LOG_START, digest="") == make_entry(1)
    with store.reading() as connection:
        assert read_log(connection) == [first, second]
        assert head(connection) == Head(2, second.digest)
    assert found(store, tmp_path) == []


def test_an_empty_log_has_a_head(store: Store, tmp_path: Path) -> None:
    with store.reading() as connection:
        assert head(connection) == Head(0, LOG_START)
        assert read_log(connection) == []
    assert verify(store, workspace=tmp_path, noted=LOG_START) == []


def test_what_a_caller_says_of_the_chain_is_not_believed(store: Store, tmp_path: Path) -> None:
    entry = append(tmp_path, replace(make_entry(), number=7, previous="f" * 64, digest="e" * 64))[0]
    assert (entry.number, entry.previous) == (1, LOG_START)
    assert found(store, tmp_path) == []


def test_reading_by_a_moment_leaves_out_what_was_recorded_later(store: Store, tmp_path: Path) -> None:
    """16:30 UTC is half past midnight of the next day where the offices are."""
    moments = [
        "2018-06-01T08:00:00.000000Z",
        "2018-06-01T15:59:59.999999Z",
        "2018-06-01T16:00:00.000000Z",
    ]
    append(tmp_path, *(make_entry(at, recorded_at=moment) for at, moment in enumerate(moments)))
    with store.reading() as connection:
        known = read_log(connection, until=end_of(date(2018, 6, 1)))
        assert [entry.number for entry in known] == [1, 2]
        assert read_log(connection, until=end_of(date(2018, 5, 31))) == []


@pytest.mark.parametrize(
    "moment", ["2018-05-31T08:00:00.000000Z", "", "2018-07-01", "2018-06-01T08:00:02Z", "x" * 500]
)
def test_an_entry_before_the_last_or_of_no_moment_is_refused(
    moment: str, store: Store, tmp_path: Path
) -> None:
    append(tmp_path, make_entry(1))
    with pytest.raises(StoreError, match="moment of recording") as caught:
        append(tmp_path, make_entry(2, recorded_at=moment or "?"))
    assert not caught.value.is_the_callers
    with store.reading() as connection:
        assert head(connection).number == 1
    append(tmp_path, make_entry(2, recorded_at=make_entry(1).recorded_at))


def test_a_request_is_found_by_key_and_name(store: Store, tmp_path: Path) -> None:
    append(
        tmp_path, make_entry(1), make_entry(2, idempotency_key=""), make_entry(3, idempotency_key="")
    )
    append(tmp_path, make_entry(4, idempotency_key="request 1", key_id="other"))
    with store.reading() as connection:
        mine = find_recorded(connection, "terminal", "request 1")
        theirs = find_recorded(connection, "other", "request 1")
        assert (mine.number, theirs.number) == (1, 4)
        assert find_recorded(connection, "other", "request 9") is None
        assert find_recorded(connection, "terminal", "") is None
    with pytest.raises(StoreError):
        append(tmp_path, make_entry(5, idempotency_key="request 1"))


def test_entries_that_cannot_be_read_are_refused(store: Store) -> None:
    row = as_row(replace(make_entry(), number=1, digest="a" * 64)) | {"content": "[]"}
    with store.writing() as connection:
        connection.execute(insert(RECTIFICATION_LOG), row)
        with pytest.raises(StoreError, match="store verify"):
            read_log(connection)


def test_the_database_refuses_a_fork(store: Store, tmp_path: Path) -> None:
    """Whoever writes without taking turns, as `Store.writing` makes others do."""
    first = append(tmp_path, make_entry(1))[0]
    append(tmp_path, make_entry(2))
    beside = replace(make_entry(3), number=3, previous=first.digest)
    row = as_row(replace(beside, digest=digest_entry(beside)))
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(insert(RECTIFICATION_LOG), row)


def test_eight_processes_make_one_chain(store: Store, tmp_path: Path) -> None:
    def work(process: int) -> int:
        names = [f"{process}.{number}" for number in range(25)]
        append(tmp_path, *(make_entry(idempotency_key=name, recorded_at="") for name in names))
        return 0

    store.close()
    children = [Child(lambda process=process: work(process)) for process in range(8)]
    assert [child.wait() for child in children] == [0] * 8
    with store.reading() as connection:
        entries = read_log(connection)
    assert [entry.number for entry in entries] == list(range(1, 201))
    for process in range(8):
        mine = [entry.idempotency_key for entry in entries if entry.idempotency_key[0] == str(process)]
        assert mine == [f"{process}.{number}" for number in range(25)]
    assert read_kept_head(tmp_path) == Head(200, entries[-1].digest)
    assert found(store, tmp_path) == []


# ---- figures


def test_figures_are_kept_by_digest(store: Store, tmp_path: Path) -> None:
    one, two = '{"甲": 1}'.encode(), b'{"b": 2}'
    with store.writing() as connection:
        assert latest_snapshot(connection) is None
        assert [add_snapshot(connection, each, "a") for each in (one, two)] == [
            digest_bytes(one),
            digest_bytes(two),
        ]
        assert latest_snapshot(connection) == two
        assert read_snapshot(connection, digest_bytes(one)) == one
        assert latest_snapshot(connection, end_of(date(2018, 1, 1))) is None
        with pytest.raises(StoreError, match="no figures"):
            read_snapshot(connection, "f" * 64)
    append(tmp_path, make_entry(1, snapshot=digest_bytes(one)))
    assert found(store, tmp_path) == []


def test_figures_that_come_back_are_the_latest_again(store: Store) -> None:
    one, two = b"1", b"2"
    with store.writing() as connection:
        for content in (one, one, two, one):
            add_snapshot(connection, content, "a")
        assert latest_snapshot(connection) == one
        table = connection.exec_driver_sql("SELECT number, content FROM snapshots ORDER BY number")
        assert [tuple(row) for row in table] == [(1, "1"), (2, "2"), (3, "1")]


def test_an_entry_cites_figures_that_are_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no figures"):
        append(tmp_path, make_entry(1, snapshot="f" * 64))
    with store.reading() as connection:
        assert head(connection).number == 0


# ---- the head kept outside


def kept_number(workspace: Path) -> int | None:
    kept = read_kept_head(workspace)
    return None if kept is None else kept.number


def test_the_head_is_kept_after_each_commit(store: Store, tmp_path: Path) -> None:
    with appending(store, tmp_path) as connection:
        append_entry(connection, make_entry(1))
        last = append_entry(connection, make_entry(2))
        assert kept_number(tmp_path) == 0
    assert orjson.loads((tmp_path / HEAD_FILE).read_bytes()) == {"number": 2, "digest": last.digest}
    with suppress(ZeroDivisionError), appending(store, tmp_path) as connection:
        append_entry(connection, make_entry(3))
        raise ZeroDivisionError
    assert kept_number(tmp_path) == 2
    assert not list(tmp_path.glob(".rect*"))


def test_a_head_that_cannot_be_kept_undoes_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path, make_entry(1))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(kept_head.os, "fsync", full)
        append(tmp_path, make_entry(2))
    assert kept_number(tmp_path) == 1
    assert found(store, tmp_path) == []
    append(tmp_path, make_entry(3))
    assert kept_number(tmp_path) == 3


def test_a_head_only_goes_forward_on_its_own_chain(store: Store, tmp_path: Path) -> None:
    entries = append(tmp_path, make_entry(1), make_entry(2))
    path = tmp_path / HEAD_FILE
    for number, digest, left in (
        (1, entries[0].digest, False),
        (5, "a" * 64, True),
        (1, "a" * 64, True),
        (2, entries[1].digest, True),
    ):
        path.write_bytes(orjson.dumps({"number": number, "digest": digest}))
        before = path.read_bytes()
        keep_head(store, tmp_path)
        assert (path.read_bytes() == before) is left, number
        assert left or kept_number(tmp_path) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"number": 2, "digest": 5}',
        b'{"number": "2", "digest": "%s"}' % (b"a" * 64),
        b'{"number": true, "digest": "%s"}' % (b"a" * 64),
        b'{"number": 0, "digest": "%s"}' % (b"a" * 64),
        b'{"number": 99999999999999999999, "digest": "%s"}' % (b"a" * 64),
        b"\xff" * 100,
    ],
)
def test_a_head_that_cannot_be_read_is_told_and_left(content: bytes, tmp_path: Path) -> None:
    append(tmp_path, make_entry(1))
    (tmp_path / HEAD_FILE).write_bytes(content)
    append(tmp_path, make_entry(2))
    assert (tmp_path / HEAD_FILE).read_bytes() == content
    with closing(open_store(tmp_path)) as store:
        assert found(store, tmp_path) == [("head_file_unreadable", None)]


def test_killed_anywhere_the_head_is_never_ahead(database: str, tmp_path: Path) -> None:
    """Before each opening, renaming and commit; what is left holds together."""
    calls, behind = {"open", "os.rename", "sqlite3.connect"}, []
    for number in range(100):
        work = partial(append, tmp_path, make_entry(idempotency_key=str(number), recorded_at=""))
        ended = Child(killed_at_calls(work, calls, number)).wait()
        with closing(open_store(tmp_path)) as store:
            assert found(store, tmp_path) == []
            with store.reading() as connection:
                behind.append(head(connection).number - (kept_number(tmp_path) or 0))
        if ended != -9:
            break
    assert len(behind) > 3
    assert set(behind) >= {0, 1}, "killed before the commit, and between it and the file"
    assert min(behind) == behind[-1] == 0


# ---- backups, migrations


def test_an_older_backup_brought_back_is_told(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GEO_JINDU_DATABASE_URL", raising=False)  # no PostgreSQL is restored over
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "geo_jindu.toml").write_text("", "utf-8")
    append(workspace, make_entry(1))
    path = tmp_path / "backup.sqlite"
    with closing(open_store(workspace)) as store:
        back_up(store, path)
    append(workspace, make_entry(2), make_entry(3))
    done = CliRunner().invoke(app, ["restore", str(workspace), str(path)])
    assert "entries 2 to 3 of the log are missing" in done.output
    with closing(open_store(workspace)) as store:
        assert found(store, workspace) == [("log_end_missing", 2)]
        append(workspace, make_entry(4), make_entry(5), make_entry(6))
        assert found(store, workspace) == [("log_rewritten", 3)]
        (workspace / HEAD_FILE).unlink()
        assert found(store, workspace) == [("head_file_missing", None)]
        append(workspace, make_entry(7))
        assert found(store, workspace) == []
    assert kept_number(workspace) == 5


def test_log_figures_and_head_come_back_from_a_backup(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made from either database; into an empty workspace."""
    with closing(open_store(tmp_path)) as store:
        with store.writing() as connection:
            digest = add_snapshot(connection, b"{}", "a")
        entries = append(tmp_path, make_entry(1), make_entry(2, snapshot=digest))
        back_up(store, tmp_path / "backup.sqlite")
    monkeypatch.delenv("GEO_JINDU_DATABASE_URL", raising=False)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    restore(tmp_path / "backup.sqlite", workspace)
    assert kept_number(workspace) == 2
    with closing(open_store(workspace)) as store:
        assert found(store, workspace) == []
        with store.reading() as connection:
            assert read_log(connection) == entries
            assert read_snapshot(connection, digest) == b"{}"


def test_a_store_without_a_log_gets_one(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(find_store(tmp_path)) as store, store.writing() as connection:
        with monkeypatch.context() as patch:
            patch.setattr(migrations, "HEAD", "0001")
            upgrade(connection)
        vintage = "INSERT INTO boundary_vintages VALUES (1, '2018-01-01', 'd', 's', 't')"
        connection.exec_driver_sql(vintage)
    with closing(open_store(tmp_path)) as store:
        assert tables_version(store) == migrations.HEAD
        append(tmp_path, make_entry(1))
        assert found(store, tmp_path) == [("vintage_without_batch", None)]


# ---- commands


def test_the_head_is_printed_and_compared(tmp_path: Path) -> None:
    entries = append(tmp_path, make_entry(1), make_entry(2))
    run = CliRunner().invoke
    shown = run(app, ["head", str(tmp_path)])
    assert "entry 2" in shown.output
    assert entries[1].digest in shown.output
    for noted in (entries[0].digest, entries[1].digest[:16]):
        done = run(app, ["verify", str(tmp_path), "--head", noted])
        assert done.exit_code == 0
        assert "2 entries" in done.output
    done = run(app, ["verify", str(tmp_path), "--head", "f" * 16])
    assert done.exit_code == 1
    assert f"no entry of the log has the digest {'f' * 16}" in done.output


@pytest.mark.parametrize("noted", ["abc", "A" * 64, "f" * 65, "%" * 16, "_" * 64])
def test_a_head_is_digits(noted: str, tmp_path: Path) -> None:
    append(tmp_path, make_entry(1))
    done = CliRunner().invoke(app, ["verify", str(tmp_path), "--head", noted])
    assert isinstance(done.exception, InputError)


def test_entries_after_the_kept_head_are_pointed_out(tmp_path: Path) -> None:
    entries = append(tmp_path, make_entry(1), make_entry(2), make_entry(3))
    (tmp_path / HEAD_FILE).write_bytes(orjson.dumps({"number": 1, "digest": entries[0].digest}))
    done = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert done.exit_code == 0
    assert "look at entries 2 to 3" in done.output


def test_a_file_deleted_with_the_store_is_no_sound_store(tmp_path: Path) -> None:
    append(tmp_path, make_entry(1))
    (tmp_path / "store.sqlite").unlink()
    record(tmp_path)
    with closing(open_store(tmp_path)) as store:
        assert found(store, tmp_path) == [("log_end_missing", 1)]
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM rectification_log").fetchone() == (0,)
