"""Storing boundaries and computing the crosswalk between two stored vintages."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geo_jindu.cli.terminal import language, say, show_notes
from geo_jindu.code_systems import CodeSystem
from geo_jindu.crosswalk import Change, crosswalk_csv
from geo_jindu.datums import crs_of_file
from geo_jindu.digests import digest_file
from geo_jindu.errors import InputError, Problem, not_writable, problems_in_rows
from geo_jindu.new_files import refuse_existing, write_new_files
from geo_jindu.places import read_workspace_mapping
from geo_jindu.provenance import Provenance
from geo_jindu.readers import read_table
from geo_jindu.townships import Townships
from geo_jindu.workspace import Workspace, read_workspace

if TYPE_CHECKING:
    from boundaries.storage import BoundaryMetadata


def store(directory: Path, file: Path, code_system: CodeSystem | None) -> None:
    """Write the boundaries of a workspace as GeoParquet, in another code system if one is named.

    Raises
    ------
    InputError, OutputError
        If workspace or boundaries are wrong, codes cannot be converted, or the file exists already.
    """
    from boundaries import read_townships
    from boundaries.storage import store_boundaries

    refuse_existing([file])
    workspace = read_workspace(directory)
    settings = workspace.configuration.boundaries
    townships = read_townships(workspace)
    if code_system and code_system is not settings.code_system:
        townships = _recode(townships, workspace, code_system)
        settings = settings.model_copy(update={"code_system": code_system})
    try:
        digest = digest_file(workspace.path(settings.file))
        metadata = store_boundaries(file, townships.frame, settings, digest)
    except OSError as error:
        raise not_writable(file, error) from None
    show_notes(townships.notes)
    say("boundaries_stored", file=file, number=len(townships.frame), vintage=metadata.vintage)


def crosswalk(old: Path, new: Path, file: Path, points: Path | None, persons: str) -> None:
    """Write which township of one stored vintage became which of the other.

    Parameters
    ----------
    points
        Geographic file of points in WGS 84 that say where people are; without it shares go by area.
    persons
        Column of it with the persons at each point; one each if empty.

    Raises
    ------
    InputError, OutputError
        If a file is no stored one, the vintages do not go forward, the points cannot be read, or
        ``file`` exists already.
    """
    from boundaries.crosswalk import compute_crosswalk

    refuse_existing([file])
    earlier, before = _read_stored(old)
    later, after = _read_stored(new)
    if before.vintage >= after.vintage:
        values = {"start": before.vintage, "end": after.vintage}
        raise InputError([Problem("vintages_go_forward", values=values)])
    measuring_crs = f"EPSG:{later.estimate_utm_crs().to_epsg()}"
    vintages = before.vintage, after.vintage
    crowd = None if points is None else _read_points(points, persons, before.fictional)
    found = compute_crosswalk(
        earlier,
        later,
        vintages,
        measuring_crs=measuring_crs,
        language=language(),
        points=None if crowd is None else crowd.geometry,
        persons=None if crowd is None else crowd["persons"],
    )
    write_new_files({file: crosswalk_csv(found)})
    show_notes(found.notes)
    changed = int((found.frame["change"] != Change.UNCHANGED).sum())
    say("crosswalk_written", file=file, rows=len(found.frame), changed=changed, crs=measuring_crs)


def _read_points(path: Path, persons: str, fictional: bool) -> gpd.GeoDataFrame:
    """Return points with ``persons``, index = row in the file."""
    provenance = Provenance.SYNTHETIC if fictional else Provenance.REAL
    columns = [persons] if persons else []
    table = read_table(path, columns, provenance=provenance, file=str(path))
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError([Problem("no_geometry", file=str(path))])
    crs = crs_of_file(table.geometry, "wgs84", str(path), "--points")
    number = pd.to_numeric(table[persons], errors="coerce") if persons else 1.0
    wrong = table.index[table.geometry.isna() | (table.geom_type != "Point")]
    if len(wrong):
        raise InputError(problems_in_rows("not_a_point", str(path), "", wrong))
    return gpd.GeoDataFrame(
        {"persons": number}, geometry=table.geometry.set_crs(crs), index=table.index
    )


def _recode(townships: Townships, workspace: Workspace, target: CodeSystem) -> Townships:
    settings = workspace.configuration.boundaries
    mapping = read_workspace_mapping(workspace)
    if mapping is None or settings.code_system is None:
        raise InputError([Problem("code_mapping_missing", field="boundaries.code_system")])
    frame = townships.frame
    rows = pd.RangeIndex(2, len(frame) + 2)  # as in a sheet: the header is row 1
    codes, names = frame.index.to_series(rows), frame["name"].set_axis(rows)
    converted = mapping.convert(codes, names, settings.code_system, target, settings.file)
    return replace(townships, frame=frame.set_axis(pd.Index(converted, name="code")).sort_index())


def _read_stored(path: Path) -> tuple[gpd.GeoDataFrame, "BoundaryMetadata"]:
    from boundaries.storage import read_boundary_metadata

    metadata = read_boundary_metadata(path, str(path))
    if metadata is None:
        raise InputError([Problem("boundaries_not_stored", file=str(path))])
    return gpd.read_parquet(path).set_index("code"), metadata
