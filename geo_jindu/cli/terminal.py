"""How the terminal speaks: its language, errors, notes and progress."""

import os
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from geo_jindu.errors import Problem
from geo_jindu.texts import Language, translate

FILE_WIDTH = 120
"""Columns of a table that goes to a file or another program."""
OUTPUT = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else FILE_WIDTH)
ERRORS = Console(stderr=True, highlight=False, soft_wrap=True)


def language() -> Language:
    """Return the terminal's language: ``GEO_JINDU_LANGUAGE``, else the locale, else English."""
    wanted = os.environ.get("GEO_JINDU_LANGUAGE") or next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "zh" if wanted.lower().startswith("zh") else "en"


def say(key: str, **values: object) -> None:
    """Print one sentence of the ``cli`` section."""
    OUTPUT.print(escape(translate(f"cli.{key}", language(), **values)))


def show_error(problem: Problem) -> None:
    """Print one thing that is wrong, to standard error."""
    label = translate("cli.error_label", language())
    ERRORS.print(f"[bold red]{label}[/] {escape(problem.text(language()))}")


def show_notes(notes: Iterable[Problem]) -> None:
    """Print what is worth knowing, to standard error."""
    label = translate("cli.note_label", language())
    for note in notes:
        ERRORS.print(f"[yellow]{label}[/] {escape(note.text(language()))}")


def show_table(title: str, header: list[str], rows: Iterable[list[str]], *, numbers: int = 1) -> None:
    """Print a table whose last columns hold numbers, which are never broken."""
    table = Table(title=title, title_justify="left")
    for position, name in enumerate(header):
        is_number = position >= len(header) - numbers
        table.add_column(name, justify="right" if is_number else "left", no_wrap=is_number)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    OUTPUT.print(table)


def progress() -> Progress:
    """Return a progress bar on standard error, gone when it is done."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=ERRORS,
        transient=True,
        disable=not ERRORS.is_terminal,
    )
