"""Reads of the deciders as frozen values."""

from agents.selectors.specs import spec_config

__all__ = ["spec_config"]
