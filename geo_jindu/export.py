"""Results to files: bytes that are the same for the same results."""

from typing import Any, cast

import pandas as pd

from geo_jindu.assessment import Assessment
from geo_jindu.description import describe_results, reporting_note
from geo_jindu.results import Results
from geo_jindu.spreadsheets import csv_bytes
from geo_jindu.texts import Language, translate
from geo_jindu.township_files import TownshipFile, display_shapes


def township_rows(results: Results) -> list[dict[str, Any]]:
    """Return one record per township, keys in the order of the data dictionary, missing as ``None``."""
    table = pd.DataFrame(results.table.drop(columns="geometry")).reset_index(names="code")
    plain = table[[column.name for column in results.columns]].astype(object)
    records = plain.where(plain.notna(), None).to_dict("records")
    return cast(list[dict[str, Any]], records)


def township_file(results: Results) -> TownshipFile:
    """Return the township table ready to be written in any format."""
    description = describe_results(results)
    language = results.configuration.area.language
    return TownshipFile(
        columns=description["columns"],
        rows=township_rows(results),
        shapes=display_shapes(results.table.geometry.to_crs(4326).to_numpy()),
        about={
            "provenance": results.configuration.area.provenance.value,
            "assessment": results.id,
            "tier": results.tier.value,
            "note": description["note"],
        },
        headings=workbook_headings(language),
    )


def workbook_headings(language: Language) -> dict[str, str]:
    """Return what sheets and the columns of the data dictionary are called in a workbook."""
    keys = ("rows", "dictionary", "name", "label", "type", "unit", "meaning")
    return {key: translate(f"workbook.{key}", language) for key in keys}


def assignment_csv(assessment: Assessment) -> bytes:
    """Return rows per source, period and reason as CSV; never a coordinate or a row's content."""
    area = assessment.configuration.area
    table = assessment.joined.rows.assign(
        provenance=area.provenance.value, note=reporting_note(area.language)
    )
    return csv_bytes(table.columns, table.itertuples(index=False, name=None))
