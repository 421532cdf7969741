"""The web service: ready-made answers from the results of a run, to each reader those of its tier."""

from api.app import create_app
from api.settings import Settings

__all__ = ["Settings", "create_app"]
