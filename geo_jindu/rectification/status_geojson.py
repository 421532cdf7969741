"""The status layer as GeoJSON: one feature per township of today's boundaries."""

from typing import Any

from geo_jindu.rectification.ground import Ground
from geo_jindu.rectification.status_layer import StatusLayer, TownshipStatus
from geo_jindu.texts import translate
from geo_jindu.township_files import TownshipFile, write_geojson

_PLACE = ("code", "name", "county", "county_name")


def write_status_geojson(ground: Ground, layer: StatusLayer) -> bytes:
    """Return RFC 7946 GeoJSON of the states; what is missing is ``null``."""
    rows = [
        {name: row[name] for name in _PLACE} | _properties(ground, layer, layer.of(row["code"]))
        for row in ground.rows
    ]
    facts = ground.facts
    return write_geojson(
        TownshipFile(
            columns=[{"name": name} for name in rows[0]],
            rows=rows,
            shapes=ground.shapes,
            about={
                "provenance": facts["area"]["provenance"],
                "assessment": facts["assessment"],
                "tier": layer.tier.value,
                "as_of": layer.day.isoformat(),
                "log_head": layer.head,
                "note": facts["note"],
                "notice": translate("digest.proposes_only", ground.language),
            },
            headings={},
        )
    )


def _properties(ground: Ground, layer: StatusLayer, status: TownshipStatus) -> dict[str, Any]:
    said: dict[str, Any] = {
        "state": status.state,
        "state_name": layer.lifecycle.state_name(status.state, ground.language),
        "is_listed": status.is_listed,
        "since": status.since,
        "until": status.until,
    }
    if layer.shows_deadlines:
        due, is_zh = status.next_deadline, ground.language == "zh"
        said["overdue"] = status.overdue
        said["next_deadline"] = (due.name_zh if is_zh else due.name_en) if due else None
        said["next_due_on"] = due.due_on if due else None
    facts = ground.facts
    about = {"as_of": layer.day, "vintage": facts["boundaries"]["vintage"]}
    return said | about | {"provenance": facts["area"]["provenance"]}
