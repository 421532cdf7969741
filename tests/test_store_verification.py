"""Verification: a sound store is called sound, and every way to tamper with one is found."""

import gc
import shutil
import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from faults import behind_the_back, head, make_batch, make_units, record
from sqlalchemy import Column, Table, delete, insert, select, text, update

from geo_jindu.ingestion import record_batch
from geo_jindu.store import Store, open_store, verification
from geo_jindu.store.engine import file_store
from geo_jindu.store.schema import BATCHES, METADATA, OBSERVATIONS, ROW_COUNTS, UNITS, VINTAGES
from geo_jindu.store.snapshots import add_snapshot
from geo_jindu.store.verification import verify

COVERED = [VINTAGES, UNITS, BATCHES, OBSERVATIONS, ROW_COUNTS]
"""What the digests cover: all that counts are computed from."""

Rows = dict[Table, list[dict[str, object]]]


def keys(store: Store) -> list[str]:
    return [problem.key for problem in verify(store)]


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    """Return a store of three batches, the last of another list of units."""
    record(tmp_path, make_batch(), make_batch("outflow"))
    record(tmp_path, make_batch("residents", units=4), units=4)
    with closing(open_store(tmp_path)) as opened:
        yield opened


@pytest.fixture
def quick(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return the store; the tables, which a test leaves alone, are not compared each time."""
    monkeypatch.setattr(verification, "check_tables", lambda connection: iter(()))
    return store


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store in a file, closed; tests change copies of it."""
    folder = tmp_path_factory.mktemp("store")
    record(folder, make_batch(units=3), make_batch("outflow", units=3), units=3)
    with closing(open_store(folder)) as store, store.writing() as connection:
        add_snapshot(connection, b"{}", "a")
    return folder / "store.sqlite"


@pytest.fixture
def copy(file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(file, tmp_path / "store.sqlite"))


# ---- what is sound


def test_a_store_made_by_the_software_holds_together(store: Store) -> None:
    assert keys(store) == []


def test_an_empty_store_holds_together(database: str, tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        assert keys(store) == []


def test_counts_replaced_and_without_values_hold_together(database: str, tmp_path: Path) -> None:
    batch = make_batch(replaces=True)
    missing = batch.counts.observations.assign(value=None, status="missing").astype({"value": "Int64"})
    nothing = batch.counts.rows.assign(counted=0)
    counts = replace(batch.counts, observations=missing, rows=nothing)
    record(tmp_path, make_batch(), replace(batch, input_digest="1" * 64, counts=counts))
    with closing(open_store(tmp_path)) as store:
        assert keys(store) == []


def test_verifying_writes_nothing(copy: Path) -> None:
    before = copy.read_bytes()
    with closing(file_store(copy)) as store:
        assert keys(store) == []
    assert copy.read_bytes() == before
    assert [path.name for path in copy.parent.iterdir()] == ["store.sqlite"]


def test_progress_is_told_up_to_the_whole(copy: Path) -> None:
    shares: list[float] = []
    with closing(file_store(copy)) as store:
        verify(store, shares.append)
    assert shares == pytest.approx([0.3, 0.65, 1])
    assert shares[-1] == 1


def test_one_batch_at_a_time_is_in_memory(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[weakref.ref[object]] = []
    alive: list[int] = []

    def watched(*arguments: object) -> object:
        gc.collect()
        alive.append(sum(each() is not None for each in seen))
        batch = read(*arguments)
        seen.append(weakref.ref(batch))
        return batch

    read = verification.read_batch
    monkeypatch.setattr(verification, "read_batch", watched)
    with closing(file_store(copy)) as store:
        assert keys(store) == []
    assert alive == [0, 0]


# ---- what was changed behind the software's back


def changed(value: object) -> object:
    """Return another value of the same kind, no longer than this one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [*value, "x"]
    if isinstance(value, str):
        return value[:-1] + ("1" if value.endswith("0") else "0")
    return 7 if value is None else int(str(value)) + 1000


def pick(connection: object, table: Table) -> dict[str, object]:
    """Return a row of the second batch, or of the first vintage."""
    where = {"batches": BATCHES.c.id == 2, "boundary_vintages": VINTAGES.c.id == 1}.get(table.name)
    if where is None:
        where = table.c.vintage_id == 1 if table is UNITS else table.c.batch_id == 2
    return dict(connection.execute(select(table).where(where).limit(1)).mappings().one())


def the_row(table: Table, row: dict[str, object]) -> object:
    return [column == row[column.name] for column in table.primary_key]


def read_all(store: Store) -> Rows:
    with store.reading() as connection:
        return {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in METADATA.sorted_tables
        }


def found_after(store: Store, saved: Rows, change: Callable[[object], object]) -> list[object]:
    """Return the problems that a change makes, as (key, batch), and undo it."""
    with behind_the_back(store) as connection:
        change(connection)
    found = [(problem.key, problem.values.get("batch")) for problem in verify(store)]
    with behind_the_back(store) as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(delete(table))
        for table, rows in saved.items():
            if rows:
                connection.execute(insert(table), rows)
    return found


def test_every_cell_that_counts_come_from_is_covered(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "check_tables", lambda connection: iter(()))
    quick = file_store(copy)
    saved = read_all(quick)

    def edit(table: Table, column: Column[object], connection: object) -> None:
        row = pick(connection, table)
        same = update(table).where(*the_row(table, row))
        assert connection.execute(same.values({column.name: changed(row[column.name])})).rowcount == 1

    found = {
        f"{table.name}.{column.name}": found_after(
            quick,
            saved,
            lambda connection, table=table, column=column: edit(table, column, connection),
        )
        for table in COVERED
        for column in table.c
    }
    assert len(found) == 5 + 4 + 17 + 7 + 5
    assert [name for name, problems in found.items() if not problems] == []
    own = {name: problems for name, problems in found.items() if name.startswith("batches.")}
    assert ("chain_broken", 1002) in own.pop("batches.id")
    assert [name for name, problems in own.items() if ("chain_broken", 2) not in problems] == []
    assert keys(quick) == []
    quick.close()


def test_rows_taken_away_or_put_in_are_found(quick: Store) -> None:
    saved = read_all(quick)

    def take_away(table: Table, connection: object) -> None:
        row = pick(connection, table)
        assert connection.execute(delete(table).where(*the_row(table, row))).rowcount == 1

    def put_in(table: Table, connection: object) -> None:
        row = pick(connection, table)
        own = [*table.primary_key][-1].name  # code, category, reason or id
        others = {"chain_digest": "f" * 64, "digest": "f" * 64}
        fresh = row | {name: value for name, value in others.items() if name in row}
        connection.execute(insert(table), fresh | {own: changed(row[own])})

    found = {
        (table.name, change.__name__): found_after(
            quick, saved, lambda connection, table=table, change=change: change(table, connection)
        )
        for table in COVERED
        for change in (take_away, put_in)
    }
    assert len(found) == 10
    assert [name for name, problems in found.items() if not problems] == []
    assert ("chain_broken", 3) in found["batches", "take_away"]
    assert ("store_reference_lost", None) in found["units", "take_away"]
    assert found["boundary_vintages", "put_in"] == [("vintage_without_batch", None)]


def test_of_a_broken_chain_the_first_batch_is_named(quick: Store) -> None:
    saved = read_all(quick)

    def everywhere(connection: object, old: int, new: int) -> None:
        for table, column in (
            (BATCHES, BATCHES.c.id),
            (OBSERVATIONS, OBSERVATIONS.c.batch_id),
            (ROW_COUNTS, ROW_COUNTS.c.batch_id),
        ):
            connection.execute(update(table).where(column == old).values({column.name: new}))

    def swap(connection: object) -> None:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            everywhere(connection, old, new)

    def remove(connection: object, batch: int = 2) -> None:
        connection.execute(delete(OBSERVATIONS).where(OBSERVATIONS.c.batch_id == batch))
        connection.execute(delete(ROW_COUNTS).where(ROW_COUNTS.c.batch_id == batch))
        connection.execute(delete(BATCHES).where(BATCHES.c.id == batch))

    def remove_and_close_up(connection: object) -> None:
        remove(connection)
        everywhere(connection, 3, 2)

    broken = [("chain_broken", 2)]
    assert found_after(quick, saved, swap) == broken
    assert found_after(quick, saved, remove) == [("chain_broken", 3)]
    assert found_after(quick, saved, remove_and_close_up) == broken


def test_counts_moved_to_another_vintage_are_found(quick: Store) -> None:
    with behind_the_back(quick) as connection:
        known = select(UNITS.c.code).where(UNITS.c.vintage_id == 2)
        mine = (OBSERVATIONS.c.batch_id == 2) & OBSERVATIONS.c.code.in_(known)
        connection.execute(update(OBSERVATIONS).where(mine).values(vintage_id=2))
    assert keys(quick) == ["batch_of_two_vintages"]


def test_an_end_cut_off_cleanly_shows_only_in_the_head(store: Store, tmp_path: Path) -> None:
    """Which is why the head is shown: whoever noted it down sees that it is gone."""
    noted = head(tmp_path)
    with behind_the_back(store) as connection:
        for table, column in ((OBSERVATIONS, "batch_id"), (ROW_COUNTS, "batch_id"), (BATCHES, "id")):
            connection.execute(delete(table).where(table.c[column] == 3))
        connection.execute(delete(UNITS).where(UNITS.c.vintage_id == 2))
        connection.execute(delete(VINTAGES).where(VINTAGES.c.id == 2))
    assert keys(store) == []
    assert head(tmp_path)[0] == noted[0] - 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE batches SET role = 'Zhang San' WHERE id = 2",
        "UPDATE batches SET exceptions = '[\"Zhang San' WHERE id = 2",
        "UPDATE batches SET rows = 'Zhang San' WHERE id = 2",
        "UPDATE observations SET value = 'Zhang San' WHERE batch_id = 2",
        "UPDATE row_counts SET counted = 'Zhang San' WHERE batch_id = 2",
        "UPDATE row_counts SET period = x'ff00' WHERE batch_id = 2 AND period = '2018-05'",
    ],
)
def test_what_cannot_be_read_is_named_and_never_quoted(statement: str, copy: Path) -> None:
    with closing(file_store(copy)) as store:
        with behind_the_back(store) as connection:
            connection.execute(text(statement))
        problems = verify(store)
    assert {problem.values.get("batch") for problem in problems} == {2}
    assert "Zhang San" not in " ".join(problem.text("en") for problem in problems)


def test_text_that_is_none_is_damage(copy: Path) -> None:
    with closing(file_store(copy)) as store:
        with behind_the_back(store) as connection:
            connection.execute(text("UPDATE units SET name = CAST(x'ff00ff' AS TEXT)"))
        assert "store_damaged" in keys(store)


@pytest.mark.parametrize("wrong", ["rows", "values"])
def test_sums_that_were_wrong_from_the_start_are_found(wrong: str, store: Store) -> None:
    """A fault of the software itself, digested as it was recorded."""
    batch = make_batch("census")
    if wrong == "rows":
        rows = batch.counts.rows
        assigned = np.where(rows["reason"] == "", rows["rows"], rows["rows"] + 1)
        sound = replace(batch, counts=replace(batch.counts, rows=rows.assign(rows=assigned)))
        with store.writing() as connection:
            record_batch(connection, sound, make_units())
        with behind_the_back(store) as connection:
            connection.execute(text("UPDATE batches SET assigned = assigned - 1 WHERE id = 4"))
        assert "batch_rows_wrong" in keys(store)
    else:
        more = batch.counts.observations.assign(value=batch.counts.observations["value"] + 1)
        with store.writing() as connection:
            counts = replace(batch.counts, observations=more)
            record_batch(connection, replace(batch, counts=counts), make_units())
        assert keys(store) == ["batch_values_wrong"]


# ---- tables and triggers


def by_hand(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


WITHOUT = """
    CREATE TABLE fresh AS SELECT * FROM {table};
    DROP TABLE {table};
    CREATE TABLE {table} ({columns});
    INSERT INTO {table} SELECT * FROM fresh;
    DROP TABLE fresh;
"""
ROW_COLUMNS = "batch_id INTEGER NOT NULL, period VARCHAR(7) NOT NULL, reason VARCHAR(40) NOT NULL"
SUMS = "rows BIGINT NOT NULL, counted BIGINT NOT NULL"
KEY = "PRIMARY KEY (batch_id, period, reason)"
TRIGGERS = """
    CREATE TRIGGER row_counts_no_update BEFORE UPDATE ON row_counts FOR EACH ROW
      BEGIN SELECT RAISE(ABORT, 'append-only'); END;
    CREATE TRIGGER row_counts_no_delete BEFORE DELETE ON row_counts FOR EACH ROW
      BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("DROP TRIGGER batches_no_update", "store_trigger_changed"),
        ("DROP TRIGGER access_log_no_delete", "store_trigger_changed"),
        (
            "DROP TRIGGER batches_no_update; CREATE TRIGGER batches_no_update BEFORE UPDATE ON batches "
            "FOR EACH ROW WHEN (OLD.id > 5) BEGIN SELECT RAISE(ABORT, 'append-only'); END",
            "store_trigger_changed",
        ),
        (
            "CREATE TRIGGER helpful AFTER INSERT ON batches BEGIN DELETE FROM sessions; END",
            "store_trigger_changed",
        ),
        ("DROP TABLE releases", "store_tables_changed"),
        ("ALTER TABLE units ADD COLUMN note TEXT", "store_tables_changed"),
        ("ALTER TABLE units RENAME COLUMN county TO countie", "store_tables_changed"),
        ("DROP INDEX ix_access_log_at", "store_tables_changed"),
        (
            WITHOUT.format(table="row_counts", columns=f"{ROW_COLUMNS}, {SUMS}, {KEY}") + TRIGGERS,
            "store_tables_changed",  # the reference to the batch is gone
        ),
        (
            WITHOUT.format(
                table="row_counts",
                columns=f"{ROW_COLUMNS}, {SUMS}, FOREIGN KEY(batch_id) REFERENCES batches (id)",
            )
            + TRIGGERS,
            "store_tables_changed",  # the primary key is gone
        ),
        ("UPDATE alembic_version SET version_num = '9999'", "store_version"),
        ("DROP TABLE alembic_version", "store_version"),
    ],
)
def test_a_changed_schema_of_a_file_is_found(script: str, expected: str, copy: Path) -> None:
    by_hand(copy, script)
    with closing(file_store(copy)) as store:
        assert expected in keys(store)


def test_tables_of_others_are_nobodys_concern(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE spatial_ref_sys (srid INTEGER)"))
    assert keys(store) == []


REFUSES = "BEGIN RAISE EXCEPTION ''append-only''; END"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_changed_schema_of_postgresql_is_found(store: Store) -> None:
    """Each change is undone before the next."""
    trigger = "TRIGGER batches_no_update ON batches"
    made = (
        "CREATE TRIGGER batches_no_update BEFORE UPDATE{} ON batches FOR EACH ROW{} "
        "EXECUTE FUNCTION geo_jindu_append_only()"
    )
    function = (
        "CREATE OR REPLACE FUNCTION geo_jindu_append_only() RETURNS trigger LANGUAGE plpgsql AS '{}'"
    )
    reference = "fk_row_counts_batch_id"
    changes = {
        f"DROP {trigger}": made.format("", ""),
        f"DROP {trigger};{made.format(' OF role', '')}": f"DROP {trigger};{made.format('', '')}",
        f"DROP {trigger};{made.format('', ' WHEN (OLD.id > 5)')}": (
            f"DROP {trigger};{made.format('', '')}"
        ),
        "ALTER TABLE units DISABLE TRIGGER units_no_delete": "ALTER TABLE units ENABLE TRIGGER ALL",
        "ALTER TABLE observations DISABLE TRIGGER ALL": "ALTER TABLE observations ENABLE TRIGGER ALL",
        "DROP TRIGGER access_log_no_truncate ON access_log": (
            "CREATE TRIGGER access_log_no_truncate BEFORE TRUNCATE ON access_log FOR EACH STATEMENT "
            "EXECUTE FUNCTION geo_jindu_append_only()"
        ),
        function.format("BEGIN RETURN NEW; END"): function.format(f" {REFUSES} "),
        f"ALTER TABLE row_counts DROP CONSTRAINT {reference}": (
            f"ALTER TABLE row_counts ADD CONSTRAINT {reference} FOREIGN KEY (batch_id) REFERENCES batches"
        ),
        "ALTER TABLE row_counts DROP CONSTRAINT pk_row_counts": (
            "ALTER TABLE row_counts ADD CONSTRAINT pk_row_counts PRIMARY KEY (batch_id, period, reason)"
        ),
    }
    with store.reading() as connection:
        internal = connection.execute(
            text(
                "SELECT tgname FROM pg_trigger WHERE tgisinternal AND tgrelid = 'row_counts'::regclass"
            )
        ).scalars()
        one = f'TRIGGER "{internal.first()}"'
    changes = {
        f"ALTER TABLE row_counts DISABLE {one}": f"ALTER TABLE row_counts ENABLE {one}"
    } | changes
    kinds = {"store_trigger_changed", "store_tables_changed"}
    for change, undo in changes.items():
        for statement, sound in ((change, False), (undo, True)):
            with store.engine.begin() as connection:
                for part in statement.split(";") if "TRIGGER" in statement else [statement]:
                    connection.exec_driver_sql(part)
            if not sound:
                assert set(keys(store)) & kinds, change
    assert keys(store) == []


# ---- bytes of the file


def test_every_page_overwritten_is_found(file: Path, tmp_path: Path) -> None:
    """Named when the store is opened or when it is verified; never a failure without a name."""
    whole = file.read_bytes()
    garbage = np.random.default_rng(1).bytes(4096)
    path = tmp_path / "store.sqlite"
    assert len(whole) > 20 * 4096
    for start in range(0, len(whole), 4096):
        path.write_bytes(whole[:start] + garbage + whole[start + 4096 :])
        with closing(file_store(path)) as store:
            assert verify(store), f"page {start // 4096}"


def test_a_file_cut_short_is_found(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    path = tmp_path / "store.sqlite"
    for share in (0.02, 0.3, 0.6, 0.9, 0.999):
        path.write_bytes(whole[: int(share * len(whole))])
        with closing(file_store(path)) as store:
            assert verify(store), share


@pytest.mark.parametrize(
    ("old", "new"),
    [("第1镇", "第7镇"), ("incidents-2018.csv", "incidents-2017.csv"), ("dealing", "selling")],
)
def test_a_text_exchanged_in_the_file_is_found(old: str, new: str, copy: Path) -> None:
    """The file stays one that SQLite takes for whole, but for its index."""
    content = copy.read_bytes()
    assert old.encode() in content
    copy.write_bytes(content.replace(old.encode(), new.encode(), 1))
    with closing(file_store(copy)) as store:
        assert keys(store)
