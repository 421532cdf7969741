"""``rectify brief``: the printed brief of a township or of the city."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from geo_jindu.cli.rectify import AsOf, Directory, read_situation_of
from geo_jindu.cli.rectify_files import app
from geo_jindu.cli.terminal import language, say
from geo_jindu.errors import InputError, Problem
from geo_jindu.texts import translate
from geo_jindu.tiers import Tier

__all__ = ["app"]


def _help(key: str) -> str:
    return translate(f"cli_help.{key}", language())


@app.command(name="brief", help=_help("rectify_brief"))
def write_brief(
    directory: Directory,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_help("rectify_brief_file"))],
    unit: Annotated[str, typer.Argument(metavar="UNIT", help=_help("rectify_brief_unit"))] = "",
    paper: Annotated[Literal["a4", "a3"], typer.Option(help=_help("rectify_paper"))] = "a4",
    as_of: AsOf = "",
) -> None:
    """Print the brief of a township, or of the city without one."""
    from geo_jindu.new_files import refuse_existing, write_new_files
    from geo_jindu.rectification.ground import read_ground
    from geo_jindu.rectification.status import status_of
    from maps import brief, rectification_brief

    refuse_existing([file])
    situation, _ = read_situation_of(directory, as_of, "")
    around = rectification_brief.surround(read_ground(directory))
    known = situation.figures.townships if situation.figures else {}
    if unit and unit not in known and unit not in situation.register.courses:
        raise InputError([Problem("unit_unknown", field="UNIT")])
    filled: brief.TownshipBrief | brief.CityBrief
    if unit:
        status = status_of(situation, unit, Tier.AUDITOR)
        filled = rectification_brief.township_brief(situation, status, around)
    else:
        statuses = [status_of(situation, each.unit, Tier.AUDITOR) for each in situation.listed]
        filled = rectification_brief.city_brief(situation, statuses, around)
    write_new_files({file: brief.print_brief(filled, paper)})
    say("brief_written", path=file)
