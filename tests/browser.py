"""What browser tests share: a page and what happens on it, a served workspace, what a map shows."""

import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from service import make_key
from starlette.types import ASGIApp, Receive, Scope, Send

from api import Settings, create_app
from geo_jindu.cli.line import run_line
from geo_jindu.outputs import MAP
from geo_jindu.tiers import Tier

CHROMIUM = shutil.which("chromium")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOWNSHIPS = "path.leaflet-interactive[fill]:not([fill=none])"
THEMES = ".leaflet-control-layers-base label"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@dataclass
class Visit:
    """A page, and everything that happened on it."""

    page: object
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Write down requests, errors and dialogs from now on."""
        page = self.page
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", lambda message: self._read(message.type, message.text))
        page.on("dialog", self._dismiss)

    def _read(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} or "Content Security Policy" in text:
            self.complaints.append(f"{kind}: {text}")

    def _dismiss(self, dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


def start_server(directory: Path) -> tuple[str, Callable[[], None]]:
    """Serve a workspace to a planner on a free port; return the address and what stops it."""
    app = _with_key(create_app(Settings(workspace=directory)), make_key(directory, Tier.PLANNER))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(10)

    return f"http://127.0.0.1:{listener.getsockname()[1]}/", stop


def _with_key(app: ASGIApp, key: str) -> ASGIApp:
    """Return an application to which every request shows a key."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        header = (b"authorization", f"Bearer {key}".encode())
        await app({**scope, "headers": [*scope.get("headers", ()), header]}, receive, send)

    return respond


def draw(directory: Path) -> str:
    """Run the line in a workspace and return the address of the map file."""
    _, folder = run_line(directory)
    return (folder / MAP).as_uri()


def fills(page) -> list[str]:
    """Return the colour of each township."""
    return page.eval_on_selector_all(TOWNSHIPS, "all => all.map(each => each.getAttribute('fill'))")


def shown_legends(page) -> list[str]:
    """Return the headings of the legends that are seen."""
    visible = "all => all.filter(e => e.offsetParent).map(e => e.querySelector('h2').textContent)"
    return page.eval_on_selector_all("section.legend", visible)


def legend_entries(page) -> list[tuple[str, int]]:
    """Return each colour of the legend that is seen and how many townships it says have it."""
    entries = page.eval_on_selector_all(
        "section.legend:not([hidden]) li",
        """all => all.map(each => {
            const [red, green, blue] = each.querySelector("i").style.background.match(/\\d+/g);
            const hex = [red, green, blue].map(n => (+n).toString(16).padStart(2, "0")).join("");
            return ["#" + hex, parseInt(each.querySelector("small").textContent)];
        })""",
    )
    return [(colour, number) for colour, number in entries]


def overflow(page) -> int:
    """Return by how many pixels the document is wider than the window."""
    root = "document.documentElement"
    return page.evaluate(
        f"Math.max({root}.scrollWidth, document.body.scrollWidth) - {root}.clientWidth"
    )


def fire_on_townships(page, event: str) -> None:
    """Let each township feel the mouse where it is drawn, also if something lies above it."""
    page.eval_on_selector_all(
        TOWNSHIPS,
        """(all, type) => all.forEach(each => {
            const box = each.getBoundingClientRect();
            const at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
            each.dispatchEvent(new MouseEvent(type, { ...at, bubbles: true, view: window }));
        })""",
        event,
    )
