"""Measurements against named alternatives, each in one run."""
