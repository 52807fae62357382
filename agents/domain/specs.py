"""What identifies a decider: its kind, its name, its version and its configuration."""

from dataclasses import dataclass, field
from typing import Any

from kernel.canonical import canonical_bytes, sha256_hex
from kernel.ids import derive_id


@dataclass(frozen=True, slots=True)
class SpecConfig:
    """One version of a decider. ``config`` holds canonical values only: no floats, string keys.

    ``version`` counts from 1; 0 where the configuration has not been stored yet.
    """

    kind: str
    name: str
    version: int = 0
    config: dict[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the configuration; raises CanonicalError where there are none."""
        return canonical_bytes(self.config)

    @property
    def id(self) -> str:
        """The id of this version: fixed by kind, name, version and the bytes of the configuration."""
        return derive_id("agent_spec", self.kind, self.name, self.version, sha256_hex(self.to_bytes()))
