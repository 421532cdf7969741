"""The workspace: a folder with ``geo_jindu.toml`` and, beside it, the input files.

`read_workspace` refuses a configuration with anything wrong in it; `parse_workspace` hands over what it
understood together with what contradicts, so that the files can be looked at as well. Paths in the
file are relative to the folder.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from geo_jindu.configuration import Configuration
from geo_jindu.contradictions import find_contradictions
from geo_jindu.errors import InputError, Problem

CONFIGURATION_FILE = "geo_jindu.toml"


@dataclass(frozen=True)
class Workspace:
    """A folder and its validated configuration."""

    directory: Path
    configuration: Configuration

    def path(self, written: str) -> Path:
        """Return the place of a file that the configuration names relative to the folder."""
        return self.directory / written


def read_workspace(directory: Path) -> Workspace:
    """Read and validate ``geo_jindu.toml`` in ``directory``; input files are not opened here.

    Raises
    ------
    InputError
        With every problem of the configuration.
    """
    workspace, contradictions = parse_workspace(directory)
    if contradictions:
        raise InputError(contradictions)
    return workspace


def parse_workspace(directory: Path) -> tuple[Workspace, tuple[Problem, ...]]:
    """Read ``geo_jindu.toml`` as far as it can be understood.

    Returns
    -------
    Workspace
        With all settings in place.
    tuple of Problem
        Settings that contradict each other; files can be looked at in spite of them.

    Raises
    ------
    InputError
        If settings are missing or of the wrong kind.
    """
    path = directory / CONFIGURATION_FILE
    try:
        written = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError:
        problem = Problem("no_workspace", values={"directory": directory})
    except UnicodeDecodeError:
        problem = Problem("configuration_not_utf8", file=CONFIGURATION_FILE)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problem = Problem("not_toml", file=CONFIGURATION_FILE, values={"reason": error})
    else:
        configuration = _understood(written, directory)
        return Workspace(directory, configuration), tuple(find_contradictions(configuration))
    raise InputError([problem])


def _understood(written: dict[str, Any], directory: Path) -> Configuration:
    try:
        return Configuration.model_validate(written)
    except ValidationError as error:
        problems = [*_setting_problems(error), *_missing_files(written, directory)]
        raise InputError(problems) from None


def _missing_files(written: Any, directory: Path) -> Iterator[Problem]:
    """Find files that do not exist, wherever a ``file`` is named in settings not yet understood."""
    if isinstance(written, list):
        for each in written:
            yield from _missing_files(each, directory)
    if isinstance(written, dict):
        file = written.get("file")
        if isinstance(file, str) and "\0" not in file and not (directory / file).is_file():
            yield Problem("file_missing", file=file)
        for each in written.values():
            yield from _missing_files(each, directory)


def _setting_problems(error: ValidationError) -> Iterator[Problem]:
    for found in error.errors(include_url=False, include_input=False):
        key = {
            "missing": "setting_missing",
            "extra_forbidden": "setting_unknown",
            "enum": "setting_choice",
            "literal_error": "setting_choice",
        }.get(found["type"], "setting_wrong")
        values = {
            "expected": found.get("ctx", {}).get("expected", ""),
            "reason": found["msg"],
        }
        place = ".".join(str(part) for part in found["loc"])
        yield Problem(key, file=CONFIGURATION_FILE, field=place, values=values)
