"""The CRS that areas and distances are measured in."""

import geopandas as gpd
import shapely
from pyproj import CRS

from geo_jindu.errors import InputError, Problem


def measure(geometry: gpd.GeoSeries, measuring_crs: str, field: str) -> gpd.GeoSeries:
    """Return geometry in the measuring CRS, refusing one made for another place.

    Parameters
    ----------
    measuring_crs
        ``EPSG:<number>``.
    field
        Setting it stands in, for the message.

    Raises
    ------
    InputError
        If the middle of the geometry is more than two degrees outside the area the CRS is made for.
    """
    use = CRS.from_user_input(measuring_crs).area_of_use
    xmin, ymin, xmax, ymax = geometry.to_crs(4326).total_bounds
    middle = shapely.Point((xmin + xmax) / 2, (ymin + ymax) / 2)
    if use is not None and not shapely.box(*use.bounds).buffer(2).contains(middle):
        values = {"crs": measuring_crs, "use": use.name, "at": f"{middle.x:.2f}, {middle.y:.2f}"}
        raise InputError([Problem("measuring_crs_elsewhere", "", None, field, values)])
    return geometry.to_crs(measuring_crs)
