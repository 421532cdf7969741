"""What a rule may ask for: every variable with its type, its unit and its name in both languages.

A variable without a value makes a rule insufficient, so nobody fills in a zero for what is not known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from geo_jindu.texts import Language, translate

Number = int | float
Scalar = bool | int | float | str

STATES = (
    "monitored",
    "watch",
    "proposed",
    "listed",
    "plan_approved",
    "rectifying",
    "acceptance_requested",
    "under_acceptance",
    "publicity",
    "extended",
    "delisted_consolidation",
    "closed",
    "superseded",
    "annulled",
)
ASSESSMENTS = ("none", "forward", "still", "backward")


@dataclass(frozen=True)
class Variable:
    """One thing a condition may refer to.

    Attributes
    ----------
    name
        Dotted, such as ``outflow.baseline_n``.
    type
        ``int``, ``float``, ``bool`` or ``str``.
    unit
        Key of the texts' section ``units``; empty for ratios, shares and words.
    decimals
        Shown of a ``float``.
    words
        The values a rule may compare a ``str`` with; each has a text in the section ``words_section``.
        A life-cycle of one's own may have more states, which are written as they are.
    """

    name: str
    type: type[Scalar]
    unit: str = ""
    decimals: int = 0
    words: tuple[str, ...] = ()
    words_section: str = ""

    @property
    def zh(self) -> str:
        """What it is, in Chinese."""
        return self.text("zh")

    @property
    def en(self) -> str:
        """What it is, in English."""
        return self.text("en")

    def text(self, language: Language) -> str:
        """Return what it is, as a phrase without a full stop."""
        return translate(f"variables.{self.name.replace('.', '_')}", language)


def _counted(unit: str, *names: str) -> Iterable[Variable]:
    return (Variable(name, int, unit) for name in names)


def _measured(unit: str, decimals: int, *names: str) -> Iterable[Variable]:
    return (Variable(name, float, unit, decimals) for name in names)


def _declared() -> Iterable[Variable]:
    yield from _counted("person", "outflow.baseline_n", "outflow.current_n")
    yield from _measured(
        "percent",
        1,
        "outflow.change_pct",
        "outflow.city_change_pct",
        "outflow.expected_pct",
        "rehabilitation.execution_pct",
        "rehabilitation.reporting_pct",
        "rehabilitation.control_pct",
    )
    yield from _measured("point", 1, "outflow.change_vs_comparison_pp")
    yield from _measured(
        "",
        2,
        "outflow.ratio",
        "outflow.ratio_low",
        "outflow.ratio_high",
        "outflow.ratio_to_delisting_low",
        "outflow.prob_rank_top",
        "satisfaction.rank_share",
        "wastewater.percentile",
    )
    yield from _counted("case", "enforcement.results_12m")
    yield from _counted(
        "day",
        "outflow.data_age_days",
        "listing.days_listed",
        "listing.days_left",
        "listing.days_in_state",
        "listing.days_since_delisting",
        "plan.overdue_days",
    )
    yield from _counted(
        "time", "listing.extensions", "listing.relapses", "listing.look_backs_open", "objections.open"
    )
    yield from _counted("report", "report.consecutive_missed")
    yield from _counted("measure", "tasks.open", "tasks.overdue", "tasks.without_evidence")
    yield from _counted("township", "county.listed_current", "county.serious_areas")
    yield Variable("listing.state", str, words=STATES, words_section="states")
    yield Variable("progress.assessment", str, words=ASSESSMENTS, words_section="assessments")
    yield Variable("redline.confirmed", bool)
    yield Variable("decision.committee_minuted", bool)
    yield Variable("decision.team_independent", bool)


VARIABLES: Mapping[str, Variable] = MappingProxyType({each.name: each for each in _declared()})
"""By name. The intervals of ratios have the level `RATIO_LEVEL`."""

RATIO_LEVEL = 0.9
"""Level of ``outflow.ratio_low``, ``ratio_high`` and ``ratio_to_delisting_low``. Assumed, with 0.85 as
the largest upper limit in the example's acceptance rule."""
