"""The straight line: one round from the opened slot to the published standings.

Each step that stores something moves the round along one stage in the same transaction; a killed process
finds the stage and goes on there. No port is called inside a transaction.
"""

from dataclasses import dataclass

from arena.domain.clock import due_slot
from arena.ports import Ports
from arena.selectors.roster import SeasonFacts, round_facts, season_facts, unfinished_round_id
from arena.services.seasons import set_season_status
from arena.services.settlement import record_new_ticks, settle_ticks
from arena.services.stages import LEASE_GRACE_MS, Claim, LostClaimError, claim_round, open_slot, release_claim
from arena.services.work import RoundWork
from arena.steps.asking import ask_agents, freeze_snapshot
from arena.steps.closing import close_round, record_results
from arena.steps.executing import execute_and_book, freeze_execution_book, write_intents
from arena.steps.judging import commit_decisions, review_decisions
from kernel.time import slot_start
from trading.ports import MarketData, MarketEndedError
from trading.selectors import ticks, trading_level


@dataclass(frozen=True, slots=True)
class RoundResult:
    """A round that was closed here."""

    season_slug: str
    number: int
    market_ms: int
    version: int


def play_next_round(ports: Ports, season_id: str) -> RoundResult | None:
    """Finish the season's unfinished round, or open and play the one that is due; None if there is none.

    Safe to call at any time, from any number of processes: claims decide who plays.
    """
    season = season_facts(season_id)
    claim = _claim_unfinished(ports, season) or _open_due(ports, season)
    if claim is None:
        return None
    try:
        return play_round(ports, season_facts(season_id), claim)
    except LostClaimError:
        return None
    except BaseException:
        release_claim(claim, ports.wall_ms())
        raise


def play_round(ports: Ports, season: SeasonFacts, claim: Claim) -> RoundResult:
    """Play a claimed round from the stage it is at to its end."""
    work = RoundWork(ports, season, claim, round_facts(claim.round_id))
    freeze_snapshot(work)
    ask_agents(work)
    review_decisions(work)
    commit_decisions(work)
    freeze_execution_book(work)
    write_intents(work)
    execute_and_book(work)
    record_results(work)
    version = close_round(work)
    ports.publisher.publish_version(season.slug, version)
    return RoundResult(season.slug, work.facts.number, work.facts.market_ms, version)


def _claim_unfinished(ports: Ports, season: SeasonFacts) -> Claim | None:
    round_id = unfinished_round_id(season.id)
    if round_id is None or season.status != "running":
        return None
    return claim_round(round_id, ports.wall_ms(), _lease_ms(ports))


def _open_due(ports: Ports, season: SeasonFacts) -> Claim | None:
    """Settle the time since the last round (step 0), then open the slot (step 1)."""
    wall_ms = ports.wall_ms()
    slot = due_slot(season.clock, wall_ms)
    if slot is None or season.status != "running" or unfinished_round_id(season.id) is not None:
        return None
    if ports.playback is None and trading_level() == "halted":
        return None
    market_ms = slot_start(slot, season.clock.interval_ms)
    try:
        _settle_past(ports, season, market_ms, wall_ms)
    except MarketEndedError:
        set_season_status(season.id, "finished", wall_ms)
        return None
    last_ms = ports.market.info.last_ms
    if last_ms is not None and market_ms > last_ms:
        set_season_status(season.id, "finished", wall_ms)
        return None
    settled = season_facts(season.id)
    if ticks(season.id, settled.settled_ms, market_ms):
        # A watcher moved the cursor part of the way meanwhile: the next ring settles the rest and opens.
        return None
    # The facts the slot was worked out from: had anybody opened a round meanwhile, this must fail.
    return open_slot(season, slot, market_ms, wall_ms, _lease_ms(ports))


def _settle_past(ports: Ports, season: SeasonFacts, market_ms: int, wall_ms: int) -> None:
    """Settle up to the slot. A live price seen now is recorded as seen now, also where the round is late."""
    is_live = ports.market.info.kind == "live"
    record_new_ticks(ports.market, season, max(market_ms, wall_ms) if is_live else market_ms)
    settle_ticks(season, market_ms)


def settle_until(market: MarketData, season: SeasonFacts, market_ms: int) -> int:
    """Record what the market did up to this moment and book the exits it caused; return how many."""
    record_new_ticks(market, season, market_ms)
    return settle_ticks(season, market_ms)


def _lease_ms(ports: Ports) -> int:
    return int(ports.agent_deadline_s * 1000) + LEASE_GRACE_MS
