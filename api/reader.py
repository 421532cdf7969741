"""Who asks: a tier, perhaps some counties, and the id of a key; never a person."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

from geo_jindu.store.keys import Key
from geo_jindu.tiers import Tier


@dataclass(frozen=True)
class Reader:
    """Who asks.

    Attributes
    ----------
    counties
        Codes of the counties the reader is limited to; none means all.
    key_id
        Empty for the public.
    """

    tier: Tier
    counties: frozenset[str] = frozenset()
    key_id: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the reader showed a key; there are none for the public."""
        return self.tier is not Tier.PUBLIC


PUBLIC = Reader(Tier.PUBLIC)
"""Whoever shows no key."""


def reader_of(key: Key) -> Reader:
    """Return who shows a key."""
    return Reader(key.tier, key.counties, key.id)


def address_of(request: Request) -> str:
    """Return what stands for the client's address; a network of IPv6 counts as one client."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
