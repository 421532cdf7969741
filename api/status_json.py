"""How rectifications stand, as JSON for one kind of reader."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from geo_jindu.rectification.clocks import Deadline
from geo_jindu.rectification.courses import Course, Measure
from geo_jindu.rectification.entries import Entry, Trace, Value
from geo_jindu.rectification.lifecycle import Lifecycle, Transition
from geo_jindu.rectification.situations import Situation
from geo_jindu.rectification.status import Status, restricted_clocks, status_of
from geo_jindu.texts import Language, translate
from geo_jindu.tiers import Tier

OF_THE_CITY = frozenset(
    {
        "outflow.prob_rank_top",
        "outflow.expected_pct",
        "outflow.city_change_pct",
        "outflow.change_vs_comparison_pp",
        "satisfaction.rank_share",
    }
)
"""Variables that depend on townships of every county: not for readers limited to some."""

DATA_AGE = "outflow.data_age_days"


@dataclass(frozen=True)
class Writer:
    """Writes for one kind of reader.

    Attributes
    ----------
    is_limited
        Whether the reader is limited to counties.
    rows
        The townships of today's boundaries as the reader is shown them, by code.
    disputes
        By indicator the column that says whether its value is disputed.
    """

    situation: Situation
    language: Language
    tier: Tier
    is_limited: bool
    rows: Mapping[str, Mapping[str, Any]]
    disputes: Mapping[str, str]

    @property
    def lifecycle(self) -> Lifecycle:
        """The life-cycle."""
        return self.situation.rulebook.lifecycle

    def status(self, unit: str) -> dict[str, Any]:
        """Return how a township stands, with all that its reader is shown."""
        status = status_of(self.situation, unit, self.tier)
        said = self._brief(status)
        if self.tier.sees_exact_counts:
            said |= self._whole(status)
            said["timeline"] = [self.entry(each) for each in status.timeline]
        return said

    def listing(self, course: Course) -> dict[str, Any]:
        """Return a listing as one of many."""
        return self._brief(status_of(self.situation, course.unit, self.tier))

    def one_listing(self, course: Course) -> dict[str, Any]:
        """Return a listing, the last one of its township or an earlier one, with its timeline."""
        status = status_of(self.situation, course.unit, self.tier)
        is_current = course.listing == status.course.listing
        said = self._brief(status) if is_current else self._place(course) | self._state(course)
        said["is_current"] = is_current
        if not self.tier.sees_exact_counts:
            return said
        said |= self._whole(status) if is_current else self._days(course) | _measures(course, status)
        shown = {each.number for each in status.timeline}
        said["timeline"] = [self.entry(each) for each in course.of_listing if each.number in shown]
        said["past"] = [
            {"listing": each.id, **self._state(each), **self._days(each)} for each in course.past
        ]
        return said

    def layer_row(self, unit: str) -> dict[str, Any]:
        """Return a township as a feature of the map."""
        course = self.situation.course(unit)
        said = self._place(course) | self._state(course)
        said["until"] = course.term_ends if self.situation.is_listed(course) else None
        if self.tier.sees_exact_counts:
            sees_all = self.tier.includes(Tier.COMMANDER)
            late, restricted = self.situation.overdue(unit), restricted_clocks(self.situation)
            said["overdue"] = sum(sees_all or each.clock not in restricted for each in late)
        said["is_disputed"] = bool(said.pop("disputed"))
        return said

    def entry(self, entry: Entry) -> dict[str, Any]:
        """Return an entry of the log; what its caller called the request stays the caller's."""
        named = self.lifecycle.named(entry.event)
        role = self.lifecycle.content.roles.get(entry.role)
        said = {
            "number": entry.number,
            "event": entry.event,
            "event_name": named[0].name(self.language) if named else entry.event,
            "unit": entry.unit,
            "vintage": entry.vintage,
            "county": entry.county,
            "role": entry.role,
            "role_name": role.name(self.language) if role else entry.role,
            "effective_on": entry.effective_on,
            "recorded_at": entry.recorded_at,
            "reasons": entry.reasons,
            "evidence": [asdict(each) for each in entry.evidence],
            "details": entry.details,
            "corrects": entry.corrects,
            "rules": self._traces(entry.traces),
            "ruleset": entry.ruleset,
            "lifecycle": entry.lifecycle,
            "snapshot": entry.snapshot,
            "previous": entry.previous,
            "digest": entry.digest,
        }
        return said | ({"key_id": entry.key_id} if self.tier.includes(Tier.COMMANDER) else {})

    def _brief(self, status: Status) -> dict[str, Any]:
        """Return what all that may read rectifications are shown, and from the planner up the clock."""
        course = status.course
        said = self._place(course) | self._state(course)
        said["is_listed"] = status.is_listed
        said["until"] = course.term_ends if status.is_listed else None
        if not self.tier.sees_exact_counts:
            return said
        if status.escalation is not None:
            level = self.lifecycle.content.escalations[status.escalation].name(self.language)
            said["escalation"] = {"level": status.escalation, "name": level}
        said |= self._days(course)
        said |= {
            "clock": self._deadline(status.next_deadline) if status.next_deadline else None,
            "overdue": len(status.overdue),
        }
        return said

    def _place(self, course: Course) -> dict[str, Any]:
        row = self.rows.get(course.unit)
        figures = self.situation.figures
        known = figures.townships.get(course.unit) if figures else None
        return {
            "code": course.unit,
            "name": row["name"] if row else known.name if known else course.unit,
            "county": row["county"] if row else course.county,
            "county_name": row["county_name"] if row else known.county_name if known else "",
            "listing": course.id if course.listing else None,
            "successors": course.heirs,
            "inherited_from": course.inherited_from or None,
            "disputed": [each for each, column in self.disputes.items() if row and row[column]],
        }

    def _state(self, course: Course) -> dict[str, Any]:
        name = self.lifecycle.state_name(course.state, self.language)
        return {"state": course.state, "state_name": name, "since": course.since}

    def _days(self, course: Course) -> dict[str, Any]:
        return {
            "listed_on": course.listed_on,
            "first_listed_on": course.first_listed_on,
            "delisted_on": course.delisted_on,
            "term_ends": course.term_ends,
            "extensions": course.extensions,
            "relapses": course.relapses,
        }

    def _whole(self, status: Status) -> dict[str, Any]:
        course = status.course
        said = {
            "deadlines": [self._deadline(each) for each in status.deadlines],
            **_measures(course, status),
            "rules": self._traces(status.traces),
            "values": self._values(status.values),
            "data_age_days": status.values.get(DATA_AGE),
            "progress": course.progress or None,
            "started_on": course.started_on,
            "reported_on": course.reported_on,
            "looked_back_on": course.looked_back_on,
            "red_lines": course.red_lines,
            "next_events": [self._event(each) for each in status.next_events],
        }
        if status.is_frozen is not None:
            note = translate("api.freeze_note", self.language)
            said["freeze"] = {"applies": status.is_frozen, "note": note}
        if status.interviews is not None:
            said["interviews"] = status.interviews
        return said

    def _deadline(self, deadline: Deadline) -> dict[str, Any]:
        return {
            "clock": deadline.clock,
            "name": deadline.name_zh if self.language == "zh" else deadline.name_en,
            "owner": deadline.owner or None,
            "due_on": deadline.due_on,
            "standing": deadline.standing.value,
            "days_left": deadline.days_left,
            "met_on": deadline.met_on,
        }

    def _event(self, transition: Transition) -> dict[str, Any]:
        return {
            "event": transition.event,
            "name": transition.name(self.language),
            "to": transition.to,
            "roles": transition.roles,
            "guards": transition.guards,
            "evidence": transition.evidence,
            "details": transition.details,
            "needs_reasons": transition.reasons,
        }

    def _values(self, values: Mapping[str, Value]) -> dict[str, Value]:
        return {
            name: each for name, each in values.items() if not (self.is_limited and name in OF_THE_CITY)
        }

    def _traces(self, traces: Iterable[Trace]) -> list[dict[str, Any]]:
        return [self._trace(each) for each in traces]

    def _trace(self, trace: Trace) -> dict[str, Any]:
        said: dict[str, Any] = {"rule": trace.rule, "result": trace.result.value}
        if self.is_limited and not OF_THE_CITY.isdisjoint({*trace.inputs, *trace.missing}):
            kept = {
                "zh": translate("api.rests_on_city", "zh"),
                "en": translate("api.rests_on_city", "en"),
            }
            missing = [each for each in trace.missing if each not in OF_THE_CITY]
            return said | {"inputs": self._values(trace.inputs), "missing": missing} | kept
        return said | {
            "inputs": trace.inputs,
            "missing": trace.missing,
            "zh": trace.zh,
            "en": trace.en,
        }


def _measures(course: Course, status: Status) -> dict[str, Any]:
    """Return the measures of a listing: open ones that are due, late ones, and those done."""
    open_ones = [each for each in course.measures if each.done_on is None]
    return {
        "measures": {
            "open": [_measure(each) for each in open_ones if each.due_on >= status.day],
            "overdue": [_measure(each) for each in open_ones if each.due_on < status.day],
            "done": [_measure(each) for each in course.measures if each.done_on is not None],
        }
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "number": measure.id,
        "name": measure.name,
        "owner": measure.owner,
        "due_on": measure.due_on,
        "done_on": measure.done_on,
        "has_evidence": measure.has_evidence,
    }
