"""``geo-jindu digest`` and ``rectify calendar``: what a day brings, for people and for calendars."""

from pathlib import Path
from typing import Annotated

import typer

from geo_jindu.cli.rectify import AsOf, Directory, KnownBy, read_situation_of
from geo_jindu.cli.rectify import app as rectify_app
from geo_jindu.cli.terminal import OUTPUT, language, say
from geo_jindu.errors import InputError, Problem
from geo_jindu.texts import translate


def _help(key: str) -> str:
    return translate(f"cli_help.{key}", language())


app = typer.Typer()


@app.command(help=_help("digest"))
def digest(
    directory: Directory,
    as_of: AsOf = "",
    known_by: KnownBy = "",
    html: Annotated[Path | None, typer.Option(metavar="FILE", help=_help("digest_html"))] = None,
) -> None:
    """Print what a day brings, or write it as a page."""
    from geo_jindu.new_files import refuse_existing, write_new_files
    from geo_jindu.rectification.digest import make_digest

    if html is not None:
        refuse_existing([html])
    situation, workspace = read_situation_of(directory, as_of, known_by)
    area = workspace.configuration.area
    made = make_digest(situation, area)
    if html is None:
        OUTPUT.print(made.as_text(), markup=False, end="")
    else:
        write_new_files({html: made.as_page(area.language).encode()})
        say("digest_written", path=html)


@rectify_app.command(help=_help("rectify_calendar"))
def calendar(
    directory: Directory,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_help("rectify_calendar_file"))],
    county: Annotated[str, typer.Option(metavar="CODE", help=_help("rectify_county"))] = "",
    as_of: AsOf = "",
) -> None:
    """Write the open deadlines as an iCalendar file."""
    from geo_jindu.new_files import refuse_existing, write_new_files
    from geo_jindu.rectification.calendars import write_calendar

    refuse_existing([file])
    situation, workspace = read_situation_of(directory, as_of, "")
    if county and (situation.figures is None or county not in situation.figures.counties):
        raise InputError([Problem("unit_unknown", field="--county")])
    content = write_calendar(situation, workspace.configuration.area, county)
    write_new_files({file: content})
    say("calendar_written", path=file)
