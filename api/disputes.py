"""Which values are disputed now, shown in results that may have been written before."""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import orjson

from api.releases import Release
from geo_jindu.outputs import ANALYSES, ASSESSMENT, ASSIGNMENT, MAP

Dispute = tuple[str, str]
"""Code of a township and id of an indicator."""

_BLOCK = re.compile(rb'(<script type="application/json" id="disputes">)[^<]*(</script>)')


def dispute_columns(facts: dict[str, Any]) -> dict[str, str]:
    """Return by indicator the column that says whether its value is disputed."""
    names = {column["name"] for column in facts["columns"]}
    columns = {each["id"]: f"{each['id']}_disputed" for each in facts["indicators"]}
    return {indicator: name for indicator, name in columns.items() if name in names}


def show_disputes(release: Release, disputes: Collection[Dispute]) -> Release:
    """Return a release in which exactly ``disputes`` are flagged; itself if they are already.

    Of its files only those are left in which no value stands that a correction may be about; the
    others are made from the rows.
    """
    columns = dispute_columns(release.facts)
    rows = [
        row | {name: (row["code"], indicator) in disputes for indicator, name in columns.items()}
        for row in release.rows
    ]
    if rows == release.rows:
        return release
    known = {row["code"] for row in rows}
    shown = sorted(each for each in disputes if each[0] in known and each[1] in columns)
    untouched = (ASSESSMENT, ASSIGNMENT, *ANALYSES)
    files = {name: release.files[name] for name in untouched if name in release.files}
    if MAP in release.files:
        files[MAP] = _in_map(release.files[MAP], shown)
    return replace(release, rows=rows, files=files)


def _in_map(page: bytes, disputes: list[Dispute]) -> bytes:
    written = orjson.dumps(disputes).replace(b"<", rb"\u003c")
    return _BLOCK.sub(lambda found: found[1] + written + found[2], page, count=1)
