"""Full disks, crashed servers and spoilt files under a store."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from faults import Child, add, head, make_batch, record
from sqlalchemy import select, text
from trials import UNITS, Trials, is_sound

from geo_jindu.errors import StoreError
from geo_jindu.store import open_store
from geo_jindu.store.access_log import Access, record_access
from geo_jindu.store.engine import file_store
from geo_jindu.store.schema import METADATA
from geo_jindu.store.verification import verify
from geo_jindu.tiers import Tier

PAGE = 4096


@contextmanager
def disk(size: str) -> Iterator[Path | None]:
    """Yield a disk in memory; ``None`` where none can be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="geo-jindu-disk-"))
    options = ["-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(folder)]
    mounted = (
        os.getuid() == 0
        and not subprocess.run([str(shutil.which("mount")), *options], check=False).returncode
    )
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run([str(shutil.which("umount")), "-l", str(folder)], check=True)
        folder.rmdir()


def fill_disks(trials: Trials) -> None:
    """Ingest onto a disk with less and less room until it is full; then make room."""
    with disk("8m") as folder:
        if folder is None:
            return

        def trial(number: int) -> str:
            for left in folder.iterdir():
                left.unlink()
            record(folder, make_batch("first"))
            room = shutil.disk_usage(folder).free - int(trials.random.integers(20_000, 1_500_000))
            (folder / "ballast").write_bytes(bytes(room))
            landed, told = 1, ""
            try:
                for at in range(40):
                    record(folder, make_batch(f"f{at}", units=UNITS), units=UNITS)
                    landed += 1
            except StoreError as error:
                told = error.problem.key
            assert (landed < 40, told) == (True, "store_full")
            (folder / "ballast").unlink()
            assert head(folder)[0] == landed
            assert is_sound(folder)
            assert record(folder, make_batch(f"f{landed - 1}", units=UNITS), units=UNITS) == [True]
            return "before"

        trials.count("disk full while ingesting", "SQLite", 50, trial, "told so each time")


def crash_servers(trials: Trials) -> None:
    """Kill the server's own process for a connection that ingests: PostgreSQL then recovers."""
    with trials.workspace("PostgreSQL") as folder:
        record(folder, make_batch("first"))

        def trial(number: int) -> str:
            before, batch = head(folder), make_batch(f"c{number}", units=UNITS)

            def ingest() -> int:
                with closing(open_store(folder)) as store:
                    with store.reading() as connection:
                        mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
                    (folder / "pid").write_text(str(mine), "utf-8")
                    try:
                        add(store, batch, UNITS)
                    except StoreError as error:
                        return 0 if error.problem.key in {"store_failed", "store_unopened"} else 1
                return 0

            (folder / "pid").unlink(missing_ok=True)
            child = Child(ingest)
            while not (folder / "pid").exists() or not (folder / "pid").read_text("utf-8"):
                time.sleep(0.001)
            time.sleep(trials.random.uniform(0, 0.15))
            os.kill(int((folder / "pid").read_text("utf-8")), signal.SIGKILL)
            assert child.wait() == 0
            then = _when_back(folder)
            assert then == before or then[0] == before[0] + 1
            assert record(folder, batch, units=UNITS) == [then == before]
            return "before" if then == before else "after"

        trials.count(
            "kill -9 of the server's process", "PostgreSQL", 30, trial, "it recovers by itself"
        )
        assert is_sound(folder)


def _when_back(folder: Path) -> tuple[int, str]:
    for _ in range(200):
        try:
            return head(folder)
        except StoreError:
            time.sleep(0.1)
    return head(folder)


def spoil_files(trials: Trials) -> None:
    """Change bytes of a closed file; what verification does not find must not have changed a count."""

    def page(content: bytearray) -> None:
        start = PAGE * int(trials.random.integers(len(content) // PAGE))
        content[start : start + PAGE] = trials.random.bytes(PAGE)

    def bit(content: bytearray) -> None:
        content[int(trials.random.integers(len(content)))] ^= 1 << int(trials.random.integers(8))

    def cut(content: bytearray) -> None:
        del content[int(trials.random.integers(1, len(content))) :]

    with trials.workspace("SQLite") as folder:
        record(folder, make_batch(), make_batch("outflow"))
        with closing(open_store(folder)) as store:
            for at in range(50):
                record_access(store, Access("", Tier.PUBLIC, "/townships", str(at), "", 200, at))
        path = folder / "store.sqlite"
        whole, rows = path.read_bytes(), _rows(path)

        def trial(change: Callable[[bytearray], None], number: int) -> str:
            content = bytearray(whole)
            change(content)
            _put(path, bytes(content))
            with closing(file_store(path)) as store:
                if verify(store):
                    return "found"
            now = _rows(path)
            changed = {name for name in rows if now is None or now[name] != rows[name]}
            return f"unnoticed in {', '.join(sorted(changed))}" if changed else "without effect"

        trials.count("a page overwritten", "SQLite", 200, partial(trial, page))
        trials.count("one bit turned over", "SQLite", 1000, partial(trial, bit))
        trials.count("file cut short", "SQLite", 100, partial(trial, cut))


def _put(path: Path, content: bytes) -> None:
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    path.write_bytes(content)


def _rows(path: Path) -> dict[str, list[object]] | None:
    try:
        with closing(file_store(path)) as store, store.reading() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
                for table in METADATA.sorted_tables
            }
    except StoreError:
        return None
