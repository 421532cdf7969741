"""Tokens of an identity provider that a city has already, as they come in a bearer header."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from api.errors import LOGGER, Refused
from api.reader import Reader
from api.settings import OidcSettings
from geo_jindu.tiers import Tier

if TYPE_CHECKING:
    from jwt import PyJWK

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetric ones only: with a shared secret whoever checks a token could also make one."""

_REQUIRED = ("exp", "nbf", "iss", "aud", "sub")
_LEEWAY = 30
"""By how much clocks may differ [s]."""
_TIMEOUT = 5
"""How long the provider may take to send its keys [s]."""
_EVERY_COUNTY = "*"


class Tokens:
    """Checks tokens of the one provider that is configured."""

    def __init__(self, settings: OidcSettings) -> None:
        from jwt import PyJWKClient

        self._settings = settings
        is_address = urlsplit(settings.jwks).scheme in {"http", "https"}
        self._client = PyJWKClient(settings.jwks, timeout=_TIMEOUT) if is_address else None

    def find_reader(self, token: str) -> Reader | None:
        """Return who shows a token; ``None`` if it does not let in.

        The claim of the tier must name one above the public. If a claim of counties is configured, it
        must be there: a list of codes, or ``"*"`` for all.

        Raises
        ------
        Refused
            If the provider's keys cannot be read.
        """
        import jwt

        try:
            key = self._key_of(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=_LEEWAY,
                options={"require": list(_REQUIRED)},
            )
        except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError) as error:
            LOGGER.error("the identity provider's keys cannot be read: %s", type(error).__name__)
            raise Refused(503, "provider_fails") from None
        except (jwt.PyJWTError, RecursionError):
            return None
        return self._reader(claims)

    def _reader(self, claims: dict[str, Any]) -> Reader | None:
        tier = claims.get(self._settings.tier_claim)
        counties = self._counties(claims)
        if tier not in [each.value for each in Tier if each is not Tier.PUBLIC] or counties is None:
            return None
        subject = sha256(orjson.dumps([claims["iss"], claims["sub"]])).hexdigest()
        return Reader(Tier(tier), counties, f"oidc:{subject[:32]}")

    def _counties(self, claims: dict[str, Any]) -> frozenset[str] | None:
        """Return the counties a token is limited to; ``None`` if it does not say."""
        if not self._settings.county_claim:
            return frozenset()
        said = claims.get(self._settings.county_claim)
        if said == _EVERY_COUNTY:
            return frozenset()
        if not isinstance(said, list) or not said:
            return None
        if not all(isinstance(each, str) and each.isalnum() for each in said):
            return None
        return frozenset(said)

    def _key_of(self, header: dict[str, Any]) -> "PyJWK":
        """Return the provider's key that a token names."""
        from jwt import InvalidTokenError, PyJWKClient, PyJWKClientConnectionError, PyJWKSet

        kid = header.get("kid")
        if not isinstance(kid, str):
            raise InvalidTokenError
        if self._client:
            return self._client.get_signing_key(kid)
        try:
            keys = PyJWKSet.from_json(Path(self._settings.jwks).read_text("utf-8"))
        except (
            OSError,
            ValueError,
            AttributeError,
            TypeError,
        ) as error:  # of JSON of another form, too
            raise PyJWKClientConnectionError from error
        key = PyJWKClient.match_kid(keys.keys, kid)
        if key is None:
            raise InvalidTokenError
        return key
