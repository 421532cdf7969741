"""Settings of the web service, read once from ``GEO_JINDU_*``."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class OidcSettings(BaseSettings):
    """Which tokens of an identity provider let in; none unless ``GEO_JINDU_OIDC_ISSUER`` is set.

    Attributes
    ----------
    issuer, audience
        What a token must say in ``iss`` and ``aud``.
    jwks
        Where the provider's public keys are: an address, or a file on an isolated network.
    tier_claim
        Name of the claim that holds the tier.
    county_claim
        Name of the claim that holds the counties; empty if every token is for the whole city.
    """

    model_config = SettingsConfigDict(env_prefix="GEO_JINDU_OIDC_", frozen=True)

    issuer: str = ""
    audience: str = ""
    jwks: str = ""
    tier_claim: str = Field("geo_jindu_tier", min_length=1)
    county_claim: str = "geo_jindu_counties"

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        if len({bool(each) for each in (self.issuer, self.audience, self.jwks)}) > 1:
            raise ValueError("issuer, audience and jwks are given together or not at all")
        return self


class Settings(BaseSettings):
    """What the web service needs to know.

    Attributes
    ----------
    workspace
        Folder whose ``out/`` is served; ``GEO_JINDU_WORKSPACE``.
    oidc
        An identity provider whose tokens are accepted.
    """

    model_config = SettingsConfigDict(env_prefix="GEO_JINDU_", frozen=True)

    workspace: Path
    oidc: OidcSettings = Field(default_factory=OidcSettings)
