"""Workspaces of synthetic data, assessed."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from boundaries import read_townships
from geo_jindu.assessment import Assessment, assess
from geo_jindu.demo import MARK, write_demo
from geo_jindu.inputs import read_inputs
from geo_jindu.workspace import read_workspace

CITY_TOWNSHIPS = 300
"""The demonstration's incidents and outflow are those of one city; more townships need more."""

RECORDS_EACH = 20
"""Mean incidents, and mean outflow persons, of a township outside a city."""


def write_assessment(directory: Path, townships: gpd.GeoDataFrame) -> Assessment:
    """Write a workspace with synthetic data for the townships and assess it.

    Parameters
    ----------
    directory
        A new folder.
    townships
        As `boundaries.fictional.make_fictional_prefecture` or `places.make_townships` make them.
    """
    write_demo(directory, townships)
    if len(townships) > CITY_TOWNSHIPS:
        _write_more(directory / "data", townships)
    return assess(read_inputs(read_workspace(directory), read_townships))


def _write_more(directory: Path, townships: gpd.GeoDataFrame) -> None:
    """Write incidents and outflow anew, so many that the townships can be told apart."""
    rng = np.random.default_rng(len(townships))
    risk = RECORDS_EACH * rng.gamma(4, 0.25, len(townships))
    places = townships.loc[townships.index.repeat(rng.poisson(risk))]
    points = places.representative_point()
    days = pd.Timestamp("2017-01-01") + pd.to_timedelta(rng.integers(0, 730, len(places)), unit="D")
    incidents = {"发案日期": days.strftime("%Y-%m-%d"), "经度": points.x, "纬度": points.y}
    pd.DataFrame(incidents | MARK).to_csv(directory / "涉毒案件.csv", index=False)
    outflow = {
        "乡镇代码": townships["code"],
        "乡镇名称": townships["name"],
        "查获月份": "2018年6月",
        "人数": rng.poisson(risk),
    }
    pd.DataFrame(outflow | MARK).to_excel(directory / "外流贩毒.xlsx", index=False)
