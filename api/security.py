"""Headers that keep a page to itself, and requests that another site made a browser send."""

import base64
import hashlib
from html.parser import HTMLParser
from urllib.parse import urlsplit

from starlette.requests import Request

PLAIN_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def page_headers(page: str, *, scripts: str = "", forms: bool = False) -> dict[str, str]:
    """Return the headers of an HTML page.

    The scripts in the page are allowed by their digests. A nonce would have to be new in every
    answer, but these pages are made once; with digests even a script that found its way into the
    page could not run unless it was there when the page was made.

    Parameters
    ----------
    scripts
        Further script sources, such as ``'self'``.
    forms
        Whether the page may send forms, to this service. Then its own address is told to this service:
        without that a browser calls the origin of a form ``null``, as if it were another site's.
    """
    finder = _ScriptFinder()
    finder.feed(page)
    allowed = " ".join([*finder.sources, *scripts.split()]) or "'none'"
    targets = "'self'" if forms else "'none'"
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; "
        f"base-uri 'none'; form-action {targets}; frame-ancestors 'self'"
    )
    referrer = "same-origin" if forms else "no-referrer"
    return PLAIN_HEADERS | {"Content-Security-Policy": policy, "Referrer-Policy": referrer}


def is_foreign(request: Request) -> bool:
    """Return whether another site made the browser send this; programs that say nothing are none."""
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return True
    origins = request.headers.getlist("origin")
    own = request.headers.get("host", "")
    return any(urlsplit(origin).netloc != own for origin in origins)


class _ScriptFinder(HTMLParser):
    """Collects the digest of every script that stands in the page."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self._script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = {"src", "type"} & {name for name, _ in attrs}
        if tag == "script" and not kept:
            self._script = []

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            digest = hashlib.sha256("".join(self._script).encode()).digest()
            self.sources.append(f"'sha256-{base64.b64encode(digest).decode()}'")
            self._script = None
