"""Alerts: counts of a month that are more than those before let expect."""
