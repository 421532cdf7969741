"""Whether the tables of a store, and the triggers that keep rows, are as the migrations make them."""

import re
from collections.abc import Iterator
from functools import cache

from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateTableOp, ModifyTableOps
from sqlalchemy import Connection, inspect, text

from geo_jindu.errors import Problem
from geo_jindu.store.engine import file_store
from geo_jindu.store.migrations import upgrade
from geo_jindu.store.migrations.append_only import OLDEST_DELETABLE_DAYS, REFUSAL
from geo_jindu.store.schema import ACCESS_LOG, APPEND_ONLY, METADATA

_SQLITE = text("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'")

_POSTGRESQL = text("""
    SELECT c.relname, t.tgname, concat(pg_get_triggerdef(t.oid, true), ' ', t.tgenabled, p.prosrc)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE c.relnamespace = current_schema()::regnamespace
    AND (NOT t.tgisinternal OR t.tgenabled <> 'O')
""")
"""Internal ones are the references between tables; they must be enabled."""

_YOUNG = re.compile(rf" WHEN \(old\.at::text >= .*'{OLDEST_DELETABLE_DAYS} days'::interval.*\)(?= EX)")
"""What PostgreSQL makes of the condition on lines of the access log; versions word it differently."""


def check_tables(connection: Connection) -> Iterator[Problem]:
    """Compare tables, columns and constraints with the schema; other tables are nobody's concern."""
    options = {"include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables}
    context = MigrationContext.configure(connection, opts=options)
    operations = produce_migrations(context, METADATA).upgrade_ops_list[0].ops
    changed = {
        each.table_name for each in operations if isinstance(each, CreateTableOp | ModifyTableOps)
    }
    there = inspect(connection)
    for name, table in METADATA.tables.items():
        keys = [column.name for column in table.primary_key]
        if name not in changed and there.get_pk_constraint(name)["constrained_columns"] != keys:
            changed.add(name)
    if changed:
        yield Problem("store_tables_changed", values={"tables": ", ".join(sorted(changed))})


def check_triggers(connection: Connection) -> Iterator[Problem]:
    """Compare the triggers with those the migrations make: each there, unchanged, and no other."""
    found = _triggers(connection)
    expected = _expected_on_postgresql() if connection.dialect.name == "postgresql" else _reference()
    for table, name in sorted({key for key, _ in found.items() ^ expected.items()}):
        yield Problem("store_trigger_changed", values={"table": table, "trigger": name})


def _triggers(connection: Connection) -> dict[tuple[str, str], str]:
    """Return the definition of every trigger by table and name."""
    query = _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE
    every = {(table, name): sql for table, name, sql in connection.execute(query)}
    return {
        key: _YOUNG.sub(" WHEN (young)", sql) for key, sql in every.items() if key[0] in METADATA.tables
    }


@cache
def _reference() -> dict[tuple[str, str], str]:
    """Return the triggers of a store made just now."""
    with file_store(None).writing() as connection:
        upgrade(connection)
        return _triggers(connection)


def _expected_on_postgresql() -> dict[tuple[str, str], str]:
    expected = {}
    for table in (each.name for each in APPEND_ONLY):
        for action, unit in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            condition = " WHEN (young)" if (table, action) == (ACCESS_LOG.name, "DELETE") else ""
            name = f"{table}_no_{action.lower()}"
            expected[table, name] = (
                f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH {unit}{condition} "
                f"EXECUTE FUNCTION geo_jindu_append_only() O {REFUSAL} "
            )
    return expected
