"""The commands of ``geo-jindu``; each does one thing to a workspace."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from geo_jindu import __version__
from geo_jindu.cli.audit import app as audit_app
from geo_jindu.cli.boundaries import app as boundary_app
from geo_jindu.cli.density import app as density_app
from geo_jindu.cli.digest import app as digest_app
from geo_jindu.cli.keys import app as key_app
from geo_jindu.cli.rectify_brief import app as rectify_app
from geo_jindu.cli.store import app as store_app
from geo_jindu.cli.terminal import OUTPUT, language, say, show_notes
from geo_jindu.texts import translate
from geo_jindu.tiers import Tier


def _help(key: str) -> str:
    return translate(f"cli_help.{key}", language())


app = typer.Typer(
    name="geo-jindu",
    help=_help("app"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Directory = Annotated[Path, typer.Argument(metavar="DIR", help=_help("directory"))]


def _show_version(wanted: bool) -> None:
    if wanted:
        OUTPUT.print(f"geo_jindu {__version__}")
        raise typer.Exit


@app.callback()
def geo_jindu(
    version: Annotated[
        bool,
        typer.Option("--version", help=_help("version"), callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Hold the options that come before a command."""


@app.command(help=_help("init"))
def init(directory: Directory) -> None:
    """Write a commented ``geo_jindu.toml``."""
    from geo_jindu.cli.template import write_template

    path = write_template(directory, language())
    say("initialised", path=path, directory=directory)


@app.command(help=_help("demo"))
def demo(
    directory: Directory,
    check: Annotated[bool, typer.Option("--check", help=_help("demo_check"))] = False,
) -> None:
    """Write a complete fictional workspace, or compare one with its margins."""
    if check:
        from geo_jindu.cli.reconciliation import show_reconciliation

        show_reconciliation(directory)
    else:
        from boundaries.fictional_vintages import make_fictional_vintages
        from geo_jindu.demo import write_demo

        write_demo(directory, *make_fictional_vintages())
        say("demo_written", directory=directory)


@app.command(help=_help("check"))
def check(directory: Directory) -> None:
    """Validate configuration and files."""
    from geo_jindu.aggregation import join_inputs
    from geo_jindu.cli.line import load, show_assignments, show_unassigned_rows

    inputs = load(directory)
    joined = join_inputs(inputs)
    show_notes(joined.notes)
    show_assignments(joined.rows)
    show_unassigned_rows(joined)
    say("checked", directory=directory)


@app.command(help=_help("ingest"))
def ingest(
    directory: Directory,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=_help("ingest_source"))],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help=_help("ingest_file"))] = None,
    replace: Annotated[bool, typer.Option("--replace", help=_help("replace"))] = False,
    role: Annotated[Tier, typer.Option(help=_help("role"))] = Tier.PLANNER,
) -> None:
    """Record the counts of one file."""
    from geo_jindu.cli.ingesting import ingest_file

    ingest_file(directory, source, file, replaces=replace, role=role)


@app.command(help=_help("run"))
def run(
    directory: Directory,
    replace: Annotated[bool, typer.Option("--replace", help=_help("replace"))] = False,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help=_help("as_of"))
    ] = None,
) -> None:
    """Do the whole line."""
    from geo_jindu.cli.line import run_line, show_assignments

    day = None if as_of is None else as_of.date()
    assessment, folder = run_line(directory, replaces=replace, as_of=day)
    show_notes(assessment.notes)
    show_assignments(assessment.joined.rows)
    say("done", folder=folder, id=assessment.id)


@app.command(help=_help("serve"))
def serve(
    directory: Directory,
    host: Annotated[str, typer.Option(help=_help("host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=_help("port"), min=1, max=65535)] = 8000,
) -> None:
    """Serve the results."""
    from geo_jindu.cli.serving import serve_workspace

    serve_workspace(directory, host, port)


app.add_typer(boundary_app)
app.add_typer(density_app)
app.add_typer(key_app)
app.add_typer(audit_app)
app.add_typer(rectify_app)
app.add_typer(digest_app)
app.add_typer(store_app)
