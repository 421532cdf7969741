"""What lower tiers were told, kept so that later releases can be audited with it."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from geo_jindu.store.schema import RELEASES
from geo_jindu.store.times import now
from geo_jindu.suppression import Fact, Release, read_facts, write_facts
from geo_jindu.tiers import Tier


def read_told(connection: Connection) -> dict[tuple[Tier, str], list[Fact]]:
    """Return every fact that was told, by tier and source id."""
    told: dict[tuple[Tier, str], list[Fact]] = {}
    columns = RELEASES.c.tier, RELEASES.c.source, RELEASES.c.facts
    for tier, source, facts in connection.execute(select(*columns).order_by(RELEASES.c.id)):
        told.setdefault((Tier(tier), source), []).extend(read_facts(facts))
    return told


def add_releases(
    connection: Connection, assessment: str, released: Mapping[Tier, Mapping[str, Release]]
) -> None:
    """Record the releases of an assessment, unless they are recorded already."""
    known = select(RELEASES.c.tier, RELEASES.c.source).where(RELEASES.c.assessment == assessment)
    recorded = {tuple(row) for row in connection.execute(known)}
    for tier, by_source in released.items():
        for source, release in by_source.items():
            if (tier.value, source) not in recorded:
                facts = {
                    "assessment": assessment,
                    "tier": tier.value,
                    "source": source,
                    "facts": write_facts(release.facts),
                    "recorded_at": now(),
                }
                connection.execute(insert(RELEASES), facts)
