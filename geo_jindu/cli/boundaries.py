"""``geo-jindu boundaries``: looking into boundary files; options here, the work in `inspecting`."""

from pathlib import Path
from typing import Annotated

import typer

from geo_jindu.cli.terminal import language
from geo_jindu.code_systems import CodeSystem
from geo_jindu.texts import translate


def _about(key: str) -> str:
    return translate(f"inspection_help.{key}", language())


app = typer.Typer(name="boundaries", help=_about("app"), no_args_is_help=True)


@app.callback()
def boundaries() -> None:
    """Hold the commands on boundary files."""


@app.command(help=_about("inspect"))
def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_about("file"))],
    code: Annotated[str, typer.Option(help=_about("code"))] = "",
    name: Annotated[str, typer.Option(help=_about("name"))] = "",
    parent: Annotated[str, typer.Option(help=_about("parent"))] = "",
    layer: Annotated[str, typer.Option(help=_about("layer"))] = "",
    datum: Annotated[str, typer.Option(help=_about("datum"))] = "",
    measuring_crs: Annotated[str, typer.Option(help=_about("measuring_crs"))] = "",
    parents: Annotated[Path | None, typer.Option(help=_about("parents"))] = None,
    parents_code: Annotated[str, typer.Option(help=_about("parents_code"))] = "",
    parents_datum: Annotated[str, typer.Option(help=_about("parents_datum"))] = "",
    reference: Annotated[Path | None, typer.Option(help=_about("reference"))] = None,
    reference_code: Annotated[str, typer.Option(help=_about("reference_code"))] = "",
    reference_datum: Annotated[str, typer.Option(help=_about("reference_datum"))] = "",
    json: Annotated[Path | None, typer.Option("--json", help=_about("json"))] = None,
    map_: Annotated[Path | None, typer.Option("--map", help=_about("map"))] = None,
    repair: Annotated[Path | None, typer.Option(help=_about("repair"))] = None,
    fill_below: Annotated[
        float | None, typer.Option(metavar="M2", min=0, help=_about("fill_below"))
    ] = None,
) -> None:
    """Inspect a boundary file, and repair a copy of it."""
    from geo_jindu.cli.inspecting import Layer, Outputs, inspect_file

    inspect_file(
        Layer(file, "--datum", datum, {"code": code, "name": name, "parent": parent}, layer),
        Layer(parents, "--parents-datum", parents_datum, {"code": parents_code}) if parents else None,
        Layer(reference, "--reference-datum", reference_datum, {"code": reference_code})
        if reference
        else None,
        measuring_crs,
        Outputs(json, map_, repair, fill_below),
    )


@app.command(help=_about("store"))
def store(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help=_about("directory"))],
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_about("stored"))],
    code_system: Annotated[CodeSystem | None, typer.Option(help=_about("code_system"))] = None,
) -> None:
    """Store the boundaries of a workspace."""
    from geo_jindu.cli.boundary_files import store

    store(directory, file, code_system)


@app.command(help=_about("crosswalk"))
def crosswalk(
    old: Annotated[Path, typer.Argument(metavar="OLD", help=_about("stored"))],
    new: Annotated[Path, typer.Argument(metavar="NEW", help=_about("stored"))],
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_about("written"))],
    points: Annotated[Path | None, typer.Option(help=_about("points"))] = None,
    persons: Annotated[str, typer.Option(help=_about("persons"))] = "",
) -> None:
    """Compute the crosswalk between two stored vintages."""
    from geo_jindu.cli.boundary_files import crosswalk

    crosswalk(old, new, file, points, persons)
