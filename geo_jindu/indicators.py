"""The indicator registry: what an indicator's kind allows it to do.

The kind decides the use. If solved cases raised a severity score, good work would be punished and
the map would follow the patrols; so an enforcement output is refused there, by name.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from geo_jindu.errors import IndicatorError, Problem


class Kind(StrEnum):
    """Where a figure comes from, and so what it can say."""

    OUTCOME = "outcome"
    """Measured elsewhere: outflow persons, counted where they were caught."""
    INDEPENDENT_OUTCOME = "independent_outcome"
    """Measured apart from policing: wastewater load, satisfaction survey."""
    REPORTED_INCIDENTS = "reported_incidents"
    """Reported by the public or recorded by the police; always labelled as such."""
    PROCESS = "process"
    """What was done: rehabilitation execution, reporting rate, measures done."""
    ENFORCEMENT_OUTPUT = "enforcement_output"
    """Cases solved, arrests, seizures: effort, never danger."""
    CONTEXT = "context"
    """All-crime change, staff, facilities."""
    DATA_REVISION = "data_revision"
    """A register was cleaned: a break in the series, never a trend."""


class Polarity(StrEnum):
    """Which direction is bad."""

    HIGHER_IS_WORSE = "higher_is_worse"
    HIGHER_IS_BETTER = "higher_is_better"


class Use(StrEnum):
    """What an indicator does in an assessment."""

    SEVERITY = "severity"
    """Ranked, mapped as a theme, tested for hotspots, counted for the top list."""
    PROGRESS = "progress"
    """Progress of a rectification; shown beside the severity, never in it."""
    SHOWN = "shown"
    """Counts and rates only."""


ALLOWED_USES: dict[Kind, frozenset[Use]] = {
    Kind.OUTCOME: frozenset({Use.SEVERITY, Use.SHOWN}),
    Kind.INDEPENDENT_OUTCOME: frozenset({Use.SEVERITY, Use.SHOWN}),
    Kind.REPORTED_INCIDENTS: frozenset({Use.SEVERITY, Use.SHOWN}),
    Kind.PROCESS: frozenset({Use.PROGRESS, Use.SHOWN}),
    Kind.ENFORCEMENT_OUTPUT: frozenset({Use.SHOWN}),
    Kind.CONTEXT: frozenset({Use.SHOWN}),
    Kind.DATA_REVISION: frozenset({Use.SHOWN}),
}


class RegisteredIndicator(Protocol):
    """What the registry needs to know of an indicator."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def polarity(self) -> Polarity: ...  # noqa: D102
    @property
    def use(self) -> Use: ...  # noqa: D102
    @property
    def numerator(self) -> str: ...  # noqa: D102


class IndicatorRegistry:
    """Indicators by id, each with one kind, one polarity and a use its kind allows."""

    def __init__(self) -> None:
        self._by_id: dict[str, RegisteredIndicator] = {}
        self._first_of_source: dict[str, RegisteredIndicator] = {}

    def register(self, indicator: RegisteredIndicator) -> None:
        """Add ``indicator``.

        Raises
        ------
        IndicatorError
            If the id is taken, if the kind forbids the use (an enforcement output in severity), if
            the same numerator source is already used with the opposite polarity or another kind (an
            enforcement output under another name), or if a severity indicator is one where more is
            better.
        """
        problems = list(self._objections(indicator))
        if problems:
            raise IndicatorError(problems)
        self._by_id[indicator.id] = indicator
        self._first_of_source.setdefault(indicator.numerator, indicator)

    def _objections(self, indicator: RegisteredIndicator) -> Iterable[Problem]:
        where = f"indicators.{indicator.id}"
        if indicator.id in self._by_id:
            yield Problem("duplicate_id", field=where, values={"id": indicator.id})
        allowed = ALLOWED_USES[indicator.kind]
        if indicator.use not in allowed:
            yield Problem(
                "use_forbidden_by_kind",
                field=f"{where}.use",
                values={
                    "kind": indicator.kind.value,
                    "use": indicator.use.value,
                    "allowed": ", ".join(sorted(use.value for use in allowed)),
                },
            )
        elif indicator.use is Use.SEVERITY and indicator.polarity is Polarity.HIGHER_IS_BETTER:
            yield Problem("severity_needs_higher_is_worse", field=f"{where}.polarity")
        other = self._first_of_source.get(indicator.numerator, indicator)
        values = {"source": indicator.numerator, "other": other.id}
        if other.polarity is not indicator.polarity:
            yield Problem("both_signs", field=f"{where}.polarity", values=values)
        if other.kind is not indicator.kind:
            yield Problem("two_kinds", field=f"{where}.kind", values=values)
