"""Numbers of persons in a reading: digits in groups, with whatever is typed between the groups.

A number begins and ends with a group. Citizen IDs have a check, so any groups will do; mobile
numbers have none and card numbers a weak one, so of these only groups that people write are tried:
otherwise dates, amounts and codes in a row would be taken for them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from geo_jindu.screening.checks import (
    ROUNDED_TO,
    is_bank_card,
    is_citizen_id,
    is_likely_citizen_id,
    is_mobile,
    is_old_citizen_id,
)
from geo_jindu.screening.kinds import PersonalKind

_DIGITS = re.compile(r"\d+")
_ANY_GAP = re.compile(r"[\W_]{1,4}")
_LIGHT_GAP = re.compile(r"(?:[^\w,;:、。…%@&]|_){1,4}")
"""Not what separates the items of a list, or hours from minutes."""
_CHECK_X = re.compile(r"[\W_]{0,3}X(?![A-Z])")
_SHORTEST, _LONGEST = 11, 19

_SCIENTIFIC = re.compile(r"(?<![\d.])(\d)\.(\d{8,17})E\+?(1\d)(?!\d)")
_WHOLE = re.compile(r"(?<![\d.])(\d{11,19})\.0+(?![\d.])")
_DECIMAL = re.compile(
    r"(?<![\d.])(?!\d\.1[3-9]\d{9}(?!\d))(?!1[3-9]\d{9}\.\d{3})\d+\.\d+(?![\d.])",
)
"""Not a mobile number after its place in a list, ``1.138``…, or before the next sentence."""

_MOBILE_SHAPES = ((3, 4, 4), (3, 8), (7, 4))
_MOBILE_WITH_COMMAS = re.compile(r"(?<!\d)1[3-9]\d[\W_]{1,4}\d{4}[\W_]{1,4}\d{4}(?!\d)")
_OLD_CITIZEN_ID_SHAPES = ((15,), (6, 6, 3))
_CODES = {6, 9, 12}
"""Digits in the codes of counties, townships and villages."""
_YEAR = re.compile(r"(?:19|20)\d{2}")
_SERIAL_BEFORE = re.compile(r"\d[A-Z]+$|(?<![A-Z])(?!(?:M|T|V|MP|PH|QQ|WX|VX|DH|SJ|NO|ID)$)[A-Z]{1,2}$")
_SERIAL_AFTER = re.compile(r"[A-Z]+\d")
"""Letters and digits in turn are no number of a person, nor is one after one or two letters, unless
they say what number it is."""
_NEAR = 12


@dataclass(frozen=True)
class _Written:
    """Groups of digits that may be one number; ``whole`` if no other group is joined to them."""

    text: str
    groups: list[re.Match[str]]
    whole: bool

    @property
    def digits(self) -> str:
        return "".join(group[0] for group in self.groups)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(group[0]) for group in self.groups)

    @property
    def before(self) -> str:
        start = self.groups[0].start()
        return self.text[max(start - _NEAR, 0) : start]

    @property
    def after(self) -> str:
        end = self.groups[-1].end()
        return self.text[end : end + _NEAR]

    @property
    def is_serial(self) -> bool:
        return bool(_SERIAL_BEFORE.search(self.before) or _SERIAL_AFTER.match(self.after))


def identify_number(text: str) -> PersonalKind | None:
    """Return what number of a person stands in the reading ``text``, if any."""
    if sum(map(len, _DIGITS.findall(text))) < _SHORTEST:
        return None
    text = _write_out(text)
    if any(map(_is_citizen_id, _slices(text, _ANY_GAP))):
        return PersonalKind.CITIZEN_ID
    text = _DECIMAL.sub(";", text)
    slices = list(_slices(text, _LIGHT_GAP))
    if any(map(_is_mobile, slices)) or _MOBILE_WITH_COMMAS.search(text):
        return PersonalKind.MOBILE
    if any(map(_is_old_citizen_id, slices)):
        return PersonalKind.CITIZEN_ID
    return PersonalKind.BANK_CARD if any(map(_is_bank_card, slices)) else None


def _write_out(text: str) -> str:
    """Write 1.3812345678E10 and 13812345678.0 as the whole numbers they are."""
    return _WHOLE.sub(r"\1", _SCIENTIFIC.sub(_as_whole, text)) if "." in text else text


def _as_whole(written: re.Match[str]) -> str:
    digits, exponent = written[1] + written[2], int(written[3])
    if len(digits) > exponent + 1:
        return written[0]
    kept = digits[:ROUNDED_TO] if exponent > ROUNDED_TO else digits
    return kept.ljust(exponent + 1, "0")


def _slices(text: str, gap: re.Pattern[str]) -> Iterator[_Written]:
    """Yield each group of digits, and all neighbours that make eleven to nineteen digits."""
    groups = list(_DIGITS.finditer(text))
    joined = [
        gap.fullmatch(text, one.end(), following.start()) is not None
        for one, following in pairwise(groups)
    ]
    for first in range(len(groups)):
        starts = first == 0 or not joined[first - 1]
        digits = 0
        for last in range(first, len(groups)):
            digits += len(groups[last][0])
            if digits > _LONGEST and last > first:
                break
            ends = last == len(joined) or not joined[last]
            if digits >= _SHORTEST:
                yield _Written(text, groups[first : last + 1], starts and ends)
            if ends:
                break


def _is_citizen_id(written: _Written) -> bool:
    digits = written.digits
    if _CHECK_X.match(written.after):
        digits += "X"
    if len(digits) <= 18:
        return is_citizen_id(digits)
    return is_likely_citizen_id(digits[:18]) or is_likely_citizen_id(digits[-18:])


def _is_mobile(written: _Written) -> bool:
    if not is_mobile(written.digits) or written.is_serial:
        return False
    shape = written.shape
    if len(shape) == 1 or shape in _MOBILE_SHAPES:
        return True
    return written.whole and shape[0] not in _CODES and not _holds_year(written)


def _holds_year(written: _Written) -> bool:
    return any(_YEAR.fullmatch(group[0]) for group in written.groups)


def _is_old_citizen_id(written: _Written) -> bool:
    touching = written.before[-1:] + written.after[:1]
    return (
        written.shape in _OLD_CITIZEN_ID_SHAPES
        and is_old_citizen_id(written.digits)
        and not re.search("[A-Z]", touching)
    )


def _is_bank_card(written: _Written) -> bool:
    if not is_bank_card(written.digits) or written.is_serial or _CHECK_X.match(written.after):
        return False
    shape = written.shape
    if len(shape) > 1 and _CODES.issuperset(shape):
        return False
    is_even = len(set(shape[:-1])) <= 1 and shape[-1] <= shape[0]
    return is_even or (written.whole and len(shape) == 2)
