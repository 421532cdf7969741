"""What is looked for."""

from enum import StrEnum
from typing import cast

from geo_jindu.texts import Language, translate


class PersonalKind(StrEnum):
    """A kind of personal data."""

    CITIZEN_ID = "citizen_id"
    """Citizen identity number of 18 digits (GB 11643) or, as issued before 1999, of 15."""
    MOBILE = "mobile"
    """Mobile telephone number of the mainland."""
    PLATE = "plate"
    """Vehicle plate (GA 36)."""
    BANK_CARD = "bank_card"
    """Payment card number (ISO/IEC 7812)."""
    PASSPORT = "passport"
    """Passport, or permit to travel to or from Hong Kong, Macau and Taiwan."""
    EMAIL = "email"
    """E-mail address."""
    NAME_COLUMN = "name_column"
    """A column of names or other data of persons, by its header."""

    def __format__(self, language: str) -> str:
        """Return the kind in ``language``, so that a sentence can say ``{kind:en}``; else its value."""
        if not language:
            return self.value
        return translate(f"personal_kinds.{self.value}", cast(Language, language))
