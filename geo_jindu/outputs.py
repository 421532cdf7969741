"""The folder ``out/``: written whole or not at all, and read back only if nobody changed it."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import orjson

from geo_jindu.digests import digest_bytes
from geo_jindu.errors import OutputError

FOLDER = "out"
ASSESSMENT = "assessment.json"
MAP = "hotspot_map.html"
GEOJSON = "townships.geojson"
TABLE = "townships.csv"
ASSIGNMENT = "assignment.csv"
FILES = frozenset({ASSESSMENT, MAP, GEOJSON, TABLE, ASSIGNMENT})


def refuse_foreign_files(workspace: Path) -> None:
    """Raise an `OutputError` if ``out/`` holds anything that a run did not write."""
    folder = workspace / FOLDER
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError("output_has_foreign_files", directory=folder, files=folder.name)
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in FILES)
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
            except OSError:
                if earlier.exists():
                    earlier.rename(folder)
                raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("output_not_writable", directory=folder, reason=reason) from None
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
        digests = orjson.loads(contents[ASSESSMENT])["files"]
    except (OSError, ValueError, KeyError):
        raise OutputError("no_results", directory=workspace) from None
    for name in sorted(FILES - {ASSESSMENT}):
        if digests.get(name) != digest_bytes(contents[name]):
            raise OutputError("results_changed", file=f"{FOLDER}/{name}")
    return contents


def restore_interrupted(workspace: Path) -> None:
    """Bring back earlier results that a run, ended by force while replacing them, had set aside."""
    if (workspace / FOLDER).exists():
        return
    for earlier in workspace.glob(".out-*/earlier"):
        earlier.rename(workspace / FOLDER)
        shutil.rmtree(earlier.parent, ignore_errors=True)
        return
