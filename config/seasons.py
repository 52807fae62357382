"""Opening seasons from an operator's words: which market, which rules, which roster."""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.domain.registry import KINDS
from agents.domain.roster import DEFAULT_ROSTER, RosterEntry
from agents.domain.specs import SpecConfig
from agents.services import ensure_specs, missing_key
from arena.ports import Publisher, Silence
from arena.rounds import RoundResult, play_next_round
from arena.selectors.roster import season_facts
from arena.services.seasons import ContestantDraft, SeasonDraft, open_season, set_clock
from config.wiring import market_of, market_sha256, ports_of, wall_ms
from kernel.time import SECOND_MS
from kernel.units import SCALE
from trading.domain.rules import RuleBook
from trading.ports import MarketData, TapeError


@dataclass(frozen=True, slots=True)
class SeasonPlan:
    """What an operator asks for. ``interval_s`` 0 takes the market's natural one."""

    slug: str
    name: str
    market: str
    seed: int
    symbols: tuple[str, ...]
    interval_s: int
    capital: int
    clock: str
    speed: int
    start_ms: int
    live_timeout_s: float
    ranked: bool = True


def open_planned_season(plan: SeasonPlan, roster: Sequence[RosterEntry] = DEFAULT_ROSTER) -> str:
    """Open the season a plan describes; return its id. Raises MarketError for an unusable market."""
    market = market_of(plan.market, plan.seed, plan.symbols, plan.start_ms, plan.live_timeout_s)
    interval_ms = _interval_ms(plan, market)
    rules = RuleBook(
        symbols=market.info.symbols, interval_ms=interval_ms, starting_capital=plan.capital * SCALE
    )
    start_ms = max(plan.start_ms, market.info.first_ms or 0)
    draft = SeasonDraft(
        slug=plan.slug,
        name=plan.name,
        seed=plan.seed,
        market_spec=resolved_spec(plan.market, market),
        info=market.info,
        market_sha256=market_sha256(market),
        instruments=market.fetch_instruments(),
        rules=rules,
        clock=plan.clock,
        speed=plan.speed,
        first_slot=math.ceil(start_ms / interval_ms),
        ranked=plan.ranked,
    )
    return open_season(draft, contestant_drafts(roster), wall_ms())


def _interval_ms(plan: SeasonPlan, market: MarketData) -> int:
    """Return the round interval: what was asked for, else three minutes or one bar, whichever is longer."""
    bar_ms = market.info.bar_ms
    interval_ms = plan.interval_s * SECOND_MS if plan.interval_s else max(RuleBook().interval_ms, bar_ms)
    if market.info.kind == "tape" and interval_ms % bar_ms:
        raise TapeError(
            f"an interval of {interval_ms // SECOND_MS} s does not divide into the tape's bars of "
            f"{bar_ms // SECOND_MS} s; use a multiple with --interval"
        )
    return interval_ms


def contestant_drafts(roster: Sequence[RosterEntry]) -> list[ContestantDraft]:
    """Return the entries as contestants: playing, or waiting for their key."""
    specs = ensure_specs([entry.spec for entry in roster])
    return [
        ContestantDraft(
            slug=entry.slug,
            name=entry.name,
            subtitle=entry.subtitle,
            spec_id=specs[entry.slug],
            replica=0,
            profile=entry.profile,
            status="playing" if is_ready(entry.spec) else "waiting_for_key",
            is_baseline=entry.baseline,
        )
        for entry in roster
    ]


def is_ready(spec: SpecConfig) -> bool:
    """Return whether this installation can ask such an agent now."""
    return KINDS[spec.kind].playable and missing_key(spec, os.environ) is None


def resolved_spec(spec: str, market: MarketData) -> str:
    """Return the specification under which every process finds the same market again."""
    if market.info.kind == "tape":
        return spec
    return f"ccxt:{getattr(market, 'venue', '')}" if market.info.kind == "live" else "simulated"


def play_rounds_at_full_speed(
    season_id: str,
    count: int,
    on_round: Callable[[RoundResult], None],
    publisher: Publisher | None = None,
) -> int:
    """Play up to ``count`` rounds one after the other; return how many there were before the market ended."""
    ports = ports_of(season_id, publisher or Silence())
    for played in range(count):
        result = play_next_round(ports, season_id)
        if result is None:
            return played
        on_round(result)
    return count


def start_clock(season_id: str, clock: str, speed: int) -> None:
    """Let market time run from the end of the last round on."""
    season = season_facts(season_id)
    set_clock(season_id, clock, speed, season.settled_ms, wall_ms())
