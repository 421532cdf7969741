"""Bringing a store's tables to this version's form, by Alembic."""

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from geo_jindu.errors import StoreError

HEAD = "0002"
"""The newest migration; a test compares it with the files."""


def upgrade(connection: Connection) -> None:
    """Run the migrations that a store lacks, within the transaction of ``connection``.

    Raises
    ------
    StoreError
        If the store was made by a later version.
    """
    config = Config()
    scripts = ScriptDirectory(str(Path(__file__).parent))

    def missing(revision: Any, _: Any) -> Any:
        return scripts._upgrade_revs(HEAD, revision)

    try:
        with EnvironmentContext(config, scripts, fn=missing) as environment:
            environment.configure(connection=connection, transactional_ddl=False)
            environment.run_migrations()
    except CommandError:
        known = ", ".join(each.revision for each in scripts.walk_revisions())
        raise StoreError("store_of_other_version", known=known) from None
