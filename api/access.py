"""The one table of who may ask for what; what is not in it is not served."""

from dataclasses import dataclass
from enum import StrEnum

from fastapi.routing import APIRoute

from api.errors import Refused
from api.reader import Reader
from geo_jindu.tiers import Tier


class CountySees(StrEnum):
    """What a reader limited to counties is shown."""

    OWN = "own"
    """What is of those counties; anything else is refused."""
    CITY = "city"
    """What the public sees of the city."""


@dataclass(frozen=True)
class Rule:
    """Who may use a route.

    Attributes
    ----------
    city
        Least tier of a reader of the whole city; ``None`` if none of them may.
    county
        Least tier of a reader limited to counties; ``None`` if none of them may.
    county_sees
        What the latter is shown.
    takes_bad_keys
        Whether who shows a key that does not let in is answered all the same, as the public.
    is_exact
        Whether tiers above the least are kept out: who audits decides nothing.
    """

    city: Tier | None
    county: Tier | None
    county_sees: CountySees = CountySees.OWN
    takes_bad_keys: bool = False
    is_exact: bool = False

    def admits(self, reader: Reader) -> bool:
        """Return whether ``reader`` may use the route."""
        least = self.county if reader.counties else self.city
        if self.is_exact:
            return reader.tier is least
        return least is not None and reader.tier.includes(least)


_ANYONE = Rule(city=Tier.PUBLIC, county=Tier.PARTNER, county_sees=CountySees.CITY)
_ROWS = Rule(city=Tier.PUBLIC, county=Tier.PARTNER, county_sees=CountySees.OWN)
_OFFICES = Rule(city=Tier.PARTNER, county=Tier.PARTNER, county_sees=CountySees.OWN)
_ANALYSTS = Rule(city=Tier.PLANNER, county=None)
_DOOR = Rule(Tier.PUBLIC, Tier.PARTNER, CountySees.CITY, takes_bad_keys=True)

RULES = {
    "page": _ANYONE,
    "map": _ANYONE,
    "assessment": _ROWS,
    "townships": _ROWS,
    "township": _ROWS,
    "geojson": _ROWS,
    "csv": _ROWS,
    "xlsx": _ROWS,
    "parquet": _ROWS,
    "assignment": _ANALYSTS,
    "analysis": _ANALYSTS,
    "hotspots": _ANALYSTS,
    "clusters": _ANALYSTS,
    "scores": _ANALYSTS,
    "township_scores": _ANALYSTS,
    "alerts": _ANALYSTS,
    "lodge_correction": Rule(city=None, county=Tier.PARTNER),
    "corrections": Rule(city=Tier.AUDITOR, county=Tier.PARTNER),
    "close_correction": Rule(city=Tier.AUDITOR, county=None),
    "audit": Rule(city=Tier.AUDITOR, county=None),
    "listings": _OFFICES,
    "listing": _OFFICES,
    "listings_geojson": _OFFICES,
    "township_status": _OFFICES,
    "calendar": Rule(city=Tier.PLANNER, county=None),
    "county_calendar": Rule(city=Tier.PLANNER, county=Tier.PLANNER),
    "rectification": _OFFICES,
    "rectified_township": _OFFICES,
    "rectification_map": _OFFICES,
    "township_brief": Rule(city=Tier.PLANNER, county=Tier.PLANNER),
    "city_brief": Rule(city=Tier.PLANNER, county=None),
    "digest": Rule(city=Tier.COMMANDER, county=None),
    "decide": Rule(city=Tier.COMMANDER, county=None, is_exact=True),
    "published": _ANYONE,
    "published_zh": _ANYONE,
    "published_en": _ANYONE,
    "methods": _ANYONE,
    "methods_zh": _ANYONE,
    "methods_en": _ANYONE,
    "health": _ANYONE,
    "openapi": _ROWS,
    "docs": _ANYONE,
    "docs_script": _ANYONE,
    "docs_style": _ANYONE,
    "sign_in_page": _DOOR,
    "sign_in": _DOOR,
    "sign_out": _DOOR,
}
"""The rule of each route by its name."""


def admit(route: APIRoute, reader: Reader, refusal: Refused | None) -> None:
    """Let a reader use a route.

    Raises
    ------
    Refused
        If the key that was shown does not let in, or not here.
    """
    rule = RULES[route.name]
    if refusal is not None and not rule.takes_bad_keys:
        raise refusal
    if not rule.admits(reader):
        raise Refused(403, "not_for_tier" if reader.is_known else "needs_key")
