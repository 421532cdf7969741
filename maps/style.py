"""Classes and colours of the map, each stated in its legend."""

from dataclasses import dataclass

import numpy as np
from branca.colormap import linear

from geo_jindu.changes import ChangeClass
from geo_jindu.hotspots.significance import Hotspot
from geo_jindu.rates import Array


def _hex_colours(name: str) -> tuple[str, ...]:
    colours = getattr(linear, name).colors
    return tuple(
        f"#{red:02x}{green:02x}{blue:02x}"
        for red, green, blue in (tuple(round(255 * part) for part in colour[:3]) for colour in colours)
    )


RATE_COLOURS = _hex_colours("OrRd_05")
"""Light to dark, ColorBrewer OrRd: readable in print and by colour-blind eyes."""

_HOT, _WARM, _NEUTRAL, _COOL, _COLD = _hex_colours("RdBu_05")
MISSING_COLOUR = "#bdbdbd"
HOTSPOT_COLOURS: dict[Hotspot | None, str] = {
    Hotspot.HOT: _HOT,
    Hotspot.HOT_UNADJUSTED: _WARM,
    Hotspot.NONE: _NEUTRAL,
    Hotspot.COLD_UNADJUSTED: _COOL,
    Hotspot.COLD: _COLD,
    None: MISSING_COLOUR,
}
CLUSTER_COLOURS: dict[str, str] = {
    "high_high": "#d7191c",
    "high_low": "#fdae61",
    "low_high": "#abd9e9",
    "low_low": "#2c7bb6",
    "none": _NEUTRAL,
}
"""Red and blue where a township is like its neighbours, light where unlike; ColorBrewer RdYlBu."""

EMERGING_COLOURS: dict[str, str] = {
    "new_hot": "#ffd92f",
    "consecutive_hot": "#fdae61",
    "intensifying_hot": "#67001f",
    "persistent_hot": "#b2182b",
    "diminishing_hot": "#d6604d",
    "sporadic_hot": "#fee090",
    "oscillating_hot": "#f4a582",
    "historical_hot": "#e0c3a5",
    "new_cold": "#66c2a5",
    "consecutive_cold": "#80cdc1",
    "intensifying_cold": "#053061",
    "persistent_cold": "#2166ac",
    "diminishing_cold": "#4393c3",
    "sporadic_cold": "#d1e5f0",
    "oscillating_cold": "#92c5de",
    "historical_cold": "#c2a5cf",
    "none": _NEUTRAL,
}
"""Dark where it lasts, yellow and green where it is new, pale where it is past."""

CHANGE_COLOURS = {
    ChangeClass.ABOVE_CITY: _HOT,
    ChangeClass.AS_CITY: _NEUTRAL,
    ChangeClass.BELOW_CITY: _COLD,
    ChangeClass.TOO_FEW: "#d9d9d9",
}


@dataclass(frozen=True)
class Classes:
    """Values sorted into classes.

    Attributes
    ----------
    members
        Class of each value, 0 the lowest; -1 where the value is NaN. Shape (n,).
    lower, upper
        Smallest and largest value found in each class.
    sizes
        Values in each class.
    """

    members: np.ndarray
    lower: list[float]
    upper: list[float]
    sizes: list[int]


def classify_quantiles(values: Array, number: int = len(RATE_COLOURS)) -> Classes:
    """Sort values into classes of equal size; equal values stay together.

    Fewer classes result where many values are equal. The limits given are values that occur, so no
    class says more than is in it.
    """
    known = values[~np.isnan(values)]
    limits = np.unique(np.quantile(known, np.linspace(0, 1, number + 1)[1:-1])) if len(known) else known
    members = np.where(np.isnan(values), -1, np.searchsorted(limits, values, side="left"))
    present = np.unique(members[members >= 0])
    members = np.where(members >= 0, np.searchsorted(present, members), -1)
    groups = [values[members == each] for each in range(len(present))]
    return Classes(
        members,
        [float(group.min()) for group in groups],
        [float(group.max()) for group in groups],
        [len(group) for group in groups],
    )


def limit_texts(classes: Classes) -> list[str]:
    """Write the limits of each class with as many digits as keep neighbouring classes apart."""
    for digits in (1, 2, 3):
        lower, upper = (
            [f"{value:.{digits}f}" for value in side] for side in (classes.lower, classes.upper)
        )
        if all(one != other for one, other in zip(lower[1:], upper, strict=False)):
            break
    return [f"{low} – {high}" for low, high in zip(lower, upper, strict=True)]


def class_colours(number: int) -> tuple[str, ...]:
    """Return ``number`` colours from light to dark, the darkest always among them."""
    picked = np.linspace(len(RATE_COLOURS) - 1, 0, number).round().astype(int)[::-1]
    return tuple(RATE_COLOURS[at] for at in picked)
