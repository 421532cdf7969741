"""Requests a second for the township GeoJSON, beside a route that makes it anew for each request."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import uvicorn
from fastapi import FastAPI, Response
from places import assess_demonstration
from rows import PER_SECOND, Row
from starlette.middleware.gzip import GZipMiddleware

from api import Settings, create_app
from geo_jindu.cli.line import run_line
from geo_jindu.outputs import FOLDER, GEOJSON
from geo_jindu.tiers import Tier

OURS, PEER = "/townships.geojson", "/plain/townships.geojson"
PEER_NAME = "FastAPI, to_json per request"
MANY, FEW = 2_000, 20
"""Requests to us and to the peer."""


def measure_service() -> list[Row]:
    """Ask both routes of one server for the whole answer, packed, and for what is known already."""
    with TemporaryDirectory() as folder:
        workspace = Path(folder, "workspace")
        assess_demonstration(workspace)
        run_line(workspace)
        townships = gpd.read_file(workspace / FOLDER / Tier.PUBLIC / GEOJSON)
        app = create_app(Settings(workspace=workspace))
        app.mount("/plain", _plain_app(townships))
        with _serve(app) as port:
            etag, size = _look(port)
            return [
                _compare(port, "whole", 200, f"{size / 1e6:.2f} MB", {"Accept-Encoding": "identity"}),
                _compare(port, "gzip", 200, "peer: GZipMiddleware", {"Accept-Encoding": "gzip"}),
                _compare(port, "304", 304, "peer: no ETag, all again", {"If-None-Match": etag}),
            ]


def _plain_app(townships: gpd.GeoDataFrame) -> FastAPI:
    app = FastAPI()
    app.add_middleware(GZipMiddleware)

    @app.get("/townships.geojson")
    def answer() -> Response:
        return Response(townships.to_json(), media_type="application/geo+json")

    return app


@contextmanager
def _serve(app: FastAPI) -> Iterator[int]:
    """Serve on a free port of 127.0.0.1 while the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def _look(port: int) -> tuple[str, int]:
    """Return ETag and bytes of our whole answer."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", OURS, headers={"Accept-Encoding": "identity"})
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    return answer.headers["ETag"], size


def _compare(port: int, what: str, status: int, note: str, headers: dict[str, str]) -> Row:
    ours = _requests_per_second(port, OURS, MANY, status, headers)
    peer = _requests_per_second(port, PEER, FEW, 200, headers)
    return Row(f"serve 184 townships: {what}", ours, PER_SECOND, peer, PEER_NAME, note)


def _requests_per_second(
    port: int, path: str, requests: int, status: int, headers: dict[str, str], repeats: int = 3
) -> float:
    """Return the best rate of some runs; each asks from a process of its own, one request at a time."""
    load = [sys.executable, "-P", str(Path(__file__).with_name("load.py"))]
    call = [str(port), path, str(requests), str(status), *(f"{k}={v}" for k, v in headers.items())]
    runs = [subprocess.run([*load, *call], stdout=subprocess.PIPE, check=True) for _ in range(repeats)]
    return requests / min(float(run.stdout) for run in runs)
