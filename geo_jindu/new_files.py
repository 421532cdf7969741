"""Files a command is asked to write: each whole or not at all, and never over another."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from geo_jindu.errors import OutputError, not_writable


def refuse_existing(paths: Iterable[Path]) -> None:
    """Raise an `OutputError` if one of the files is there already."""
    for path in paths:
        if path.exists() or path.is_symlink():
            raise OutputError("output_exists", path=path)


def write_new_files(contents: Mapping[Path, bytes]) -> None:
    """Write files that are not there yet.

    All are written beside their place first and take it by renaming, so that a full disk leaves none.

    Raises
    ------
    OutputError
        If a file is there already, or cannot be written.
    """
    refuse_existing(contents)
    beside = {path: path.with_name(f".{path.name}.new") for path in contents}
    try:
        for path, content in contents.items():
            beside[path].write_bytes(content)
        for path in contents:
            beside[path].rename(path)
    except OSError as error:
        raise not_writable(path, error) from None
    finally:
        for fresh in beside.values():
            fresh.unlink(missing_ok=True)
