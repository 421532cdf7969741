"""Measure side by side with peers and print a table: ``python -P benchmarks/run.py [--markdown]``."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

sys.path.append(str(Path(__file__).parent))  # at the end: nothing here can hide another module

from cold_start import measure_cold_start
from datums import measure_offsets
from join import measure_join
from local_statistics import measure_emerging, measure_local_moran
from map import measure_map
from null_local import measure_null
from places import assess_demonstration, assess_townships
from ranking import measure_hotspots, measure_ranks
from rows import Row
from scan import measure_null_scan, measure_scan, measure_scan_over_time
from scoring import measure_scoring
from service import measure_service

from geo_jindu import __version__

HEADER = ["what", "ours", "peer", "peer's name", "ratio", "note"]

MEASUREMENTS: dict[str, Callable[[], list[Row]]] = {
    "starting cold": measure_cold_start,
    "converting web-map coordinates": measure_offsets,
    "joining to 300 townships": partial(measure_join, 300),
    "joining to 3,000 townships": partial(measure_join, 3_000),
    "drawing 184 townships": partial(measure_map, assess_demonstration),
    "drawing 3,000 townships": partial(measure_map, partial(assess_townships, count=3_000)),
    "serving": measure_service,
    "ranking 184 townships": partial(measure_ranks, 184),
    "ranking 3,000 townships": partial(measure_ranks, 3_000),
    "scoring 184 townships": partial(measure_scoring, 184),
    "scoring 3,000 townships": partial(measure_scoring, 3_000),
    "finding hotspots": partial(measure_hotspots, 3_000),
    "local Moran of 200 units": partial(measure_local_moran, 200),
    "local Moran of 3,000 units": partial(measure_local_moran, 3_000),
    "local Moran of 40,000 units": partial(measure_local_moran, 40_000),
    "emerging hot spots": partial(measure_emerging, 184, 12),
    "finding what is not there": measure_null,
    "scanning 200 units": partial(measure_scan, 200, 0.5),
    "scanning 3,000 units": partial(measure_scan, 3_000, 0.1),
    "scanning over time": partial(measure_scan_over_time, 184, 12),
    "scanning for what is not there": measure_null_scan,
}


def main() -> None:
    """Measure everything, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    arguments = parser.parse_args()
    rows = _measure_all()
    if arguments.markdown:
        print(_markdown(rows))
    else:
        Console().print(_table(rows))


def _measure_all() -> list[Row]:
    rows = []
    columns = TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=2, transient=True) as bar:
        task = bar.add_task("", total=len(MEASUREMENTS))
        for name, measure in MEASUREMENTS.items():
            bar.update(task, description=name)
            rows += measure()
            bar.advance(task)
    return rows


def _table(rows: list[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, caption=_conditions(), caption_justify="left")
    for name in HEADER:
        figure = name in {"ours", "peer", "ratio"}
        table.add_column(name, justify="right" if figure else "left", no_wrap=figure)
    for row in rows:
        table.add_row(*row.cells)
    return table


def _markdown(rows: list[Row]) -> str:
    rule = ["---:" if name in {"ours", "peer", "ratio"} else "---" for name in HEADER]
    lines = [HEADER, rule, *(row.cells for row in rows)]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", _conditions()])


def _conditions() -> str:
    """Say what the figures mean and where they hold."""
    python = f"Python {platform.python_version()} on {os.cpu_count()} cores"
    versions = [f"{name} {version(name)}" for name in ("geopandas", "shapely", "folium", "fastapi")]
    software = ", ".join([f"geo_jindu {__version__}", python, *versions])
    return f"Best of several runs; a ratio above 1: ours is so many times better. {software}."


if __name__ == "__main__":
    main()
