"""Reads of agent specifications as frozen values."""

import json
from collections.abc import Iterable

from agents.domain.specs import SpecConfig
from agents.models import AgentSpec


def spec_config(spec_ids: Iterable[str]) -> dict[str, SpecConfig]:
    """Return the specifications with these ids; an unknown id is absent."""
    rows = AgentSpec.objects.filter(pk__in=set(spec_ids))
    return {
        row.pk: SpecConfig(row.kind, row.name, row.version, json.loads(bytes(row.config))) for row in rows
    }
