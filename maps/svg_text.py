"""Texts in a drawing: in fonts that have Chinese, and unable to do anything but be read."""

import hashlib
import html
import re
import unicodedata

from maps.safe_text import display_text

STYLE = (
    "font-family: 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', "
    "system-ui, sans-serif; stroke-linejoin: round; stroke-linecap: butt"
)
"""Of a whole drawing; the fonts are those of the pages."""
MISSING = "〓"
"""What Chinese print puts in the place of a character it has no type for."""

_TEXT_NODE = re.compile(r"(<text\b[^>]*>)([^<]*)(</text>)")
_NOISE = re.compile(
    r"<!--.*?-->\n?|<metadata>.*?</metadata>\n?|<defs>\s*<style.*?</defs>\n?"
    r"|(?<=<g) id=\"[^\"]*\"|(?<=; )font-family: [^;\"]*(?:; )?| transform=\"rotate\(-0 [^\"]*\"",
    re.DOTALL,
)
"""What matplotlib writes and a page has no use for: comments, metadata, a style that would hold for the
whole page, ids that every drawing would have, the font of each text."""
_ID = re.compile(r"(?<= id=\")\w+|(?<=url\(#)\w+|(?<=href=\"#)\w+")
_UNREADABLE = {"Cc", "Cf", "Cs"}


def readable_text(text: object) -> str:
    """Return ``text`` on one line, with 〓 for what no page can show or XML forbids.

    Those are control characters and invisible ones, which could also turn the direction of a line.
    """
    line = " ".join(str(text).split())
    return "".join(MISSING if _is_unreadable(each) else each for each in line)


def _is_unreadable(character: str) -> bool:
    return unicodedata.category(character) in _UNREADABLE or character in "\ufffe\uffff"


def svg_text(text: object) -> str:
    """Return ``text`` as SVG, or HTML, that shows it and can do nothing else."""
    return display_text(readable_text(text))


def text_width(text: str) -> int:
    """Return how wide a text is: 2 for each Chinese character, 1 for each other."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def shorten(text: object, width: int) -> str:
    """Return a readable text no wider than ``width``, with … in the place of what was cut."""
    line = readable_text(text)
    if text_width(line) <= width:
        return line
    while text_width(line) > width - 1:
        line = line[:-1]
    return line + "…"


def finish_drawing(drawn: str, title: str, description: str) -> str:
    """Make a drawing by matplotlib fit for a page: named for screen readers, its texts safe."""
    drawn = _NOISE.sub("", drawn[drawn.index("<svg") :])
    drawn = _TEXT_NODE.sub(lambda at: at[1] + svg_text(html.unescape(at[2])) + at[3], drawn)
    return name_drawing(drawn, title, description)


def name_drawing(drawn: str, title: str, description: str) -> str:
    """Give an SVG the name and the description that a screen reader reads out.

    Its ids become its own, since a page may hold several drawings.
    """
    name = "d" + hashlib.sha256(f"{title}\n{description}\n{drawn}".encode()).hexdigest()[:12]
    drawn = _ID.sub(lambda at: name + at[0], drawn)
    label = f'<svg role="img" aria-labelledby="{name}t {name}d" style="{STYLE}"'
    opening, rest = drawn.removeprefix("<svg").split(">", 1)
    said = f'<title id="{name}t">{svg_text(title)}</title>'
    said += f'<desc id="{name}d">{svg_text(description)}</desc>'
    return f"{label}{opening}>{said}{rest}"
