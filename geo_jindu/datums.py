"""From a declared datum to a coordinate reference system."""

import re
from typing import TYPE_CHECKING

from geo_jindu.errors import InputError, Problem

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

_OFFSET = frozenset({"gcj02", "bd09"})
_GEOGRAPHIC = {"wgs84": "EPSG:4326", "cgcs2000": "EPSG:4490"} | dict.fromkeys(_OFFSET, "EPSG:4326")


def crs_of_datum(datum: str, *, field: str) -> str:
    """Return the CRS of coordinates declared as ``datum``; of offset ones, once `remove_offset` did.

    Parameters
    ----------
    datum
        ``wgs84``, ``cgcs2000``, ``gcj02``, ``bd09`` or ``EPSG:<number>``.
    field
        Setting the datum stands in, for the message.

    Raises
    ------
    InputError
        If the datum is unknown.
    """
    key = datum.lower()
    if key in _GEOGRAPHIC:
        return _GEOGRAPHIC[key]
    found = _epsg(key)
    if found is not None and len(found.axis_info) == 2 and (found.is_geographic or found.is_projected):
        return key.upper()
    raise InputError([Problem("unknown_datum", field=field, values={"datum": datum})])


def remove_offset(geometry: "gpd.GeoSeries", datum: str) -> "gpd.GeoSeries":
    """Return geometry declared as GCJ-02 or BD-09 in WGS 84, and any other as it is."""
    if datum.lower() not in _OFFSET:
        return geometry
    from geo_jindu.offset_datums import convert_geometry

    return convert_geometry(geometry, datum.lower())


def crs_of_file(geometry: "gpd.GeoSeries", datum: str, file: str, field: str) -> "CRS":
    """Return the CRS of a geographic file, checked against the declared datum.

    A file without CRS takes the declared one. GeoJSON always claims WGS 84 (RFC 7946 lets it say
    nothing else); declared as CGCS2000, it is taken as that.

    Raises
    ------
    InputError
        If the file says something else than the declaration, or says nothing and its coordinates
        are no degrees although degrees are declared.
    """
    from pyproj import CRS

    declared: CRS = CRS.from_user_input(crs_of_datum(datum, field=field))
    xmin, ymin, xmax, ymax = geometry.total_bounds
    in_degrees = -180 <= xmin <= xmax <= 180 and -90 <= ymin <= ymax <= 90
    found: CRS | None = geometry.crs
    if found is None or (found.is_geographic and not in_degrees and declared.is_projected):
        if declared.is_geographic and not in_degrees:
            raise InputError([Problem("no_crs_not_degrees", file=file)])
        return declared
    says_nothing = file.lower().endswith((".geojson", ".json")) and found.to_epsg() == 4326
    if says_nothing and declared.to_epsg() == 4490:
        return declared
    same_datum = _datum_name(found) == _datum_name(declared)
    other_projection = declared.is_projected and found.to_epsg(min_confidence=20) != declared.to_epsg()
    if not same_datum or other_projection:
        values = {"found": found.name, "declared": datum}
        raise InputError([Problem("crs_contradicts_datum", file=file, values=values)])
    return found


def is_projected_in_metres(crs: str) -> bool:
    """Return whether ``crs`` is a known ``EPSG:<number>`` and measures in metres, not degrees."""
    found = _epsg(crs)
    return (
        found is not None
        and found.is_projected
        and all(axis.unit_name == "metre" for axis in found.axis_info)
    )


def _epsg(written: str) -> "CRS | None":
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not re.fullmatch(r"epsg:\d{4,6}", written, re.IGNORECASE):
        return None
    try:
        return CRS.from_user_input(written)
    except CRSError:
        return None


def _datum_name(crs: "CRS") -> str:
    """Return the datum's name; EPSG calls WGS 84 an ensemble, a shapefile's ``.prj`` does not."""
    geodetic = crs.geodetic_crs
    name = crs.name if geodetic is None or geodetic.datum is None else geodetic.datum.name
    return name.removesuffix(" ensemble")
