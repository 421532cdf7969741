"""What ``geo_jindu.toml`` says of yearly proportions, such as those satisfied of those interviewed."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from geo_jindu.indicators import Kind

Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ProportionId(StrEnum):
    """The proportions that rules know, each a part of a whole [persons]."""

    REHABILITATION_EXECUTION = "rehabilitation_execution"
    """Community rehabilitation: carried out, of those ordered."""
    REHABILITATION_REPORTING = "rehabilitation_reporting"
    """Community rehabilitation: reported for it, of those ordered."""
    REHABILITATION_CONTROL = "rehabilitation_control"
    """Under control, of those released within three years."""
    SATISFACTION = "satisfaction"
    """Satisfied, of those interviewed."""

    @property
    def kind(self) -> Kind:
        """What kind of figure it is; of these only those not satisfied may count for a severity."""
        return Kind.INDEPENDENT_OUTCOME if self is ProportionId.SATISFACTION else Kind.PROCESS


class ProportionFields(_Model):
    """Which column of a file of proportions holds what."""

    code: Text
    name: Text
    period: Text
    part: Text
    whole: Text


class Proportion(_Model):
    """A yearly part of a whole of each township, such as those satisfied of those interviewed."""

    id: ProportionId
    name: Text
    file: Text
    sheet: str = ""
    source: str = ""
    fields: ProportionFields
