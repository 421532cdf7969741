"""GeoJSON, GeoPackage and Shapefile, by GDAL."""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from geo_jindu.errors import InputError, Problem
from geo_jindu.readers.cells import as_text
from geo_jindu.readers.encodings import dbf_encoding
from geo_jindu.readers.rows import Rows, end_of_rows, into_parts, rows_in_part
from geo_jindu.screening import refuse_personal_names

_MOST_FEATURES = 65_536
"""Features asked of GDAL at a time, which prepares several such batches ahead."""
_DATE_LENGTH = len("2018-07-15")


def read_geographic(path: Path, file: str, layer: str) -> Generator[Rows, None, None]:
    """Yield the rows of a layer; see `geo_jindu.readers.read_parts`."""
    import pyarrow as pa
    import pyogrio
    from shapely.errors import ShapelyError

    try:
        encoding = dbf_encoding(path) if path.suffix.lower() == ".shp" else None
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        refuse_personal_names(file, sheets=layers)
        if (layer and layer not in layers) or (not layer and len(layers) > 1):
            values = {"layer": layer, "found": ", ".join(layers)}
            raise InputError([Problem("layer_missing", file=file, values=values)])
        info = pyogrio.read_info(path, layer=layer or None, encoding=encoding, force_feature_count=True)
        if info["geometry_type"] is None:
            raise InputError([Problem("no_geometry", file=file)])
        if not info["features"]:
            raise InputError([Problem("no_rows", file=file)])
        yield from into_parts(_read_pieces(path, layer, encoding, info["features"]))
    except (RuntimeError, pa.ArrowException, ShapelyError, LookupError, OSError, ValueError):
        raise InputError([Problem("not_geographic", file=file)]) from None


def _read_pieces(path: Path, layer: str, encoding: str | None, features: int) -> Iterator[Rows]:
    import geopandas as gpd
    from pyogrio.raw import open_arrow

    with open_arrow(
        path,
        layer=layer or None,
        encoding=encoding,
        batch_size=min(_MOST_FEATURES, rows_in_part(features, path.stat().st_size)),
        return_fids=True,
        datetime_as_string=True,  # the day as it is written, which is another one in another time zone
        use_pyarrow=True,
    ) as (meta, batches):
        header = [str(name) for name in meta["fields"]]
        row = 2
        for batch in batches:
            fids, *columns, shapes = batch.columns
            index = pd.RangeIndex(row, row + batch.num_rows, name="row")
            row = index.stop
            cells = as_text(_dates_alone(columns, meta["ogr_types"]), index)
            geometry = gpd.GeoSeries(_shapes(shapes, fids, path, layer), index, meta["crs"])
            done = min((row - 2) / features, 1.0)
            yield Rows(header, cells, batch.nbytes, done, geometry, sheet=layer)
        yield end_of_rows(header)


def _dates_alone(columns: Sequence[Any], types: Sequence[str]) -> list[Any]:
    """Leave the time of day away."""
    import pyarrow.compute as pc

    return [
        pc.utf8_slice_codeunits(column, 0, _DATE_LENGTH) if kind == "OFTDateTime" else column
        for column, kind in zip(columns, types, strict=True)
    ]


def _shapes(wkb: Any, fids: Any, path: Path, layer: str) -> Any:
    """Return shapes as Python knows them: GDAL draws curves as lines and leaves measures away."""
    import shapely
    from pyogrio.raw import read

    try:
        shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False))
        if not shapely.has_m(shapes).any():
            return shapes
    except NotImplementedError:  # curves
        pass
    _, _, wkb, _ = read(path, layer=layer or None, columns=[], fids=fids.to_numpy())
    return shapely.from_wkb(wkb)
