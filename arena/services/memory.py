"""What contestants are told of the past: theses, closed trades, their line of the board, the field's habits.

The line is the board's after the last closed round: what is marked between rounds depends on the wall clock
and must not reach an agent, or a season could not be replayed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from arena.domain.standings import cost_ratio, net_ratio
from arena.selectors.roster import Player, SeasonFacts, StandingFacts
from kernel.units import SCALE, Rounding, mul_div
from trading.domain.observation import FieldStats, Memory, OwnRecord
from trading.domain.risk import RiskContext
from trading.selectors import past_trades, theses

TRADES: Final = 8
"""Closed trades a contestant is shown: about a day of an active one."""


def memories(
    season: SeasonFacts,
    asked: Sequence[Player],
    field: Sequence[Player],
    standings: Mapping[str, StandingFacts],
    contexts: Mapping[str, RiskContext],
) -> dict[str, Memory]:
    """Return contestant -> memory in a constant number of queries. ``contexts`` is by contestant.

    ``field`` is who takes part in this round: whoever joins later or has left is no part of anybody's past.
    """
    sizes = Counter(player.division for player in field)
    accounts = [player.account_id for player in asked]
    reasons, trades = theses(season.id, accounts), past_trades(accounts, TRADES)
    return {
        player.contestant_id: Memory(
            theses=reasons.get(player.account_id, ()),
            trades=trades.get(player.account_id, ()),
            record=_record(
                player,
                sizes[player.division],
                standings[player.contestant_id],
                contexts[player.contestant_id],
            ),
        )
        for player in asked
    }


def _record(player: Player, contestants: int, row: StandingFacts, context: RiskContext) -> OwnRecord:
    net = net_ratio(row.equity, player.capital)
    costs = cost_ratio(row.fees - row.funding, player.capital)
    return OwnRecord(
        rank=row.rank,
        contestants=contestants,
        net=net,
        gross=net + costs,
        costs=costs,
        max_drawdown=row.max_drawdown,
        trades=row.trades,
        wins=row.wins,
        orders=row.orders,
        peak_equity=context.peak_equity,
        day_start_equity=context.day_start_equity,
        opens_last_hour=context.opens_last_hour,
        opens_last_day=context.opens_last_day,
        profile=player.profile,
    )


def field_stats(rows: Sequence[StandingFacts], interval_ms: int) -> FieldStats:
    """Return how these contestants traded so far, for the baseline that matches their tempo."""
    turns, opens = sum(row.turns for row in rows), sum(row.opens for row in rows)
    trades = sum(row.trades for row in rows)
    hold_ms = sum(row.sum_hold_ms for row in rows)
    leverage = sum(row.sum_leverage for row in rows)
    return FieldStats(
        opens_per_turn=_ratio(opens, turns),
        mean_leverage=_ratio(leverage, opens),
        mean_size=sum(row.sum_size for row in rows) // opens if opens else 0,
        mean_hold_rounds=_ratio(hold_ms, trades * interval_ms),
    )


def _ratio(part: int, whole: int) -> int:
    return mul_div(part, SCALE, whole, Rounding.DOWN) if whole else 0
