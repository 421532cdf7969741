"""Serving a workspace from this machine."""

import errno
import ipaddress
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from geo_jindu.cli.line import is_stale
from geo_jindu.cli.terminal import language, say
from geo_jindu.errors import OutputError
from geo_jindu.outputs import FOLDER, GEOJSON, restore_interrupted
from geo_jindu.provenance import Provenance
from geo_jindu.texts import translate
from geo_jindu.tiers import Tier
from geo_jindu.workspace import read_workspace

DEMONSTRATION_LABEL = "demo"
DEMONSTRATION_LASTS = timedelta(days=1)


def serve_workspace(directory: Path, host: str, port: int) -> None:
    """Serve the results until interrupted; the address is printed.

    Of synthetic data, keys for every tier are printed too; they end with the service.

    Raises
    ------
    InputError, OutputError, StoreError
        If the workspace, its results or its store are missing or broken, or the port is taken.
    """
    import uvicorn

    from api import Settings, create_app

    workspace = read_workspace(directory)
    restore_interrupted(directory)
    app = create_app(Settings(workspace=directory))
    if is_stale(workspace):
        say("stale")
    listener = _listen(host, port)
    if not _is_loopback(listener):
        say("keys_readable", host=host)
    url = _url(host, listener)
    say("serving", url=url)
    # an access log would keep the keys that stand in addresses
    config = uvicorn.Config(app, log_level="warning", server_header=False, access_log=False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the keys end in this case too
    with _demonstration_keys(directory, url):
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _demonstration_keys(directory: Path, url: str) -> Iterator[None]:
    """Print a key for each tier, and one for a county, that ends with the block; of real data none."""
    from geo_jindu.store import open_store
    from geo_jindu.store.keys import create_key, revoke_key

    first = orjson.loads((directory / FOLDER / GEOJSON).read_bytes())["features"][0]["properties"]
    if first["provenance"] != Provenance.SYNTHETIC:
        yield
        return
    store = open_store(directory)
    expires = datetime.now(UTC) + DEMONSTRATION_LASTS
    readers = [(tier, "") for tier in Tier if tier is not Tier.PUBLIC]
    readers.append((Tier.PLANNER, first["county"]))
    say("demo_keys")
    made = []
    try:
        for tier, county in readers:
            key, text = create_key(
                store, tier, [county] if county else [], expires, DEMONSTRATION_LABEL
            )
            made.append(key.id)
            name = translate(f"tiers.{tier}", language())
            who = f"{name} · {first['county_name']}" if county else name
            say("demo_key", who=who, link=f"{url}sign-in?key={text}", text=text)
        yield
    finally:
        for key_id in made:
            revoke_key(store, key_id)
        store.close()


def _is_loopback(listener: socket.socket) -> bool:
    """Return whether only this machine can reach a listener."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def _url(host: str, listener: socket.socket) -> str:
    """Return where a browser on this machine finds the service."""
    address, port = listener.getsockname()[:2]
    if ipaddress.ip_address(address).is_unspecified:
        host = "::1" if listener.family is socket.AF_INET6 else "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with the protocol named, asyncio switches off Nagle's waiting, which costs small answers 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise OutputError("port_in_use", port=port) from None
        reason = error.strerror or type(error).__name__
        raise OutputError("address_unusable", host=host, port=port, reason=reason) from None
    return listener
