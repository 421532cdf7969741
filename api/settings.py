"""Settings of the web service, read once from ``GEO_JINDU_*``."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the web service needs to know.

    Attributes
    ----------
    workspace
        Folder whose ``out/`` is served; ``GEO_JINDU_WORKSPACE``.
    """

    model_config = SettingsConfigDict(env_prefix="GEO_JINDU_", frozen=True)

    workspace: Path
