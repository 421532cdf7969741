"""The head of the log kept outside the database, so that entries taken off its end are missed too."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson
from sqlalchemy import Connection, func, select

from geo_jindu.errors import Problem, StoreError
from geo_jindu.rectification.entries import LOG_START
from geo_jindu.store.engine import Store
from geo_jindu.store.rectification_log import Head, head
from geo_jindu.store.schema import RECTIFICATION_LOG

HEAD_FILE = "rectification_head.json"
"""Name of the file in the workspace, also where the store is another database."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LARGEST_NUMBER = 2**31 - 1
_LOG = RECTIFICATION_LOG.c


@contextmanager
def appending(store: Store, workspace: Path) -> Iterator[Connection]:
    """Return a connection to append entries with, and keep the new head once they are recorded.

    It is as `Store.writing`: all is kept whole at the end or not at all. What is recorded stands even
    if the head cannot be kept; a crash between the two leaves an earlier head, never a later one.

    Raises
    ------
    StoreError
        As `Store.writing`.
    """
    with store.writing() as connection:
        with suppress(OSError):
            if not (workspace / HEAD_FILE).exists():  # now: no crash shall leave entries without it
                _write(workspace, head(connection))
        yield connection
    keep_head(store, workspace)


def keep_head(store: Store, workspace: Path) -> None:
    """Write the head into its file, if the log has grown from what the file says; else leave it.

    A file that is ahead of the log, or of another chain, is left for `check_kept_head` to tell of.
    """
    with suppress(OSError, StoreError), store.writing() as connection:  # one process at a time
        newest, kept = head(connection), read_kept_head(workspace)
        if kept is None:
            goes_on = newest.number > 0
        else:
            goes_on = newest.number > kept.number and _is_in_log(connection, kept)
        if goes_on:
            _write(workspace, newest)


def read_kept_head(workspace: Path) -> Head | None:
    """Return the head that the file keeps; ``None`` if there is no file.

    Raises
    ------
    StoreError
        If the file is not what this software writes.
    """
    path = workspace / HEAD_FILE
    try:
        said = orjson.loads(path.read_bytes())
        number, digest = said["number"], said["digest"]
        is_number = type(number) is int and 0 <= number <= _LARGEST_NUMBER
        if is_number and _DIGEST.fullmatch(digest) and (number > 0 or digest == LOG_START):
            return Head(number, digest)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise StoreError("head_file_unreadable", path=path)


def check_kept_head(connection: Connection, workspace: Path) -> Iterator[Problem]:
    """Compare the log with the head that the file keeps."""
    try:
        kept = read_kept_head(workspace)  # before the log: an entry added meanwhile makes no difference
    except StoreError as error:
        yield error.problem
        return
    newest = head(connection)
    if kept is None:
        if newest.number:
            yield Problem("head_file_missing", values={"path": workspace / HEAD_FILE})
    elif kept.number > newest.number:
        values = {"entry": newest.number + 1, "last": kept.number, "path": workspace / HEAD_FILE}
        yield Problem("log_end_missing", values=values)
    elif not _is_in_log(connection, kept):
        values = {"entry": kept.number, "path": workspace / HEAD_FILE}
        yield Problem("log_rewritten", values=values)


def check_noted_head(connection: Connection, digest: str) -> Iterator[Problem]:
    """Look for a head that somebody keeps elsewhere.

    Parameters
    ----------
    digest
        The whole or its first digits.
    """
    noted = select(func.count()).select_from(RECTIFICATION_LOG).where(_LOG.digest.startswith(digest))
    if not LOG_START.startswith(digest) and not connection.execute(noted).scalar():
        yield Problem("noted_head_missing", values={"digest": digest})


def _is_in_log(connection: Connection, kept: Head) -> bool:
    found = connection.execute(select(_LOG.digest).where(_LOG.number == kept.number)).scalar()
    return found == kept.digest or kept.number == 0


def _write(workspace: Path, newest: Head) -> None:
    """Write the file beside its place, see it on the disk, and let it take the place."""
    path = workspace / HEAD_FILE
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(orjson.dumps({"number": newest.number, "digest": newest.digest}) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
