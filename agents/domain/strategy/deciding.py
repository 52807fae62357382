"""A strategy at play: one reading of the market for all its contestants, then each one's decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.domain.house.brackets import (
    FARTHEST,
    UNKNOWN_ATR,
    Bracket,
    atr_of,
    bounded_leverage,
    bounded_risk,
    place_bracket,
)
from agents.domain.house.figures import show_percent, show_price
from agents.domain.house.sizes import bounded_share, idea_of
from agents.domain.house.trader import Choice, affordable, opens_left, parts_in_play
from agents.domain.strategy.form import Condition, Sizing, Strategy
from agents.domain.strategy.judging import (
    Figures,
    evidence_of,
    judge,
    market_figures,
    position_figures,
    tell,
)
from kernel.units import SCALE
from trading.domain.decisions import Action, Decision
from trading.domain.market import SymbolSnapshot
from trading.domain.observation import MarketView, Observation
from trading.domain.positions import Position
from trading.domain.sizing_methods import SizingPlan

UNSTATED_CONFIDENCE: Final = 75 * SCALE // 100
"""Said where the author states none: no forecast, but what every profile lets pass."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a strategy makes of one symbol. ``entry`` is None where it calls for no position."""

    symbol: str
    mark: int
    figures: Figures
    entry: Decision | None


def read_calls(view: MarketView, strategy: Strategy) -> tuple[Call, ...]:
    """Return the call on every symbol of the strategy, in the snapshot's order."""
    wanted = strategy.symbols
    return tuple(
        _call(part, view, strategy) for part in parts_in_play(view) if wanted is None or part.symbol in wanted
    )


def _call(part: SymbolSnapshot, view: MarketView, strategy: Strategy) -> Call:
    figures = market_figures(part, view.features.get(part.symbol, {}))
    side, fired = called_side(strategy, figures)
    entry = _entry(side, fired, figures, part, view, strategy) if side else None
    return Call(part.symbol, part.mark, figures, entry)


def called_side(strategy: Strategy, figures: Figures) -> tuple[int, tuple[Condition, ...]]:
    """Return +1, -1 or 0 with the conditions that fired. Both sides at once contradict: no call."""
    filters = () if strategy.filters is None else judge(strategy.filters, figures)
    if filters is None:
        return 0, ()
    long, short = judge(strategy.entry.long, figures), judge(strategy.entry.short, figures)
    if (long is None) == (short is None):
        return 0, ()
    return (1, (*long, *filters)) if long is not None else (-1, (*(short or ()), *filters))


def _entry(
    side: int,
    fired: tuple[Condition, ...],
    figures: Figures,
    part: SymbolSnapshot,
    view: MarketView,
    strategy: Strategy,
) -> Decision | None:
    """Return the opening; None where its method finds no size, such as Kelly without an edge."""
    limits, sizing = view.rules.limits, strategy.sizing
    leverage = bounded_leverage(sizing.leverage, limits)
    bracket = _bracket(side, part.mark, atr_of(view, part.symbol), leverage, sizing)
    chance = UNSTATED_CONFIDENCE if strategy.confidence is None else strategy.confidence
    size = bounded_share(_plan(sizing), idea_of(view, part, side, bracket, chance, leverage), limits)
    if size == 0:
        return None
    return Decision(
        action=Action.BUY if side > 0 else Action.SELL,
        symbol=part.symbol,
        size=size,
        leverage=leverage,
        stop_loss=bracket.stop,
        take_profit=None if sizing.target is None else bracket.target,
        confidence=chance,
        invalidation=_invalidation(side, bracket, strategy),
        reasoning=f"{strategy.name} calls a {'long' if side > 0 else 'short'}: {tell(fired, figures)}.",
        evidence=evidence_of(part.symbol, fired),
    )


def _plan(sizing: Sizing) -> SizingPlan:
    return SizingPlan(sizing.method, sizing.size_pct // 100, sizing.cap_pct // 100)


def _bracket(side: int, mark: int, atr: int | None, leverage: int, sizing: Sizing) -> Bracket:
    """Return stop and target; inside the bounds of the house, so that a stop fires before liquidation."""
    stop, target = sizing.stop, sizing.target
    if stop.kind == "atr":
        wanted = (UNKNOWN_ATR if atr is None else atr * SCALE // mark) * stop.value // SCALE
    else:
        wanted = stop.value // 100
    risk = min(bounded_risk(wanted, leverage), FARTHEST)
    if target is None:
        return place_bracket(side, mark, risk, 0)
    reward = risk * target.value // SCALE if target.kind == "stop_multiple" else target.value // 100
    return place_bracket(side, mark, risk, min(reward, FARTHEST))


def _invalidation(side: int, bracket: Bracket, strategy: Strategy) -> str:
    away = f"a trade at the stop {show_price(bracket.stop)}, {show_percent(bracket.risk)} away"
    return f"Its exit rule, or {away}." if strategy.exit.of(side) else f"{away.capitalize()}."


def decide(calls: Sequence[Call], observation: Observation, strategy: Strategy) -> Choice:
    """Return the closes that exit rules ask for, then the entries that fit the portfolio, in order."""
    held = {position.symbol: position for position in observation.portfolio.positions}
    closes = [
        close
        for call in calls
        if call.symbol in held
        and (close := _close(call, held[call.symbol], observation, strategy)) is not None
    ]
    wanted = [call.entry for call in calls if call.entry is not None and call.symbol not in held]
    room = max(0, min(strategy.max_positions - len(held), opens_left(observation)))
    opens = affordable(wanted[:room], observation)
    return Choice(_summary(len(calls), len(wanted), len(opens), len(closes)), (*closes, *opens))


def _close(call: Call, position: Position, observation: Observation, strategy: Strategy) -> Decision | None:
    market_ms = observation.market.snapshot.market_ms
    figures = {**call.figures, **position_figures(position, call.mark, market_ms)}
    fired = judge(strategy.exit.of(position.side), figures)
    if fired is None:
        return None
    return Decision(
        Action.CLOSE,
        call.symbol,
        SCALE,
        confidence=UNSTATED_CONFIDENCE if strategy.confidence is None else strategy.confidence,
        reasoning=f"{strategy.name} leaves: {tell(fired, figures)}.",
        evidence=evidence_of(call.symbol, fired),
    )


def _summary(seen: int, calls: int, opened: int, closed: int) -> str:
    if not opened and not closed:
        return f"Holds: {calls} of {seen} symbols call for a new position and none is taken."
    return f"Opens {opened}, closes {closed}; {calls} of {seen} symbols call for a new position."
