"""``geo-jindu store``: verify, back up and bring back what is recorded."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from geo_jindu.cli.terminal import language, progress, say, show_error, show_notes
from geo_jindu.errors import InputError, Problem
from geo_jindu.texts import translate

HEAD_DIGITS = 16
"""Digits of the chain's digest that are shown: to be noted down and compared later."""

_NOTED = re.compile(rf"[0-9a-f]{{{HEAD_DIGITS},64}}")


def _help(key: str) -> str:
    return translate(f"cli_help.{key}", language())


app = typer.Typer(name="store", help=_help("store"), no_args_is_help=True)

Directory = Annotated[Path, typer.Argument(metavar="DIR", help=_help("directory"))]
Noted = Annotated[str, typer.Option("--head", metavar="DIGEST", help=_help("store_noted_head"))]
File = Annotated[Path, typer.Argument(metavar="FILE", help=_help("backup_file"))]


@app.command(help=_help("store_verify"))
def verify(directory: Directory, noted: Noted = "") -> None:
    """Say everything that does not hold together; end with 1 if there is anything."""
    from geo_jindu.store import open_store
    from geo_jindu.store.verification import verify

    if noted and not _NOTED.fullmatch(noted):
        raise InputError([Problem("noted_head_unreadable", values={"digits": HEAD_DIGITS})])
    with closing(open_store(directory, create=False)) as store, _bar(_step("verifying")) as report:
        problems = verify(store, report, workspace=directory, noted=noted)
    for problem in problems:
        show_error(problem)
    if problems:
        raise typer.Exit(1)
    say("store_verified", **_chain(directory))
    _say_log(directory)


@app.command(help=_help("store_head"))
def head(directory: Directory) -> None:
    """Print number and digest of the newest entry of the log, to be kept elsewhere."""
    from geo_jindu.store import open_store
    from geo_jindu.store.rectification_log import head

    with closing(open_store(directory, create=False)) as store, store.reading() as connection:
        newest = head(connection)
    say("log_head", number=newest.number, head=newest.digest)


@app.command(help=_help("store_backup"))
def backup(directory: Directory, file: File) -> None:
    """Write the store into one new file."""
    from geo_jindu.store import open_store
    from geo_jindu.store.backup import back_up

    with closing(open_store(directory, create=False)) as store, _bar(_step("backing_up")) as report:
        number, head = back_up(store, file, report)
    say("store_backed_up", number=number, head=head[:HEAD_DIGITS], path=file)


@app.command(help=_help("store_restore"))
def restore(directory: Directory, file: File) -> None:
    """Let a backup take the place of the store."""
    from geo_jindu.store.backup import restore
    from geo_jindu.workspace import CONFIGURATION_FILE

    if not (directory / CONFIGURATION_FILE).is_file():  # it may say anything: this is an emergency
        raise InputError([Problem("no_workspace", values={"directory": directory})])
    with _bar(_step("restoring")) as report:
        kept = restore(file, directory, report)
    say("store_restored", path=file, **_chain(directory))
    if kept is not None:
        say("store_kept", path=kept)
    show_notes([*_head_problems(directory), Problem("keys_as_backed_up")])


def _chain(directory: Path) -> dict[str, object]:
    from geo_jindu.store import open_store
    from geo_jindu.store.batches import chain_head

    with closing(open_store(directory, create=False)) as store, store.reading() as connection:
        number, head, _ = chain_head(connection)
    return {"number": number, "head": head[:HEAD_DIGITS]}


def _say_log(directory: Path) -> None:
    """Say how far the log goes, and that the head in the file is behind if it is."""
    from geo_jindu.store import open_store
    from geo_jindu.store.kept_head import read_kept_head
    from geo_jindu.store.rectification_log import head

    with closing(open_store(directory, create=False)) as store, store.reading() as connection:
        newest = head(connection)
    if newest.number == 0:
        return
    say("log_verified", number=newest.number, head=newest.digest[:HEAD_DIGITS])
    kept = read_kept_head(directory)  # after the log: entries added meanwhile are no news
    if kept is not None and kept.number < newest.number:
        values = {"kept": kept.number, "entry": kept.number + 1, "last": newest.number}
        show_notes([Problem("head_file_behind", values=values)])


def _head_problems(directory: Path) -> list[Problem]:
    """Return how the log differs from the head in the file."""
    from geo_jindu.store import open_store
    from geo_jindu.store.kept_head import check_kept_head

    with closing(open_store(directory, create=False)) as store, store.reading() as connection:
        return list(check_kept_head(connection, directory))


@contextmanager
def _bar(label: str) -> Iterator[Callable[[float], None]]:
    """Show a bar that moves on with every share told to it."""
    with progress() as bar:
        task = bar.add_task(label, total=100)
        yield lambda done: bar.update(task, completed=int(100 * done))


def _step(key: str) -> str:
    return translate(f"cli.{key}", language())
