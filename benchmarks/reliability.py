"""Break stores on purpose and print what was found.

``python -P benchmarks/reliability.py [--markdown] [--share 0.1]``, in temporary folders and on a
PostgreSQL server of its own.
"""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from damage import crash_servers, fill_disks, spoil_files
from kills import (
    back_up_in_use,
    ingest_at_once,
    kill_at_statements,
    kill_ingestions,
    kill_making,
    kill_restores,
)
from postgresql import running_server
from trials import HEADER, Trials

from geo_jindu import __version__

ON_BOTH = kill_ingestions, kill_at_statements, kill_making, ingest_at_once, back_up_in_use
ON_ONE = kill_restores, fill_disks, crash_servers, spoil_files


def main() -> None:
    """Break everything, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument("--share", type=float, default=1.0, help="share of the trials to make")
    arguments = parser.parse_args()
    columns = TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn()
    progress = Progress(*columns, console=Console(stderr=True), refresh_per_second=2, transient=True)
    with tempfile.TemporaryDirectory() as folder, running_server() as server, progress as bar:
        trials = Trials(Path(folder), server, bar, arguments.share)
        for try_both in ON_BOTH:
            for database in ("SQLite", "PostgreSQL"):
                try_both(trials, database)
        for try_one in ON_ONE:
            try_one(trials)
    for line in [HEADER, ["---"] * len(HEADER), *trials.rows]:
        print(f"| {' | '.join(line)} |" if arguments.markdown else "\t".join(line))
    python = f"Python {platform.python_version()} on {os.cpu_count()} cores"
    software = f"SQLite {sqlite3.sqlite_version}, SQLAlchemy {version('sqlalchemy')}"
    print(f"\ngeo_jindu {__version__}, {python}, {software}.")


if __name__ == "__main__":
    main()
