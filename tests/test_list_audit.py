"""The audit of a list, from draws small enough to count."""

import numpy as np
import pandas as pd
import pytest
from scored_grid import CODES, severity

from geo_jindu.scoring.drawing import Draws
from geo_jindu.scoring.list_audit import audit_list
from geo_jindu.scoring.scores import Scored

TOWNS = ["a", "b", "c", "d", "e"]


def scored(ranks, scores, intervals):
    """Return scores of five townships, ``f`` being one without, and their draws."""
    facts = [
        (score, rank + 1, low, high)
        for rank, (score, (low, high)) in enumerate(zip(scores[-1], intervals, strict=True))
    ]
    names = [f"severity_{name}" for name in ("score", "rank", "rank_low", "rank_high")]
    table = pd.DataFrame(facts, index=TOWNS, columns=names).astype(float).reindex([*TOWNS, "f"])
    draws = Draws(np.array(ranks, dtype=np.int16), np.array(scores, dtype=np.float32))
    parts = pd.DataFrame(index=TOWNS)
    return Scored("severity", 2, table, parts, parts, (), (), None, draws, ())


BY_HAND = scored(
    ranks=[[1, 2, 3, 4, 5], [1, 3, 2, 4, 5], [1, 2, 3, 5, 4], [2, 1, 4, 3, 5]],
    scores=[[90, 40, 45, 20, 10], [70, 60, 50, 30, 20], [80, 50, 40, 30, 5]],
    intervals=[(1, 2), (1, 3), (2, 4), (3, 5), (4, 5)],
)


def test_each_listed_township_is_supported_or_not():
    audit = audit_list(BY_HAND, ["d", "a", "b"], 2)
    assert audit.listed.index.tolist() == ["a", "b", "d"]
    assert audit.listed["support"].tolist() == ["supported", "undecided", "not_supported"]
    assert audit.listed["top_k_probability"].tolist() == [1, 0.75, 0]
    assert audit.listed["rank"].tolist() == [1, 2, 4]


def test_who_is_not_listed_and_might_be():
    audit = audit_list(BY_HAND, ["a", "b"], 2)
    assert audit.unlisted.index.tolist() == ["c"]  # third: within the interval of b, not of a
    assert audit.unlisted["inside"].tolist() == [1]
    assert audit.unlisted["top_k_probability"].tolist() == [0.25]


def test_the_last_listed_leads_the_first_unlisted_by_so_much():
    """50 - 40 in the score; -5, 10 and 10 in the draws of its own normalisation; three of four ranks."""
    audit = audit_list(BY_HAND, ["a", "b"], 2)
    assert (audit.last_listed, audit.first_unlisted) == ("b", "c")
    assert (audit.lead.value, audit.lead.low, audit.lead.high) == (10, -5, 10)
    assert audit.lead.probability == 0.75
    assert audit.listed["lead"].tolist() == [40, 10]
    assert audit.listed.loc["a", ["lead_low", "lead_high", "lead_probability"]].tolist() == [20, 45, 1]


def test_a_list_that_left_a_worse_township_out_trails_it():
    audit = audit_list(BY_HAND, ["a", "d"], 2)
    assert (audit.last_listed, audit.first_unlisted) == ("d", "b")
    assert audit.lead.value == -20
    assert audit.lead.probability == 0


def test_the_chance_that_the_list_would_change():
    audit = audit_list(BY_HAND, ["a", "b"], 2)
    assert audit.change_probability == 0.25
    assert audit.expected_overlap == 1.75
    assert (audit.overlap_low, audit.overlap_high) == (1, 2)
    longer = audit_list(BY_HAND, ["a", "b", "c"], 2)
    assert longer.change_probability == 0  # the top two are always among the three
    shorter = audit_list(BY_HAND, ["a"], 2)
    assert (shorter.change_probability, shorter.expected_overlap) == (0, 1)


def test_a_listed_township_without_a_score_is_named_and_not_judged():
    audit = audit_list(BY_HAND, ["f", "a"], 2)
    assert audit.listed["support"].to_dict() == {"a": "supported", "f": "not_scored"}
    assert audit.listed.loc["f", ["score", "lead", "top_k_probability"]].isna().all()
    assert audit.last_listed == "a"


def test_all_listed_leaves_nobody_to_compare_with():
    audit = audit_list(BY_HAND, TOWNS, 9)
    assert audit.k == 5
    assert audit.lead is None
    assert audit.first_unlisted == ""
    assert audit.unlisted.empty
    assert audit.listed["lead"].isna().all()
    assert set(audit.listed["support"]) == {"supported"}
    assert audit.change_probability == 0


def test_a_list_of_which_nothing_is_known_is_refused():
    with pytest.raises(ValueError, match="no listed township"):
        audit_list(BY_HAND, ["f"], 2)


def test_the_grids_own_top_list_is_audited():
    made = severity()
    audit = audit_list(made, [CODES[3], CODES[1]], 2)
    assert audit.listed.index.tolist() == [CODES[3], CODES[1]]
    assert audit.first_unlisted == CODES[0]
    assert audit.expected_overlap == pytest.approx(audit.listed["top_k_probability"].sum())
    assert 0 < audit.change_probability < 1
    assert audit.lead.low < audit.lead.value < audit.lead.high
