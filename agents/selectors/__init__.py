"""Reads of the deciders as frozen values."""

from agents.selectors.catalogue import catalogue
from agents.selectors.specs import spec_config

__all__ = ["catalogue", "spec_config"]
