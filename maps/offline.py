"""Scripts and styles from installed packages, and the proof that a page asks nobody for anything."""

import base64
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import folium
from xstatic.pkg import leaflet

_LEAFLET = Path(leaflet.BASE_DIR)

_FILE_OF_ADDRESS = {
    folium.folium._default_js[0][1]: _LEAFLET / "leaflet.js",
    folium.folium._default_css[0][1]: _LEAFLET / "leaflet.css",
}

_ADDRESS_ATTRIBUTES = frozenset(
    {"src", "srcset", "imagesrcset", "href", "xlink:href", "data", "poster", "background"}
    | {"action", "formaction", "http-equiv"}
)
_STYLE_ADDRESS = re.compile(r"""url\((?!\s*['"]?\s*(?:data:|#))|@import""", re.IGNORECASE)


class OutsideAddressError(Exception):
    """A page would load something from outside. A fault of this package, never of the input."""


@cache
def asset_text(address: str) -> str:
    """Return the text that an address used by Folium stands for, from an installed package.

    Raises
    ------
    OutsideAddressError
        If no installed file is known for it.
    """
    path = _FILE_OF_ADDRESS.get(address)
    if path is None:
        raise OutsideAddressError(f"no installed file for {address}")
    text = path.read_text("utf-8")
    if path.suffix == ".css":
        return re.sub(r"url\(([^)]+)\)", lambda found: _embedded(path.parent, found[1]), text)
    return re.sub(r"(?m)^//# sourceMappingURL=.*$", "", text)


def refuse_outside_addresses(page: str) -> None:
    """Raise an `OutsideAddressError` if the page names an address to load, in markup or in a style."""
    _AddressParser().feed(page)


def _embedded(folder: Path, written: str) -> str:
    name = written.strip("'\"")
    if name.startswith("#"):  # a reference within a document, as in old VML styles
        return f"url({name})"
    content = base64.b64encode((folder / name).read_bytes()).decode("ascii")
    return f"url(data:image/png;base64,{content})"


class _AddressParser(HTMLParser):
    """Looks at attributes that load and at the text of styles.

    A link up to another page of the same service loads nothing by itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attrs:
            inside = ("#", "data:", "../") if tag == "a" else ("#", "data:")
            loads = name in _ADDRESS_ATTRIBUTES and not (value or "").startswith(inside)
            if loads or (name == "style" and _STYLE_ADDRESS.search(value or "")):
                raise OutsideAddressError(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        found = _STYLE_ADDRESS.search(data) if self._in_style else None
        if found:
            raise OutsideAddressError(found[0])
