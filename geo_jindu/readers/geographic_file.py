"""GeoJSON, GeoPackage, Shapefile and Parquet."""

from pathlib import Path
from typing import Any

import pandas as pd

from geo_jindu.errors import InputError, Problem
from geo_jindu.readers.cells import as_text, choose_columns
from geo_jindu.readers.encodings import dbf_encoding


def read_parquet(path: Path, columns: list[str], file: str, _: str) -> pd.DataFrame:
    """Read the named columns; see `geo_jindu.readers.read_table`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        chosen = choose_columns(schema.names, columns, file)
        if b"geo" not in (schema.metadata or {}):
            return as_text(pq.read_table(path, columns=chosen).to_pandas(ignore_metadata=True))
        return _read_geoparquet(path, chosen)
    except (pa.ArrowException, OSError, ValueError, TypeError):
        raise InputError([Problem("not_parquet", file=file)]) from None


def _read_geoparquet(path: Path, columns: list[str]) -> pd.DataFrame:
    import geopandas as gpd

    frame = gpd.read_parquet(path)
    frame = frame.reset_index() if set(frame.index.names) & set(columns) else frame
    return _with_geometry(frame[columns], frame.geometry)


def read_geographic(path: Path, columns: list[str], file: str, layer: str) -> pd.DataFrame:
    """Read the named columns; see `geo_jindu.readers.read_table`."""
    import geopandas as gpd
    import pyogrio
    from pyogrio.errors import DataSourceError
    from shapely.errors import ShapelyError

    encoding = dbf_encoding(path) if path.suffix.lower() == ".shp" else None
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if (layer and layer not in layers) or (not layer and len(layers) > 1):
            values = {"layer": layer, "found": ", ".join(layers)}
            raise InputError([Problem("layer_missing", file=file, values=values)])
        info = pyogrio.read_info(path, layer=layer or None, encoding=encoding)
        if not info["features"]:
            raise InputError([Problem("no_rows", file=file)])
        chosen = choose_columns(list(info["fields"]), columns, file)
        frame = gpd.read_file(path, layer=layer or None, columns=chosen, encoding=encoding)
    except (DataSourceError, ShapelyError, OSError, ValueError):
        raise InputError([Problem("not_geographic", file=file)]) from None
    if "geometry" not in frame:
        raise InputError([Problem("no_geometry", file=file)])
    if "geometry" in columns:
        raise InputError([Problem("column_called_geometry", file=file, field="geometry")])
    return _with_geometry(frame[chosen], frame.geometry)


def _with_geometry(attributes: pd.DataFrame, geometry: Any) -> pd.DataFrame:
    import geopandas as gpd

    text = as_text(pd.DataFrame(attributes))
    table: pd.DataFrame = gpd.GeoDataFrame(text, geometry=geometry.to_numpy(), crs=geometry.crs)
    return table
