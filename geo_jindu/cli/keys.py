"""``geo-jindu keys``: who is let in to more than the public sees."""

import re
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from geo_jindu.cli.terminal import OUTPUT, language, say, show_notes, show_table
from geo_jindu.errors import InputError, Problem
from geo_jindu.texts import translate
from geo_jindu.tiers import Tier


def _help(key: str) -> str:
    return translate(f"cli_help.{key}", language())


app = typer.Typer(name="keys", help=_help("keys"), no_args_is_help=True)

Directory = Annotated[Path, typer.Argument(metavar="DIR", help=_help("directory"))]


@app.command(help=_help("keys_create"))
def create(
    directory: Directory,
    tier: Annotated[Tier, typer.Option(help=_help("key_tier"))],
    expires: Annotated[str, typer.Option(metavar="DAY", help=_help("key_expires"))],
    county: Annotated[list[str] | None, typer.Option(metavar="CODE", help=_help("key_county"))] = None,
    label: Annotated[str, typer.Option(help=_help("key_label"))] = "",
) -> None:
    """Make a key; on standard output stands nothing but its text."""
    from geo_jindu.store import open_store
    from geo_jindu.store.keys import create_key
    from geo_jindu.workspace import read_workspace

    expiry = _expiry(expires)
    with closing(open_store(read_workspace(directory).directory)) as store:
        key, text = create_key(store, tier, county or (), expiry, label)
    show_notes([Problem("key_shown_once", values={"id": key.id, "expires": _local(key.expires_at)})])
    OUTPUT.print(text)


@app.command(name="list", help=_help("keys_list"))
def show(directory: Directory) -> None:
    """List all keys."""
    from geo_jindu.store import open_store
    from geo_jindu.store.keys import list_keys

    with closing(open_store(directory, create=False)) as store:
        keys = list_keys(store)
    rows = [
        [
            key.id,
            key.tier,
            ", ".join(sorted(key.counties)) or _step("all_counties"),
            key.label,
            _local(key.created_at),
            _local(key.expires_at),
            _step(f"key_state_{key.state}"),
        ]
        for key in keys
    ]
    header = ("key", "key_tier", "key_counties", "key_label", "key_created", "key_expires", "key_state")
    show_table(_step("keys_title"), [_step(name) for name in header], rows, numbers=0)


@app.command(help=_help("keys_revoke"))
def revoke(
    directory: Directory,
    key_id: Annotated[str, typer.Argument(metavar="ID", help=_help("key_id"))],
) -> None:
    """Revoke a key."""
    from geo_jindu.store import open_store
    from geo_jindu.store.keys import revoke_key

    with closing(open_store(directory, create=False)) as store:
        revoke_key(store, key_id)
    say("key_revoked", id=key_id)


def _expiry(text: str) -> datetime:
    """Return the moment that ``2030-12-31`` (its end) or ``90d`` (from now) means."""
    from geo_jindu.store.times import end_of

    try:
        if days := re.fullmatch(r"(\d{1,5})d", text):
            return datetime.now(UTC) + timedelta(days=int(days[1]))
        return datetime.fromisoformat(end_of(date.fromisoformat(text)))
    except (ValueError, OverflowError):
        raise InputError([Problem("key_expiry_unreadable", field="--expires")]) from None


def _local(written: str) -> str:
    from geo_jindu.store.times import CALENDAR

    return f"{datetime.fromisoformat(written).astimezone(CALENDAR):%Y-%m-%d %H:%M}"


def _step(key: str) -> str:
    return translate(f"cli.{key}", language())
