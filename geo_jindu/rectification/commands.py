"""What somebody asks to be recorded, checked for form before anything is decided about it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from geo_jindu.digests import digest_bytes
from geo_jindu.errors import Problem
from geo_jindu.rectification.entries import Detail, Evidence
from geo_jindu.rectification.lifecycle import Lifecycle, Transition
from geo_jindu.store.free_text import one_line, text_problems

LONGEST_REASONS = 500
LONGEST_TEXT = 200
MOST_EVIDENCE = 20
MOST_HEIRS = 50
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
"""Days that can be meant: China's first law on drug control is of 1990."""
_DAYS = {"first": FIRST_DAY, "last": LAST_DAY}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IDEMPOTENCY = re.compile(r"[!-~]{1,100}")


@dataclass(frozen=True)
class Command:
    """A decision to be put on record.

    Attributes
    ----------
    event
        One of the life-cycle's.
    unit
        Code of a township or county, or ``city``.
    role
        Of the life-cycle; empty if only one may decide it.
    details
        As written: days as ISO dates, codes as a tuple.
    key_id, idempotency_key
        Who asks, and what the caller calls this request: the same again is not recorded twice.
    corrects
        Number of the entry it takes the place of.
    """

    event: str
    unit: str
    effective_on: date
    role: str = ""
    reasons: str = ""
    evidence: tuple[Evidence, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)
    key_id: str = ""
    idempotency_key: str = ""
    corrects: int | None = None

    @property
    def kept_key(self) -> str:
        """What the log keeps of the caller's name of the request: a digest, as it may say anything."""
        return digest_bytes(self.idempotency_key.encode())


def form_problems(command: Command, lifecycle: Lifecycle) -> Iterator[Problem]:
    """Find what is wrong with a command whatever the log says."""
    yield from text_problems(command.reasons, "reasons", LONGEST_REASONS)
    if not _IDEMPOTENCY.fullmatch(command.idempotency_key):
        yield Problem("idempotency_key_unreadable", field="idempotency_key")
    if not FIRST_DAY <= command.effective_on <= LAST_DAY:
        yield Problem("day_out_of_range", field="effective_on", values=_DAYS)
    if len(command.evidence) > MOST_EVIDENCE:
        yield Problem("evidence_too_much", field="evidence", values={"most": MOST_EVIDENCE})
    for at, evidence in enumerate(command.evidence):
        yield from _evidence_problems(evidence, f"evidence.{at}", lifecycle)
    for name, value in command.details.items():
        yield from _detail_problems(name, value, lifecycle)


def lacking(command: Command, transition: Transition, lifecycle: Lifecycle) -> Iterator[Problem]:
    """Find what a transition needs and a command does not bring."""
    if command.role not in transition.roles:
        roles = ", ".join(transition.roles)
        yield Problem("role_not_allowed", field="role", values={"roles": roles})
    if transition.reasons and not command.reasons:
        yield Problem("reasons_missing", field="reasons")
    brought = {each.kind for each in command.evidence}
    for kind in (each for each in transition.evidence if each not in brought):
        named = lifecycle.content.evidence[kind]
        values = {"kind": kind, "zh": named.zh, "en": named.en}
        yield Problem("evidence_missing", field="evidence", values=values)
    for name in (each for each in transition.details if each not in command.details):
        detail = lifecycle.content.details[name]
        values = {"name": name, "zh": detail.zh, "en": detail.en}
        yield Problem("detail_missing", field=f"details.{name}", values=values)
    for name in (each for each in command.details if each not in transition.details):
        yield Problem("detail_not_taken", field=f"details.{name}", values={"event": command.event})


def tidy(command: Command) -> Command:
    """Return a command whose texts are single lines."""
    evidence = tuple(
        Evidence(each.kind, one_line(each.title), each.sha256.lower()) for each in command.evidence
    )
    details = {
        name: one_line(value) if isinstance(value, str) else value
        for name, value in command.details.items()
    }
    return replace(command, reasons=one_line(command.reasons), evidence=evidence, details=details)


def _evidence_problems(evidence: Evidence, field: str, lifecycle: Lifecycle) -> Iterator[Problem]:
    if evidence.kind not in lifecycle.content.evidence:
        kinds = ", ".join(lifecycle.content.evidence)
        yield Problem("evidence_kind_unknown", field=f"{field}.kind", values={"kinds": kinds})
    if not evidence.title:
        yield Problem("evidence_untitled", field=f"{field}.title")
    yield from text_problems(evidence.title, f"{field}.title", LONGEST_TEXT)
    if evidence.sha256 and not _SHA256.fullmatch(evidence.sha256):
        yield Problem("evidence_digest_unreadable", field=f"{field}.sha256")


def _detail_problems(name: str, value: Detail, lifecycle: Lifecycle) -> Iterator[Problem]:
    place = f"details.{name}"
    if name not in lifecycle.content.details:
        yield Problem("detail_unknown", field="details")
        return
    kind = lifecycle.content.details[name].kind
    if isinstance(kind, tuple):
        if value not in kind:
            yield Problem("detail_choice", field=place, values={"choices": ", ".join(kind)})
    elif not _FITS[kind](value):
        yield Problem(_MISFITS[kind], field=place)
    elif isinstance(value, str):
        yield from text_problems(value, place, LONGEST_TEXT)


def _is_day(value: str) -> bool:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return False
    return day.isoformat() == value and FIRST_DAY <= day <= LAST_DAY


def _is_codes(value: Detail) -> bool:
    return (
        isinstance(value, tuple)
        and 0 < len(value) <= MOST_HEIRS
        and len({*value}) == len(value)
        and all(isinstance(each, str) and each for each in value)
    )


_FITS: Mapping[str, Callable[[Detail], bool]] = {
    "text": lambda value: isinstance(value, str) and bool(value),
    "day": lambda value: isinstance(value, str) and _is_day(value),
    "entry": lambda value: type(value) is int and value > 0,
    "codes": _is_codes,
    "yes_no": lambda value: isinstance(value, bool),
}
_MISFITS = {
    "text": "detail_not_text",
    "day": "detail_not_day",
    "entry": "detail_not_entry",
    "codes": "detail_not_codes",
    "yes_no": "detail_not_yes_no",
}
