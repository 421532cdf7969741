"""``rectify map`` and ``rectify geojson``: how all townships stand, as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_jindu.cli.rectify import AsOf, Directory, app, read_situation_of
from geo_jindu.cli.terminal import language, say
from geo_jindu.texts import translate
from geo_jindu.tiers import Tier

if TYPE_CHECKING:
    from geo_jindu.rectification.ground import Ground
    from geo_jindu.rectification.status_layer import StatusLayer


__all__ = ["app"]


def _help(key: str) -> str:
    return translate(f"cli_help.{key}", language())


@app.command(name="map", help=_help("rectify_map"))
def write_map(
    directory: Directory,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_help("rectify_map_file"))],
    as_of: AsOf = "",
) -> None:
    """Draw the rectification map."""
    from maps.rectification_map import draw_rectification_map

    ground, layer = _read(directory, file, as_of)
    _write(file, draw_rectification_map(ground, layer).encode())


@app.command(help=_help("rectify_geojson"))
def geojson(
    directory: Directory,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_help("rectify_geojson_file"))],
    as_of: AsOf = "",
) -> None:
    """Write the states of all townships as GeoJSON."""
    from geo_jindu.rectification.status_geojson import write_status_geojson

    _write(file, write_status_geojson(*_read(directory, file, as_of)))


def _read(directory: Path, file: Path, as_of: str) -> tuple["Ground", "StatusLayer"]:
    """Return the ground and the layer a commander is shown; refuse a file that exists."""
    from geo_jindu.new_files import refuse_existing
    from geo_jindu.rectification.ground import read_ground
    from geo_jindu.rectification.status_layer import make_status_layer

    refuse_existing([file])
    situation, _ = read_situation_of(directory, as_of, "")
    return read_ground(directory), make_status_layer(situation, Tier.COMMANDER)


def _write(file: Path, content: bytes) -> None:
    from geo_jindu.new_files import write_new_files

    write_new_files({file: content})
    say("rectify_layer_written", path=file)
