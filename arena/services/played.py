"""A contestant's answer as a round holds it."""

from dataclasses import dataclass

from arena.selectors.roster import Player
from trading.domain.decisions import Decision


@dataclass(frozen=True, slots=True)
class PlayedTurn:
    """A contestant's answer, read."""

    player: Player
    turn_id: str
    outcome: str
    reason: str
    summary: str
    answer_sha256: str
    decisions: tuple[Decision, ...]
    rejections: str = ""
    format_failures: int = 0
    latency_us: int = 0
