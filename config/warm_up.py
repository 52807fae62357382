"""The past of a live season: the venue's own recent candles, played before its prices.

Every snapshot names its source, so no round of this past can be taken for one on live prices. While it is
played the season's clock is 'tape', and no other process plays a live season that stands there.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from agents.domain.roster import RosterEntry
from arena.ports import Silence
from arena.rounds import RoundResult, settle_until
from arena.selectors.roster import running_season_ids, season_facts
from config.seasons import SeasonPlan, interval_ms_of, open_planned_season, play_on, start_clock, tell
from config.wiring import World, ports_of
from kernel.time import slot_of, slot_start
from trading.adapters.ccxt_public import CcxtPublicMarket
from trading.ports import MarketData, MarketError, MarketUnavailableError

LOOK_BACK: Final = 240
"""Bars before the first round: what a snapshot shows."""


class Past(NamedTuple):
    """A history and the slots of it that are played."""

    market: MarketData
    first_slot: int
    rounds: int


def open_live_season(
    plan: SeasonPlan,
    market: CcxtPublicMarket,
    roster: Sequence[RosterEntry],
    world: World,
    rounds: int,
    on_round: Callable[[RoundResult], None],
) -> str:
    """Open a season on a venue, play up to ``rounds`` of its past, and let the wall clock run; return its id.

    Without a past that can be had it starts with an empty board and says so.
    """
    interval_ms = interval_ms_of(plan, market)
    past = fetch_past(market, rounds, interval_ms) if rounds else None
    if past is None:
        return open_planned_season(plan, roster, world)
    start_ms = slot_start(past.first_slot, interval_ms)
    season_id = open_planned_season(replace(plan, clock="tape", start_ms=start_ms), roster, world)
    try:
        play_past(season_id, past, on_round, world)
    finally:
        start_clock(season_id, "wall", 1, world)
    return season_id


def fetch_past(market: CcxtPublicMarket, rounds: int, interval_ms: int) -> Past | None:
    """Return the newest slots of a venue's history, at most ``rounds``; None, said in a line, without one."""
    try:
        history = market.fetch_history(rounds * math.ceil(interval_ms / market.info.bar_ms) + LOOK_BACK)
        return _past(history, rounds, interval_ms)
    except MarketError as problem:
        tell(f"no history of {market.info.label}, the board starts empty: {problem}")
        return None


def _past(history: MarketData, rounds: int, interval_ms: int) -> Past:
    last_slot = slot_of(history.info.last_ms or 0, interval_ms)
    first_slot = max(math.ceil((history.info.first_ms or 0) / interval_ms), last_slot - rounds + 1)
    if first_slot > last_slot:
        raise MarketUnavailableError(f"{history.info.label} are too few for a round")
    return Past(history, first_slot, last_slot - first_slot + 1)


def play_past(season_id: str, past: Past, on_round: Callable[[RoundResult], None], world: World) -> None:
    """Play a season's past and settle it to its end; what lies between that and now was never seen."""
    ports = ports_of(season_id, Silence(), world, past.market)
    for _ in range(past.rounds):
        if season_facts(season_id).clock.kind != "tape" or not play_on(ports, season_id, 1, on_round):
            return  # somebody else has stopped it, or lets it run already
    end_ms = (past.market.info.last_ms or 0) + past.market.info.bar_ms
    settle_until(ports.market, season_facts(season_id), end_ms)


def end_cut_off_warm_up(slug: str, speed: int, world: World) -> None:
    """Let the clock of a season run whose warm-up a killed process left behind.

    Only for the process that holds the seat: no other one can be playing the history then.
    """
    for season_id in running_season_ids():
        season = season_facts(season_id)
        if season.clock.kind != "tape":
            continue
        if season.market_spec.startswith("ccxt:"):
            start_clock(season_id, "wall", 1, world)
        elif season.slug == slug:
            start_clock(season_id, "scaled", speed, world)
