"""What the data say of a list that stands: who on it is supported, and who might as well be."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_jindu.ranks import INTERVAL_LEVEL
from geo_jindu.scoring.scores import Scored


class Support(StrEnum):
    """What the data say of a listed township; they propose nothing and decide nothing."""

    SUPPORTED = "supported"
    """Its whole rank interval lies among the top k."""
    UNDECIDED = "undecided"
    """Its rank interval reaches to both sides of k."""
    NOT_SUPPORTED = "not_supported"
    """Its whole rank interval lies beyond k."""
    NOT_SCORED = "not_scored"
    """It has no score."""


@dataclass(frozen=True)
class Lead:
    """By how much one score lies above another, in units of the score, with its 90 % interval.

    Attributes
    ----------
    probability
        Share of draws in which it does.
    """

    value: float
    low: float
    high: float
    probability: float


@dataclass(frozen=True)
class ListAudit:
    """The audit of a list.

    Attributes
    ----------
    k
        Length of the top list it is compared with.
    listed
        Index = code, by score: ``score``, ``rank``, ``rank_low``, ``rank_high``,
        ``top_k_probability``, ``support`` (a value of `Support`), and the lead over the highest
        unlisted township: ``lead``, ``lead_low``, ``lead_high``, ``lead_probability``. NaN
        without a score.
    unlisted
        The unlisted townships whose rank lies within the rank interval of a listed one, index =
        code, by P(among the top k): the same columns without support and lead, and ``inside``,
        within how many such intervals.
    last_listed, first_unlisted
        The listed township of the lowest score and the unlisted one of the highest; empty if there is
        none.
    lead
        Of the one over the other; ``None`` if one is missing.
    change_probability
        Share of draws whose top k are not the list; if the two are not equally long, in which one
        does not hold the other. Near 1 for any long list.
    expected_overlap, overlap_low, overlap_high
        How many of the listed are among the top k of a draw: mean and 90 % interval.
    """

    k: int
    listed: pd.DataFrame
    unlisted: pd.DataFrame
    last_listed: str
    first_unlisted: str
    lead: Lead | None
    change_probability: float
    expected_overlap: float
    overlap_low: int
    overlap_high: int


def audit_list(scored: Scored, listed: Collection[str], k: int) -> ListAudit:
    """Compare a list with the scores as they might have come out.

    Parameters
    ----------
    scored
        The severity of all townships.
    listed
        Codes of the listed townships; at least one has a score.
    k
        Length of the top list, usually that of the list; cut to the number of scores.

    Raises
    ------
    ValueError
        If no listed township has a score.
    """
    codes, k = pd.Index(scored.codes), min(k, len(scored.codes))
    on_list = codes.isin(list(listed))
    if not on_list.any():
        raise ValueError("no listed township has a score")
    table = _facts(scored, k)
    last = _extreme(table, on_list, highest=False)
    first = _extreme(table, ~on_list, highest=True)
    overlap = (scored.draws.ranks[:, on_list] <= k).sum(axis=1)
    low, high = _interval(overlap)
    return ListAudit(
        k=k,
        listed=_listed(scored, table, listed, first, k),
        unlisted=_unlisted(table, on_list),
        last_listed=last,
        first_unlisted=first,
        lead=_lead(scored, last, first) if first else None,
        change_probability=float((overlap < min(k, int(on_list.sum()))).mean()),
        expected_overlap=float(overlap.mean()),
        overlap_low=int(low),
        overlap_high=int(high),
    )


def _facts(scored: Scored, k: int) -> pd.DataFrame:
    names = ["score", "rank", "rank_low", "rank_high"]
    columns = scored.townships.loc[scored.codes, [f"{scored.name}_{name}" for name in names]]
    return columns.set_axis(names, axis=1).assign(top_k_probability=scored.draws.top_k_probability(k))


def _extreme(table: pd.DataFrame, rows: NDArray[np.bool_], *, highest: bool) -> str:
    scores = table["score"][rows]
    if scores.empty:
        return ""
    return str(scores.idxmax() if highest else scores.idxmin())


def _listed(
    scored: Scored, table: pd.DataFrame, listed: Collection[str], first: str, k: int
) -> pd.DataFrame:
    found = table.reindex(list(listed)).sort_values("score", ascending=False, kind="stable")
    found["support"] = np.select(
        [found["score"].isna(), found["rank_high"] <= k, found["rank_low"] > k],
        [Support.NOT_SCORED.value, Support.SUPPORTED.value, Support.NOT_SUPPORTED.value],
        Support.UNDECIDED.value,
    )
    leads = {code: _lead(scored, code, first) for code in found.index if first and code in table.index}
    for column, name in (("lead", "value"), ("lead_low", "low"), ("lead_high", "high")):
        found[column] = pd.Series(
            {code: getattr(each, name) for code, each in leads.items()}, dtype=float
        )
    found["lead_probability"] = pd.Series(
        {code: each.probability for code, each in leads.items()}, dtype=float
    )
    return found


def _unlisted(table: pd.DataFrame, on_list: NDArray[np.bool_]) -> pd.DataFrame:
    ours, others = table[on_list], table[~on_list]
    rank = others["rank"].to_numpy()[:, None]
    inside = (ours["rank_low"].to_numpy() <= rank) & (rank <= ours["rank_high"].to_numpy())
    found = others.assign(inside=inside.sum(axis=1))
    found = found[found["inside"] > 0]
    return found.sort_values(["top_k_probability", "score"], ascending=False, kind="stable")


def _lead(scored: Scored, of: str, over: str) -> Lead:
    """Return the lead; its interval is of the draws whose scores have the unit of the score."""
    codes = pd.Index(scored.codes)
    one, other = codes.get_loc(of), codes.get_loc(over)
    drawn = scored.draws.scores[:, one] - scored.draws.scores[:, other]
    low, high = _interval(drawn)
    above = scored.draws.ranks[:, one] < scored.draws.ranks[:, other]
    value = float(scored.scores[one] - scored.scores[other])
    return Lead(value, low, high, float(above.mean()))


def _interval(drawn: NDArray[Any]) -> tuple[float, float]:
    tail = (1 - INTERVAL_LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], method="inverted_cdf")
    return float(low), float(high)
