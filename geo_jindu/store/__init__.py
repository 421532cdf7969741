"""What is kept: counts in batches that are never changed, keys, and who read what."""

from geo_jindu.store.engine import Store, has_store, open_store

__all__ = ["Store", "has_store", "open_store"]
