"""Codes and names of units: what a code says, and when two names are the same.

Two systems, of civil affairs (MCA) and of statistics (NBS), use the same numbers for different
townships; a number alone does not tell which it is of. So a code is believed with its name only.
"""

import re
from enum import StrEnum

import pandas as pd


class UnitClass(StrEnum):
    """What kind of township-level unit a code stands for (GB/T 10114, third part of the code)."""

    STREET = "street"
    """001 to 099: sub-district 街道."""
    TOWN = "town"
    """100 to 199: town 镇."""
    TOWNSHIP = "township"
    """200 to 399: township 乡."""
    STATISTICS_ONLY = "statistics_only"
    """400 to 599: parks, farms, prisons; no township, kept by statistics alone."""


MOST_CANDIDATES = 5
"""Units named as what a row may have meant."""

_CLASSES = (
    (range(1, 100), UnitClass.STREET),
    (range(100, 200), UnitClass.TOWN),
    (range(200, 400), UnitClass.TOWNSHIP),
    (range(400, 600), UnitClass.STATISTICS_ONLY),
)
_LOOK_ALIKES = str.maketrans({"巿": "市", "鎮": "镇", "鄉": "乡", "縣": "县", "區": "区", "衞": "卫"})
"""Characters that look like, or are the traditional form of, those of unit names."""
_OFFICES = (
    (r"街道(?:办事处|办)$", "街道"),
    (r"([镇乡])(?:人民政府|政府)$", r"\1"),
    (r"(?<!街道)办事处$", "街道"),
)
"""A unit written as the office that runs it."""


def normalise_code(written: pd.Series) -> pd.Series:
    """Return codes as text without the spaces, full-width digits and ``.0`` that spreadsheets add."""
    codes = written.str.normalize("NFKC").str.strip()
    return codes.str.replace(r"^(\d+)\.0$", r"\1", regex=True)


def shorten_code(codes: pd.Series) -> pd.Series:
    """Return codes comparable: twelve digits that end in 000 name a township, and so do the first nine.

    Codes of counties with six digits, and texts that are no such numbers, stay as they are.
    """
    return codes.str.replace(r"^(\d{9})000$", r"\1", regex=True)


def normalise_name(written: pd.Series) -> pd.Series:
    """Return names comparable: one width, no spaces, one case, one form of each character and suffix.

    街道办事处, 街道办 and 街道 are one; so are 镇人民政府 and 镇.
    """
    names = written.str.normalize("NFKC").str.replace(r"\s+", "", regex=True).str.casefold()
    names = names.str.translate(_LOOK_ALIKES)
    for office, unit in _OFFICES:
        names = names.str.replace(office, unit, regex=True)
    return names


def find_namesakes(name: str, units: pd.Series) -> str:
    """Return code and name of the units called so, the first of many; — if there is none.

    Parameters
    ----------
    units
        Names, index = code.
    """
    alike = normalise_name(units) == normalise_name(pd.Series([name]))[0]
    return ", ".join(f"{code} {name}" for code in units.index[alike][:MOST_CANDIDATES]) or "—"


def classify_code(code: str) -> UnitClass | None:
    """Return the class of a township-level unit by its code of 9 or 12 digits; else ``None``."""
    if not re.fullmatch(r"\d{9}(?:000)?", code):
        return None
    third_part = int(code[6:9])
    return next((found for numbers, found in _CLASSES if third_part in numbers), None)
