"""What ``geo_jindu.toml`` says of hotspots and scans."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class HotspotSettings(_Model):
    """How patterns of an indicator are sought in space and time.

    Defaults: steps of a quarter, as a month of a township holds too little and years are too few for a
    trend; 9,999 permutations, for of 999 the smallest p-value, .002, could hardly pass for significant
    among a city's many tests; 199 resamples, so that a confidence is known to within 0.07 (95 %).
    """

    step_months: Literal[1, 2, 3, 4, 6, 12] = 3
    permutations: Annotated[int, Field(ge=99, le=99_999)] = 9_999
    resamples: Annotated[int, Field(ge=99, le=9_999)] = 199


class ScanSettings(_Model):
    """How clusters are sought by scanning.

    Defaults: circles and 999 replications as SaTScan has (Kulldorff 2022, SaTScan User Guide), but of
    at most a quarter of what is expected in the city, where SaTScan allows half: a larger cluster tells
    a commander nothing of where; clusters that are too high; flexible shapes of up to ten townships, as
    each more takes about twice as long.
    """

    shape: Literal["circle", "ellipse", "flexible"] = "circle"
    direction: Literal["high", "low", "both"] = "high"
    model: Literal["poisson", "permutation"] = "poisson"
    max_share: Annotated[float, Field(gt=0, le=0.5)] = 0.25
    replications: Annotated[int, Field(ge=99, le=99_999)] = 999
    k: Annotated[int, Field(ge=2, le=15)] = 10
