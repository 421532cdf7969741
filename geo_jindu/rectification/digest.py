"""The daily digest: what is overdue, what is due, what the rules propose; as text and as a page."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from geo_jindu.configuration import Area
from geo_jindu.provenance import Provenance
from geo_jindu.rectification.clocks import Deadline
from geo_jindu.rectification.entries import Trace
from geo_jindu.rectification.proposals import Agenda, Proposal, make_agenda
from geo_jindu.rectification.situations import Situation
from geo_jindu.texts import Language, translate

ACCEPTANCE_STATES = ("acceptance_requested", "under_acceptance", "publicity")
_SIGNALS = {"relapse"}
_WATCHES = {"flag"}
_ESCALATIONS = {"interview", "escalate", "extend"}


@dataclass(frozen=True)
class Section:
    """One heading of a digest and its lines; a line is place, what, and what more there is to say."""

    key: str
    heading: str
    lines: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Digest:
    """What a day brings, in words.

    Attributes
    ----------
    mark
        That the data are synthetic; empty if they are real.
    notes
        What a reader must know: that nothing here decides, where the figures come from.
    head
        Digest of the log's newest entry; empty if there is none. Kept on paper, it shows later whether
        the log was rewritten.
    """

    title: str
    mark: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    head: str

    def as_text(self) -> str:
        """Return it as plain text."""
        lines = [self.title, *([self.mark] if self.mark else []), ""]
        for section in self.sections:
            lines.append(section.heading)
            lines += [f"  - {' · '.join(part for part in line if part)}" for line in section.lines]
            lines.append("")
        return "\n".join([*lines, *self.notes]) + "\n"

    def as_page(self, language: Language) -> str:
        """Return it as an HTML page that needs nothing from outside."""
        import jinja2

        source = files(__package__).joinpath("digest.html.j2").read_text("utf-8")
        template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
            source
        )
        return template.render(digest=self, language="zh-CN" if language == "zh" else language)


def make_digest(situation: Situation, area: Area) -> Digest:
    """Return the digest of the situation's day.

    Parameters
    ----------
    area
        Whose digest it is, and in which language.
    """
    language = area.language
    agenda = make_agenda(situation)
    head = situation.log[-1].digest if situation.log else ""
    title = translate("digest.title", language, area=area.name, day=situation.day)
    mark = ""
    if area.provenance is Provenance.SYNTHETIC:
        mark = translate("provenances.synthetic", language)
    notes = [translate("digest.proposes_only", language)]
    notes += [translate("digest.head", language, number=len(situation.log), head=head)] if head else []
    return Digest(title, mark, tuple(_sections(situation, agenda, language)), tuple(notes), head)


def _sections(situation: Situation, agenda: Agenda, language: Language) -> Iterable[Section]:
    lifecycle = situation.rulebook.lifecycle
    waiting = [
        (_place(situation, each.unit), lifecycle.state_name(each.state, language), str(each.since))
        for each in situation.listed
        if each.state in ACCEPTANCE_STATES
    ]
    groups: list[tuple[str, list[tuple[str, str, str]]]] = [
        ("newly_overdue", [_due(situation, each, language) for each in agenda.newly_overdue]),
        ("acceptances", waiting),
        ("relapse_signals", _said(situation, agenda, language, _SIGNALS)),
        ("escalations", _said(situation, agenda, language, _ESCALATIONS)),
        ("watches", _said(situation, agenda, language, _WATCHES)),
        ("next_steps", _said(situation, agenda, language, None)),
        ("county_notices", [_notice(situation, *each, language) for each in agenda.county_notices]),
        ("overdue", [_due(situation, each, language) for each in agenda.overdue]),
        ("due_soon", [_due(situation, each, language) for each in agenda.due_soon]),
    ]
    for key, lines in groups:
        heading = translate(
            "digest.heading", language, what=translate(f"digest.{key}", language), number=len(lines)
        )
        yield Section(key, heading, tuple(lines))


def _due(situation: Situation, deadline: Deadline, language: Language) -> tuple[str, str, str]:
    what = deadline.name_zh if language == "zh" else deadline.name_en
    key = "digest.late" if deadline.days_left < 0 else "digest.left"
    when = translate(key, language, day=deadline.due_on, days=abs(deadline.days_left))
    return _place(situation, deadline.unit), what, f"{when} {deadline.owner}".strip()


def _said(
    situation: Situation, agenda: Agenda, language: Language, events: set[str] | None
) -> list[tuple[str, str, str]]:
    """Return the proposals of some events; ``None`` for those of no group of their own."""
    others = _SIGNALS | _WATCHES | _ESCALATIONS
    chosen = [
        each
        for each in agenda.proposals
        if (each.event in events if events is not None else each.event not in others)
    ]
    return [_proposal(situation, each, language) for each in chosen]


def _proposal(situation: Situation, proposal: Proposal, language: Language) -> tuple[str, str, str]:
    course = proposal.course
    allowed = situation.rulebook.lifecycle.allowed(course.state)
    named = next(each.name(language) for each in allowed if each.event == proposal.event)
    said = proposal.trace.zh if language == "zh" else proposal.trace.en
    return _place(situation, course.unit), translate("digest.propose", language, event=named), said


def _notice(
    situation: Situation, county: str, trace: Trace, language: Language
) -> tuple[str, str, str]:
    named = situation.figures.counties.get(county, county) if situation.figures else county
    return named, "", trace.zh if language == "zh" else trace.en


def _place(situation: Situation, unit: str) -> str:
    figures = situation.figures
    place = figures.townships.get(unit) if figures else None
    return f"{place.county_name} {place.name}" if place else unit
