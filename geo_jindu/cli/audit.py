"""``geo-jindu audit``: who read what."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_jindu.cli.terminal import language, say, show_notes, show_table
from geo_jindu.errors import InputError, Problem
from geo_jindu.texts import translate

if TYPE_CHECKING:
    from geo_jindu.store.access_log import Access

MOST_LINES = 1000
"""Lines shown; a file has them all."""

_FIELDS = ("key_id", "tier", "route", "unit", "indicator", "status", "size")
_HEADER = (
    "access_at",
    "key",
    "key_tier",
    "access_route",
    "access_unit",
    "access_indicator",
    "access_status",
    "access_size",
)


def _help(key: str) -> str:
    return translate(f"cli_help.{key}", language())


app = typer.Typer()


@app.command(help=_help("audit"))
def audit(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help=_help("directory"))],
    since: Annotated[str, typer.Option(metavar="DAY", help=_help("audit_since"))] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help=_help("audit_until"))] = "",
    key: Annotated[str, typer.Option(metavar="ID", help=_help("key_id"))] = "",
    unit: Annotated[str, typer.Option(metavar="CODE", help=_help("audit_unit"))] = "",
    route: Annotated[str, typer.Option(metavar="ROUTE", help=_help("audit_route"))] = "",
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help=_help("audit_csv"))
    ] = None,
    forget_older: Annotated[
        bool, typer.Option("--forget-older", help=_help("audit_forget_older"))
    ] = False,
) -> None:
    """Ask the access log, or remove what it need not hold any longer."""
    from geo_jindu.new_files import refuse_existing

    asked = {"since": since, "until": until, "key_id": key, "unit": unit, "route": route}
    if forget_older:
        if csv_file or any(asked.values()):
            raise InputError([Problem("forget_older_alone", field="--forget-older")])
        _forget_older(directory)
    elif csv_file:
        refuse_existing([csv_file])
        _write(_read(directory, asked, None), csv_file)
    else:
        _show(_read(directory, asked, MOST_LINES + 1))


def _read(directory: Path, asked: dict[str, str], limit: int | None) -> list["Access"]:
    from geo_jindu.store import open_store
    from geo_jindu.store.access_log import read_access

    with closing(open_store(directory, create=False)) as store:
        return read_access(store, **asked, limit=limit)


def _forget_older(directory: Path) -> None:
    from geo_jindu.store import open_store
    from geo_jindu.store.access_log import forget_old_access
    from geo_jindu.workspace import read_workspace

    months = read_workspace(directory).configuration.access_log.keep_months
    with closing(open_store(directory, create=False)) as store:
        number = forget_old_access(store, months)
    say("access_forgotten", number=number, months=months)


def _write(lines: list["Access"], path: Path) -> None:
    from geo_jindu.new_files import write_new_files
    from geo_jindu.spreadsheets import csv_bytes

    rows = ([_local(line.at).isoformat(), *(getattr(line, name) for name in _FIELDS)] for line in lines)
    write_new_files({path: csv_bytes(["at", *_FIELDS], rows)})
    say("access_written", number=len(lines), path=path)


def _show(lines: list["Access"]) -> None:
    rows = [
        [f"{_local(line.at):%Y-%m-%d %H:%M:%S}", *(str(getattr(line, name)) for name in _FIELDS)]
        for line in lines[:MOST_LINES]
    ]
    header = [translate(f"cli.{name}", language()) for name in _HEADER]
    show_table(translate("cli.access_title", language()), header, rows, numbers=2)
    if len(lines) > MOST_LINES:
        show_notes([Problem("log_shown_in_part", values={"number": MOST_LINES})])


def _local(written: str) -> datetime:
    from geo_jindu.store.times import CALENDAR

    return datetime.fromisoformat(written).astimezone(CALENDAR)
