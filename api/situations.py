"""How the rectifications stand, kept until the log, the figures or the day is another."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, func, select

from api.answers import Answer
from api.editions import Edition
from api.errors import LOGGER, Refused
from api.parameters import read_day
from geo_jindu.configuration import Configuration
from geo_jindu.errors import InputError
from geo_jindu.rectification.replay import ReplayError
from geo_jindu.rectification.rulebook import Rulebook, read_rulebook
from geo_jindu.rectification.situations import Situation, day_shown, read_situation
from geo_jindu.store import Store
from geo_jindu.store.rectification_log import Head, head
from geo_jindu.store.schema import SNAPSHOTS
from geo_jindu.store.times import CALENDAR, end_of
from geo_jindu.workspace import read_workspace

MOST_SITUATIONS = 8
MOST_ANSWERS = 128
"""How many are kept; the one asked for longest ago goes first."""

_Found = TypeVar("_Found")


class Kept(Generic[_Found]):
    """What was made lately, by what it was made of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[Hashable, _Found] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], _Found]) -> _Found:
        """Return what was made before, or make it; others wait meanwhile."""
        with self._lock:
            found = self._found.pop(key) if key in self._found else make()
            self._found[key] = found  # the last one asked for stands last
            if len(self._found) > self._most:
                self._found.pop(next(iter(self._found)))
        return found


@dataclass(frozen=True)
class Seen:
    """A situation and what it was made of.

    Attributes
    ----------
    head
        Of the whole log, also where ``known_by`` leaves the end of it out.
    snapshot
        Number of the newest figures.
    """

    situation: Situation
    head: Head
    snapshot: int
    known_by: str

    @property
    def version(self) -> Hashable:
        """What two of them have in common if they are the same."""
        return self.head, self.snapshot, self.situation.day, self.known_by


class Situations:
    """Reads how the rectifications stand.

    Rules and life-cycle are read once. If they cannot be, all else is served none the less.
    """

    def __init__(self, workspace: Path, store: Store) -> None:
        self._store = store
        self._read: tuple[Configuration, Rulebook] | None = None
        self._kept: Kept[Situation] = Kept(MOST_SITUATIONS)
        self._answers: WeakKeyDictionary[Edition, Kept[Answer]] = WeakKeyDictionary()
        self._lock = Lock()
        try:
            read = read_workspace(workspace)
            self._read = read.configuration, read_rulebook(read)
        except InputError as error:
            LOGGER.error("rules or life-cycle cannot be read, rectifications are not served: %s", error)

    @property
    def configuration(self) -> Configuration:
        """What the workspace is set to.

        Raises
        ------
        Refused
            503, if it or the rules cannot be read.
        """
        return self._both()[0]

    @property
    def rulebook(self) -> Rulebook:
        """The rules and the life-cycle.

        Raises
        ------
        Refused
            503, if they cannot be read.
        """
        return self._both()[1]

    def _both(self) -> tuple[Configuration, Rulebook]:
        if self._read is None:
            raise Refused(503, "rulebook_unreadable")
        return self._read

    def read(self, as_of: str = "", known_by: str = "") -> Seen:
        """Return how all townships stood on a day.

        Parameters
        ----------
        as_of
            A day; empty for the one that stands for today.
        known_by
            Leave out what was recorded after this day; empty for nothing.

        Raises
        ------
        Refused
            400 if a day cannot be meant; 503 if the rules cannot be read, or the log says what the
            life-cycle does not allow.
        """
        configuration, rulebook = self._both()
        shown = day_shown(configuration.rectification)
        latest = max(shown, datetime.now(CALENDAR).date())
        day = read_day(as_of, latest) if as_of else shown
        until = end_of(read_day(known_by, latest)) if known_by else ""
        with self._store.reading() as connection:
            newest, figures = head(connection), _newest_figures(connection)
            situation = self._kept.get(
                (newest, figures, day, until), lambda: _situation(connection, rulebook, day, until)
            )
        return Seen(situation, newest, figures, known_by)

    def answer(self, edition: Edition, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return an answer made before from the same edition, or make it."""
        with self._lock:
            answers = self._answers.setdefault(edition, Kept(MOST_ANSWERS))
        return answers.get(key, make)


def log_refused(error: ReplayError) -> Refused:
    """Return why nothing can be said: the life-cycle does not allow what is on record."""
    LOGGER.error("the life-cycle does not allow entry %s of the log", error.number)
    return Refused(503, "log_not_allowed")


def _situation(connection: Connection, rulebook: Rulebook, day: date, until: str) -> Situation:
    try:
        return read_situation(connection, rulebook, day, until)
    except ReplayError as error:
        raise log_refused(error) from None


def _newest_figures(connection: Connection) -> int:
    return int(connection.execute(select(func.max(SNAPSHOTS.c.number))).scalar() or 0)
