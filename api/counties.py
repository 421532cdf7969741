"""What a reader limited to counties may know: their rows, and of the city what the public knows."""

from collections.abc import Collection

from api.releases import Release, Results
from geo_jindu.tiers import Tier


def release_of_counties(results: Results, tier: Tier, counties: Collection[str]) -> Release:
    """Return the rows of some counties, to a planner with exact counts.

    The columns are those of the partner tier: ranks, smoothed rates and hotspots depend on others.

    Parameters
    ----------
    tier
        Partner or planner.
    """
    whole, partner = results.releases[tier], results.releases[Tier.PARTNER]
    mine: list[int] = [at for at, row in enumerate(whole.rows) if row["county"] in counties]
    facts = results.facts | {
        "tier": tier.value,
        "limited_to": sorted(counties),
        "notes": partner.facts["notes"] if tier is Tier.PARTNER else [],
        "columns": partner.facts["columns"],
    }
    rows = [{name: whole.rows[at][name] for name in partner.names} for at in mine]
    shapes = None if whole.shapes is None else whole.shapes[mine]
    return Release(facts, rows, shapes, {})
