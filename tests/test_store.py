"""The store: opened, brought up to date, refused; the same on both databases."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from geo_jindu.errors import StoreError
from geo_jindu.store import migrations, open_store
from geo_jindu.store.schema import APPEND_ONLY, METADATA


def test_migrations_make_the_tables_of_the_schema(database: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    store.close()


def test_the_newest_migration_is_the_one_named() -> None:
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() == migrations.HEAD


def test_a_store_is_kept_when_opened_again(database: str, tmp_path: Path) -> None:
    first = open_store(tmp_path)
    with first.writing() as connection:
        connection.execute(
            text("INSERT INTO boundary_vintages VALUES (1, '2018-01-01', 'd', 's', 't')")
        )
    first.close()
    again = open_store(tmp_path, create=False)
    with again.reading() as connection:
        assert connection.execute(text("SELECT vintage FROM boundary_vintages")).scalars().all() == [
            "2018-01-01"
        ]
    again.close()


def test_a_failed_change_leaves_nothing(database: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)

    def begin_and_fail() -> None:
        with store.writing() as connection:
            connection.execute(
                text("INSERT INTO boundary_vintages VALUES (1, '2018-01-01', 'd', 's', 't')")
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin_and_fail()
    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM boundary_vintages")).scalar() == 0
    store.close()


@pytest.mark.parametrize("action", ["UPDATE {} SET vintage = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_recorded(
    action: str, database: str, tmp_path: Path
) -> None:
    store = open_store(tmp_path)
    with store.writing() as connection:
        connection.execute(
            text("INSERT INTO boundary_vintages VALUES (1, '2018-01-01', 'd', 's', 't')")
        )
    with pytest.raises(StoreError), store.writing() as connection:
        connection.execute(text(action.format("boundary_vintages")))
    with store.reading() as connection:
        assert (
            connection.execute(text("SELECT vintage FROM boundary_vintages")).scalar() == "2018-01-01"
        )
    store.close()


def test_every_append_only_table_has_both_triggers(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.reading() as connection:
        found = set(
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        )
    assert found == {
        f"{table.name}_no_{action}" for table in APPEND_ONLY for action in ("update", "delete")
    }
    store.close()


def test_a_store_of_a_later_version_is_refused(database: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="later version"):
        open_store(tmp_path)


def test_a_file_that_is_no_store_is_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"this is no database, it only has its name. " * 100)
    with pytest.raises(StoreError, match="damaged"):
        open_store(tmp_path)
    assert (tmp_path / "store.sqlite").read_bytes().startswith(b"this is no database")


def test_no_store_is_made_where_one_must_be(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        open_store(tmp_path, create=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "oracle://somebody:hunter2@127.0.0.1/x",
        "postgresql://somebody:hunter2@127.0.0.1:1/x",
    ],
)
def test_a_bad_address_is_refused_without_its_password(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEO_JINDU_DATABASE_URL", address)
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_store_writes_ahead_and_checks_references(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.reading() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        ]
    assert pragmas == ["wal", 1, 60_000, 2]
    with pytest.raises(StoreError), store.writing() as connection:
        connection.execute(text("INSERT INTO units VALUES (7, '990000101', '甲镇', '')"))
    store.close()
    assert sqlite3.connect(tmp_path / "store.sqlite").execute(
        "SELECT count(*) FROM units"
    ).fetchone() == (0,)
