"""Every sentence a person reads, in Chinese and English, from ``texts.toml``."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["zh", "en"]


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    sections = tomllib.loads(files(__package__).joinpath("texts.toml").read_text("utf-8"))
    return {
        f"{section}.{key}": text for section, keys in sections.items() for key, text in keys.items()
    }


def translate(key: str, language: Language, **values: object) -> str:
    """Return the sentence ``key`` in ``language`` with ``values`` filled in.

    Raises
    ------
    KeyError
        If the catalogue has no such key; a test looks every key up in both languages.
    """
    return _catalogue()[key][language].format(**values)
