"""Township boundaries as they are kept: one GeoParquet file that says what it is.

What must be known of a boundary file stands in its metadata: vintage, datum, source, licence, the
map-approval number, the digest of the file it came from, and a digest of its own content.
"""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pydantic import BaseModel, ConfigDict, ValidationError

from geo_jindu import SOFTWARE
from geo_jindu.code_systems import CodeSystem
from geo_jindu.configuration import Boundaries
from geo_jindu.digests import digest_bytes
from geo_jindu.errors import InputError, Problem

KEY = b"geo_jindu"
"""Key of our metadata in the Parquet file, beside ``geo`` of GeoParquet."""
COLUMNS = ("code", "name", "county", "county_name")


class BoundaryMetadata(BaseModel):
    """What must be known of stored boundaries.

    Attributes
    ----------
    datum
        Of the stored coordinates: ``wgs84``, ``cgcs2000`` or an EPSG code.
    source_datum
        Of the file they came from, before any offset was taken out.
    map_approval_number
        审图号; without it boundaries of real places may not be shown in public.
    source_sha256
        Of the file they came from.
    content_sha256
        Of codes, names and geometry as stored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    vintage: str
    datum: str
    source_datum: str
    code_system: CodeSystem | None
    source: str
    licence: str
    map_approval_number: str
    fictional: bool
    source_sha256: str
    content_sha256: str
    software: str


def store_boundaries(
    path: Path, townships: gpd.GeoDataFrame, settings: Boundaries, source_sha256: str
) -> BoundaryMetadata:
    """Write townships as GeoParquet 1.1 with their metadata, whole or not at all.

    Parameters
    ----------
    townships
        Index = code; ``name``, ``county``, ``county_name``, ``geometry``, as
        `boundaries.read_townships` returns them: valid, offsets taken out.
    settings
        What the workspace says of the file they were read from.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    frame = townships.rename_axis("code").reset_index()[[*COLUMNS, "geometry"]]
    epsg = frame.crs.to_epsg()
    metadata = BoundaryMetadata(
        **settings.model_dump(
            include={"vintage", "code_system", "source", "licence", "map_approval_number", "fictional"}
        ),
        datum={4326: "wgs84", 4490: "cgcs2000"}.get(epsg, f"EPSG:{epsg}"),
        source_datum=settings.datum,
        source_sha256=source_sha256,
        content_sha256=_digest_content(frame),
        software=SOFTWARE,
    )
    beside = path.with_name(f".{path.name}.part")
    try:
        frame.to_parquet(beside, schema_version="1.1.0", write_covering_bbox=True, index=False)
        table = pq.read_table(beside)
        known = dict(table.schema.metadata or {})
        known[KEY] = metadata.model_dump_json().encode()
        pq.write_table(table.replace_schema_metadata(known), beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return metadata


def read_boundary_metadata(path: Path, file: str) -> BoundaryMetadata | None:
    """Return the metadata of a stored boundary file; ``None`` if it is not one.

    Raises
    ------
    InputError
        If the metadata is broken, or the content is not what was stored.
    """
    written = _own_metadata(path)
    if written is None:
        return None
    try:
        metadata = BoundaryMetadata.model_validate(json.loads(written))
    except (ValidationError, ValueError):
        raise InputError([Problem("boundary_metadata_broken", file=file)]) from None
    if _digest_content(gpd.read_parquet(path)) != metadata.content_sha256:
        raise InputError([Problem("boundaries_changed", file=file)])
    return metadata


def refuse_other_settings(metadata: BoundaryMetadata, settings: Boundaries) -> None:
    """Raise an `InputError` for each setting that contradicts what the stored file says of itself."""
    said: dict[str, Any] = {
        "vintage": settings.vintage,
        "datum": settings.datum.lower(),
        "fictional": settings.fictional,
        "code_system": settings.code_system or metadata.code_system,
    }
    stored = metadata.model_dump() | {"datum": metadata.datum.lower()}
    problems = [
        Problem(
            "boundary_setting_disagrees",
            settings.file,
            field=f"boundaries.{key}",
            values={"said": value, "stored": stored[key]},
        )
        for key, value in said.items()
        if stored[key] != value
    ]
    if problems:
        raise InputError(problems)


def _own_metadata(path: Path) -> bytes | None:
    if path.suffix.lower() != ".parquet":
        return None
    try:
        known: dict[bytes, bytes] = pq.read_schema(path).metadata or {}
    except (pa.ArrowException, OSError):
        return None  # what is wrong with it, the reader says
    return known.get(KEY)


def _digest_content(frame: gpd.GeoDataFrame) -> str:
    attributes = frame[list(COLUMNS)].to_csv(index=False)
    shapes = shapely.to_wkb(frame.geometry.to_numpy(), byte_order=1)
    return digest_bytes(attributes.encode() + b"".join(shapes))
