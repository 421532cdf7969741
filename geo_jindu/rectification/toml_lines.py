"""TOML files whose faults can be named with file and line."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo_jindu.errors import InputError, Problem

if TYPE_CHECKING:
    from pydantic import ValidationError

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_LINE = re.compile(r"\(at line (\d+),")


@dataclass(frozen=True)
class TomlFile:
    """The content of a TOML file and the line of each table and key.

    Attributes
    ----------
    lines
        By dotted path, tables of a list by their position: ``transitions.3.event``.
    """

    name: str
    content: Mapping[str, Any]
    lines: Mapping[str, int] = field(repr=False)

    def line(self, path: str) -> int | None:
        """Return the line of what stands at a path, or of the nearest table around it."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path)

    def problem(self, key: str, path: str, **values: object) -> Problem:
        """Return a problem with what stands at a path."""
        return Problem(key, self.name, self.line(path), path, values)

    def model_problems(
        self, error: "ValidationError", keys: Mapping[str, str], **values: object
    ) -> Iterator[Problem]:
        """Return what a model finds wrong, each with its line.

        Parameters
        ----------
        keys
            Names of sentences by the model's kinds of error, beside those of missing and unknown ones.
        values
            What those sentences quote beside the reason.
        """
        known = {"missing": "setting_missing", "extra_forbidden": "setting_unknown", **keys}
        for found in error.errors(include_url=False, include_input=False):
            key = known.get(found["type"], "setting_wrong")
            path = ".".join(str(part) for part in found["loc"])
            expected = found.get("ctx", {}).get("expected", "")
            yield self.problem(key, path, reason=found["msg"], expected=expected, **values)


def parse_toml(text: str, name: str) -> TomlFile:
    """Parse a TOML file.

    Raises
    ------
    InputError
        If it is no TOML; the line is named.
    """
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _LINE.search(str(error))
        row = int(found[1]) if found else None
        raise InputError([Problem("not_toml", name, row, values={"reason": error})]) from None
    return TomlFile(name, content, _find_lines(text))


def _find_lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    seen: Counter[str] = Counter()
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = header[2]
            if header[1] == "[[":
                table = f"{header[2]}.{seen[header[2]]}"
                seen[header[2]] += 1
            lines[table] = number
        elif key := _KEY.match(line):
            lines[f"{table}.{key[1]}".lstrip(".")] = number
    return lines
