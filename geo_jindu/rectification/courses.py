"""What the log says of a unit on a day: its course, derived by replay and never stored."""

from dataclasses import dataclass
from datetime import date

from geo_jindu.rectification.entries import Entry


@dataclass(frozen=True)
class Measure:
    """One promised action (整治任务).

    Attributes
    ----------
    id
        Number of the entry that added it.
    owner
        A post, never a name.
    done_on
        ``None`` while it is open.
    """

    id: int
    name: str
    owner: str
    due_on: date
    done_on: date | None = None
    has_evidence: bool = False


@dataclass(frozen=True)
class Course:
    """How the rectification of a township stands on a day.

    Attributes
    ----------
    state, since
        A state of the life-cycle and the day it began; ``None`` for a township never spoken of.
    listing
        How many times a listing was proposed, relapses included; 0 if never.
    listed_on, first_listed_on
        Day of the decision to list: of this listing, of the first one.
    delisted_on
        Day of the last decision to delist, of this listing; ``None`` if there was none.
    term_ends
        Last day of the rectification, extensions included.
    extensions
        Of this listing.
    relapses
        Of all listings.
    escalation
        0 to 4.
    measures
        Of this listing.
    started_on, reported_on, interviewed_on, looked_back_on
        Days of this listing; interviews are of all listings.
    red_lines
        Days on which a serious event was confirmed, of this listing.
    progress
        The last assessment of progress of this listing: ``forward``, ``still``, ``backward`` or empty.
    heirs
        Codes that took it over after a boundary change.
    inherited_from
        Code it was taken over from; empty otherwise.
    entries
        All that led here, in order of effect.
    listing_from
        Position in ``entries`` of what opened this listing.
    past
        How earlier listings of the township stood at their end, the oldest first.
    """

    unit: str
    vintage: str
    county: str
    state: str
    since: date | None = None
    listing: int = 0
    listed_on: date | None = None
    first_listed_on: date | None = None
    delisted_on: date | None = None
    term_ends: date | None = None
    extensions: int = 0
    relapses: int = 0
    escalation: int = 0
    measures: tuple[Measure, ...] = ()
    started_on: date | None = None
    reported_on: tuple[date, ...] = ()
    interviewed_on: tuple[date, ...] = ()
    looked_back_on: tuple[date, ...] = ()
    red_lines: tuple[date, ...] = ()
    progress: str = ""
    heirs: tuple[str, ...] = ()
    inherited_from: str = ""
    entries: tuple[Entry, ...] = ()
    listing_from: int = 0
    past: tuple["Course", ...] = ()

    @property
    def id(self) -> str:
        """What this listing is called: the township's code and the listing's number."""
        return f"{self.unit}-{self.listing}"

    @property
    def of_listing(self) -> tuple[Entry, ...]:
        """The entries of this listing."""
        return self.entries[self.listing_from :]
