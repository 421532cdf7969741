"""Folium elements whose rendered text is emitted as it is.

Folium renders each element from its template and then compiles the *result* as a template again,
data included: a township called ``{{...}}`` would run Python on the server. Here the result is kept
as plain text. A Folium class joins by listing `VerbatimElement` behind it: Python then reaches
`VerbatimElement.render` in the place of the method that compiles again.
"""

import folium
from branca.element import Element, Figure, MacroElement


class Verbatim(Element):
    """A piece of text that renders as itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_: object) -> str:
        """Return the text."""
        return self._text


class VerbatimElement(MacroElement):
    """An element that adds its rendered macros to the figure without compiling them again."""

    def render(self, **kwargs: object) -> str:
        """Render into the figure, then the children; the element itself is no text."""
        figure = self.get_root()
        macros = self._template.module.__dict__
        for part in ("header", "html", "script"):
            macro = macros.get(part)
            if macro is not None:
                piece = Verbatim(str(macro(self, kwargs)))
                getattr(figure, part).add_child(piece, name=self.get_name())
        for child in self._children.values():
            child.render(**kwargs)
        return ""


class Map(folium.Map, VerbatimElement):
    """A map that needs Leaflet alone: no tiles, no Bootstrap, no jQuery, no icons."""

    default_js = [("leaflet", folium.folium._default_js[0][1])]  # noqa: RUF012
    default_css = [("leaflet_css", folium.folium._default_css[0][1])]  # noqa: RUF012


class GeoJson(folium.GeoJson, VerbatimElement):
    """See `folium.GeoJson`."""


class GeoJsonPopup(folium.GeoJsonPopup, VerbatimElement):
    """See `folium.GeoJsonPopup`."""


class FeatureGroup(folium.FeatureGroup, VerbatimElement):
    """See `folium.FeatureGroup`."""


class LayerControl(folium.LayerControl, VerbatimElement):
    """See `folium.LayerControl`."""


class Marker(folium.Marker, VerbatimElement):  # type: ignore[misc]
    """See `folium.Marker`."""


class DivIcon(folium.DivIcon, VerbatimElement):
    """See `folium.DivIcon`."""


class FitBounds(folium.FitBounds, VerbatimElement):
    """See `folium.FitBounds`."""


def number_elements(figure: Figure) -> None:
    """Give every element a number instead of Folium's random id: equal input, equal bytes."""
    waiting: list[Element] = [figure]
    number = 0
    while waiting:
        element = waiting.pop(0)
        element._id = str(number)
        number += 1
        waiting.extend(element._children.values())
