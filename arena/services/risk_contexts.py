"""What the risk rules are told of a contestant: its standing, its openings, what it has at stake."""

from collections.abc import Mapping
from typing import NamedTuple

from arena.selectors.roster import Player, StandingFacts
from kernel.time import DAY_MS
from trading import selectors as trading
from trading.domain.risk import Exposure, RiskContext
from trading.domain.rules import RuleBook


class Openings(NamedTuple):
    """Everybody's openings at the snapshot, by account: read once a round, in a constant number of queries.

    ``counts`` are those filled in the last hour and day, ``losses`` when a trade last closed at a loss within
    the pause that the rules ask for, ``resting`` what waits in the venue.
    """

    market_ms: int
    rules: RuleBook
    counts: Mapping[str, tuple[int, int]]
    losses: Mapping[str, int]
    resting: Mapping[str, tuple[Exposure, ...]]


def openings(season_id: str, market_ms: int, rules: RuleBook) -> Openings:
    """Return the openings of a season at a market moment."""
    pause_ms = rules.limits.cooldown_ms
    return Openings(
        market_ms,
        rules,
        trading.open_counts(season_id, market_ms),
        trading.last_losses(season_id, market_ms, pause_ms) if pause_ms else {},
        trading.resting_openings(season_id),
    )


def risk_context(
    player: Player,
    *,
    standing: StandingFacts,
    openings: Openings,
    equity: int,
    held: tuple[Exposure, ...],
    level: str,
) -> RiskContext:
    """Return one contestant's standing; equity and positions at the snapshot's marks."""
    hour, day = openings.counts.get(player.account_id, (0, 0))
    is_new_day = openings.market_ms >= standing.day_start_ms + DAY_MS
    return RiskContext(
        rules=openings.rules,
        profile=player.profile,
        equity=equity,
        peak_equity=max(standing.peak, equity),
        day_start_equity=standing.equity if is_new_day else standing.day_start_equity,
        opens_last_hour=hour,
        opens_last_day=day,
        trading_level=level,
        contestant_paused=player.is_paused,
        last_loss_ms=openings.losses.get(player.account_id),
        exposures=(*held, *openings.resting.get(player.account_id, ())),
    )
