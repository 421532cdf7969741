"""The page where a key is entered; it works without scripts."""

from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

from geo_jindu.texts import translate


def draw_sign_in(facts: dict[str, Any], root: str, problem: str = "") -> str:
    """Return the page.

    Parameters
    ----------
    facts
        What the public may know of the assessment: its title and language.
    root
        Path under which the service is.
    problem
        Why the page is shown instead of what was asked for; empty if it is what was asked for.
    """
    language = facts["area"]["language"]
    return _template().render(
        title=facts["title"],
        language="zh-CN" if language == "zh" else language,
        root=root,
        problem=problem,
        say=lambda key: translate(key, language),
        own_style=_own_text("sign_in.css"),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_own_text("sign_in.html.j2"))


@cache
def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
