"""Deciders from installed packages: the entry points of the group ``arena.agents``.

Configuration: ``{"entry_point": NAME, "settings": {...}}``. The entry point names a callable that is given
the settings and returns an object with ``decide(observation) -> bytes`` (agents.ports.Agent). ``blocking`` of
that object says whether it may wait; without the attribute it is taken to, and so cannot hold up the others.
A package runs with all rights of this process: install only what you would run yourself.
"""

from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from agents.domain.specs import SpecConfig
from trading.domain.observation import Observation

GROUP: Final = "arena.agents"

_EXAMPLE: Final = "write {'entry_point': NAME, 'settings': {...}}"


class InstalledAgent:
    """Lets an installed package decide. The package is imported when it is built, and never before.

    Raises ValueError, in a sentence, for a configuration it cannot read, for a package that is not there, and
    for one that cannot be loaded.
    """

    is_foreign = True
    """Its answers stand on the tape, whether it may wait or not: a replay never runs the package."""

    def __init__(self, spec: SpecConfig) -> None:
        name, settings = _read(spec.config)
        self._agent = _make(_find(name), settings)
        self.blocking = bool(getattr(self._agent, "blocking", True))

    def decide(self, observation: Observation) -> bytes:
        """Return what the package answers, unread."""
        raw: bytes = self._agent.decide(observation)
        return raw


def _read(config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    unknown = sorted(set(config) - {"entry_point", "settings"})
    name, settings = config.get("entry_point"), config.get("settings", {})
    if unknown or not isinstance(name, str) or not name or not isinstance(settings, dict):
        wrong = (
            f"{', '.join(unknown)} is not known"
            if unknown
            else "it names no entry point, or its settings are no object"
        )
        raise ValueError(f"installed: {wrong}; {_EXAMPLE}")
    return name, settings


def _find(name: str) -> EntryPoint:
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none is installed"
        raise ValueError(
            f"installed: no package here offers {name!r} in the group {GROUP}; known: {known}. "
            "Install the package into this environment and start again"
        )
    return found[name]


def _make(point: EntryPoint, settings: dict[str, Any]) -> Any:
    try:
        agent = point.load()(settings)
    except Exception as error:
        raise ValueError(
            f"installed: {point.name!r} ({point.value}) cannot be loaded: {type(error).__name__}; "
            "mend the package or its settings"
        ) from error
    if not callable(getattr(agent, "decide", None)):
        sentence = f"installed: {point.name!r} ({point.value}) made nothing with a method 'decide'"
        raise ValueError(sentence)  # noqa: TRY004 - for the operator it is one more wrong configuration
    return agent
