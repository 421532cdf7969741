"""Parquet and GeoParquet."""

import json
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_jindu.errors import InputError, Problem
from geo_jindu.readers.cells import as_text
from geo_jindu.readers.rows import Rows, end_of_rows, into_parts, rows_in_part

if TYPE_CHECKING:
    import geopandas as gpd

_BROKEN_PARQUET = (LookupError, AttributeError, ArithmeticError, ValueError, TypeError, OSError)
"""What is raised on files that are not, or not wholly, what their ending says."""


def read_parquet(path: Path, file: str, _: str) -> Generator[Rows, None, None]:
    """Yield the rows of a Parquet file; see `geo_jindu.readers.read_parts`."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from shapely.errors import ShapelyError

    try:
        with pq.ParquetFile(path, pre_buffer=False) as content:  # else it keeps all it has read ahead
            yield from into_parts(_read_pieces(content))
    except (pa.ArrowException, ShapelyError, *_BROKEN_PARQUET):
        raise InputError([Problem("not_parquet", file=file)]) from None


def _read_pieces(content: Any) -> Iterator[Rows]:
    schema, groups = content.schema_arrow, content.metadata
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    at = [place for place, name in enumerate(schema.names) if name not in geo.get("columns", ())]
    header = [schema.names[place] for place in at]
    size = sum(groups.row_group(each).total_byte_size for each in range(groups.num_row_groups))
    row = 2
    for batch in content.iter_batches(rows_in_part(groups.num_rows, size)):
        index = pd.RangeIndex(row, row + batch.num_rows, name="row")
        row = index.stop
        cells = as_text([batch.column(place) for place in at], index)
        shapes = _shapes(batch, geo).set_axis(index) if geo else None
        yield Rows(header, cells, batch.nbytes, (row - 2) / groups.num_rows, shapes)
    yield end_of_rows(header)


def _shapes(batch: Any, geo: Mapping[str, Any]) -> "gpd.GeoSeries":
    """Return the geometry that the file says is its own."""
    import geopandas as gpd
    import pyarrow as pa

    name = geo["primary_column"]
    stated = geo["columns"][name]
    encoding = stated["encoding"].removeprefix("geoarrow.").lower()
    crs = json.dumps({"crs": stated.get("crs", "OGC:CRS84")})  # the default of GeoParquet
    said = {"ARROW:extension:name": f"geoarrow.{encoding}", "ARROW:extension:metadata": crs}
    column = batch.column(name)
    schema = pa.schema([pa.field(name, column.type, metadata=said)])
    return gpd.GeoDataFrame.from_arrow(pa.table([column], schema=schema)).geometry
