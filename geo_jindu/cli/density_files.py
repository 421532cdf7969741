"""A density, composed: places and points to contours, and these to a map or a GeoJSON file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.markup import escape

from geo_jindu.cli.ingesting import find_source, places_of
from geo_jindu.cli.terminal import language, progress, say, show_notes
from geo_jindu.density_layer import DensityLayer, make_layer, read_incidents, read_persons
from geo_jindu.errors import InputError, Problem
from geo_jindu.hotspots.kernels import Kernel
from geo_jindu.new_files import refuse_existing, write_new_files
from geo_jindu.periods import Window, parse_window
from geo_jindu.texts import translate
from geo_jindu.workspace import read_workspace

FORMATS = (".geojson", ".html")


def write_density_file(
    directory: Path,
    source_id: str,
    output: Path,
    kernel: Kernel,
    bandwidth_m: float | None,
    months: tuple[str, str] | None,
    *,
    per_population: bool,
) -> None:
    """Read the points of a source, make their density and write it; nothing else is kept of them.

    Raises
    ------
    InputError, OutputError
        Before anything is written.
    """
    if output.suffix.lower() not in FORMATS:
        values = {"known": " ".join(FORMATS)}
        raise InputError([Problem("density_format", str(output), values=values)])
    refuse_existing([output])
    window = _window(months)
    workspace = read_workspace(directory)
    source = find_source(workspace, source_id)
    places = places_of(workspace)
    with _steps(source.file) as report:
        incidents = read_incidents(source, places, window, report)
        persons = read_persons(source, places) if per_population else None
        layer = make_layer(source, places, incidents, kernel, bandwidth_m, persons)
        write_new_files({output: _content(layer, output)})
    show_notes(places.notes)
    bandwidth = f"{layer.bandwidth_m:,.0f}"
    say("density_written", path=output, number=layer.incidents, bandwidth=bandwidth)


def _window(months: tuple[str, str] | None) -> Window | None:
    if months is None:
        return None
    window = parse_window(*months)
    values = {"first": months[0], "last": months[1]}
    if window is None:
        raise InputError([Problem("window_unreadable", field="--months", values=values)])
    if not window.is_whole_months:
        raise InputError([Problem("window_cuts_month", field="--months", values=values)])
    return window


@contextmanager
def _steps(file: str) -> Iterator[Callable[[float], None]]:
    """Show a progress bar; give what moves it on as the file is read."""
    reading = escape(translate("cli.reading", language(), file=file))
    drawing = translate("cli.drawing", language())
    with progress() as bar:
        task = bar.add_task(reading, total=100)

        def report(done: float) -> None:
            bar.update(task, completed=int(99 * done), description=reading if done < 1 else drawing)

        yield report


def _content(layer: DensityLayer, output: Path) -> bytes:
    from geo_jindu.density_file import write_density
    from maps import draw_density_map

    if output.suffix.lower() == ".html":
        return draw_density_map(layer).encode()
    return write_density(layer)
