"""How the kill switch stood at a step of a round: the arena's level, and whose own was stricter."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RoundLevels:
    """``general`` is the arena's level; ``own`` maps a contestant's slug to its level where that differs."""

    general: str
    own: Mapping[str, str] = field(default_factory=dict)

    def of(self, slug: str) -> str:
        """Return the level that counts for a contestant."""
        return self.own.get(slug, self.general)


def levels_by_slug(general: str, accounts: Mapping[str, str], slugs: Mapping[str, str]) -> RoundLevels:
    """Return the levels of a round from account -> level that counts, and account -> slug."""
    return RoundLevels(
        general, {slugs[account]: level for account, level in accounts.items() if level != general}
    )
