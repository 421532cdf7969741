"""The township table as files: GeoJSON, CSV, XLSX and GeoParquet of the same rows.

What leaves here is what a planner joins in QGIS or Excel, so missing is an empty cell or ``null``
with a status column beside it, never a 0. The same content gives the same bytes.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from geo_jindu.spreadsheets import csv_bytes, safe_cell

COORDINATE_DIGITS = 6
"""Digits of a degree in GeoJSON, about 0.1 m (RFC 7946, section 11.2)."""

_PANDAS: dict[str, Any] = {
    "text": "str",
    "integer": "Int64",
    "number": "Float64",
    "boolean": "boolean",
}

_MADE = datetime(2000, 1, 1)
"""Stands in every workbook as the time it was made, so that the same rows give the same bytes."""


@dataclass(frozen=True)
class TownshipFile:
    """Rows to be written.

    Attributes
    ----------
    columns
        Of the data dictionary: ``name``, ``label``, ``type``, ``unit`` and ``meaning``, in order.
    rows
        One mapping per township, missing as ``None``.
    shapes
        WGS 84, exterior rings counter-clockwise, in the order of the rows; shape (n,).
    about
        What stands beside the rows: ``provenance``, ``assessment``, ``tier`` and ``note``.
    headings
        Of the columns of the data dictionary in a workbook, and the names of its two sheets.
    """

    columns: Sequence[Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]]
    shapes: NDArray[Any]
    about: Mapping[str, str]
    headings: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [str(column["name"]) for column in self.columns]


def write_geojson(content: TownshipFile) -> bytes:
    """Return RFC 7946 GeoJSON: WGS 84, six digits, feature id = code."""
    features = [
        {
            "type": "Feature",
            "id": row["code"],
            "bbox": list(shapely.bounds(shape)),
            "geometry": orjson.Fragment(shapely.to_geojson(shape)),
            "properties": {name: row[name] for name in content.names},
        }
        for row, shape in zip(content.rows, content.shapes, strict=True)
    ]
    bbox = {"bbox": list(shapely.total_bounds(content.shapes))} if len(content.shapes) else {}
    collection = {
        "type": "FeatureCollection",
        **bbox,
        **content.about,
        "features": features,
    }
    return orjson.dumps(collection, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def write_csv(content: TownshipFile) -> bytes:
    """Return CSV that a Chinese Excel opens right (UTF-8 with BOM)."""
    note = content.about["note"]
    names = content.names
    return csv_bytes([*names, "note"], ([*(row[name] for name in names), note] for row in content.rows))


def write_xlsx(content: TownshipFile) -> bytes:
    """Return a workbook: the rows under their labels and names, and the data dictionary."""
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": _MADE})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        text, number = book.add_format({"num_format": "@"}), book.add_format()
        sheet = book.add_worksheet(content.headings["rows"])
        for at, column in enumerate(content.columns):
            sheet.write_string(0, at, str(column["label"]), bold)
            sheet.write_string(1, at, str(column["name"]), bold)
            is_text = column["type"] == "text"
            sheet.set_column(at, at, 14, text if is_text else number)
            for row, values in enumerate(content.rows, 2):
                _write_cell(sheet, row, at, values[column["name"]])
        sheet.freeze_panes(2, 2)
        sheet.autofilter(1, 0, len(content.rows) + 1, len(content.columns) - 1)
        _write_dictionary(book.add_worksheet(content.headings["dictionary"]), content, bold)
    return target.getvalue()


def write_parquet(content: TownshipFile) -> bytes:
    """Return GeoParquet 1.1 with covering bounding boxes, in WGS 84 (OGC:CRS84)."""
    import geopandas as gpd
    import pandas as pd

    columns: dict[str, Any] = {}
    for column in content.columns:
        values = pd.Series([row[column["name"]] for row in content.rows], dtype="object")
        columns[column["name"]] = values.astype(_PANDAS[column["type"]])
    columns["note"] = pd.Series(content.about["note"], index=range(len(content.rows)), dtype="str")
    frame = gpd.GeoDataFrame(columns, geometry=content.shapes, crs="OGC:CRS84")
    target = io.BytesIO()
    frame.to_parquet(target, index=False, schema_version="1.1.0", write_covering_bbox=True)
    return target.getvalue()


def display_shapes(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return polygons in degrees as the files give them: oriented, and to six digits."""
    oriented = shapely.orient_polygons(shapes, exterior_cw=False)
    rounded: NDArray[Any] = shapely.transform(oriented, lambda xy: np.round(xy, COORDINATE_DIGITS))
    return rounded


def _write_cell(sheet: Any, row: int, at: int, value: object) -> None:
    """Write a value; what is missing stays empty, and no text becomes a formula or a link."""
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, at, value)
    elif value is not None:
        sheet.write_string(row, at, str(safe_cell(value)))


def _write_dictionary(sheet: Any, content: TownshipFile, bold: Any) -> None:
    keys = ("name", "label", "type", "unit", "meaning")
    for at, key in enumerate(keys):
        sheet.write_string(0, at, content.headings[key], bold)
        sheet.set_column(at, at, 60 if key == "meaning" else 24)
    for row, column in enumerate(content.columns, 1):
        for at, key in enumerate(keys):
            sheet.write_string(row, at, str(column[key]))
    for row, (key, value) in enumerate(content.about.items(), len(content.columns) + 2):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 1, str(value))
