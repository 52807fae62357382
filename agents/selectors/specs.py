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


def newest_spec(name: str) -> SpecConfig | None:
    """Return the newest version of a name, or None."""
    row = AgentSpec.objects.filter(name=name).order_by("-version").first()
    return None if row is None else SpecConfig(row.kind, row.name, row.version, json.loads(bytes(row.config)))
