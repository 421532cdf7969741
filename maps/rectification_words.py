"""How a rectification stands, in words: the same on the pages and on paper."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_jindu.rectification.clocks import Deadline, Standing
from geo_jindu.rectification.courses import Measure
from geo_jindu.rectification.entries import Entry, Trace
from geo_jindu.rectification.lifecycle import STAYS, Lifecycle, Scope, Transition
from geo_jindu.rectification.situations import Situation
from geo_jindu.rectification.status import Status
from geo_jindu.texts import Language, translate
from maps.popup_texts import percent, signed_percent

if TYPE_CHECKING:
    from datetime import date

    from maps.brief import Urgency
    from maps.change_chart import Interval

DIGEST_SHOWN = 12
"""Digits of a digest that are shown: enough to find a document by, not to prove it."""


@dataclass(frozen=True)
class Step:
    """Something that happened, ready to be read.

    Attributes
    ----------
    evidence
        Kind, title and the beginning of the digest of each document.
    corrects
        Number of the entry it took the place of; ``None`` otherwise.
    """

    number: int
    effective_on: "date"
    recorded_on: str
    event: str
    role: str
    reasons: str
    evidence: tuple[str, ...]
    corrects: int | None

    @property
    def note(self) -> str:
        """Reasons and evidence on one line."""
        return " · ".join(each for each in (self.reasons, *self.evidence) if each)


@dataclass(frozen=True)
class Words:
    """Writes of one situation in one language."""

    situation: Situation
    language: Language

    @property
    def lifecycle(self) -> Lifecycle:
        """The life-cycle."""
        return self.situation.rulebook.lifecycle

    def say(self, key: str, **values: object) -> str:
        """Return a text of the section ``rectification``."""
        return translate(f"rectification.{key}", self.language, **values)

    def listed(self, names: Iterable[str]) -> str:
        """Join names."""
        return translate("rule_results.list_separator", self.language).join(names)

    def state(self, status: Status) -> str:
        """Return what the state is called."""
        return self.lifecycle.state_name(status.course.state, self.language)

    def escalation(self, status: Status) -> str:
        """Return level and name of the escalation; nothing to tiers that are not shown it."""
        level = status.escalation
        if level is None:
            return ""
        return f"{level} {self.lifecycle.content.escalations[level].name(self.language)}"

    def role(self, role: str) -> str:
        """Return what a role is called; one that the life-cycle no longer has stands as it is."""
        named = self.lifecycle.content.roles.get(role)
        return named.name(self.language) if named else role

    def evidence_kind(self, kind: str) -> str:
        """Return what a kind of evidence is called."""
        named = self.lifecycle.content.evidence.get(kind)
        return named.name(self.language) if named else kind

    def deadline_name(self, deadline: Deadline) -> str:
        """Return what is to be done."""
        return deadline.name_zh if self.language == "zh" else deadline.name_en

    def due(self, deadline: Deadline) -> str:
        """Return by when, and how far that is away."""
        if deadline.met_on is not None:
            return self.say("met", day=deadline.due_on, met=deadline.met_on)
        key = "late" if deadline.days_left < 0 else "left"
        return self.say(key, day=deadline.due_on, days=abs(deadline.days_left))

    def clock(self, deadline: Deadline | None) -> str:
        """Return what is due and by when; — if nothing is."""
        return f"{self.deadline_name(deadline)} {self.due(deadline)}" if deadline else "—"

    def next_step(self, status: Status) -> str:
        """Return what the life-cycle foresees, and who decides it."""
        return self.listed(self.decision(each) for each in status.next_events) or self.say("no_next")

    def decision(self, transition: Transition) -> str:
        """Return an event with those who may decide it."""
        return self.say("decision", event=transition.name(self.language), roles=self.roles(transition))

    def roles(self, transition: Transition) -> str:
        """Return who may decide an event."""
        return self.listed(map(self.role, transition.roles))

    def evidence(self, transition: Transition) -> str:
        """Return what evidence an event needs."""
        return self.listed(map(self.evidence_kind, transition.evidence))

    def sentence(self, trace: Trace) -> str:
        """Return what a rule found."""
        return trace.zh if self.language == "zh" else trace.en

    def rule_purpose(self, rule: str) -> str:
        """Return what a rule or a group is called."""
        ruleset = self.situation.rulebook.ruleset
        named = ruleset.rules.get(rule) or ruleset.groups.get(rule)
        return named.name.text(self.language) if named else rule

    def steps(self, entries: Sequence[Entry]) -> list[Step]:
        """Return entries of one township, in the order given, as they are to be read."""
        names = self._event_names(entries)
        return [self._step(entry, name) for entry, name in zip(entries, names, strict=True)]

    def counted(self, interval: "Interval | None") -> str:
        """Write persons with their interval."""
        return self.ranged(interval, "{:.0f}", "{:.1f}")

    def rate(self, interval: "Interval | None") -> str:
        """Write a rate with its interval."""
        return self.ranged(interval, "{:.1f}", "{:.1f}")

    def ranged(self, interval: "Interval | None", value: str, limits: str) -> str:
        """Write a value with its interval; — if there is none."""
        if interval is None:
            return "—"
        low, high = (limits.format(each) for each in (interval.low, interval.high))
        shown = {"value": value.format(interval.value), "low": low, "high": high}
        return translate("map.interval", self.language, **shown)

    def change(self, interval: "Interval | None") -> str:
        """Write a change with its interval; that there are too few data if there is none."""
        if interval is None:
            return self.say("no_change")
        low, high = signed_percent(interval.low), signed_percent(interval.high)
        return self.say("change", value=signed_percent(interval.value), low=low, high=high)

    def probability(self, value: float | None) -> str:
        """Write a probability; — if there is none."""
        return "—" if value is None else percent(value)

    def measure_standing(self, measure: Measure, status: Status) -> tuple[str, "Urgency"]:
        """Return how a measure stands, and how urgent it is."""
        if measure.done_on is not None:
            key = "done" if measure.has_evidence else "done_without_evidence"
            return self.say(key, day=measure.done_on), ""
        late = (status.day - measure.due_on).days
        if late > 0:
            return self.say("days_late", days=late), "overdue"
        is_soon = -late <= self.lifecycle.content.due_soon_days
        return self.say("days_left", days=-late), "due_soon" if is_soon else ""

    def _step(self, entry: Entry, name: str) -> Step:
        return Step(
            number=entry.number,
            effective_on=entry.effective_on,
            recorded_on=entry.recorded_at[:10],
            event=name,
            role=self.role(entry.role),
            reasons=entry.reasons,
            evidence=tuple(
                " ".join(
                    (self.evidence_kind(each.kind), each.title, each.sha256[:DIGEST_SHOWN])
                ).strip()
                for each in entry.evidence
            ),
            corrects=entry.corrects,
        )

    def _event_names(self, entries: Sequence[Entry]) -> list[str]:
        """Return what each event is called where it stands: an extension has a name for each reason.

        Where the state is not known, as after a hand-over, all names of the event are given.
        """
        names, state = [], self.lifecycle.content.initial
        for entry in entries:
            found = self.lifecycle.find(entry.event, state, Scope.TOWNSHIP)
            if found is None:
                every = dict.fromkeys(
                    each.name(self.language) for each in self.lifecycle.named(entry.event)
                )
                names.append(" / ".join(every) or entry.event)
                state = next((each.to for each in self.lifecycle.named(entry.event)), state)
            else:
                names.append(found.name(self.language))
                state = state if found.to == STAYS else found.to
        return names


def urgency_of(deadline: Deadline | None) -> "Urgency":
    """Return how urgent a deadline is."""
    urgencies: Mapping[Standing, Urgency] = {
        Standing.OVERDUE: "overdue",
        Standing.DUE_SOON: "due_soon",
    }
    return urgencies.get(deadline.standing, "") if deadline else ""
