"""The desk that decisions are made on: log and figures, read once, and how things stand by them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from geo_jindu.errors import InputError, Problem
from geo_jindu.rectification.commands import Command
from geo_jindu.rectification.entries import Entry, Trace
from geo_jindu.rectification.figures import Figures
from geo_jindu.rectification.lifecycle import Lifecycle
from geo_jindu.rectification.replay import Register, ReplayError, advance, replay, standing_entries
from geo_jindu.rectification.rulebook import Rulebook
from geo_jindu.store.rectification_log import append_entry, read_log
from geo_jindu.store.snapshots import latest_snapshot
from geo_jindu.store.times import now

if TYPE_CHECKING:
    from sqlalchemy import Connection

DRAFT = 2**62
"""Stands for the number of an entry that has none yet: after all others."""


class RefusedError(InputError):
    """A command that is not put on record; nothing has changed.

    Attributes
    ----------
    traces
        Of the guards that did not pass; none if something else is in the way.
    is_conflict
        Whether it is the log that stands against it, rather than the command's own form.
    """

    def __init__(
        self, problems: Iterable[Problem], traces: Iterable[Trace] = (), *, is_conflict: bool = False
    ) -> None:
        super().__init__(problems)
        self.traces = tuple(traces)
        self.is_conflict = is_conflict


@dataclass(frozen=True)
class Draft:
    """An entry that may be put on record, and how things stand before it."""

    entry: Entry
    register: Register


class Desk:
    """What decisions are made on: log and figures, read once for all that one transaction records.

    Attributes
    ----------
    moment
        Of recording.
    log
        With what was decided here.
    """

    def __init__(self, connection: "Connection", rulebook: Rulebook, moment: str = "") -> None:
        """Read log and figures.

        Raises
        ------
        RefusedError
            If there are no figures yet.
        StoreError
            If the log cannot be read.
        """
        self.connection, self.rulebook = connection, rulebook
        self.log = read_log(connection)
        last = self.log[-1].recorded_at if self.log else ""
        self.moment = moment or max(now(), last)  # a clock once set wrong must not lock everybody out
        content = latest_snapshot(connection, self.moment)
        if content is None:
            raise RefusedError([Problem("snapshot_missing")], is_conflict=True)
        self.figures = Figures.from_bytes(content)
        self._last_day = max((each.effective_on for each in self.log), default=date.min)
        self._register: Register | None = None

    def comes_last(self, command: Command) -> bool:
        """Return whether a command would stand after all that is on record."""
        return command.corrects is None and command.effective_on >= self._last_day

    def before(self, command: Command) -> Register:
        """Return how things stand before a command, without the entry it corrects."""
        lifecycle = self.rulebook.lifecycle
        if not self.comes_last(command):
            try:
                return _replayed(self.log, command, lifecycle)
            except ReplayError as error:
                replay(self.log, lifecycle)  # raises by itself if the log does not fit the life-cycle
                raise _contradicted(error) from None
        if self._register is None:
            self._register = replay(self.log, lifecycle)
        return self._register

    def record(self, draft: Draft) -> Entry:
        """Put a draft on record."""
        entry = append_entry(self.connection, draft.entry)
        is_next = self._register is draft.register
        self._register = advance(draft.register, entry, self.rulebook.lifecycle) if is_next else None
        self._last_day = max(self._last_day, entry.effective_on)
        self.log.append(entry)
        return entry


def refuse_contradiction(desk: Desk, command: Command, draft: Draft) -> None:
    """Refuse what would make of the whole history one that the life-cycle does not allow."""
    lifecycle = desk.rulebook.lifecycle
    try:
        if desk.comes_last(command):
            advance(draft.register, draft.entry, lifecycle)
        else:
            replay([*desk.log, draft.entry], lifecycle)
    except ReplayError as error:
        if error.number == DRAFT:
            raise RefusedError(error.problems, is_conflict=True) from None
        raise _contradicted(error) from None


def _contradicted(error: ReplayError) -> RefusedError:
    problem = Problem("later_entry_contradicted", values={"number": error.number})
    return RefusedError([problem], is_conflict=True)


def _replayed(log: list[Entry], command: Command, lifecycle: Lifecycle) -> Register:
    """Return how things stand where a command would stand, without the entry it corrects."""
    place = Entry(
        number=DRAFT,
        event=command.event,
        unit=command.unit,
        vintage="",
        county="",
        role="",
        effective_on=command.effective_on,
        recorded_at="",
        corrects=command.corrects,
    )
    standing = standing_entries([*log, place])
    upto = standing.index(place) if place in standing else len(standing)
    register = Register({}, ())
    for entry in standing[:upto]:
        register = advance(register, entry, lifecycle)
    return register
