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
from geo_jindu.tiers import Tier

FOLDER = "out"
ASSESSMENT = "assessment.json"
MAP = "hotspot_map.html"
GEOJSON = "townships.geojson"
TABLE = "townships.csv"
ASSIGNMENT = "assignment.csv"
LEFTOVER_SECONDS = 24 * 3600
WORKBOOK = "townships.xlsx"
PARQUET = "townships.parquet"
HOTSPOTS = "hotspots.json"
SCORES = "scores.json"
ALERTS = "alerts.json"
CLUSTERS = "scan_clusters.geojson"
ANALYSES = (HOTSPOTS, SCORES, ALERTS, CLUSTERS)
"""What depends on every count, and so is the planner's alone."""
_OF_A_TIER = (ASSESSMENT, MAP, GEOJSON, TABLE, WORKBOOK, PARQUET)
BORDERS = frozenset({MAP, GEOJSON, PARQUET})
"""Files with borders in them; real ones may be shown to the public only as approved."""
LOWER_TIERS = (Tier.PARTNER, Tier.PUBLIC)
"""Tiers with a folder of their own in ``out/``; what lies beside the folders is the planner's."""
FILES = frozenset(
    {
        *_OF_A_TIER,
        ASSIGNMENT,
        *ANALYSES,
        *(f"{tier}/{name}" for tier in LOWER_TIERS for name in _OF_A_TIER),
    }
)
OPTIONAL = frozenset(f"{Tier.PUBLIC}/{name}" for name in BORDERS)


def refuse_foreign_files(workspace: Path) -> None:
    """Raise an `OutputError` if ``out/`` holds anything that a run did not write."""
    folder = workspace / FOLDER
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError("output_has_foreign_files", directory=workspace, files=folder.name)
    try:
        inside = sorted(folder.rglob("*")) if folder.exists() else []
        foreign = [path.relative_to(folder).as_posix() for path in inside if not _is_ours(path, folder)]
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
                (fresh / name).parent.mkdir(exist_ok=True)
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
        facts = orjson.loads((folder / ASSESSMENT).read_bytes())
        software, digests = facts["software"], facts["files"]
        expected = FILES - (OPTIONAL - digests.keys())
        contents = {name: (folder / name).read_bytes() for name in sorted(expected)}
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputError("no_results", directory=workspace) from None
    if software != SOFTWARE:
        raise OutputError("results_of_other_version", software=software)
    for name in sorted(expected - {ASSESSMENT}):
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


def _is_ours(path: Path, folder: Path) -> bool:
    name = path.relative_to(folder).as_posix()
    if path.is_symlink():
        return False
    return path.is_file() if name in FILES else path.is_dir() and name in LOWER_TIERS
