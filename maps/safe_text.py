"""The one function that every text on a map goes through.

Folium puts texts into JavaScript template literals and Leaflet puts them into the page as HTML. So
escaping HTML is not enough: ``${...}``, a backtick or a backslash would run or break out as well.
Entities for them read the same on the page and mean nothing to JavaScript. Exports never come here.
"""

import html

_ENTITIES = str.maketrans({mark: f"&#{ord(mark)};" for mark in "\\`${}"})


def display_text(text: object) -> str:
    """Return ``text`` as HTML that shows it and can do nothing else."""
    return html.escape(str(text), quote=True).translate(_ENTITIES)
