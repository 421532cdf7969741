"""The margins of the demonstration: what its files must add up to."""

import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from geo_jindu.texts import translate

CITY_FILE, SURVEY_FILE = "data/全市指标.csv", "data/满意度调查.csv"
CITY = ""
"""Stands where a county would, for a figure of the whole city."""


class Basis(StrEnum):
    """Where a figure of the demonstration comes from."""

    GIVEN = "given"
    """Stands in the published case."""
    DERIVED = "derived"
    """Computed from figures that do."""
    ASSUMED = "assumed"
    """A level the published case leaves open."""
    SYNTHETIC = "synthetic"
    """Invented, to have something to show."""


class Figure(NamedTuple):
    """One number of a margin."""

    county: str
    period: str
    value: float
    basis: Basis


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CountyFigures(_Model):
    """One number for each county, in the order of `Margins.counties`."""

    period: str
    basis: Basis
    values: tuple[int, ...]


class Margin(_Model):
    """Figures that one file must add up to; ``margins.toml`` says how they are found.

    Attributes
    ----------
    city
        Period, value and basis.
    """

    id: str
    unit: str
    file: str
    layer: str = ""
    sum: str = ""
    distinct: str = ""
    period: str = ""
    code: str = "乡镇代码"
    where: dict[str, str] = {}
    city: tuple[tuple[str, int | float, Basis], ...] = ()
    counties: tuple[CountyFigures, ...] = ()


class Percentage(_Model):
    """A change or a share in per cent between two figures, each named by margin and period."""

    id: str
    how: Literal["change", "share"]
    of: tuple[str, str]
    to: tuple[str, str]
    value: float
    decimals: int
    county: str = CITY

    def compute(self, of: float, to: float) -> float:
        """Return the percentage between two numbers, rounded as it is given."""
        percentage = 100 * of / to - (100 if self.how == "change" else 0)
        return round(percentage, self.decimals)


class KeyAreas(_Model):
    """How far the outflow of the key areas fell, and that of all other townships [per cent]."""

    change: float
    change_elsewhere: float


class Satisfaction(_Model):
    """The rank of one county in the survey."""

    county: str
    rank: int


class Margins(_Model):
    """All of ``margins.toml``."""

    counties: tuple[str, ...]
    key_areas: KeyAreas
    satisfaction: Satisfaction
    margins: tuple[Margin, ...]
    percentages: tuple[Percentage, ...]

    def figures(self, margin: Margin) -> Iterator[Figure]:
        """Yield the figures of a margin: the city's, then those of the counties."""
        for period, value, basis in margin.city:
            yield Figure(CITY, period, value, basis)
        for each in margin.counties:
            for county, number in zip(self.counties, each.values, strict=True):
                yield Figure(county, each.period, number, each.basis)

    def value(self, margin_id: str, period: str, county: str = CITY) -> float:
        """Return one figure."""
        margin = next(each for each in self.margins if each.id == margin_id)
        found = {(each.county, each.period): each.value for each in self.figures(margin)}
        return found[county, period]

    def by_county(self, margin_id: str, period: str) -> dict[str, int]:
        """Return the figures of all counties by name."""
        return {county: int(self.value(margin_id, period, county)) for county in self.counties}


@cache
def read_margins() -> Margins:
    """Return the margins of the demonstration."""
    written = tomllib.loads(files(__package__).joinpath("margins.toml").read_text("utf-8"))
    margins = [_in_city_file(each) | each for each in written.pop("margins")]
    return Margins.model_validate(written | {"margins": margins})


def _in_city_file(margin: dict[str, Any]) -> dict[str, Any]:
    """Return how a margin without a file is found: by its Chinese label among the city's figures."""
    if "file" in margin:
        return {}
    label = translate(f"margins.{margin['id']}", "zh")
    return {"file": CITY_FILE, "sum": "数值", "period": "时期", "where": {"指标": label}}
