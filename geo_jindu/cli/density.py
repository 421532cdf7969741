"""``geo-jindu density``: options here, the work in `density_files`."""

from pathlib import Path
from typing import Annotated

import typer

from geo_jindu.cli.rectify import Directory
from geo_jindu.cli.terminal import language
from geo_jindu.hotspots.kernels import Kernel
from geo_jindu.texts import translate


def _help(key: str) -> str:
    return translate(f"cli_help.{key}", language())


app = typer.Typer()


@app.command(help=_help("density"))
def density(
    directory: Directory,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=_help("density_source"))],
    output: Annotated[Path, typer.Option(metavar="FILE", help=_help("density_output"))],
    bandwidth: Annotated[
        float | None, typer.Option(metavar="M", help=_help("density_bandwidth"))
    ] = None,
    kernel: Annotated[Kernel, typer.Option(help=_help("density_kernel"))] = Kernel.QUARTIC,
    per_population: Annotated[
        bool, typer.Option("--per-population", help=_help("density_per_population"))
    ] = False,
    months: Annotated[
        tuple[str, str] | None, typer.Option(metavar="FROM TO", help=_help("density_months"))
    ] = None,
) -> None:
    """Write how dense the incidents of a source lie."""
    from geo_jindu.cli.density_files import write_density_file

    write_density_file(
        directory, source, output, kernel, bandwidth, months, per_population=per_population
    )
