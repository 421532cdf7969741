"""The web service: ready-made answers from the results of a run, and nothing else."""

from api.app import create_app
from api.settings import Settings

__all__ = ["Settings", "create_app"]
