"""Digests: of files, and of everything an assessment depends on."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from geo_jindu import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_jindu.configuration import Configuration

_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file; of a shapefile, of its parts together."""
    digest = hashlib.sha256()
    for part in shapefile_parts(path).values() if path.suffix.lower() == ".shp" else [path]:
        with part.open("rb") as content:
            while block := content.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def shapefile_parts(path: Path) -> dict[str, Path]:
    """Return the files of a shapefile by their ending in lower case, however they are written."""
    parts = {each.suffix.lower(): each for each in path.parent.iterdir() if each.stem == path.stem}
    return {ending: parts[ending] for ending in _SHAPEFILE_PARTS if ending in parts}


def digest_bytes(content: bytes) -> str:
    """Return the SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()


def assessment_id(configuration: "Configuration", file_digests: "Mapping[str, str]") -> str:
    """Return the id of an assessment: a digest of inputs, configuration and software version.

    The configuration counts as it is understood, not as it is typed: comments and the order of
    settings change nothing. The boundary vintage is a part of it. How long the access log is kept is
    not, nor by which rules and as of which day rectifications are read: no figure depends on these.
    """
    content = {
        "software": __version__,
        "configuration": configuration.model_dump(
            mode="json",
            exclude={"access_log": True, "rectification": {"as_of", "rules", "lifecycle"}},
        ),
        "inputs": dict(file_digests),
    }
    return digest_bytes(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))[:32]
