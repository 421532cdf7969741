"""Deadlines as an iCalendar feed (RFC 5545), for the calendars that offices keep."""

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from geo_jindu.configuration import Area
from geo_jindu.digests import digest_bytes
from geo_jindu.provenance import Provenance
from geo_jindu.rectification.clocks import Deadline, Standing
from geo_jindu.rectification.situations import Situation
from geo_jindu.rectification.status import status_of
from geo_jindu.store.times import CALENDAR
from geo_jindu.texts import translate
from geo_jindu.tiers import Tier

if TYPE_CHECKING:
    from icalendar import Event

NAMESPACE = "geo-jindu.invalid"
"""Ends the name of each event; a domain that nobody can have (RFC 2606)."""


def write_calendar(
    situation: Situation, area: Area, county: str = "", tier: Tier = Tier.AUDITOR
) -> bytes:
    """Return the open deadlines as whole-day events, the same bytes for the same situation.

    Parameters
    ----------
    area
        Whose deadlines they are.
    county
        Code of the county whose townships are meant; empty for all.
    tier
        Of the reader; see `geo_jindu.rectification.status.status_of`.
    """
    from icalendar import Calendar

    language = area.language
    named = translate("digest.calendar_name", language)
    if area.provenance is Provenance.SYNTHETIC:
        named = f"{named} ({translate('provenances.synthetic', language)})"
    calendar = Calendar()
    calendar.add("prodid", f"-//geo_jindu//rectification//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("name", named)
    calendar.add("x-wr-calname", named)
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    for course in situation.listed:
        if county in ("", course.county):
            status = status_of(situation, course.unit, tier)
            for deadline in status.deadlines:
                if deadline.is_open:
                    calendar.add_component(_event(situation, status.name, deadline, area))
    return bytes(calendar.to_ical())


def _event(situation: Situation, name: str, deadline: Deadline, area: Area) -> "Event":
    from icalendar import Event

    language = area.language
    what = deadline.name_zh if language == "zh" else deadline.name_en
    standing = translate(f"standings.{deadline.standing}", language)
    event = Event()
    named = digest_bytes(f"{deadline.name_zh}{deadline.owner}".encode())[:8]
    event.add("uid", f"{deadline.unit}-{deadline.clock}-{deadline.due_on}-{named}@{NAMESPACE}")
    event.add("dtstamp", datetime.combine(situation.day, time(), CALENDAR).astimezone(UTC))
    event.add("dtstart", deadline.due_on)
    event.add("dtend", deadline.due_on + timedelta(days=1))
    event.add("summary", translate("digest.event", language, name=name, what=what))
    described = [standing, deadline.owner, translate("digest.proposes_only", language)]
    if area.provenance is Provenance.SYNTHETIC:
        described.append(translate("provenances.synthetic", language))
    event.add("description", "\n".join(each for each in described if each))
    event.add("transp", "TRANSPARENT")
    event.add("priority", 1 if deadline.standing is Standing.OVERDUE else 5)
    return event
