"""A quick look at whole columns: which cells may hold personal data at all.

Arrow (RE2) looks, and lets through nothing that a close look would find; a test holds the two
together. The patterns are wider than what they look for, and shorter than it.
"""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_jindu.screening.marks import PROVINCES
from geo_jindu.screening.readings import TYPED_FOR, ZERO_TO_NINE

_DEGREES = r"[+-]?[0-9]{1,3}\.[0-9]{1,20}"
_HARMLESS = (
    r"^(?:[0-9]{0,10}|[1-9][0-9]{11}"
    r"|[+-]?(?:[0-9]\.(?:[0-9]{1,10}|[0-9]{12,16})|[0-9]{2}\.[0-9]{1,15}|[0-9]{3}\.[0-9]{1,14}"
    r"|[0-9]{4,8}\.[0-9]{1,9})(?:[eE]-[0-9]{1,3})?"
    rf"|(?:POINT ?)?[(\[]?{_DEGREES}(?:[,; ]+{_DEGREES})+[)\]]?"
    r"|[0-9]{4}[-/.][0-9]{1,2}(?:[-/.][0-9]{1,2}(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?)?)$"
)
"""Counts, codes of 6, 9 and 12 digits, degrees alone and in pairs, metres and dates, as whole cells."""

_HARMLESS_TEXT = re.compile(_HARMLESS)

_NUMERALS = re.escape("".join([*ZERO_TO_NINE, *TYPED_FOR.values()]))
_BETWEEN = r"[^\p{L}\p{N}]*"
_DIGITS = rf"(?:[\p{{N}}{_NUMERALS}]{_BETWEEN}){{7}}"

_SHORTER = ((rf"[^\P{{N}}0-9]|[{_NUMERALS}]", "#"), (r"[^\p{L}0-9#]+", "-"))
"""Makes every other digit a ``#``, and one hyphen of all that is neither letter nor digit."""
_NUMBERS = (
    r"(?:^|[^0-9]|86|0)(?:[1#]-?[3-9#](?:-?[0-9#]){9})+(?:$|[^0-9])",
    r"[1-8#](?:-?[0-9#]){5}-?(?:[1#]-?[9#]|[2#]-?[0#])(?:-?[0-9#]){2}"
    r"-?[01#]-?[0-9#]-?[0-3#]-?[0-9#](?:-?[0-9#]){3}",
    r"(?:^|[^0-9])[1-8#][0-9#]{5}-?[3-9#][0-9#][01#][0-9#][0-3#][0-9#]-?[0-9#]{3}(?:$|[^0-9])",
    r"(?:^|[^0-9])(?:[4569#]-?[0-9#]|[2#]-?[2-7#]|[3#]-?[5#])(?:-?[0-9#]){14,17}(?:$|[^0-9])",
    r"[0-9#]-[0-9#]{8,17}\pL-?[1#][0-9#]",
    r"[\pL#]-?[0-9#]{7,12}(?:$|[^0-9])|[\pL#](?:-[0-9#]){7}",
)
"""Mobile numbers, citizen IDs, old ones, cards, powers of ten, permits."""

_COMPATIBLE = r"\x{2e80}-\x{2fdf}\x{f900}-\x{faff}"
"""Ideographs that are read as others."""
_MARKS = (
    r"[\p{Cf}\p{Mn}\p{Me}\x{115f}\x{1160}\x{3164}\x{ffa0}\x{2800}]",
    r"[\x{24b6}-\x{24e9}\x{1d400}-\x{1d6a5}\x{1f110}-\x{1f189}]",
    rf"[{PROVINCES}蘇遼滬魯贛雲貴陝寧瓊{_COMPATIBLE}](?:[^\p{{Han}}]|[{_NUMERALS}]){{5}}",
    r"[@＠﹫#＃﹟]|艾特|[(\[{<【（［｛＜﹙﹛⁽][^\p{Han}\p{Z}0-9]{2}[)\]}>】）］｝＞﹚﹜⁾]|(?is)\bat\b.*\bdot\b",
    rf"姓{_BETWEEN}名|[身⾝]份[证證]|[证證]件[号號]|公民[身⾝]|手[机機][号號]|[电電][话話][号號]|家庭住",
)
"""What does not show or is drawn as a letter, a province without Chinese after it, an address, a
header."""


def is_harmless(text: str) -> bool:
    """Return whether a text is nothing but a count, a code, degrees, metres or a date."""
    return _HARMLESS_TEXT.fullmatch(text) is not None


def find_suspects(cells: pd.Series) -> NDArray[np.intp]:
    """Return the positions of cells that deserve a close look, in order."""
    import pyarrow as pa

    texts = pa.array(cells.astype("str"), from_pandas=True).fill_null("")
    places = np.flatnonzero(~_match(texts, _HARMLESS))
    texts = texts.take(pa.array(places))
    suspicious = _hold_numbers(texts)
    for pattern in _MARKS:
        suspicious |= _match(texts, pattern)
    return places[suspicious]


def _hold_numbers(texts: Any) -> NDArray[np.bool_]:
    """Return which texts hold something like a number of a person."""
    import pyarrow as pa
    import pyarrow.compute as pc

    suspicious = _match(texts, _DIGITS)
    places = np.flatnonzero(suspicious)
    texts = texts.take(pa.array(places))
    for pattern, replacement in _SHORTER:
        texts = pc.replace_substring_regex(texts, pattern, replacement)
    suspicious[places] = np.logical_or.reduce([_match(texts, pattern) for pattern in _NUMBERS])
    return suspicious


def _match(texts: Any, pattern: str) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    found: NDArray[np.bool_] = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return found
