"""Places small enough to check by eye, and where the real data stand."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import psycopg
import pytest
import shapely
from browser import CHROMIUM, DESK, OPTIONS, Visit
from postgresql import PROGRAMS, running_server
from scipy.sparse import csr_array

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("GEO_JINDU_SHARED", ROOT.parent / "shared"))

GRID = {
    "990000101": ("甲镇", "990001", "东县", shapely.box(500_000, 3_000_000, 501_000, 3_001_000)),
    "990000102": ("乙镇", "990001", "东县", shapely.box(501_000, 3_000_000, 502_000, 3_001_000)),
    "990000103": ("丙街道", "990001", "东县", shapely.box(502_000, 3_000_000, 503_000, 3_001_000)),
    "990000201": ("丁乡", "990002", "西县", shapely.box(500_000, 3_001_000, 501_000, 3_002_000)),
    "990000202": ("戊镇", "990002", "西县", shapely.box(501_000, 3_001_000, 502_000, 3_002_000)),
    "990000203": ("己镇", "990002", "西县", shapely.box(502_000, 3_001_000, 503_000, 3_002_000)),
}
GRID_CRS = "EPSG:32658"

CONFIGURATION = """
[area]
name = "格子市"
language = "{language}"
measuring_crs = "EPSG:32658"
provenance = "synthetic"

[boundaries]
file = "townships.gpkg"
code = "code"
name = "name"
county = "county"
county_name = "county_name"
datum = "wgs84"
vintage = "2018-01-01"
source = "made for a test"
licence = "MIT"
fictional = true

[[sources]]
id = "incidents"
kind = "incidents"
file = "incidents.csv"
datum = "wgs84"
[sources.fields]
longitude = "lon"
latitude = "lat"
period = "date"

[[sources]]
id = "residents"
kind = "resident_population"
file = "population.csv"
[sources.fields]
code = "code"
name = "name"
count = "persons"

[[indicators]]
id = "incident"
name = "涉毒案件"
kind = "reported_incidents"
polarity = "higher_is_worse"
use = "severity"
numerator = "incidents"
denominator = "residents"
window = ["2018-01", "2018-12"]

[ranking]
k = 2
draws = 2000
"""

# Middle of each township in degrees, as many times as there are incidents: 5, 1, 0 / 2, 3, 1.
COUNTS = {
    "990000101": 5,
    "990000102": 1,
    "990000103": 0,
    "990000201": 2,
    "990000202": 3,
    "990000203": 1,
}


@pytest.fixture
def grid() -> gpd.GeoDataFrame:
    """Six townships of one square kilometre each, index = code, in metres.

    ::

        +---------+---------+---------+
        | 201 丁  | 202 戊  | 203 己  |   西县
        +---------+---------+---------+
        | 101 甲  | 102 乙  | 103 丙  |   东县
        +---------+---------+---------+
    """
    return make_grid()


def make_grid() -> gpd.GeoDataFrame:
    """Return the townships of the `grid` fixture."""
    names, counties, county_names, shapes = zip(*GRID.values(), strict=True)
    return gpd.GeoDataFrame(
        {"name": names, "county": counties, "county_name": county_names},
        index=list(GRID),
        geometry=list(shapes),
        crs=GRID_CRS,
    )


def lattice_neighbours(rows: int, columns: int) -> csr_array:
    """Return who touches whom, corners included, on a lattice; ones, without self."""
    cells = np.arange(rows * columns).reshape(rows, columns)
    pairs = [
        (cells[:, :-1], cells[:, 1:]),
        (cells[:-1], cells[1:]),
        (cells[:-1, :-1], cells[1:, 1:]),
        (cells[1:, :-1], cells[:-1, 1:]),
    ]
    first, second = (np.concatenate([pair[at].ravel() for pair in pairs]) for at in (0, 1))
    both = np.append(first, second), np.append(second, first)
    return csr_array((np.ones(len(both[0])), both), shape=(cells.size, cells.size))


@pytest.fixture
def make_workspace(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the grid as a workspace: every file can be replaced."""

    def make(
        *,
        incidents: str | bytes | None = None,
        population: str | bytes | None = None,
        configuration: str = CONFIGURATION,
        townships: gpd.GeoDataFrame | None = None,
        language: str = "en",
        name: str = "workspace",
    ) -> Path:
        directory = tmp_path / name
        directory.mkdir()
        frame = make_grid() if townships is None else townships
        frame.rename_axis("code").reset_index().to_crs(4326).to_file(directory / "townships.gpkg")
        _write(directory / "incidents.csv", incidents, incident_rows())
        _write(directory / "population.csv", population, population_rows())
        text = configuration.replace("{language}", language)
        (directory / "geo_jindu.toml").write_text(text, encoding="utf-8")
        return directory

    return make


def incident_rows() -> str:
    """Return the incidents of `COUNTS`, all in 2018, one month each in turn."""
    middle = make_grid().geometry.centroid.to_crs(4326)
    rows = [(middle[code].x, middle[code].y) for code, number in COUNTS.items() for _ in range(number)]
    lines = [f"2018-{at % 12 + 1:02d},{x:.7f},{y:.7f}" for at, (x, y) in enumerate(rows)]
    return "\n".join(["date,lon,lat", *lines, ""])


def population_rows(persons: dict[str, object] | None = None) -> str:
    """Return 1,000 persons in each township, or what ``persons`` says instead."""
    written = dict.fromkeys(GRID, 1000) | (persons or {})
    lines = [f"{code},{GRID[code][0]},{number}" for code, number in written.items()]
    return "\n".join(["code,name,persons", *lines, ""])


def _write(path: Path, content: str | bytes | None, otherwise: str) -> None:
    written = otherwise if content is None else content
    path.write_bytes(written if isinstance(written, bytes) else written.encode("utf-8"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data, or skip with the reason."""
    if not SHARED.is_dir():
        pytest.skip(f"the real data are not beside the checkout ({SHARED.name}/ is missing)")
    return SHARED


@pytest.fixture
def west_yorkshire(tmp_path: Path, shared: Path) -> Path:
    """Return a copy of the example workspace whose paths lead to the real data."""
    text = (ROOT / "examples" / "west_yorkshire" / "geo_jindu.toml").read_text("utf-8")
    (tmp_path / "geo_jindu.toml").write_text(
        text.replace("../../../shared", shared.as_posix()), "utf-8"
    )
    return tmp_path


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Return a running Chromium; without it skip, but fail where CI is meant to have it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if sync_playwright is None or CHROMIUM is None:
        missing = "the Python package playwright" if sync_playwright is None else "chromium"
        reason = f"browser tests need {missing}, which is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens an address in a fresh profile, by default with the network off."""
    contexts = []

    def open_page(
        address: str, *, offline: bool = True, size: dict[str, int] = DESK, **options
    ) -> Visit:
        context = chromium.new_context(viewport=size, **options)
        contexts.append(context)
        context.set_offline(offline)
        visit = Visit(context.new_page())
        visit.watch()
        visit.page.goto(address, wait_until="load")
        visit.page.wait_for_timeout(300)
        return visit

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Yield the address of a PostgreSQL server, with ``{name}`` where the database is named."""
    if PROGRAMS is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed")
    with running_server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name the kind of database that stores opened in the test use; each test has its own."""
    if request.param == "postgresql":
        address = request.getfixturevalue("postgresql_server")
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(address.format(name="postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        monkeypatch.setenv("GEO_JINDU_DATABASE_URL", address.format(name=name))
    return str(request.param)
