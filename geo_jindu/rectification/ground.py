"""The ground of a status layer: townships, borders and what must be said of them, from ``out/``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson

from geo_jindu.outputs import ASSESSMENT, GEOJSON, read_outputs
from geo_jindu.provenance import Provenance
from geo_jindu.texts import Language

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Ground:
    """What a map of states is drawn on.

    Attributes
    ----------
    facts
        ``assessment.json``, parsed.
    rows
        One per township, with ``code``, ``name``, ``county`` and ``county_name``.
    shapes
        As the rows, in degrees.
    """

    facts: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    shapes: "NDArray[Any]"

    @property
    def language(self) -> Language:
        """The language of the workspace."""
        return cast(Language, self.facts["area"]["language"])

    @property
    def is_synthetic(self) -> bool:
        """Whether nothing on it exists."""
        return bool(self.facts["area"]["provenance"] == Provenance.SYNTHETIC)


def read_ground(workspace: Path) -> Ground:
    """Read the planner's townships from ``out/``; nothing is computed anew.

    Raises
    ------
    OutputError
        If there are no results, or they were changed after they were written.
    """
    import shapely

    files = read_outputs(workspace)
    features = orjson.loads(files[GEOJSON])["features"]
    shapes = shapely.from_geojson([orjson.dumps(each["geometry"]) for each in features])
    return Ground(orjson.loads(files[ASSESSMENT]), [each["properties"] for each in features], shapes)
