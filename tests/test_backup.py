"""Backups: whole or not there, verified, and brought back without mixing two databases."""

import os
import re
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from faults import Child, add, behind_the_back, head, killed_at_calls, make_batch, record
from sqlalchemy import func, select, text
from typer.testing import CliRunner

from geo_jindu.cli import main
from geo_jindu.cli.store import app
from geo_jindu.errors import InputError, OutputError, StoreError
from geo_jindu.store import backup, keys, open_store
from geo_jindu.store.access_log import Access, record_access
from geo_jindu.store.backup import back_up, restore
from geo_jindu.store.batches import chain_head
from geo_jindu.store.engine import bring_up_to_date, file_store
from geo_jindu.store.keys import create_key, find_key, list_keys, revoke_key
from geo_jindu.store.schema import ACCESS_LOG, BATCHES, METADATA, SESSIONS
from geo_jindu.store.sessions import create_session, find_session
from geo_jindu.store.verification import verify
from geo_jindu.tiers import Tier

CALLS = {"open", "os.rename", "os.link", "os.chmod", "os.remove", "os.rmdir", "sqlite3.connect"}
"""Between any two of these a process may be killed."""


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_hasher", lambda: PasswordHasher(1, 8, 1))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a folder for a workspace; other files of a test stand beside it."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "geo_jindu.toml").write_text("", "utf-8")
    return folder


@pytest.fixture(scope="module")
def other_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a store in a file, with two batches, and of its backup."""
    folder = tmp_path_factory.mktemp("other")
    with closing(file_store(folder / "store.sqlite")) as store:
        bring_up_to_date(store)
        add(store, make_batch())
        add(store, make_batch("outflow"))
        back_up(store, folder / "backup.sqlite")
    return folder


@pytest.fixture
def elsewhere(workspace: Path, other_store: Path) -> Path:
    """Return a backup of two batches, of another store, that a test may spoil."""
    return Path(shutil.copytree(other_store, workspace.parent / "other") / "backup.sqlite")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def inside(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sound(workspace: Path) -> bool:
    with closing(open_store(workspace, create=False)) as store:
        return verify(store) == []


def use(workspace: Path) -> dict[str, str]:
    """Make two keys, a session and a line of the access log; return the texts by name."""
    with closing(open_store(workspace)) as store:
        expiry = datetime.now(UTC) + timedelta(days=1)
        key, good = create_key(store, Tier.AUDITOR, (), expiry, "值班室")
        revoked, bad = create_key(store, Tier.PLANNER, (), expiry)
        revoke_key(store, revoked.id)
        token = create_session(store, key, timedelta(hours=1))
        record_access(store, Access(key.id, key.tier, "/townships", "", "", 200, 10))
    return {"good": good, "bad": bad, "token": token}


# ---- the file


def test_a_backup_is_one_file_that_stands_alone(database: str, workspace: Path) -> None:
    record(workspace, make_batch(), make_batch("outflow"))
    use(workspace)
    path = workspace.parent / "backup.sqlite"
    with closing(open_store(workspace)) as store:
        number, digest = back_up(store, path)
    assert (number, digest) == head(workspace)
    assert names(workspace.parent) == ["backup.sqlite", "workspace"]
    assert not [name for name in names(workspace) if name.startswith(".")]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as alone:
        assert alone.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        for table, number in (("observations", 144), ("keys", 2), ("sessions", 0)):
            assert alone.execute(f"SELECT count(*) FROM {table}").fetchone() == (number,)  # noqa: S608


def test_every_table_is_in_a_backup_but_sessions(
    database: str, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(workspace, make_batch())
    texts = use(workspace)
    path = workspace.parent / "backup.sqlite"
    with closing(open_store(workspace)) as store:
        back_up(store, path)
        with store.reading() as connection:
            rows = {
                table.name: connection.execute(select(table)).all() for table in METADATA.sorted_tables
            }
    monkeypatch.delenv("GEO_JINDU_DATABASE_URL", raising=False)
    other = workspace.parent / "other"
    other.mkdir()
    restore(path, other)
    with closing(open_store(other)) as store:
        with store.reading() as connection:
            brought = {
                table.name: connection.execute(select(table)).all() for table in METADATA.sorted_tables
            }
        assert len(rows.pop("sessions")) == 1
        assert brought.pop("sessions") == []
        assert brought == rows
        assert find_key(store, texts["good"]) is not None
        assert find_key(store, texts["bad"]) is None
        assert find_session(store, texts["token"]) is None


def test_a_backup_never_overwrites(workspace: Path, elsewhere: Path) -> None:
    record(workspace, make_batch())
    before = elsewhere.read_bytes()
    with closing(open_store(workspace)) as store, pytest.raises(OutputError, match="exists"):
        back_up(store, elsewhere)
    assert elsewhere.read_bytes() == before


def test_a_backup_into_no_folder_is_refused(workspace: Path) -> None:
    record(workspace, make_batch())
    with closing(open_store(workspace)) as store, pytest.raises(OutputError, match="cannot write"):
        back_up(store, workspace / "nowhere" / "backup.sqlite")


def test_of_a_store_that_does_not_hold_together_no_backup_is_written(
    database: str, workspace: Path
) -> None:
    record(workspace, make_batch())
    with closing(open_store(workspace)) as store:
        with behind_the_back(store) as connection:
            connection.execute(text("UPDATE observations SET value = 7"))
        with pytest.raises(StoreError, match="store verify"):
            back_up(store, workspace.parent / "backup.sqlite")
    assert names(workspace.parent) == ["workspace"]


def test_a_backup_is_of_one_moment_while_another_process_ingests(
    database: str, workspace: Path
) -> None:
    """Every backup is a beginning of the chain that the ingesting process leaves."""
    record(workspace, make_batch())
    many = [make_batch(f"source_{at}") for at in range(10)]
    child = Child(lambda: record(workspace, *many) and 0)
    with closing(open_store(workspace)) as store:
        made = [back_up(store, workspace.parent / f"{at}.sqlite") for at in range(2)]
        assert child.wait() == 0
        with store.reading() as connection:
            links = dict(connection.execute(select(BATCHES.c.id, BATCHES.c.chain_digest)).all())
        assert verify(store) == []
    assert len(links) == 11
    assert [links[number] == digest for number, digest in made] == [True] * 2


def test_progress_goes_up_to_the_whole(
    database: str, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(workspace, make_batch(), make_batch("outflow"))
    path, shares = workspace.parent / "backup.sqlite", [[], []]
    with closing(open_store(workspace)) as store:
        back_up(store, path, shares[0].append)
    monkeypatch.delenv("GEO_JINDU_DATABASE_URL", raising=False)
    restore(path, workspace, shares[1].append)
    for told in shares:
        assert told == sorted(told)
        assert told[-1] == 1


# ---- the way back


def test_a_backup_of_either_database_comes_back_into_either(
    database: str, workspace: Path, elsewhere: Path
) -> None:
    """Whatever was restored into, ids go on where they were."""
    other = file_store(elsewhere.parent / "store.sqlite")
    with closing(other), other.reading() as connection:
        digest = chain_head(connection)[:2]
    assert restore(elsewhere, workspace) is None
    assert head(workspace) == digest
    use(workspace)
    assert record(workspace, make_batch()) == [False]
    assert record(workspace, make_batch(year=2019)) == [True]
    assert head(workspace)[0] == 3
    assert sound(workspace)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_counts_on_after_what_was_brought_back(
    database: str, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = os.environ["GEO_JINDU_DATABASE_URL"]
    monkeypatch.delenv("GEO_JINDU_DATABASE_URL")
    record(workspace, make_batch())
    use(workspace)
    path = workspace.parent / "backup.sqlite"
    with closing(open_store(workspace)) as store:
        back_up(store, path)
    monkeypatch.setenv("GEO_JINDU_DATABASE_URL", address)
    restore(path, workspace)
    use(workspace)
    record(workspace, make_batch("residents", units=4))
    with closing(open_store(workspace)) as store, store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ACCESS_LOG)).scalar() == 2
        assert connection.execute(select(func.count()).select_from(SESSIONS)).scalar() == 1
    assert sound(workspace)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("what", ["batches", "keys"])
def test_postgresql_is_filled_only_if_it_is_empty(
    what: str, database: str, workspace: Path, elsewhere: Path
) -> None:
    if what == "batches":
        record(workspace, make_batch(year=2019))
    else:
        use(workspace)
    before = head(workspace)
    with pytest.raises(StoreError, match="holds something already"):
        restore(elsewhere, workspace)
    assert head(workspace) == before
    assert names(workspace) == ["geo_jindu.toml"]


def test_the_store_that_was_there_is_kept(workspace: Path, elsewhere: Path) -> None:
    record(workspace, make_batch(year=2019))
    (workspace / "store.sqlite").chmod(0o640)
    before = head(workspace)
    kept = restore(elsewhere, workspace)
    assert kept is not None
    assert re.fullmatch(r"store\.sqlite\.before-\d{8}T\d{6}\.\d{6}Z", kept.name)
    assert names(workspace) == ["geo_jindu.toml", "store.sqlite", kept.name]
    assert stat.S_IMODE((workspace / "store.sqlite").stat().st_mode) == 0o640
    assert head(workspace)[0] == 2
    (workspace / "store.sqlite").unlink()
    kept.rename(workspace / "store.sqlite")
    assert head(workspace) == before
    assert sound(workspace)


def test_without_links_it_is_kept_as_well(
    workspace: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(workspace, make_batch(year=2019))
    before = (workspace / "store.sqlite").stat().st_ino

    def link(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(backup.os, "link", link)
    kept = restore(elsewhere, workspace)
    assert kept is not None
    assert kept.stat().st_ino == before
    assert head(workspace)[0] == 2


def test_a_restored_store_may_be_behind_a_link(workspace: Path, elsewhere: Path) -> None:
    """SQLite keeps companions beside the file itself, so the file is what is replaced."""
    disk = workspace.parent / "disk"
    disk.mkdir()
    (workspace / "store.sqlite").symlink_to(disk / "data.sqlite")
    record(workspace, make_batch(year=2019))
    kept = restore(elsewhere, workspace)
    assert kept is not None
    assert kept.parent == disk
    assert (workspace / "store.sqlite").is_symlink()
    assert head(workspace)[0] == 2


def test_a_store_copied_by_hand_comes_back_without_its_sessions(workspace: Path) -> None:
    record(workspace, make_batch())
    texts = use(workspace)
    path = Path(shutil.copy(workspace / "store.sqlite", workspace.parent / "copied.sqlite"))
    restore(path, workspace)
    with closing(open_store(workspace)) as store:
        assert find_key(store, texts["good"]) is not None
        assert find_session(store, texts["token"]) is None


# ---- companions


def killed_writer(workspace: Path, *batches: object) -> None:
    """Record batches and die, so that they are in the file beside the store only."""

    def work() -> None:
        store = open_store(workspace)
        with store.reading():  # somebody else has it open, so closing folds nothing in
            record(workspace, *batches)
            os.kill(os.getpid(), 9)

    assert Child(work).wait() == -9
    assert (workspace / "store.sqlite-wal").stat().st_size > 0


def test_what_a_killed_writer_left_goes_with_the_store_it_belongs_to(
    workspace: Path, elsewhere: Path
) -> None:
    record(workspace, make_batch("residents"))
    killed_writer(workspace, make_batch(year=2019))
    kept = restore(elsewhere, workspace)
    assert kept is not None
    assert names(workspace) == ["geo_jindu.toml", "store.sqlite", kept.name]
    assert head(workspace) == head(elsewhere.parent)
    assert sound(workspace)
    kept.replace(workspace / "store.sqlite")
    assert head(workspace)[0] == 2


def test_what_a_deleted_store_left_is_not_mixed_with_a_backup(workspace: Path, elsewhere: Path) -> None:
    record(workspace, make_batch("residents"))
    killed_writer(workspace, make_batch(year=2019))
    (workspace / "store.sqlite").unlink()
    assert restore(elsewhere, workspace) is None
    assert head(workspace) == head(elsewhere.parent)
    assert sound(workspace)
    assert [name for name in names(workspace) if name.endswith("-wal")] == [
        name for name in names(workspace) if re.fullmatch(r"store\.sqlite\.before-.*-wal", name)
    ]


def test_a_damaged_store_is_moved_aside_with_all_it_has(workspace: Path, elsewhere: Path) -> None:
    record(workspace, make_batch("residents"))
    killed_writer(workspace, make_batch(year=2019))
    content = (workspace / "store.sqlite-wal").read_bytes()
    (workspace / "store.sqlite").write_bytes(b"no database any more. " * 500)
    (workspace / "store.sqlite-wal").write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        open_store(workspace)
    (workspace / "store.sqlite-wal").write_bytes(content)
    kept = restore(elsewhere, workspace)
    assert kept is not None
    assert kept.read_bytes().startswith(b"no database any more")
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == content
    assert head(workspace) == head(elsewhere.parent)
    assert sound(workspace)


def test_a_store_in_use_is_not_replaced(workspace: Path, elsewhere: Path) -> None:
    """A server that has it open, even one that does nothing, would go on writing to the old file."""
    record(workspace, make_batch(year=2019))
    before = head(workspace)
    with closing(open_store(workspace)) as server:
        with pytest.raises(StoreError, match="in use"):
            restore(elsewhere, workspace)
        with server.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM batches")).scalar() == 1
    assert head(workspace) == before
    assert names(workspace) == ["geo_jindu.toml", "store.sqlite"]


def test_whoever_waited_for_the_replaced_file_cannot_write_it(
    workspace: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened before it moved, asked to write after: what it wrote would be in neither store."""
    record(workspace, make_batch(year=2019))
    opened: list[sqlite3.Connection] = []
    link = os.link

    def link_and_open(*arguments: object) -> None:
        late = sqlite3.connect(workspace / "store.sqlite", timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            late.execute("SELECT count(*) FROM batches")
        opened.append(late)
        link(*arguments)

    monkeypatch.setattr(backup.os, "link", link_and_open)
    restore(elsewhere, workspace)
    with closing(opened[0]) as late:
        for statement in ("PRAGMA journal_mode = WAL", "DELETE FROM sessions"):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                late.execute(statement)
    assert sound(workspace)


# ---- what is no backup


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def of_later_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def tampered(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER observations_no_update")
        connection.execute("UPDATE observations SET value = 7")
        connection.commit()


def of_something_else(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (truncated, "no backup, or is damaged"),
        (tampered, "no backup, or is damaged"),
        (of_something_else, "no backup, or is damaged"),
        (of_later_version, "later version"),
        (lambda path: path.write_bytes(b""), "no backup, or is damaged"),
        (lambda path: path.write_bytes(b"geo_jindu " * 1000), "no backup, or is damaged"),
        (lambda path: path.unlink(), "does not exist"),
    ],
)
def test_what_is_no_sound_backup_changes_nothing(
    spoil: Callable[[Path], None], says: str, workspace: Path, elsewhere: Path
) -> None:
    record(workspace, make_batch(year=2019))
    spoil(elsewhere)
    before, given = inside(workspace), inside(elsewhere.parent)
    with pytest.raises(StoreError, match=says):
        restore(elsewhere, workspace)
    assert inside(workspace) == before
    assert inside(elsewhere.parent) == given


def test_restoring_leaves_the_backup_as_it_is(workspace: Path, elsewhere: Path) -> None:
    given = inside(elsewhere.parent)
    restore(elsewhere, workspace)
    assert inside(elsewhere.parent) == given


# ---- killed at any moment


def test_a_backup_killed_between_any_two_calls_is_whole_or_not_there(workspace: Path) -> None:
    record(workspace, make_batch())
    path, number, ended = workspace.parent / "backup.sqlite", 0, -9

    def work() -> None:
        with closing(open_store(workspace)) as store:
            back_up(store, path)

    while ended == -9:
        ended = Child(killed_at_calls(work, CALLS, number)).wait()
        if path.exists():
            other = workspace.parent / f"other{number}"
            other.mkdir()
            restore(path, other)
            assert head(other) == head(workspace)
            path.unlink()
        number += 1
    assert number > 5
    assert sound(workspace)


def test_a_restore_killed_between_any_two_calls_leaves_the_old_or_the_new(
    workspace: Path, elsewhere: Path
) -> None:
    record(workspace, make_batch(year=2019))
    old, new = head(workspace), head(elsewhere.parent)
    number, ended, seen = 0, -9, []
    while ended == -9:
        work = killed_at_calls(lambda: restore(elsewhere, workspace), CALLS, number)
        ended = Child(work).wait()
        found = head(workspace)
        assert found in (old, new)
        seen.append(found == new)
        if seen[-1]:
            assert sound(workspace)
            kept = next(iter(workspace.glob("store.sqlite.before-*Z")))
            kept.replace(workspace / "store.sqlite")
            assert head(workspace) == old
            assert sound(workspace)
        number += 1
    assert number > 5
    assert seen[0] is False
    assert seen[-1] is True


def test_what_killed_processes_left_is_removed_after_a_day(workspace: Path, elsewhere: Path) -> None:
    record(workspace, make_batch())
    for name, age in ((".store-old", 25), (".store-new", 1)):
        (workspace.parent / name).mkdir()
        moment = datetime.now(UTC).timestamp() - age * 3600
        os.utime(workspace.parent / name, (moment, moment))
    with closing(open_store(workspace)) as store:
        back_up(store, workspace.parent / "backup.sqlite")
    assert [name for name in names(workspace.parent) if name.startswith(".")] == [".store-new"]


# ---- the terminal


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("GEO_JINDU_LANGUAGE", request.param)
    return request.param


def run(*arguments: object) -> object:
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})


def test_the_terminal_verifies_backs_up_and_restores(language: str, workspace: Path) -> None:
    record(workspace, make_batch(), make_batch("outflow"))
    use(workspace)
    shown = head(workspace)[1][:16]
    path = workspace.parent / "backup.sqlite"
    says = {"en": ["2 batches", "kept as", "look through them"], "zh": ["2 批", "保留为", "重新有效"]}
    for command in (["verify", workspace], ["backup", workspace, path], ["restore", workspace, path]):
        done = run(*command)
        assert done.exit_code == 0, done.output
        assert says[language][0] in done.stdout
        assert shown in done.stdout
    assert says[language][1] in done.stdout
    assert says[language][2] in done.stderr
    with closing(open_store(workspace)) as store:
        assert len(list_keys(store)) == 2


def test_the_terminal_says_all_that_does_not_hold_and_ends_with_one(
    language: str, database: str, workspace: Path
) -> None:
    record(workspace, make_batch(), make_batch("outflow"))
    with closing(open_store(workspace)) as store, behind_the_back(store) as connection:
        connection.execute(text("UPDATE observations SET value = 7 WHERE batch_id = 1"))
        connection.execute(text("UPDATE row_counts SET rows = 7 WHERE batch_id = 2"))
    done = run("verify", workspace)
    assert done.exit_code == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 4
    assert all("第 1 批" in line or "batch 1" in line for line in lines[:2])
    assert all("第 2 批" in line or "batch 2" in line for line in lines[2:])


@pytest.mark.parametrize(
    ("arguments", "kind", "key"),
    [
        (["verify", "{empty}"], StoreError, "store_missing"),
        (["backup", "{empty}", "{free}"], StoreError, "store_missing"),
        (["restore", "{empty}", "{backup}"], InputError, "no_workspace"),
        (["restore", "{workspace}", "{free}"], StoreError, "backup_missing"),
        (["backup", "{workspace}", "{backup}"], OutputError, "output_exists"),
    ],
)
def test_the_terminal_names_what_is_missing(
    arguments: list[str], kind: type[Exception], key: str, workspace: Path, elsewhere: Path
) -> None:
    record(workspace, make_batch())
    empty = workspace.parent / "empty"
    empty.mkdir()
    places = {"empty": empty, "free": empty / "x", "backup": elsewhere, "workspace": workspace}
    done = run(*(part.format(**places) for part in arguments))
    assert isinstance(done.exception, kind)
    problems = getattr(done.exception, "problems", None) or [done.exception.problem]
    assert [problem.key for problem in problems] == [key]
    assert names(empty) == []


def damage(workspace: Path) -> None:
    content = (workspace / "store.sqlite").read_bytes()
    (workspace / "store.sqlite").write_bytes(content[:8192] + bytes(4096) + content[12288:])


def lose(workspace: Path) -> None:
    (workspace / "store.sqlite").unlink()


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (damage, 1, "geo-jindu store "),
        (lose, 2, "does not exist"),
        (lambda workspace: of_later_version(workspace / "store.sqlite"), 2, "later version"),
    ],
)
@pytest.mark.parametrize("command", [["verify"], ["backup", "{}/backup.sqlite"]])
def test_a_failure_is_one_sentence_and_no_file(
    spoil: Callable[[Path], None],
    code: int,
    says: str,
    command: list[str],
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    record(workspace, make_batch())
    spoil(workspace)
    monkeypatch.setenv("GEO_JINDU_LANGUAGE", "en")
    name, *rest = (part.format(workspace.parent) for part in command)
    monkeypatch.setattr(sys, "argv", ["geo-jindu", "store", name, str(workspace), *rest])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == code
    assert said.out == ""
    assert says in said.err
    assert "Traceback" not in said.err
    assert names(workspace.parent) == ["workspace"]
