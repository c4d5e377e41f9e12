"""Feeds proposed from samples, compared with their sources, enabled, disabled, removed: texts in and out, no data."""
