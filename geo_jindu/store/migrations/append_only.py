"""Triggers by which the database itself refuses to change or delete rows."""

from collections.abc import Iterable

from alembic import op

OLDEST_DELETABLE_DAYS = 184
"""Lines of the access log are kept half a year at least; after that they may be deleted."""

REFUSAL = "BEGIN RAISE EXCEPTION 'append-only'; END"
"""What the function does that PostgreSQL's triggers call; SQLite's triggers hold their own."""

_LOG_CUTOFF = {
    "sqlite": f"strftime('%Y-%m-%dT%H:%M:%f', 'now', '-{OLDEST_DELETABLE_DAYS} days')",
    "postgresql": (
        f"to_char(now() AT TIME ZONE 'UTC' - interval '{OLDEST_DELETABLE_DAYS} days', "
        "'YYYY-MM-DD\"T\"HH24:MI:SS')"
    ),
}


def forbid_changes(tables: Iterable[str], *, old_may_go: Iterable[str] = ()) -> None:
    """Let nobody update or delete rows of ``tables``, nor truncate them.

    Parameters
    ----------
    old_may_go
        Tables among them whose rows may be deleted once their ``at`` is half a year past.
    """
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION geo_jindu_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ {REFUSAL} $$"
        )
    for table in tables:
        cutoff = _LOG_CUTOFF[dialect] if table in old_may_go else None
        for action in ("UPDATE", "DELETE"):
            condition = f"WHEN (OLD.at >= {cutoff})" if cutoff and action == "DELETE" else ""
            op.execute(_trigger(dialect, table, action, condition))
        if dialect == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION geo_jindu_append_only()"
            )


def _trigger(dialect: str, table: str, action: str, condition: str) -> str:
    head = f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} FOR EACH ROW"
    if dialect == "sqlite":
        return f"{head} {condition} BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    return f"{head} {condition} EXECUTE FUNCTION geo_jindu_append_only()"
