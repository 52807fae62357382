"""Storing what identifies agents, and what they still need to play."""

from collections.abc import Mapping, Sequence

from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig
from agents.models import AgentSpec


def ensure_specs(configs: Sequence[SpecConfig]) -> dict[str, str]:
    """Return the spec id of each name, storing a next version where the kind or configuration changed.

    The versions in ``configs`` are ignored. Safe to run twice and by two processes at once: the second
    finds the rows of the first. Raises ValueError for a kind that the registry does not hold.
    """
    for config in configs:
        if config.kind not in KINDS:
            raise ValueError(
                f"agent {config.name!r}: kind {config.kind!r} is unknown; use one of {', '.join(KINDS)}"
            )
    newest = _newest_versions([config.name for config in configs])
    wanted = {config.name: _versioned(config, newest.get(config.name)) for config in configs}
    rows = [
        AgentSpec(id=spec.id, kind=spec.kind, name=name, version=spec.version, config=spec.to_bytes())
        for name, spec in wanted.items()
    ]
    AgentSpec.objects.bulk_create(rows, ignore_conflicts=True)
    return {name: spec.id for name, spec in wanted.items()}


def _newest_versions(names: Sequence[str]) -> dict[str, AgentSpec]:
    rows = AgentSpec.objects.filter(name__in=names).order_by("version")
    return {row.name: row for row in rows}


def _versioned(config: SpecConfig, newest: AgentSpec | None) -> SpecConfig:
    version = 1
    if newest is not None:
        same = newest.kind == config.kind and bytes(newest.config) == config.to_bytes()
        version = newest.version + (0 if same else 1)
    return SpecConfig(config.kind, config.name, version, config.config)


def missing_key(config: SpecConfig, environ: Mapping[str, str]) -> str | None:
    """Return the first environment variable this kind still needs (NAME or NAME_FILE), or None."""
    for name in KINDS[config.kind].needs_key:
        if not environ.get(name) and not environ.get(f"{name}_FILE"):
            return name
    return None
