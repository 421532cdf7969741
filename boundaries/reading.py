"""A boundary file to valid, measured townships."""

import geopandas as gpd
import pandas as pd
import shapely

from boundaries.measuring import measure
from boundaries.repair import find_overlaps, repair_polygons
from boundaries.storage import read_boundary_metadata, refuse_other_settings
from geo_jindu.codes import classify_code, normalise_code
from geo_jindu.configuration import Boundaries
from geo_jindu.datums import crs_of_file, remove_offset
from geo_jindu.errors import InputError, Problem, problems_in_rows
from geo_jindu.provenance import FICTIONAL_PREFIX, refuse_mixing
from geo_jindu.readers import read_table
from geo_jindu.townships import Townships
from geo_jindu.workspace import Workspace


def read_townships(workspace: Workspace) -> Townships:
    """Read the township boundaries of a workspace.

    Invalid polygons are repaired and named, overlaps of more than a square metre are named; nothing
    else is changed.

    Raises
    ------
    InputError
        With everything wrong in the file: unreadable, no polygons, empty or repeated codes, a CRS that
        contradicts the declared datum, a measuring CRS made for another part of the world, real places
        marked fictional or the reverse, in the configuration, by codes, by place or by rows.
    """
    settings = workspace.configuration.boundaries
    stored = read_boundary_metadata(workspace.path(settings.file), settings.file)
    if stored is not None:
        refuse_other_settings(stored, settings)
    columns = [settings.code, settings.name, settings.county, settings.county_name]
    table = read_table(
        workspace.path(settings.file),
        [column for column in columns if column],
        provenance=workspace.configuration.area.provenance,
        file=settings.file,
        layer=settings.layer,
    )
    frame, notes = _townships(table, settings)
    problems = _code_problems(frame, settings) + _geometry_problems(table, settings)
    more_notes: list[Problem] = []
    try:
        frame, more_notes = _with_counties(frame, workspace)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    frame, repaired = repair_polygons(frame.set_index("code").sort_index())
    refuse_mixing(workspace.configuration.area.provenance, frame)
    measured = measure(frame.geometry, workspace.configuration.area.measuring_crs, "area.measuring_crs")
    frame["area_km2"] = (measured.area / 1e6).round(6)
    overlaps = find_overlaps(measured)
    frame["unit_class"] = [classify_code(code) or "" for code in frame.index]
    columns_out = ["name", "county", "county_name", "unit_class", "area_km2", "geometry"]
    return Townships(frame[columns_out], repaired, overlaps, (*notes, *more_notes))


def _townships(table: pd.DataFrame, settings: Boundaries) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError([Problem("no_geometry", file=settings.file)])
    crs = crs_of_file(table.geometry, settings.datum, settings.file, "boundaries.datum")
    notes = []
    if table.crs is None:
        notes.append(Problem("no_crs", settings.file, values={"datum": settings.datum}))
    frame = gpd.GeoDataFrame(
        {
            "code": normalise_code(table[settings.code]),
            "name": table[settings.name].str.strip(),
            "county": normalise_code(table[settings.county]) if settings.county else "",
            "county_name": table[settings.county_name].str.strip() if settings.county_name else "",
        },
        geometry=table.geometry.to_numpy(),
        index=table.index,
        crs=crs,
    )
    return frame.set_geometry(remove_offset(frame.geometry, settings.datum)), notes


def _code_problems(frame: gpd.GeoDataFrame, settings: Boundaries) -> list[Problem]:
    codes = frame["code"]

    def at_rows(key: str, rows: pd.Series, field: str) -> list[Problem]:
        def code(row: int) -> dict[str, object]:
            return {"code": codes[row]}

        return problems_in_rows(key, settings.file, field, codes.index[rows], code)

    problems = at_rows("code_empty", codes == "", settings.code)
    problems += at_rows("name_empty", frame["name"] == "", settings.name)
    problems += at_rows("code_repeated", codes.duplicated(keep=False) & (codes != ""), settings.code)
    fictional_code = codes.str.startswith(FICTIONAL_PREFIX)
    wrong = ~fictional_code if settings.fictional else fictional_code
    key = "fictional_needs_99" if settings.fictional else "real_must_not_be_99"
    return problems + at_rows(key, wrong & (codes != ""), settings.code)


def _geometry_problems(table: gpd.GeoDataFrame, settings: Boundaries) -> list[Problem]:
    shapes = table.geometry
    other = ~table.geom_type.isin(["Polygon", "MultiPolygon"])
    nothing = shapes.isna() | shapes.is_empty | ~(shapely.area(shapely.make_valid(shapes)) > 0)
    return problems_in_rows("polygon_missing", settings.file, "", table.index[other | nothing])


def _with_counties(
    frame: gpd.GeoDataFrame, workspace: Workspace
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    counties = workspace.configuration.boundaries.counties
    if counties is None:
        return frame, []
    columns = [counties.code, counties.county, counties.county_name]
    table = read_table(
        workspace.path(counties.file),
        columns,
        provenance=workspace.configuration.area.provenance,
        file=counties.file,
        sheet=counties.sheet,
        layer=counties.layer,
    )
    by_code = pd.DataFrame(
        {
            "code": normalise_code(table[counties.code]),
            "county": normalise_code(table[counties.county]),
            "county_name": table[counties.county_name].str.strip(),
        }
    ).drop_duplicates()
    repeated = by_code["code"].duplicated(keep=False)
    if repeated.any():
        rows = by_code.index[repeated]
        raise InputError(problems_in_rows("two_counties", counties.file, counties.code, rows))
    by_code = by_code.set_index("code")
    known = frame["code"].isin(by_code.index)
    frame["county"] = frame["code"].map(by_code["county"]).fillna("")
    frame["county_name"] = frame["code"].map(by_code["county_name"]).fillna("")
    if known.all():
        return frame, []
    values = {"number": int((~known).sum()), "codes": ", ".join(frame.loc[~known, "code"][:10])}
    return frame, [Problem("townships_without_county", counties.file, values=values)]
