"""The page of methods: what each figure says, assumes and cannot say, in both languages."""

from importlib.resources import files
from typing import get_args

import jinja2

from geo_jindu.hotspots.emerging import EmergingClass
from geo_jindu.hotspots.local_moran import ClusterClass
from geo_jindu.texts import Language, translate

CLASSES = {"emerging_class": EmergingClass, "cluster_class": ClusterClass}
"""Classes whose meanings stand on the page, by the section of their texts."""


def methods_pages(language: Language) -> dict[str, str]:
    """Return the page in the workspace's language, and in both, by path."""
    pages = {"/methods": draw_methods(language)}
    return pages | {f"/methods/{each}": draw_methods(each, root="../") for each in get_args(Language)}


def draw_methods(language: Language, *, root: str = "") -> str:
    """Return the page, made of ``methods.<language>.md`` and the texts of the classes.

    Parameters
    ----------
    root
        Relative path from the page to the front page, as in `api.published.draw_published`.
    """
    from markdown_it import MarkdownIt

    written = _own_text(f"methods.{language}.md")
    title = written.partition("\n")[0].removeprefix("# ")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_own_text("methods.html.j2")).render(
        title=title,
        content=MarkdownIt("commonmark", {"html": False}).enable("table").render(written),
        classes={
            section: [
                (
                    translate(f"{section}.{each}", language),
                    translate(f"{section}_meanings.{each}", language),
                )
                for each in kind
            ]
            for section, kind in CLASSES.items()
        },
        language=language,
        other="zh" if language == "en" else "en",
        tags={"zh": "zh-CN", "en": "en"},
        root=root,
        say=lambda key: translate(key, language),
        own_style=_own_text("published.css"),
    )


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
