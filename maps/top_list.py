"""The top list beside the map: each place with its intervals, reachable by keyboard."""

from dataclasses import dataclass

import geopandas as gpd

from geo_jindu.results import Results
from geo_jindu.texts import translate
from maps.popup_texts import percent, rate_text

SURE, LIKELY = 0.9, 0.5
"""P(among the top k) from which an outline is drawn solid, or dashed; below it is dotted. Chosen to
be read: nine in ten, and more likely than not."""


@dataclass(frozen=True)
class TopRow:
    """One township of a top list; texts are not yet made safe for display.

    ``position`` is its place in the table of the results, which is its feature id on the map.
    """

    position: int
    name: str
    county: str
    rate: str
    rank: str
    probability: str
    certainty: str


@dataclass(frozen=True)
class Ranking:
    """An indicator or the composite severity; its columns begin with its id."""

    id: str
    name: str


def rankings(results: Results) -> list[Ranking]:
    """Return the severity indicators, then the composite severity; none below the planner."""
    if not results.shows_analysis:
        return []
    language = results.configuration.area.language
    indicators = [Ranking(each.id, each.name) for each in results.severity_indicators]
    return [*indicators, Ranking("severity", translate("map.severity_theme", language))]


def top_townships(results: Results, ranking: Ranking) -> gpd.GeoDataFrame:
    """Return the rows of the table that are in the top list, by rank; index = code."""
    rank = results.table[f"{ranking.id}_rank"]
    in_top = (rank <= results.configuration.ranking.k).fillna(value=False).astype(bool)
    return results.table[in_top].sort_values(rank.name, kind="stable")


def top_rows(results: Results, ranking: Ranking) -> list[TopRow]:
    """Return the townships of a top list, the worst first."""
    language = results.configuration.area.language
    top = top_townships(results, ranking)
    top = top.rename(columns=lambda name: name.removeprefix(f"{ranking.id}_"))
    return [
        TopRow(
            position=int(results.table.index.get_indexer([code])[0]),
            name=row["name"],
            county=row["county_name"],
            rate=f"{row['score']:.1f}" if ranking.id == "severity" else rate_text(row, language),
            rank=translate("map.rank_between", language, low=row["rank_low"], high=row["rank_high"]),
            probability=percent(row["top_k_probability"]),
            certainty=certainty(row["top_k_probability"]),
        )
        for code, row in zip(top.index, top.to_dict("records"), strict=True)
    ]


def certainty(probability: float) -> str:
    """Return how an outline is drawn: ``solid``, ``dashed`` or ``dotted``."""
    if probability >= SURE:
        return "solid"
    return "dashed" if probability >= LIKELY else "dotted"
