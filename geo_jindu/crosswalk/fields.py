"""Which column of a file holds what, for crosswalks and lists of units."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Column = Annotated[str, Field(min_length=1, max_length=500)]


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @property
    def named(self) -> list[str]:
        """The columns of the file that are read, in order."""
        return [column for column in self.model_dump().values() if column]


class CrosswalkFields(_Fields):
    """Which column of a crosswalk holds what."""

    from_vintage: Column
    from_code: Column
    from_name: Column
    to_vintage: Column
    to_code: Column
    to_name: Column
    change: Column
    weight: str = ""
    evidence: str = ""


class UnitFields(_Fields):
    """Which column of a list of units holds what."""

    vintage: Column
    code: Column
    name: Column
