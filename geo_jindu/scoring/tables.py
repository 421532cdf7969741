"""The tables of a score."""

import numpy as np
import pandas as pd

from geo_jindu.rates import Array
from geo_jindu.scoring.aggregating import contributions
from geo_jindu.scoring.drawing import SOURCES, Draws
from geo_jindu.scoring.making import Making
from geo_jindu.scoring.ordering import ranks_of


def township_table(name: str, making: Making, draws: Draws, shares: Array) -> pd.DataFrame:
    """Return the columns of `geo_jindu.scoring.scores.Scored.townships`."""
    low, median, high = draws.rank_quantiles()
    scores = making.scores
    found = {
        "score": scores,
        "rank": ranks_of(scores),
        "rank_low": low,
        "rank_median": median,
        "rank_high": high,
        "top_k_probability": draws.top_k_probability(making.k),
        **{f"share_{source}": share for source, share in zip(SOURCES, shares.T, strict=True)},
        "driver": _drivers(shares),
    }
    every = making.statuses
    table = pd.DataFrame(found, index=pd.Index(making.codes)).reindex(every.index)
    table["driver"] = table["driver"].fillna("")
    return table.assign(known=every["known"], status=every["status"]).add_prefix(f"{name}_")


def _drivers(shares: Array) -> list[str]:
    """Name the source that moves each rank most; empty where it never moves."""
    return ["" if np.isnan(row).any() else SOURCES[int(row.argmax())] for row in shares]


def contribution_table(making: Making) -> pd.DataFrame:
    """Return what each indicator adds to each score; index = code."""
    normalised = np.array(making.recipe.normalise(making.values)).T
    parts = contributions(
        normalised, making.recipe.weights.of_townships, geometric=making.settings.is_geometric
    )
    ids = [entry.setting.id for entry in making.entries]
    return pd.DataFrame(parts, index=pd.Index(making.codes), columns=ids)


def weight_table(making: Making) -> pd.DataFrame:
    """Return the indicators with their weights; index = id."""
    facts = {
        "name": [entry.name for entry in making.entries],
        "kind": [entry.kind.value for entry in making.entries],
        "period": [entry.period for entry in making.entries],
    }
    ids = [entry.setting.id for entry in making.entries]
    return pd.DataFrame(facts | making.weights, index=pd.Index(ids))
