"""Screening for personal data: speed, found and false alarms: ``python -P benchmarks/screening.py``."""

import random
import sys
from pathlib import Path

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

sys.path.append(str(Path(__file__).parent))  # at the end: nothing here can hide another module
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from rows import PER_SECOND, Row, least_ms
from screening_corpus import CELLS, MAKERS, disguises, make_corpus, make_incident_number

from geo_jindu.screening.cells import find_in_cells

DISTINCT = 200_000
REPEATED = 5_000_000
EACH_WAY = 200


def measure_screening() -> list[Row]:
    """Screen the corpus of the tests, then a large table of codes, dates and coordinates."""
    corpus = make_corpus()
    milliseconds, alarms = least_ms(lambda: _screen(corpus.table), repeats=3)
    missed, false = set(corpus.planted) - alarms, alarms - set(corpus.planted)
    harmless = corpus.table.size - len(corpus.planted)
    note = f"{len(missed)} missed; {len(false)} false alarms, {len(false) / harmless:.3%}"
    what = f"screen {corpus.table.size:,} cells, {len(corpus.planted):,} with personal data"
    plain = _plain_table()
    plain_ms, _ = least_ms(lambda: _screen(plain), repeats=3)
    return [
        Row(what, corpus.table.size / milliseconds * 1000, PER_SECOND, note=note),
        Row(
            f"screen {plain.size:,} codes, dates and coordinates",
            plain.size / plain_ms * 1000,
            PER_SECOND,
            note="nothing found",
        ),
    ]


def _screen(table: pd.DataFrame) -> set[tuple[int, str]]:
    return {(row, name) for name, cells in table.items() for row in find_in_cells(cells).index}


def _plain_table() -> pd.DataFrame:
    draw = random.Random(1)  # noqa: S311
    rows = REPEATED // 4
    codes = [f"4304{draw.randint(1, 29):02d}{draw.randint(100, 130)}" for _ in range(500)]
    columns = {
        "code": [codes[row % 500] for row in range(rows)],
        "date": [f"2018-{row % 12 + 1:02d}-{row % 28 + 1:02d}" for row in range(rows)],
        "longitude": [repr(draw.uniform(112, 113)) for _ in range(rows)],
        "latitude": [repr(draw.uniform(26, 27)) for _ in range(rows)],
    }
    return pd.DataFrame(columns, dtype="str")


def _false_alarms() -> Table:
    """Count false alarms among distinct cells of each kind."""
    table = Table("cells", "cells/s", "false alarms", "share", box=box.SIMPLE_HEAD)
    draw = random.Random(2)  # noqa: S311
    for name, make in (*CELLS.items(), ("incident numbers like IDs", make_incident_number)):
        cells = pd.Series([make(draw) for _ in range(DISTINCT)], dtype="str")
        milliseconds, found = least_ms(lambda cells=cells: find_in_cells(cells), repeats=3)
        speed = f"{DISTINCT / milliseconds * 1000:,.0f}"
        table.add_row(name, speed, f"{len(found):,}", f"{len(found) / DISTINCT:.4%}")
    return table


def _found() -> Table:
    """Count what is found of each kind of identifier, in each of its disguises."""
    table = Table("identifiers", "disguises", "written", "found", box=box.SIMPLE_HEAD)
    draw = random.Random(3)  # noqa: S311
    for name, (_, make) in MAKERS.items():
        ways = disguises(name).values()
        cells = pd.Series([way(make(draw)) for way in ways for _ in range(EACH_WAY)], dtype="str")
        found = len(find_in_cells(cells))
        table.add_row(name, str(len(ways)), f"{len(cells):,}", f"{found:,}")
    return table


def main() -> None:
    """Print the tables."""
    console = Console()
    for row in measure_screening():
        console.print(row.what, "|", f"{row.ours:,.0f} {row.unit}", "|", row.note)
    console.print(_false_alarms())
    console.print(_found())


if __name__ == "__main__":
    main()
