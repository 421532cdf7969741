"""The ways a text can be read: what a clerk types and what a person sees are not the same characters.

``１３８``, ``①③⑧``, ``一三八``, ``l38`` and 138 with an invisible character between its digits all
read 138. A text is read in several ways, because one disguise is another's plain text: ① before a
number is its place in a list, and 一 a word.
"""

import re
import unicodedata
from collections.abc import Mapping

ZERO_TO_NINE = (
    "〇零○◯洞",
    "一壹幺",
    "二贰貳两",
    "三叁叄",
    "四肆",
    "五伍",
    "六陆陸",
    "七柒拐",
    "八捌",
    "九玖勾",
)
"""Numerals as they are written, and as they are spoken on the radio."""
TYPED_FOR = {"0": "oOоОοΟｏＯ", "1": "lIi|ΙｌＩｉ｜"}
"""Letters typed for a digit; L is not: ``L`` and ten digits are a serial number."""

_INVISIBLE = {"Cf", "Mn", "Me"}
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"
_NO_BLANK_LETTERS = str.maketrans("", "", _BLANK_LETTERS)
_SAME_LETTER = {
    **str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX"),  # Cyrillic
    **str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),  # Greek
    **str.maketrans("×✕✖╳Ⅹⅹ", "XXXXXX"),
    **str.maketrans(
        "蘇遼滬魯贛雲貴陝寧瓊證電話機聯繫絡當戶護車號碼處責",
        "苏辽沪鲁赣云贵陕宁琼证电话机联系络当户护车号码处责",
    ),
}
_DIGIT_OR_TYPED = "".join([r"\d", *TYPED_FOR.values()])
_TYPED_NUMBER = re.compile(rf"(?<![A-Za-z])(?:[{_DIGIT_OR_TYPED}][\W_]*){{11,}}")
_TYPED = str.maketrans({letter: digit for digit, letters in TYPED_FOR.items() for letter in letters})


class _Reading(dict[int, str]):
    """How each character is read, for `str.translate`; worked out when it is first met."""

    def __init__(self, also: Mapping[str, str] | None = None, *, enclosed: bool = False) -> None:
        super().__init__(str.maketrans(dict(also or {})))
        self._enclosed = enclosed

    def __missing__(self, code: int) -> str:
        self[code] = read = self._read(chr(code))
        return read

    def _read(self, character: str) -> str:
        category = unicodedata.category(character)
        if category in _INVISIBLE or character in _BLANK_LETTERS:
            return ""
        if category == "Nd":
            return str(unicodedata.decimal(character))
        if category == "Pd" or character == "−":
            return "-"
        if category[0] in "ZC":
            return " "
        if category in {"No", "Nl"} and ord(character) not in _SAME_LETTER:
            return self._read_number(character)
        same = unicodedata.normalize("NFKC", character)
        if len(same) == 1 and same != character:
            return self[ord(same)]
        return same.upper().translate(_SAME_LETTER)

    def _read_number(self, character: str) -> str:
        """Read ①, ❶, ⒈ and 〡 as 1 where they stand for digits, else as a blank."""
        value = unicodedata.numeric(character, -1.0)
        is_digit = self._enclosed and value in range(10)
        return str(int(value)) if is_digit else " "


_PLAIN = _Reading()
_ENCLOSED = _Reading(enclosed=True)
_SPOKEN = _Reading(
    {numeral: str(digit) for digit, numerals in enumerate(ZERO_TO_NINE) for numeral in numerals},
    enclosed=True,
)


def read_plainly(text: str) -> str:
    """Return ``text`` in capitals of one width, with single blanks and nothing invisible."""
    return " ".join(text.translate(_PLAIN).split())


def read_every_way(text: str) -> list[str]:
    """Return the readings of ``text``, the plain one first, each once."""
    readings = [_PLAIN] if text.isascii() else [_PLAIN, _ENCLOSED, _SPOKEN]
    written = [text.translate(reading) for reading in readings]
    one_width = unicodedata.normalize("NFKC", text).translate(_NO_BLANK_LETTERS)
    typed = _TYPED_NUMBER.sub(lambda found: found[0].translate(_TYPED), one_width)
    if typed != one_width:
        written.append(typed.translate(_PLAIN))
    return list(dict.fromkeys(" ".join(reading.split()) for reading in written))
