"""How the terminal speaks: its language, errors, notes and progress."""

import os
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from geo_jindu.errors import Problem
from geo_jindu.texts import Language, translate

OUTPUT = Console(highlight=False, soft_wrap=True)
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


def show_table(title: str, header: list[str], rows: Iterable[list[str]]) -> None:
    """Print a table whose last column holds numbers."""
    table = Table(title=title, title_justify="left")
    for name in header:
        table.add_column(name, justify="right" if name == header[-1] else "left")
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
