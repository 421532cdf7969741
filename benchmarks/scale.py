"""Write a synthetic workspace of any size: ``python -P benchmarks/scale.py DIR --townships 40000``."""

import argparse
import resource
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import Progress

from boundaries.fictional_scale import stream_fictional_prefectures
from geo_jindu.demo.scale import Scale, write_scaled_demo


def main() -> None:
    """Write the workspace, with a progress bar, and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--townships", type=int, default=3_000)
    parser.add_argument("--incidents", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=36)
    arguments = parser.parse_args()
    scale = Scale(arguments.townships, arguments.incidents, arguments.months)
    start = perf_counter()
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("incidents", total=scale.incidents)
        prefectures = stream_fictional_prefectures(scale.townships)
        write_scaled_demo(
            arguments.directory, prefectures, scale, lambda done: bar.update(task, completed=done)
        )
    seconds = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    megabytes = sum(file.stat().st_size for file in arguments.directory.rglob("*")) / 1e6
    print(
        f"{scale.townships:,} townships, {scale.incidents:,} incidents, {scale.months} months: "
        f"{seconds:,.0f} s, {megabytes:,.0f} MB written, at most {peak:,.0f} MB of memory"
    )


if __name__ == "__main__":
    main()
