"""The log of the rectification and the figures its rules saw."""

import sqlalchemy as sa
from alembic import op

from geo_jindu.store.migrations.append_only import forbid_changes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the log and of the snapshots."""
    op.create_table(
        "rectification_log",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("county", sa.String(length=20), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("effective_on", sa.String(length=10), nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_rectification_log"),
        sa.UniqueConstraint("previous", name="uq_rectification_log_previous"),
        sa.UniqueConstraint("digest", name="uq_rectification_log_digest"),
        sa.UniqueConstraint(
            "key_id", "idempotency_key", name="uq_rectification_log_key_id_idempotency_key"
        ),
    )
    op.create_table(
        "snapshots",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("chain_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_snapshots"),
        sa.UniqueConstraint("chain_digest", name="uq_snapshots_chain_digest"),
    )
    op.create_index("ix_snapshots_digest", "snapshots", ["digest"], unique=False)
    forbid_changes(("rectification_log", "snapshots"))
