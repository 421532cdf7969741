"""Whether digits, freed of what stood between them, are a number that belongs to a person."""

import re
from datetime import date

_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
"""First two digits of codes of places (GB/T 2260); 71, 81 to 83 are Taiwan, Hong Kong and Macau."""
_BORN = r"(?P<born>(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
_CITIZEN_ID = re.compile(rf"{_PROVINCE}\d{{4}}{_BORN}\d{{3}}[\dX]")
_OLD_CITIZEN_ID = re.compile(
    rf"{_PROVINCE}\d{{4}}(?P<born>[3-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!000)\d{{3}}"
)
"""Born 1930 to 1999: later digits would be those of a region and a date of this century."""
_WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]
_CHECK_CHARACTERS = "10X98765432"
ROUNDED_TO = 15
"""Digits a spreadsheet keeps of a number."""
_LIKELY_YEARS = range(1930, 2010)

_SUBSCRIBER = r"1[3-9]\d{3}(?!0{6})\d{6}"
_MOBILE = re.compile(rf"(?:0|(?:00)?86)?(?:{_SUBSCRIBER})+")
_CARD = re.compile(
    r"""
    62\d{14,17}                                             # UnionPay
    | 4\d{15}                                               # Visa
    | (?:5[1-5]\d\d | 222[1-9] | 22[3-9]\d | 2[3-6]\d\d | 27[01]\d | 2720)\d{12}   # Mastercard
    | 35(?:2[89]|[3-8]\d)\d{12}                             # JCB
    | 6[05]\d{14} | 60\d{17} | 9558\d{15} | 95599\d{14}     # others of mainland banks
    """,
    re.VERBOSE,
)
_CASE_NUMBER = re.compile(
    r"(?:62(?:0[1-9]|1[0-2]|29|30)|(?!62)"
    rf"{_PROVINCE}(?:0[1-9]|1\d|2[0-3]|2[7-9]|3[0-4]|5[1-4]|90))(?:[0-2]\d|3[0-2]|8[1-9])"
    r"(?:20[12]\d|\d{3}000|\d{2}0000)"
)
"""Starts with the code of a county and a year of this time, or with that of a township or unit.

The prefectures of Gansu (62) are told apart from the issuers of UnionPay (62) to the number.
"""


def is_citizen_id(number: str) -> bool:
    """Return whether 18 characters are a citizen ID: place, day of birth and check (GB 11643).

    One that a spreadsheet has rounded to 15 digits counts: place and day of birth are left.
    """
    return (_is_plausible(number) and _checksum_holds(number)) or _is_rounded(number)


def is_likely_citizen_id(number: str) -> bool:
    """Return the same, born 1930 to 2009, for places where a case number is as likely."""
    return is_citizen_id(number) and int(number[6:10]) in _LIKELY_YEARS


def is_old_citizen_id(number: str) -> bool:
    """Return whether 15 digits are a citizen ID as issued before 1999."""
    found = _OLD_CITIZEN_ID.fullmatch(number)
    return found is not None and _is_day("19" + found["born"])


def is_mobile(number: str) -> bool:
    """Return whether digits are a mobile number, with or without 86, or several without a gap.

    Numbers that end in six zeros are amounts.
    """
    return bool(_MOBILE.fullmatch(number))


def is_bank_card(number: str) -> bool:
    """Return whether 16 to 19 digits are a card number: issuer and check (Luhn).

    A number that starts as case numbers do, or is a citizen ID but for its check, is none.
    """
    if not _CARD.fullmatch(number) or _CASE_NUMBER.match(number) or _is_plausible(number):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _checksum_holds(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK_CHARACTERS[total % 11] == number[17]


def _is_plausible(number: str) -> bool:
    found = _CITIZEN_ID.fullmatch(number)
    return found is not None and _is_day(found["born"])


def _is_rounded(number: str) -> bool:
    """Whether zeros, or what binary makes of them, stand for the last three digits."""
    if not (number.isdigit() and len(number) == 18):
        return False
    kept = round(int(number), ROUNDED_TO - 18)
    is_likely = _is_plausible(str(kept)) and int(str(kept)[6:10]) in _LIKELY_YEARS
    return is_likely and int(number) in {kept, int(float(kept))}


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
