"""The life-cycle as data: what a file may say of states, transitions, clocks and escalation levels."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo_jindu.texts import Language

STAYS = "="
ANY = "*"

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, Field(min_length=1, max_length=100)]
DetailKind = Literal["text", "day", "entry", "codes", "yes_no"] | tuple[Identifier, ...]


class Scope(StrEnum):
    """What kind of unit an event is about."""

    TOWNSHIP = "township"
    COUNTY = "county"
    CITY = "city"


class Effect(StrEnum):
    """What an event does beside the change of state; see `geo_jindu.rectification.replay`."""

    OPEN_LISTING = "open_listing"
    BEGIN_TERM = "begin_term"
    EXTEND_TERM = "extend_term"
    START_WORK = "start_work"
    ADD_MEASURE = "add_measure"
    COMPLETE_MEASURE = "complete_measure"
    RECORD_REPORT = "record_report"
    RECORD_INTERVIEW = "record_interview"
    RECORD_LOOK_BACK = "record_look_back"
    ASSESS_PROGRESS = "assess_progress"
    CONFIRM_RED_LINE = "confirm_red_line"
    END_LISTING = "end_listing"
    COUNT_RELAPSE = "count_relapse"
    END_ESCALATION = "end_escalation"
    HAND_OVER = "hand_over"


NEEDED_DETAILS = {
    Effect.ADD_MEASURE: {"measure", "owner", "due_on"},
    Effect.COMPLETE_MEASURE: {"measure_number"},
    Effect.ASSESS_PROGRESS: {"assessment"},
    Effect.HAND_OVER: {"heirs"},
}
"""What an effect reads from an entry."""

TERMS = {Effect.BEGIN_TERM: "term_days", Effect.EXTEND_TERM: "extension_days"}
"""The parameter of the rules that an effect takes its term from; entries keep the number of days, so
that a later change of the rules moves no date of the past."""

DAYS = "days"
"""The detail of an entry that keeps it."""

HEIR_COUNTIES = "heir_counties"
"""The detail of an entry that keeps the county of each heir."""

FIRST = "first"
"""The detail of a correction of a measure that keeps the number the measure is known by."""

KEPT_DETAILS = frozenset({DAYS, HEIR_COUNTIES, FIRST})
"""Details that are written into entries by the software."""


class _Named(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    zh: Words
    en: Words

    def name(self, language: Language) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en


class State(_Named):
    """A state.

    Attributes
    ----------
    frozen
        Whether posts of the township are under the promotion freeze while it is in it.
    void
        Whether a listing that ends in it never was one, so that its freeze is void from the start.
    """

    frozen: bool = False
    void: bool = False


class Detail(_Named):
    """Something an entry may hold beside."""

    kind: DetailKind


class Transition(_Named):
    """What an event does where it is allowed.

    Attributes
    ----------
    to
        The state it leads to; `STAYS` for none other.
    roles
        Who may decide it.
    guards
        Rules and groups that must pass.
    advice
        Rules and groups that are evaluated and logged, whatever they say.
    evidence, details
        What an entry must hold.
    reasons
        Whether it must give reasons.
    escalation_add, escalation_least
        What it does to the level of escalation; adding ends one below the highest level, which is
        reached by ``escalation_least`` alone.
    """

    event: Identifier
    from_: Annotated[tuple[str, ...], Field(alias="from", min_length=1)]
    to: str
    roles: Annotated[tuple[str, ...], Field(min_length=1)]
    scope: tuple[Scope, ...] = (Scope.TOWNSHIP,)
    guards: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    reasons: bool = False
    effects: tuple[Effect, ...] = ()
    escalation_add: Annotated[int, Field(ge=0, le=9)] = 0
    escalation_least: Annotated[int, Field(ge=0, le=9)] = 0

    def starts_in(self, state: str) -> bool:
        """Return whether it is allowed in a state."""
        return ANY in self.from_ or state in self.from_


class Clock(_Named):
    """A deadline: days after the last event that starts it, while the unit is in one of the states.

    Attributes
    ----------
    days
        The rules' parameter that says how many; one that is a list gives several due dates.
    met_by
        The event that meets a due date; empty if only leaving the states does.
    repeats
        Whether it is due again and again.
    """

    id: Identifier
    starts: Annotated[tuple[str, ...], Field(min_length=1)]
    states: Annotated[tuple[str, ...], Field(min_length=1)]
    days: str
    met_by: str = ""
    repeats: bool = False


class LifecycleContent(BaseModel):
    """What the file may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Identifier
    version: Words
    initial: str
    due_soon_days: Annotated[int, Field(ge=0, le=365)]
    roles: Mapping[Identifier, _Named]
    states: Mapping[Identifier, State]
    escalations: Annotated[tuple[_Named, ...], Field(min_length=2)]
    evidence: Mapping[Identifier, _Named]
    details: Mapping[Identifier, Detail]
    transitions: Annotated[tuple[Transition, ...], Field(min_length=1)]
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True)
class Lifecycle:
    """A checked life-cycle.

    Attributes
    ----------
    label
        Id, version and the beginning of the file's digest, as entries cite it.
    """

    label: str
    content: LifecycleContent

    def find(self, event: str, state: str, scope: Scope) -> Transition | None:
        """Return what an event does in a state; ``None`` if it is not allowed there."""
        for each in self.content.transitions:
            if each.event == event and scope in each.scope and each.starts_in(state):
                return each
        return None

    def allowed(self, state: str, scope: Scope = Scope.TOWNSHIP) -> list[Transition]:
        """Return what may happen next, in the order of the file."""
        return [
            each for each in self.content.transitions if each.starts_in(state) and scope in each.scope
        ]

    def named(self, event: str) -> list[Transition]:
        """Return all transitions of an event; none if there is no such event."""
        return [each for each in self.content.transitions if each.event == event]

    def is_frozen(self, state: str) -> bool:
        """Return whether posts are under the promotion freeze in a state."""
        return self.content.states[state].frozen

    def state_name(self, state: str, language: Language) -> str:
        """Return what a state is called."""
        return self.content.states[state].name(language)
