"""The density of one source of incidents, made on demand from its own file and kept nowhere.

The file comes in by the one door, is screened, converted and assigned as for an assessment. What is
left of a point is that it counts in a cell; see `geo_jindu.hotspots.density` for what is blank.
"""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_jindu.aggregation import Joined
from geo_jindu.configuration import Configuration, Indicator, Source
from geo_jindu.counting import count_source, refuse_swapped
from geo_jindu.errors import InputError, Problem
from geo_jindu.hotspots.bandwidths import choose_bandwidth
from geo_jindu.hotspots.contours import Contour, draw_contours, quantile_levels
from geo_jindu.hotspots.density import (
    FEWEST_PLACES,
    density_per_population,
    kernel_density,
    population_density,
)
from geo_jindu.hotspots.grids import make_grid
from geo_jindu.hotspots.kernels import Kernel
from geo_jindu.inputs import Inputs
from geo_jindu.joining import assign_records
from geo_jindu.periods import Window, is_within, parse_periods
from geo_jindu.places import Places
from geo_jindu.provenance import Provenance
from geo_jindu.rates import Array
from geo_jindu.records import read_records
from geo_jindu.texts import translate


@dataclass(frozen=True)
class Incidents:
    """Where incidents were, in memory alone.

    Attributes
    ----------
    points
        In the measuring CRS, shape (n, 2) [m].
    amounts
        Incidents at each, shape (n,).
    periods
        First and last period with one, a month or a year each; empty if there is none.
    """

    points: Array
    amounts: Array
    periods: tuple[str, str]


@dataclass(frozen=True)
class DensityLayer:
    """How dense incidents lie, for a map or a file.

    Attributes
    ----------
    townships
        Index = code: ``name``, and polygons in the measuring CRS.
    contours
        From the lowest class to the highest, in the measuring CRS.
    incidents
        Counted in all.
    """

    configuration: Configuration
    townships: gpd.GeoDataFrame
    contours: tuple[Contour, ...]
    source: Source
    incidents: int
    periods: tuple[str, str]
    kernel: Kernel
    bandwidth_m: float
    is_per_population: bool

    @property
    def is_synthetic(self) -> bool:
        """Whether the figures are made up."""
        return self.configuration.area.provenance is Provenance.SYNTHETIC

    @property
    def name(self) -> str:
        """What was counted: the name of the first indicator that counts it, else of the source."""
        indicator = _indicator(self.source, self.configuration)
        return self.source.id if indicator is None else indicator.name

    @property
    def title(self) -> str:
        """Title of map and file; of synthetic figures it says so."""
        area = self.configuration.area
        title = translate("density.title", area.language, area=area.name, name=self.name)
        if not self.is_synthetic:
            return title
        said = translate(f"provenances.{area.provenance}", area.language)
        return translate("outputs.title_with_provenance", area.language, title=title, provenance=said)

    @property
    def unit(self) -> str:
        """What the values of the classes count."""
        key = "density.per_10k" if self.is_per_population else "density.per_km2"
        return translate(key, self.configuration.area.language)

    @property
    def method(self) -> str:
        """How it was made and what is blank."""
        return translate(
            "density.method",
            self.configuration.area.language,
            kernel=translate(f"kernels.{self.kernel}", self.configuration.area.language),
            bandwidth=f"{self.bandwidth_m:,.0f}",
            cell=f"{self.kernel.cell_m(self.bandwidth_m):,.0f}",
            reach=f"{self.bandwidth_m * self.kernel.reach:,.0f}",
            places=FEWEST_PLACES,
        )


def read_incidents(
    source: Source,
    places: Places,
    window: Window | None = None,
    report: Callable[[float], None] = lambda done: None,
) -> Incidents:
    """Read the points of a source that lie in a township, and in a window if there is one.

    Parameters
    ----------
    report
        Called with the share of the file that has been read.

    Raises
    ------
    InputError
        If the source has no coordinates, or its file is refused; see `geo_jindu.counting.count_source`.
    """
    if source.by_code:
        raise InputError([Problem("source_without_points", values={"source": source.id})])
    configuration, townships = places.workspace.configuration, places.townships.frame
    points, amounts, periods = [np.empty((0, 2))], [np.empty(0)], [pd.Series(dtype="str")]
    path, provenance = places.workspace.path(source.file), configuration.area.provenance
    for records in read_records(source, path, provenance):
        refuse_swapped(records, townships)
        kept = assign_records(records, townships).is_assigned
        if window is not None:
            kept &= is_within(parse_periods(records.frame["period"]), window)
        located = gpd.GeoSeries(records.points)[kept].to_crs(configuration.area.measuring_crs)
        points.append(np.column_stack([located.x, located.y]))
        amounts.append(records.frame["count"][kept].to_numpy(float))
        periods.append(records.frame["period"][kept])
        report(records.done)
    known = sorted(pd.concat(periods).unique())
    first_last = (known[0], known[-1]) if known else ("", "")
    return Incidents(np.concatenate(points), np.concatenate(amounts), first_last)


def read_persons(source: Source, places: Places) -> pd.Series:
    """Read the population that the incidents of a source are rated over; index = code.

    Raises
    ------
    InputError
        If no indicator counts the source, or the file of its denominator is refused.
    """
    indicator = _indicator(source, places.workspace.configuration)
    if indicator is None:
        raise InputError([Problem("source_without_indicator", values={"source": source.id})])
    denominator = places.workspace.configuration.source(indicator.denominator)
    counts = {denominator.id: count_source(denominator, places)}
    return Joined(Inputs(**vars(places), counts=counts, covered={})).persons(indicator)


def make_layer(
    source: Source,
    places: Places,
    incidents: Incidents,
    kernel: Kernel,
    bandwidth_m: float | None = None,
    persons: pd.Series | None = None,
) -> DensityLayer:
    """Make the density of incidents, for each person if persons are given.

    Parameters
    ----------
    bandwidth_m
        That of `geo_jindu.hotspots.kernels.choose_bandwidth` if left out.
    persons
        Of each township, index = code; NaN where unknown.

    Raises
    ------
    InputError
        If the bandwidth is too small, for the kernel or for the city, or nothing can be shown.
    """
    configuration = places.workspace.configuration
    bandwidth = bandwidth_m
    if bandwidth is None:
        bandwidth = choose_bandwidth(incidents.points, kernel)
    _refuse_small(bandwidth, kernel)
    townships = places.townships.frame.to_crs(configuration.area.measuring_crs)
    grid = make_grid(townships.geometry.union_all(), kernel.cell_m(bandwidth))
    surface = kernel_density(grid.count(incidents.points, incidents.amounts), grid, kernel)
    if persons is not None:
        known, shapes = persons.reindex(townships.index).to_numpy(float), townships.geometry.to_numpy()
        surface = density_per_population(surface, population_density(known, shapes, grid, kernel))
    contours = draw_contours(surface, grid, quantile_levels(surface))
    if not contours:
        values = {"places": FEWEST_PLACES, "reach": f"{bandwidth * kernel.reach:,.0f}"}
        raise InputError([Problem("density_all_blank", values=values)])
    return DensityLayer(
        configuration,
        townships[["name", "geometry"]],
        tuple(contours),
        source,
        int(incidents.amounts.sum()),
        incidents.periods,
        kernel,
        bandwidth,
        persons is not None,
    )


def _indicator(source: Source, configuration: Configuration) -> Indicator | None:
    """Return the first indicator that counts a source."""
    counting = (each for each in configuration.indicators if each.numerator == source.id)
    return next(counting, None)


def _refuse_small(bandwidth_m: float, kernel: Kernel) -> None:
    if not kernel.smallest_bandwidth_m <= bandwidth_m < np.inf:
        values = {"smallest": f"{kernel.smallest_bandwidth_m:,.0f}"}
        raise InputError([Problem("bandwidth_too_small", field="--bandwidth", values=values)])
