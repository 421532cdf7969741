"""The page of published figures of a real city, and where the fictional demonstration has them."""

from importlib.resources import files
from typing import get_args

import jinja2

from geo_jindu.provenance import Provenance
from geo_jindu.published import read_facts
from geo_jindu.published.margin_table import list_margins
from geo_jindu.published.wording import describe_facts
from geo_jindu.texts import Language, translate

SEEN_ON_MAP = ("outflow", "key_areas")
"""How the ids of margins begin that can be seen in the results of the demonstration."""


def published_pages(language: Language, provenance: Provenance) -> dict[str, str]:
    """Return the published figures in the workspace's language, and in both, by path."""
    is_demo = provenance is Provenance.SYNTHETIC
    pages = {"/published": draw_published(language, is_demo=is_demo)}
    for each in get_args(Language):
        pages[f"/published/{each}"] = draw_published(each, is_demo=is_demo, root="../")
    return pages


def draw_published(language: Language, *, is_demo: bool, root: str = "") -> str:
    """Return the page of published figures.

    Parameters
    ----------
    is_demo
        Whether the service serves the demonstration; then the page links to its map and table.
    root
        Relative path from the page to the front page: empty for ``/published``, ``../`` for
        ``/published/zh``.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_own_text("published.html.j2")).render(
        case=read_facts(),
        chapters=describe_facts(language),
        margins=list_margins(language),
        language=language,
        other="zh" if language == "en" else "en",
        tags={"zh": "zh-CN", "en": "en"},
        is_demo=is_demo,
        root=root,
        seen_on_map=SEEN_ON_MAP,
        say=lambda key: translate(key, language),
        own_style=_own_text("published.css"),
    )


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
