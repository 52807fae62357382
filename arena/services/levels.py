"""How the kill switch stands for everybody in a round: now, or on the tape of one played again."""

from collections.abc import Iterable

from agents.domain.llm.playback import Playback
from arena.domain.round_levels import RoundLevels, levels_by_slug
from arena.selectors.roster import Player
from trading.selectors import levels, levels_for_update, trading_level


def read_levels(step: str, slot: int, players: Iterable[Player], playback: Playback | None) -> RoundLevels:
    """Return how the kill switch stands at a step, 'reviewed' or 'ordered'.

    'ordered' is asked in the transaction that writes the intents: the switch then stands still until it ends.
    """
    if playback is not None:
        return RoundLevels(*playback.levels_at(slot, step))
    slugs = {player.account_id: player.slug for player in players}
    own = levels_for_update(slugs) if step == "ordered" else levels(slugs)
    return levels_by_slug(trading_level(), own, slugs)
