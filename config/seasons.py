"""Opening seasons from an operator's words: which market, which rules, which roster."""

import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from agents.domain.roster import DEFAULT_ROSTER, RosterEntry
from arena.ports import Ports, Publisher, Silence
from arena.rounds import RoundResult, play_next_round
from arena.selectors.roster import season_facts
from arena.services.seasons import SeasonDraft, open_season, set_clock
from config.contestants import contestant_drafts
from config.refusal import CommandRefusedError
from config.wiring import WORLD, World, market_of, market_sha256, ports_of
from kernel.time import DAY_MS, SECOND_MS
from kernel.units import SCALE
from trading.adapters.ccxt_public import CcxtPublicMarket
from trading.domain.presets import ARENA
from trading.domain.rules import RuleBook
from trading.ports import MarketData, TapeError


@dataclass(frozen=True, slots=True)
class SeasonPlan:
    """What an operator asks for. ``interval_s`` 0 takes the rules' own, as far as the market allows it."""

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
    rules: RuleBook = ARENA
    """What the season's rules begin with; symbols, interval and capital above replace those parts."""

    def __post_init__(self) -> None:
        """Refuse a plan that no season could be played under; nothing has been opened or written yet."""
        for sentence, is_wrong in _REFUSALS:
            if is_wrong(self):
                raise CommandRefusedError(sentence)


MAX_CAPITAL: Final = 100_000_000
"""USDT of one contestant: a hundred of them still fit the house's columns."""

MAX_SPEED: Final = 3_600
"""An hour of market time a second."""

_SLUG: Final = re.compile(r"[a-z0-9-]{0,40}")
_SYMBOL: Final = re.compile(r"[A-Z0-9]{1,20}")

_REFUSALS: Final[tuple[tuple[str, Callable[[SeasonPlan], bool]], ...]] = (
    (
        "a season's slug is made of up to 40 small letters, digits and dashes",
        lambda plan: not _SLUG.fullmatch(plan.slug),
    ),
    ("--seed must lie between 0 and 9223372036854775807", lambda plan: not 0 <= plan.seed < 2**63),
    (
        f"--capital must lie between 1 and {MAX_CAPITAL} USDT",
        lambda plan: not 1 <= plan.capital <= MAX_CAPITAL,
    ),
    (
        "--interval must lie between 1 and 86400 seconds (0 takes the natural one)",
        lambda plan: not 0 <= plan.interval_s * SECOND_MS <= DAY_MS,
    ),
    (
        f"--speed must lie between 1 and {MAX_SPEED}",
        lambda plan: not 1 <= plan.speed <= MAX_SPEED,
    ),
    (
        "--symbols must be one or more names of capital letters and digits, each once",
        lambda plan: (
            not plan.symbols
            or len(set(plan.symbols)) < len(plan.symbols)
            or not all(_SYMBOL.fullmatch(symbol) for symbol in plan.symbols)
        ),
    ),
)


def tell(sentence: str) -> None:
    """Tell the operator: on standard error, so that JSON stays whole."""
    sys.stderr.write(f"{sentence}\n")


def find_market(plan: SeasonPlan, world: World = WORLD) -> MarketData:
    """Return the market a season would be played on; says what a venue does not list, and leaves it out.

    Raises MarketError for an unusable market, and for a venue that lists none of the symbols.
    """
    market = _planned_market(plan, world)
    if not isinstance(market, CcxtPublicMarket):
        return market
    listed = market.fetch_listed()
    missing = [symbol for symbol in plan.symbols if symbol not in listed]
    if missing:
        tell(f"{market.info.label}: {', '.join(missing)} not listed there; the season is played without")
    return _planned_market(replace(plan, market=f"ccxt:{market.venue}", symbols=listed), world)


def _planned_market(plan: SeasonPlan, world: World) -> MarketData:
    try:
        return market_of(plan.market, plan.seed, plan.symbols, plan.start_ms, plan.live_timeout_s, world)
    except ValueError as problem:
        raise CommandRefusedError(str(problem)) from problem


def fitted(plan: SeasonPlan, market: MarketData, now_ms: int) -> SeasonPlan:
    """Return the plan as its market allows.

    A venue is named, with what it lists, and runs on the wall clock; a tape runs from its start.
    """
    if market.info.kind == "live":
        spec = resolved_spec(plan.market, market)
        return replace(plan, market=spec, symbols=market.info.symbols, clock="wall", speed=1, start_ms=now_ms)
    return replace(plan, start_ms=0) if market.info.kind == "tape" else plan


def open_planned_season(
    plan: SeasonPlan,
    roster: Sequence[RosterEntry] = DEFAULT_ROSTER,
    world: World = WORLD,
    *,
    with_models: bool = False,
) -> str:
    """Open the season a plan describes; return its id. Raises MarketError for an unusable market.

    Language models are seated at once only if asked for: a history played at full speed must not be paid for.
    """
    market = _planned_market(plan, world)
    if market.info.funding == "none":
        tell(f"{market.info.label}: no funding is recorded for this tape; positions pay and get none")
    interval_ms = interval_ms_of(plan, market)
    rules = replace(
        plan.rules,
        symbols=market.info.symbols,
        interval_ms=interval_ms,
        starting_capital=plan.capital * SCALE,
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
    return open_season(draft, contestant_drafts(roster, with_models=with_models), world.wall_ms())


def interval_ms_of(plan: SeasonPlan, market: MarketData) -> int:
    """Return the round interval: what was asked for, else the rules' own; on a tape never below one bar."""
    info, natural = market.info, plan.rules.interval_ms
    bar_ms = info.bar_ms
    # A tape tells nothing inside a bar; longer bars than the interval are no market to play it on.
    if info.kind == "tape" or bar_ms > ARENA.interval_ms:
        natural = max(natural, bar_ms)
    interval_ms = plan.interval_s * SECOND_MS if plan.interval_s else natural
    if market.info.kind == "tape" and interval_ms % bar_ms:
        raise TapeError(
            f"an interval of {interval_ms // SECOND_MS} s does not divide into the tape's bars of "
            f"{bar_ms // SECOND_MS} s; use a multiple with --interval"
        )
    return interval_ms


def resolved_spec(spec: str, market: MarketData) -> str:
    """Return the specification under which every process finds the same market again."""
    if market.info.kind == "tape":
        return spec
    return f"ccxt:{market.venue}" if isinstance(market, CcxtPublicMarket) else "simulated"


def play_rounds_at_full_speed(
    season_id: str,
    count: int,
    on_round: Callable[[RoundResult], None],
    publisher: Publisher | None = None,
) -> int:
    """Play up to ``count`` rounds one after the other; return how many there were before the market ended."""
    return play_on(ports_of(season_id, publisher or Silence()), season_id, count, on_round)


def play_on(ports: Ports, season_id: str, count: int, on_round: Callable[[RoundResult], None]) -> int:
    """Play up to ``count`` rounds with these ports; return how many there were before the market ended."""
    for played in range(count):
        result = play_next_round(ports, season_id)
        if result is None:
            return played
        on_round(result)
    return count


def start_clock(season_id: str, clock: str, speed: int, world: World = WORLD) -> None:
    """Let market time run from the end of the last round on."""
    season = season_facts(season_id)
    set_clock(season_id, clock, speed, season.settled_ms, world.wall_ms())
