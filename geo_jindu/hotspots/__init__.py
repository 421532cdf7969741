"""Hotspot statistics, one file per method."""
