"""The declared datum against what files say, in all the ways they say it."""

import io

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import CONFIGURATION, COUNTS, incident_rows, make_grid
from pyproj import CRS

from boundaries import read_townships
from geo_jindu.assessment import assess
from geo_jindu.datums import crs_of_file, is_projected_in_metres
from geo_jindu.errors import InputError
from geo_jindu.inputs import read_inputs
from geo_jindu.offset_datums import to_bd09, to_gcj02
from geo_jindu.workspace import read_workspace

PRJ_WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
PRJ_UTM_49N = (
    f'PROJCS["WGS_1984_UTM_Zone_49N",{PRJ_WGS84},PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",0.9996],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
PRJ_CGCS2000 = (
    'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]]'
)


def checked(says, declared, file="t.shp"):
    crs = CRS.from_user_input(says)
    point = shapely.Point(112, 27) if crs.is_geographic else shapely.Point(500_000, 3_000_000)
    return crs_of_file(gpd.GeoSeries([point], crs=crs), declared, file, "boundaries.datum")


@pytest.mark.parametrize(
    ("says", "declared"),
    [
        (4326, "wgs84"),
        ("OGC:CRS84", "wgs84"),
        (PRJ_WGS84, "wgs84"),
        (PRJ_UTM_49N, "wgs84"),
        (PRJ_UTM_49N, "EPSG:32649"),
        (32649, "EPSG:32649"),
        (4490, "cgcs2000"),
        (PRJ_CGCS2000, "cgcs2000"),
        (4508, "cgcs2000"),
        (4508, "EPSG:4508"),
    ],
)
def test_what_a_file_says_agrees_with_what_is_declared(says, declared):
    assert checked(says, declared) == CRS.from_user_input(says)


@pytest.mark.parametrize(
    ("says", "declared"),
    [
        (4326, "cgcs2000"),
        (4490, "wgs84"),
        (4214, "wgs84"),
        (PRJ_UTM_49N, "EPSG:32650"),
        (PRJ_UTM_49N, "cgcs2000"),
        (4508, "EPSG:4509"),
        (27700, "wgs84"),
    ],
)
def test_what_contradicts_the_declaration_is_refused(says, declared):
    with pytest.raises(InputError, match="contradicts"):
        checked(says, declared)


def test_geojson_declared_as_cgcs2000_is_taken_as_that():
    assert checked(4326, "cgcs2000", "t.geojson").to_epsg() == 4490


@pytest.fixture
def make_real_workspace(make_workspace):
    """Return a function that writes the grid on land, at 111° E, with datums of choice."""

    def make(*, points: str = "wgs84", borders: str = "wgs84", name: str = "workspace"):
        text = CONFIGURATION.replace("synthetic", "real").replace("fictional = true", "")
        text = text.replace("EPSG:32658", "EPSG:32649")
        text = text.replace('datum = "wgs84"\nvintage', f'datum = "{borders}"\nvintage')
        text = text.replace('datum = "wgs84"\n[sources', f'datum = "{points}"\n[sources')
        grid = make_grid().set_crs("EPSG:32649", allow_override=True).to_crs(4326)
        grid.index = grid.index.str.replace("99", "43", n=1)
        grid.geometry = offset_by(grid.geometry, borders)
        incidents = pd.read_csv(io.StringIO(incident_rows()))
        x, y = OFFSETS[points](incidents["lon"].to_numpy() - 54, incidents["lat"].to_numpy())
        rows = [f"{code},{name},1000" for code, name in grid["name"].items()]
        return make_workspace(
            configuration=text,
            townships=grid,
            incidents=incidents.assign(lon=x, lat=y).to_csv(index=False),
            population="\n".join(["code,name,persons", *rows, ""]),
            name=name,
        )

    return make


OFFSETS = {"wgs84": lambda x, y: (x, y), "gcj02": to_gcj02, "bd09": to_bd09}


def offset_by(shapes, datum):
    def move(xy):
        return np.column_stack(OFFSETS[datum](*xy.T))

    return gpd.GeoSeries(shapely.transform(shapes.to_numpy(), move), shapes.index, crs=4326)


@pytest.mark.parametrize("borders", OFFSETS)
@pytest.mark.parametrize("points", OFFSETS)
def test_offset_coordinates_are_converted_on_entry(make_real_workspace, points, borders):
    directory = make_real_workspace(points=points, borders=borders)
    assessment = assess(read_inputs(read_workspace(directory), read_townships))
    assert assessment.table["incident_count"].tolist() == list(COUNTS.values())
    assert assessment.table["area_km2"].to_numpy() == pytest.approx(1.0, abs=1e-4)


def test_taken_for_what_they_are_not_offset_points_miss_their_townships(make_real_workspace):
    directory = make_real_workspace(points="gcj02")
    path = directory / "geo_jindu.toml"
    path.write_text(path.read_text("utf-8").replace("gcj02", "wgs84"), "utf-8")
    assessment = assess(read_inputs(read_workspace(directory), read_townships))
    assert assessment.table["incident_count"].tolist() != list(COUNTS.values())


@pytest.mark.parametrize(
    ("crs", "metres"),
    [
        ("EPSG:4508", True),
        ("epsg:27700", True),
        ("EPSG:4326", False),
        ("EPSG:2263", False),
        ("x", False),
    ],
)
def test_areas_are_measured_in_metres(crs, metres):
    assert is_projected_in_metres(crs) is metres
