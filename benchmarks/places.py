"""Townships and synthetic workspaces in the sizes that are measured."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from boundaries import read_townships
from boundaries.fictional_scale import stream_fictional_prefectures
from boundaries.fictional_vintages import make_fictional_vintages
from geo_jindu.assessment import Assessment, assess
from geo_jindu.demo import write_demo
from geo_jindu.demo.scale import Scale, write_scaled_demo
from geo_jindu.inputs import read_inputs
from geo_jindu.workspace import read_workspace

INCIDENTS_EACH, MONTHS = 20, 36


def make_townships(count: int) -> gpd.GeoDataFrame:
    """Make fictional townships; columns and CRS as `boundaries.fictional` has them."""
    return pd.concat(stream_fictional_prefectures(count), ignore_index=True)


def assess_townships(directory: Path, count: int) -> Assessment:
    """Write a synthetic workspace of so many townships into a new folder and assess it."""
    scale = Scale(count, INCIDENTS_EACH * count, MONTHS)
    write_scaled_demo(directory, stream_fictional_prefectures(count), scale)
    return _assess(directory)


def assess_demonstration(directory: Path) -> Assessment:
    """Write the demonstration into a new folder and assess it."""
    write_demo(directory, *make_fictional_vintages())
    return _assess(directory)


def _assess(directory: Path) -> Assessment:
    return assess(read_inputs(read_workspace(directory), read_townships))
