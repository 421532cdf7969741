"""The context of rules: every variable that has a value for a township on a day."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from geo_jindu.rectification.clocks import Standing, read_deadlines
from geo_jindu.rectification.courses import Course
from geo_jindu.rectification.entries import Detail, Value
from geo_jindu.rectification.fields import ProportionId
from geo_jindu.rectification.outflow import Windows, outflow_values

if TYPE_CHECKING:
    from geo_jindu.rectification.figures import Figures, Year
    from geo_jindu.rectification.rulebook import Rulebook

MINUTED = frozenset({"decision", "minutes"})
"""Kinds of evidence that say that the committee decided."""

_PERCENTAGES = {
    ProportionId.REHABILITATION_EXECUTION: "rehabilitation.execution_pct",
    ProportionId.REHABILITATION_REPORTING: "rehabilitation.reporting_pct",
    ProportionId.REHABILITATION_CONTROL: "rehabilitation.control_pct",
}


def build_context(
    course: Course,
    figures: "Figures | None",
    day: date,
    rulebook: "Rulebook",
    *,
    evidence_kinds: Collection[str] = (),
    details: Mapping[str, Detail] | None = None,
    county_listed: int | None = None,
    county_serious: int | None = None,
) -> dict[str, Value]:
    """Return the variables of `geo_jindu.rectification.variables` that have a value.

    Parameters
    ----------
    course
        As it stands on ``day``.
    figures
        ``None`` if there are none yet.
    evidence_kinds, details
        Of the command that is judged.
    county_listed, county_serious
        Townships of its county that are listed, and that are serious.

    Returns
    -------
    dict
        Figures of periods that ended on or before ``day`` alone. A proportion is left out if its year
        ended before the listing: it says nothing of the rectification.
    """
    values: dict[str, Value] = dict(_listing_values(course, day))
    values |= _deadline_values(course, day, rulebook)
    values |= _task_values(course, day)
    if figures is not None:
        windows = Windows.of(rulebook.parameters)
        values |= outflow_values(
            figures, course.unit, course.listed_on, day, course.delisted_on, windows
        )
        values |= _proportion_values(figures, course, day)
    values["decision.committee_minuted"] = not MINUTED.isdisjoint(evidence_kinds)
    given = {
        "decision.team_independent": (details or {}).get("team_independent"),
        "county.listed_current": county_listed,
        "county.serious_areas": county_serious,
    }
    return values | {name: each for name, each in given.items() if isinstance(each, bool | int)}


def _listing_values(course: Course, day: date) -> Iterator[tuple[str, Value]]:
    yield "listing.state", course.state
    yield "listing.extensions", course.extensions
    yield "listing.relapses", course.relapses
    yield "progress.assessment", course.progress or "none"
    since = course.delisted_on or date.min
    yield "redline.confirmed", any(since < each <= day for each in course.red_lines)
    if course.since is not None:
        yield "listing.days_in_state", (day - course.since).days
    if course.listed_on is not None:
        yield "listing.days_listed", ((course.delisted_on or day) - course.listed_on).days
    if course.delisted_on is not None:
        yield "listing.days_since_delisting", (day - course.delisted_on).days
    elif course.term_ends is not None:
        yield "listing.days_left", (course.term_ends - day).days


def _deadline_values(course: Course, day: date, rulebook: "Rulebook") -> dict[str, Value]:
    if not course.listing:
        return {}
    deadlines = read_deadlines(course, rulebook.lifecycle, rulebook.parameters, day)
    late = [each for each in deadlines if each.standing is Standing.OVERDUE]
    plan = [-each.days_left for each in late if each.clock == "plan"]
    values: dict[str, Value] = {
        "plan.overdue_days": max(plan, default=0),
        "report.consecutive_missed": sum(each.clock == "report" for each in late),
        "objections.open": _open_objections(course),
    }
    if any(each.clock == "look_back" for each in deadlines):
        values["listing.look_backs_open"] = sum(
            each.is_open for each in deadlines if each.clock == "look_back"
        )
    return values


def _open_objections(course: Course) -> int:
    """Count the objections of this publicity that nobody has decided."""
    events = [each.event for each in course.of_listing]
    since = events[len(events) - 1 - events[::-1].index("publicise") :] if "publicise" in events else []
    return max(0, since.count("object") - since.count("dismiss"))


def _task_values(course: Course, day: date) -> dict[str, Value]:
    """Count the measures; none at all gives no values: nothing promised is not everything done."""
    if not course.measures:
        return {}
    is_open = [each for each in course.measures if each.done_on is None]
    done = [each for each in course.measures if each.done_on is not None]
    return {
        "tasks.open": len(is_open),
        "tasks.overdue": sum(each.due_on < day for each in is_open),
        "tasks.without_evidence": sum(not each.has_evidence for each in done),
    }


def _proportion_values(figures: "Figures", course: Course, day: date) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for proportion, name in _PERCENTAGES.items():
        part, whole = _latest(figures, proportion, course, day).get(course.unit, (0, 0))
        if whole:
            values[name] = 100 * part / whole
    surveyed = _latest(figures, ProportionId.SATISFACTION, course, day)
    rank_share = rank_of_share(surveyed, course.unit)
    return values if rank_share is None else values | {"satisfaction.rank_share": rank_share}


def _latest(figures: "Figures", proportion: ProportionId, course: Course, day: date) -> "Year":
    """Return the last year that ended on or before a day, if it ended after the listing."""
    years = figures.proportions.get(proportion.value, {})
    ended = [year for year in sorted(years) if date(int(year), 12, 31) <= day]
    if not ended or date(int(ended[-1]), 12, 31) < (course.listed_on or date.min):
        return {}
    return years[ended[-1]]


def rank_of_share(surveyed: "Year", unit: str) -> float | None:
    """Return the rank of a township's share, 1 the highest, over the number of townships surveyed.

    Townships with the same share have the mean of their ranks. ``None`` for one without a share.
    """
    shares = {code: part / whole for code, (part, whole) in surveyed.items() if whole}
    if unit not in shares:
        return None
    better = sum(each > shares[unit] for each in shares.values())
    same = sum(each == shares[unit] for each in shares.values())
    return (better + (same + 1) / 2) / len(shares)
