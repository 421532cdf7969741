"""The declared datum against what files say, in all the ways they say it."""

import geopandas as gpd
import pytest
import shapely
from pyproj import CRS

from geo_jindu.datums import crs_of_datum, crs_of_file, is_projected_in_metres
from geo_jindu.errors import InputError

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


@pytest.mark.parametrize("datum", ["gcj02", "GCJ02", "bd09"])
def test_offset_coordinates_are_never_taken_as_they_are(datum):
    with pytest.raises(InputError, match="offset by hundreds of metres"):
        crs_of_datum(datum, field="sources.s.datum")


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
