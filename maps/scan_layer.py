"""Outlines of the clusters that scans found, each with its figures."""

from typing import Any

import geopandas as gpd
import shapely

from geo_jindu.clusters import Analysis, FoundCluster
from geo_jindu.configuration import Indicator
from geo_jindu.results import Results
from geo_jindu.texts import Language, translate
from maps.outlines import feature
from maps.safe_text import display_text
from maps.verbatim import FeatureGroup, GeoJson, GeoJsonPopup

_LINE: dict[str, Any] = {"fill": False, "color": "#00441b", "weight": 3.5}
_DASHES = {
    Analysis.SPATIAL: {},
    Analysis.RETROSPECTIVE: {"dashArray": "10 6"},
    Analysis.PROSPECTIVE: {"dashArray": "2 7"},
}
_FIELDS = ("analysis", "period", "townships", "observed_expected", "relative_risk", "p")


def draw_clusters(
    results: Results, indicator: Indicator, polygons: gpd.GeoSeries
) -> FeatureGroup | None:
    """Outline the significant clusters of an indicator; ``None`` if there are none.

    Spatial clusters in a full line, those in the past of space and time dashed, those that last to the
    end dotted. A click on a line says what was counted and what was expected.
    """
    language = results.configuration.area.language
    found = [each for each in results.clusters if each.indicator == indicator.id]
    if not found:
        return None
    name = translate("map.scan_layer", language, indicator=indicator.name)
    layer = FeatureGroup(name=display_text(name), show=False)
    features = [
        feature(
            position,
            shapely.union_all(polygons[list(each.codes)].to_numpy()),
            {"style": _LINE | _DASHES[each.analysis]} | _texts(results, each, language),
        )
        for position, each in enumerate(found)
    ]
    outlines = GeoJson(
        {"type": "FeatureCollection", "features": features},
        control=False,
        style_function=lambda feature: feature["properties"]["style"],
    )
    labels = [display_text(translate(f"clusters.{key}", language)) for key in _FIELDS]
    GeoJsonPopup(list(_FIELDS), labels, max_width=420).add_to(outlines)
    outlines.add_to(layer)
    return layer


def _texts(results: Results, cluster: FoundCluster, language: Language) -> dict[str, str]:
    found = cluster.found
    names = results.table.loc[list(cluster.codes), "name"]
    said = {
        "analysis": translate(f"analyses.{cluster.analysis}", language),
        "period": cluster.period.replace("/", " – "),
        "townships": translate("clusters.named", language, number=len(names), first=names.iloc[0]),
        "observed_expected": f"{found.observed:g} / {found.expected:.1f}",
        "relative_risk": f"{found.relative_risk:.2f}",
        "p": f"{found.p:.3f}",
    }
    return {key: display_text(text) for key, text in said.items()}
