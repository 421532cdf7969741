"""A PostgreSQL server for tests: started in a folder of its own, reachable by a socket file only."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
"""Where Debian puts ``initdb`` and ``pg_ctl``, which are on nobody's path."""

_FAST = "-c fsync=on -c synchronous_commit=on -c shared_buffers=32MB -c listen_addresses="


@contextmanager
def running_server() -> Iterator[str]:
    """Yield the address of a fresh server, without a database name; stop it at the end.

    PostgreSQL refuses to run as root; then it runs as the user that Debian's package makes.
    """
    memory = Path("/dev/shm")  # noqa: S108
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=memory if memory.is_dir() else None))
    data = folder / "data"
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        _run(
            "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C",
        )
        _run("pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", f"-k {folder} {_FAST}", "start")
        try:
            yield f"postgresql://postgres@/{{name}}?host={folder}"
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: object) -> None:
    assert PROGRAMS is not None
    command = [str(PROGRAMS / program), *map(str, arguments)]
    if os.getuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
