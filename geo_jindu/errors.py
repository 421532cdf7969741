"""Every failure the project names.

A problem says where it is (file, row, field), what is wrong and what to do next, in the reader's
language. It never carries the content of a personal field.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from geo_jindu.texts import Language, translate

MOST_ROWS = 20
"""Rows named for one kind of problem in one column; the others are counted."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing wrong with the input, or one thing worth knowing about it.

    Attributes
    ----------
    key
        Name of the sentence, ``problems.<key>`` in ``texts.toml``.
    file
        Path as the configuration writes it; empty if no file is meant.
    row
        Row as a spreadsheet counts it: the header is row 1.
    field
        Column, or the dotted path of a setting.
    values
        What the sentence quotes: names, codes and counts, never a person's data.
    """

    key: str
    file: str = ""
    row: int | None = None
    field: str = ""
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def text(self, language: Language) -> str:
        """Return ``place: what is wrong; what to do`` in ``language``."""
        place = [self.file] if self.file else []
        if self.row is not None:
            place.append(translate("problem_place.row", language, row=self.row))
        if self.field:
            place.append(translate("problem_place.field", language, field=self.field))
        sentence = translate(f"problems.{self.key}", language, **self.values)
        separator = translate("problem_place.separator", language)
        if not place:
            return sentence
        return separator.join(place) + translate("problem_place.colon", language) + sentence


def problems_in_rows(
    key: str,
    file: str,
    column: str,
    rows: Iterable[Any],
    values: Callable[[Any], Mapping[str, object]] = lambda row: {},
) -> list[Problem]:
    """Return the same problem for each of ``rows``: the first ones named, the rest counted."""
    every: Sequence[Any] = list(rows)
    problems = [Problem(key, file, int(row), column, values(row)) for row in every[:MOST_ROWS]]
    if len(every) > MOST_ROWS:
        more = {"number": len(every) - MOST_ROWS}
        problems.append(Problem("more_rows", file, None, column, more))
    return problems


class GeoJinduError(Exception):
    """Base of every failure that has a name here."""


class InputError(GeoJinduError):
    """Bad input or configuration: everything found wrong, at once, each thing once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple({problem.text("en"): problem for problem in problems}.values())
        super().__init__("\n".join(problem.text("en") for problem in self.problems))


class IndicatorError(InputError):
    """An indicator is used against its kind or polarity."""


class _ProblemError(GeoJinduError):
    """A failure that is one problem."""

    def __init__(self, key: str, **values: object) -> None:
        self.problem = Problem(key, values=values)
        super().__init__(self.problem.text("en"))

    @property
    def is_the_callers(self) -> bool:
        """Whether calling otherwise mends it; else the machine or another program is at fault."""
        return self.problem.key not in _OF_THE_MACHINE


class OutputError(_ProblemError):
    """The results cannot be written or have been changed since they were written."""


class StoreError(_ProblemError):
    """The store cannot be opened, read or written, or what it holds does not hold together."""


class SuppressionError(_ProblemError):
    """Counts cannot be released without giving hidden ones away."""


_OF_THE_MACHINE = frozenset(
    {
        "output_not_writable",
        "store_unopened",
        "store_full",
        "store_read_only",
        "store_busy",
        "store_damaged",
        "store_unsound",
        "batches_unreadable",
        "log_unreadable",
        "snapshot_unknown",
        "entry_out_of_time",
        "store_failed",
        "key_not_verified",
    }
)


def not_writable(directory: object, error: Exception) -> OutputError:
    """Return the failure to write to ``directory`` with the reason the system gives."""
    reason = getattr(error, "strerror", None) or type(error).__name__
    return OutputError("output_not_writable", directory=directory, reason=reason)
