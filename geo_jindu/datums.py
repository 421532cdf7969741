"""From a declared datum to a coordinate reference system."""

import re

from geo_jindu.errors import InputError, Problem

_GEOGRAPHIC = {"wgs84": "EPSG:4326", "cgcs2000": "EPSG:4490"}
_OFFSET = frozenset({"gcj02", "bd09"})


def crs_of_datum(datum: str, *, field: str) -> str:
    """Return the CRS of coordinates declared as ``datum``.

    Parameters
    ----------
    datum
        ``wgs84``, ``cgcs2000`` or ``EPSG:<number>``.
    field
        Setting the datum stands in, for the message.

    Raises
    ------
    InputError
        If the datum is unknown, or is a web-map datum: GCJ-02 and BD-09 are offset by several
        hundred metres, so treating them as WGS 84 would move points into the wrong township.
    """
    key = datum.lower()
    if key in _GEOGRAPHIC:
        return _GEOGRAPHIC[key]
    if key in _OFFSET:
        raise InputError([Problem("offset_datum", field=field, values={"datum": datum})])
    if re.fullmatch(r"epsg:\d{4,6}", key) and _is_known(key):
        return key.upper()
    raise InputError([Problem("unknown_datum", field=field, values={"datum": datum})])


def is_projected_in_metres(crs: str) -> bool:
    """Return whether ``crs`` is known and measures in metres; ``False`` for degrees."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        found = CRS.from_user_input(crs)
    except CRSError:
        return False
    return found.is_projected and all(axis.unit_name == "metre" for axis in found.axis_info)


def _is_known(code: str) -> bool:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        CRS.from_user_input(code)
    except CRSError:
        return False
    return True
