"""The folder ``out/``: written whole or not at all, and read back only if nobody changed it."""

import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import orjson

from geo_jindu import SOFTWARE
from geo_jindu.digests import digest_bytes
from geo_jindu.errors import OutputError, not_writable

FOLDER = "out"
ASSESSMENT = "assessment.json"
MAP = "hotspot_map.html"
GEOJSON = "townships.geojson"
TABLE = "townships.csv"
ASSIGNMENT = "assignment.csv"
LEFTOVER_SECONDS = 24 * 3600
FILES = frozenset({ASSESSMENT, MAP, GEOJSON, TABLE, ASSIGNMENT})


def refuse_foreign_files(workspace: Path) -> None:
    """Raise an `OutputError` if ``out/`` holds anything that a run did not write."""
    folder = workspace / FOLDER
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError("output_has_foreign_files", directory=workspace, files=folder.name)
    try:
        inside = sorted(folder.iterdir()) if folder.exists() else []
        foreign = [path.name for path in inside if not _is_ours(path)]
    except OSError as error:
        raise not_writable(folder, error) from None
    if foreign:
        raise OutputError("output_has_foreign_files", directory=folder, files=", ".join(foreign[:10]))


def write_outputs(workspace: Path, contents: Mapping[str, bytes]) -> Path:
    """Replace ``out/`` by ``contents``.

    All is written beside it first and takes its place by renaming, so that a full disk or a crash
    leaves the earlier results as they were.

    Raises
    ------
    OutputError
        If the folder cannot be written or holds foreign files.
    """
    refuse_foreign_files(workspace)
    folder = workspace / FOLDER
    try:
        with tempfile.TemporaryDirectory(prefix=".out-", dir=workspace) as beside:
            fresh, earlier = Path(beside, "new"), Path(beside, "earlier")
            fresh.mkdir()
            for name, content in contents.items():
                (fresh / name).write_bytes(content)
            if folder.exists():
                folder.rename(earlier)
            try:
                fresh.rename(folder)
            except BaseException:
                if earlier.exists() and not folder.exists():
                    earlier.rename(folder)
                raise
    except OSError as error:
        raise not_writable(folder, error) from None
    return folder


def read_outputs(workspace: Path) -> dict[str, bytes]:
    """Read the results of a run.

    Raises
    ------
    OutputError
        If there are none, or a file is not the one the run wrote.
    """
    folder = workspace / FOLDER
    try:
        contents = {name: (folder / name).read_bytes() for name in sorted(FILES)}
        facts = orjson.loads(contents[ASSESSMENT])
        software, digests = facts["software"], facts["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputError("no_results", directory=workspace) from None
    if software != SOFTWARE:
        raise OutputError("results_of_other_version", software=software)
    for name in sorted(FILES - {ASSESSMENT}):
        if digests.get(name) != digest_bytes(contents[name]):
            raise OutputError("results_changed", file=f"{FOLDER}/{name}")
    return contents


def restore_interrupted(workspace: Path) -> None:
    """Bring back earlier results that a run, ended by force while replacing them, had set aside.

    What else such runs left behind is removed once it is old enough to belong to none that goes on.
    """
    for beside in sorted(workspace.glob(".out-*")):
        if (beside / "earlier").is_dir() and not (workspace / FOLDER).exists():
            (beside / "earlier").rename(workspace / FOLDER)
            shutil.rmtree(beside, ignore_errors=True)
        elif time.time() - beside.stat().st_mtime > LEFTOVER_SECONDS:
            shutil.rmtree(beside, ignore_errors=True)


def _is_ours(path: Path) -> bool:
    return path.name in FILES and path.is_file() and not path.is_symlink()
