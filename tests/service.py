"""What tests of the web service share: a served workspace, and readers of every kind."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from api import Settings, create_app
from geo_jindu.cli.line import run_line
from geo_jindu.store import open_store
from geo_jindu.store.keys import create_key
from geo_jindu.tiers import Tier

SITE = "https://geo-jindu.test"
"""A cookie that is `Secure` is sent over this."""


def make_key(
    directory: Path,
    tier: Tier,
    counties: Iterable[str] = (),
    lasts: timedelta = timedelta(days=1),
) -> str:
    """Return the text of a new key to the store of a workspace."""
    store = open_store(directory)
    _, text = create_key(store, tier, list(counties), datetime.now(UTC) + lasts, "test")
    store.close()
    return text


def bearer(text: str) -> dict[str, str]:
    """Return the header by which a program shows a key or token."""
    return {"Authorization": f"Bearer {text}"}


def client_of(app: FastAPI, text: str = "") -> TestClient:
    """Return a client that shows a key, or none."""
    headers = bearer(text) if text else {}
    return TestClient(app, SITE, headers=headers, raise_server_exceptions=False, follow_redirects=False)


def serve(directory: Path, tier: Tier = Tier.PLANNER) -> TestClient:
    """Run the line in a workspace and return a client of its service, with a key unless it is the public."""
    run_line(directory)
    app = create_app(Settings(workspace=directory))
    return client_of(app, "" if tier is Tier.PUBLIC else make_key(directory, tier))
