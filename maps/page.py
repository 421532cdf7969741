"""A Folium map put into a page of ours: one HTML file with scripts and styles inside."""

from functools import cache
from importlib.resources import files
from typing import cast

import jinja2
from branca.element import CssLink, Figure, JavascriptLink

from maps.offline import asset_text, refuse_outside_addresses
from maps.verbatim import Map


def figure_of(canvas: Map) -> Figure:
    """Return the figure that holds the pieces of a map."""
    return cast(Figure, canvas.get_root())


def render_page(canvas: Map, name: str, **values: object) -> str:
    """Render a map into the page of this name: its template, its script and the one style sheet.

    Parameters
    ----------
    values
        What the template shows; texts are escaped by the template.

    Raises
    ------
    OutsideAddressError
        If the page would load anything from outside.
    """
    figure = figure_of(canvas)
    for child in figure._children.values():
        child.render()
    header = figure.header._children.values()
    page = _template(name).render(
        styles=[asset_text(each.url) for each in header if isinstance(each, CssLink)],
        scripts=[asset_text(each.url) for each in header if isinstance(each, JavascriptLink)],
        map_html=figure.html.render(),
        map_script=figure.script.render(),
        own_style=_own_text("page.css"),
        own_script=_own_text("controls.js") + _own_text(f"{name}.js"),
        **values,
    )
    refuse_outside_addresses(page)
    return page


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_own_text(f"{name}.html.j2"))


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
