"""How long `geo-jindu run` takes from nothing: a fresh process, a fresh workspace, no store."""

import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rows import Row

RUNS = 3


def measure_cold_start() -> list[Row]:
    """Run the demonstration in fresh processes; the imports are what Python tells of a further one."""
    walls, works = zip(*(_run() for _ in range(RUNS)), strict=True)
    imports = _imports_ms()
    best = min(walls)
    note = f"imports {imports:,.0f} ms of it, {imports / best:.0%}, as -X importtime adds them up"
    return [
        Row("geo-jindu run of the demonstration, cold: wall", best, "ms", note=note),
        Row("geo-jindu run of the demonstration, cold: CPU", min(works), "ms"),
    ]


def _geo_jindu(*words: str, options: tuple[str, ...] = ()) -> str:
    command = [sys.executable, "-P", *options, "-m", "geo_jindu", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def _run() -> tuple[float, float]:
    """Return wall and CPU time [ms] of one run."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = str(Path(folder, "demo"))
        _geo_jindu("demo", workspace)
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        _geo_jindu("run", workspace)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return 1000 * wall, 1000 * work


def _imports_ms() -> float:
    with tempfile.TemporaryDirectory() as folder:
        workspace = str(Path(folder, "demo"))
        _geo_jindu("demo", workspace)
        told = _geo_jindu("run", workspace, options=("-X", "importtime"))
    return sum(int(own) for own in re.findall(r"^import time:\s+(\d+) \|", told, re.MULTILINE)) / 1000
