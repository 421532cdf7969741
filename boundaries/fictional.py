"""A fictional prefecture: invented townships where no land is.

The synthetic demonstration needs boundaries that nobody can take for real ones: 12 counties and
184 townships in the open North Pacific, a dense city with large rural townships round it.

1. Small cells (Voronoi), smaller round the county seats, cover the prefecture and some sea.
2. Counties grow from their seats from cell to neighbouring cell; townships grow likewise inside
   each county. So both are connected by construction.
3. Each cell edge between two townships, or a township and the sea, is drawn once as a rough line.
4. The lines are closed to polygons, scaled to the wanted area and put in place.
"""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy  # loads its parts when they are first used
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class County(NamedTuple):
    """An invented county; its seat is given in km east and north of the middle of the city."""

    name: str
    unit_counts: tuple[int, int, int]  # in the order of FIRST_CLASS_CODES
    seat_km: tuple[float, float]


COUNTIES = (
    County("甲县", (0, 17, 8), (34, 30)),
    County("乙市", (6, 19, 5), (-33, -33)),
    County("丙县", (4, 17, 3), (30, -36)),
    County("丁县", (0, 21, 1), (-44, 8)),
    County("戊市", (4, 14, 4), (-16, 42)),
    County("己县", (0, 15, 2), (0, -47)),
    County("庚县", (0, 7, 5), (48, -6)),
    County("辛区", (7, 1, 2), (-3, 4)),
    County("壬区", (4, 2, 0), (-4, -3)),
    County("癸区", (6, 0, 1), (4, 4)),
    County("子区", (5, 1, 0), (3, -4)),
    County("丑区", (1, 1, 1), (14, -10)),
)
COUNTY_SIZES = np.array([sum(county.unit_counts) for county in COUNTIES])
SEATS_KM = np.array([county.seat_km for county in COUNTIES])
FIRST_CLASS_CODES = {"街道": 1, "镇": 100, "乡": 200}  # sub-district, town, township

METRIC_CRS = "EPSG:32658"
CENTRE_M = (500_000.0, 2_986_500.0)  # 165.0 E, 27.0 N: open ocean
AREA_KM2 = 15_300.0
COAST_KM = 70.0  # mean distance of the coast, before scaling to AREA_KM2
MARGIN = 1.25  # cells reach this many times as far as the coast
CELL_KM2 = 3.5  # in the country; smaller round the seats
CELLS_PER_SUB_DISTRICT, SAMPLES_PER_CELL = 32, 5
LENGTH_SPREAD = 0.5  # of the ways from cell to cell; more makes wilder shapes
STEPS, ROUGHNESS = 4, 0.5  # pieces of a line between two cells, and their scatter
NECK_KM, TOLERANCE_KM = 0.03, 0.06  # least width of a link; of a step in a line
SEA = -1


class Cells(NamedTuple):
    """Voronoi cells, and the edges between them."""

    points: Floats  # (n, 2) [km]
    edges: Floats  # (m, 2 ends, 2) [km]
    sides: Ints  # (m, 2): the cells on the two sides of an edge


def make_fictional_prefecture(seed: int = 99) -> gpd.GeoDataFrame:
    """Make the townships of a fictional prefecture in the open North Pacific.

    Parameters
    ----------
    seed
        The same seed gives the same frame. A few (not 99) put a township inside another.

    Returns
    -------
    GeoDataFrame
        184 rows, RangeIndex, sorted by ``code``: ``code`` (9 digits, starting with 99), ``name``,
        ``county`` (the first 6 digits), ``county_name``, ``geometry`` (Polygon, EPSG:4326,
        6 decimals). A valid coverage of 15,300 [km2] in EPSG:32658; no value is missing.
    """
    rng = np.random.default_rng(seed)
    coast = _draw_coast(rng)
    cells = _lay_cells(rng, coast)
    county = _grow_counties(rng, cells, _measure_reach(cells.points, coast) < 1)
    township, centres = _grow_townships(rng, cells, county)
    lines = _draw_borders(rng, cells, township)
    polygons = _close_polygons(lines, _sort_outwards(cells.points[centres]))
    return gpd.GeoDataFrame(_list_units(), geometry=_place_on_earth(polygons))


def _draw_coast(rng: Generator) -> Floats:
    """Draw the coast as waves over the bearing: rows wave number, amplitude, phase; (3, k)."""
    waves = np.arange(2, 14)
    return np.array([waves, 0.25 / waves, rng.uniform(0, 2 * np.pi, waves.size)])


def _measure_reach(points: Floats, coast: Floats) -> Floats:
    """Measure how far out points (n, 2) [km] lie: 0 in the city, 1 on the coast; (n,)."""
    waves, amplitudes, phases = coast
    east, north = points.T
    swell = np.cos(np.outer(np.arctan2(east, north), waves) + phases) @ amplitudes
    reach: Floats = np.hypot(east, north) / (COAST_KM * np.exp(swell))
    return reach


def _lay_cells(rng: Generator, coast: Floats) -> Cells:
    """Lay cells over the prefecture and a margin of sea, smaller where people live close."""
    samples = _scatter_samples(rng, coast)
    points = rng.choice(samples, len(samples) // SAMPLES_PER_CELL, replace=False)
    for _ in range(3):
        _, nearest = scipy.spatial.KDTree(points).query(samples)
        points = pd.DataFrame(samples).groupby(nearest).mean().to_numpy()
    voronoi = scipy.spatial.Voronoi(points)
    ends = np.array(voronoi.ridge_vertices)
    finite = (ends >= 0).all(axis=1)
    return Cells(points, voronoi.vertices[ends[finite]], voronoi.ridge_points[finite])


def _scatter_samples(rng: Generator, coast: Floats) -> Floats:
    """Scatter samples (n, 2) [km] over land and margin, and more of them round the seats."""
    half = 2 * COAST_KM
    count = round((2 * half) ** 2 / CELL_KM2 * SAMPLES_PER_CELL)
    even = rng.uniform(-half, half, (count, 2))
    samples = [even[_measure_reach(even, coast) < MARGIN]]
    for _, (sub_districts, _, _), seat_km in COUNTIES:
        count = sub_districts * CELLS_PER_SUB_DISTRICT * SAMPLES_PER_CELL
        distance = rng.gamma(2, 0.6 * sub_districts**0.5, count)
        bearing = rng.uniform(0, 2 * np.pi, count)
        offset = distance * np.array([np.sin(bearing), np.cos(bearing)])
        samples.append(offset.T + seat_km)
    return np.concatenate(samples)


def _grow_counties(rng: Generator, cells: Cells, land: NDArray[np.bool_]) -> Ints:
    """Grow counties from their seats; give each cell its row of COUNTIES, or SEA.

    A cell goes to the seat with the shortest way plus handicap, and so do all cells on that way:
    the counties are connected. Handicaps rise for counties too large for their townships.
    """
    on_land = np.flatnonzero(land)
    _, seats = scipy.spatial.KDTree(cells.points[on_land]).query(SEATS_KM)
    links = _link_cells(rng, cells, land.astype(np.int64))
    ways = scipy.sparse.csgraph.dijkstra(links, directed=False, indices=on_land[seats])
    reached = np.isfinite(ways).all(axis=0)
    wanted = COUNTY_SIZES * reached.sum() / COUNTY_SIZES.sum()
    handicaps = np.zeros(len(COUNTIES))
    for _ in range(200):
        county = np.argmin(ways + handicaps[:, None], axis=0)
        handicaps += np.bincount(county[reached], minlength=len(COUNTIES)) / wanted - 1
    return np.where(reached, county, SEA)


def _grow_townships(rng: Generator, cells: Cells, county: Ints) -> tuple[Ints, Ints]:
    """Grow townships inside each county from centres that move to the middle of their township.

    Returns the township of each cell, or SEA, and the centre cells in the order of COUNTIES.
    """
    links = _link_cells(rng, cells, county)
    in_county = [np.flatnonzero(county == row) for row in range(len(COUNTIES))]
    starts = [rng.choice(*pair, replace=False) for pair in zip(in_county, COUNTY_SIZES, strict=True)]
    centres = np.concatenate(starts)
    for _ in range(12):
        *_, source = scipy.sparse.csgraph.dijkstra(
            links, directed=False, indices=centres, return_predecessors=True, min_only=True
        )
        township = pd.Index(centres).get_indexer(source)  # -1, SEA, where no way leads
        centres = _find_middles(cells.points, township)
    return township, centres


def _link_cells(rng: Generator, cells: Cells, group: Ints) -> "scipy.sparse.csr_array":
    """Link neighbours of the same group, but for mere touches, at random length; (n, n)."""
    inside = np.diff(group[cells.sides]).ravel() == 0
    wide = np.hypot(*np.diff(cells.edges, axis=1).T).ravel() > NECK_KM
    first, second = cells.sides[inside & wide].T
    lengths = rng.lognormal(0, LENGTH_SPREAD, first.size)
    return scipy.sparse.csr_array((lengths, (first, second)), shape=(group.size, group.size))


def _find_middles(points: Floats, township: Ints) -> Ints:
    """Find for each township, in order, its cell nearest to the mean of its cells."""
    located = pd.DataFrame(points)
    offsets = located - located.groupby(township).transform("mean")
    middles = offsets.pow(2).sum(axis=1).groupby(township).idxmin()
    return middles.drop(SEA).to_numpy()


def _draw_borders(rng: Generator, cells: Cells, township: Ints) -> Floats:
    """Draw each edge between two townships, or a township and the sea; (lines, STEPS + 1, 2) [km]."""
    border = np.diff(township[cells.sides]).ravel() != 0
    return draw_rough_lines(rng, cells.edges[border], cells.points[cells.sides[border, 0]])


def draw_rough_lines(
    rng: Generator, edges: Floats, apexes: Floats, steps: int = STEPS, roughness: float = ROUGHNESS
) -> Floats:
    """Draw Voronoi edges as rough lines that do not cross.

    A line stays inside a rhombus round its edge. The rhombus lies in the two triangles of the
    edge and the points of its two cells, which share nothing with the triangles of other edges:
    so no two lines can cross. Complex numbers stand for places; times 1j is a quarter turn.

    Parameters
    ----------
    edges
        Shape (m, 2 ends, 2).
    apexes
        The point of the cell on one side of each edge, shape (m, 2).
    steps, roughness
        Pieces of a line, and their scatter.

    Returns
    -------
    numpy.ndarray
        Shape (m, steps + 1, 2), in the unit of the input.
    """
    start, end = np.ascontiguousarray(edges).view(complex).transpose(1, 0, 2)
    apex = np.ascontiguousarray(apexes).view(complex)
    apex = (apex - start) / (end - start)  # seen from an edge that runs from 0 to 1
    reach = np.abs(apex.imag) / np.maximum(apex.real, 1 - apex.real) / 2
    along = np.linspace(0, 1, steps + 1)
    walk = rng.normal(0, roughness, (len(start), steps + 1)).cumsum(axis=1)
    aside = np.tanh(walk - walk.mean(axis=1, keepdims=True)) * (1 - np.abs(2 * along - 1))
    lines = start * (1 - along) + end * along + 1j * (end - start) * reach * aside
    return np.stack([lines.real, lines.imag], axis=-1)


def _sort_outwards(places: Floats) -> Floats:
    """Sort places (184, 2) [km] inside each county, so that sub-districts are near its seat."""
    county = np.repeat(np.arange(len(COUNTIES)), COUNTY_SIZES)
    east, north = (places - SEATS_KM[county]).T
    return places[np.lexsort([np.hypot(east, north), county])]


def _close_polygons(lines: Floats, places: Floats) -> gpd.GeoSeries:
    """Close lines to the polygons round places (184, 2) [km], in that order, with no tiny steps."""
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(lines)))
    _, holders = shapely.STRtree(faces).query(shapely.points(places), predicate="within")
    return gpd.GeoSeries(faces[holders]).simplify_coverage(TOLERANCE_KM)


def _place_on_earth(polygons: gpd.GeoSeries) -> gpd.GeoSeries:
    """Scale polygons [km] to AREA_KM2 and place them round CENTRE_M; EPSG:4326, 6 decimals.

    Every vertex is moved by the same rule, so the coverage stays valid.
    """
    scale = 1000 * (AREA_KM2 / polygons.area.sum()) ** 0.5
    metric = polygons.orient_polygons().transform(lambda km: km * scale + CENTRE_M)
    return metric.set_crs(METRIC_CRS).to_crs("EPSG:4326").transform(lambda xy: xy.round(6))


def _list_units() -> pd.DataFrame:
    """List code, name, county and county_name of all townships, by county and kind."""
    rows = []
    for number, county in enumerate(COUNTIES, 1):
        code = f"99{number:02}00"
        firsts = zip(FIRST_CLASS_CODES.items(), county.unit_counts, strict=True)
        classes = [(kind, first + i) for (kind, first), count in firsts for i in range(count)]
        rows += [
            (f"{code}{class_code:03}", f"{county.name[0]}{i:02}{kind}", code, county.name)
            for i, (kind, class_code) in enumerate(classes, 1)
        ]
    return pd.DataFrame(rows, columns=["code", "name", "county", "county_name"])
