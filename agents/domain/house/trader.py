"""How a decider with an opinion on each symbol turns it into decisions.

Opinions depend on the market alone, so they are formed once a round for everybody of one kind and
configuration (``Signal``); which of them a contestant acts on depends on its portfolio (``trade_on``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.domain.house.brackets import Bracket, atr_of, bounded_leverage, compute_bracket, worth_its_risk
from agents.domain.house.figures import show_bar, show_percent, show_price
from agents.domain.house.knobs import Knobs
from agents.domain.house.sizes import bounded_share, idea_of, plan_of
from kernel.units import SCALE
from trading.domain.decisions import Action, Decision
from trading.domain.market import SymbolSnapshot
from trading.domain.observation import MarketView, Observation
from trading.domain.positions import Position
from trading.domain.rules import TRADES_DAY_MS, TRADES_HOUR_MS

CONFIDENCE_STEP: Final = SCALE // 10_000
"""More digits of a stated confidence would pretend."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a strategy thinks of one symbol.

    ``side`` is +1, -1 or 0; ``confidence`` a ratio; ``strength`` orders equal confidences. ``reason`` holds
    the figures. ``leave_long`` and ``leave_short`` say why such a position should go, '' while it may stay.
    ``target`` replaces the bracket's where the strategy knows a better one.
    """

    side: int
    confidence: int
    strength: int
    reason: str
    invalidation: str
    leave_long: str = ""
    leave_short: str = ""
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """An opinion with the decision that acts on it, None where it asks for no position."""

    symbol: str
    opinion: Opinion
    entry: Decision | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a house decider answers."""

    summary: str
    decisions: tuple[Decision, ...] = ()


def signal_of(part: SymbolSnapshot, opinion: Opinion, view: MarketView, knobs: Knobs) -> Signal:
    """Return the signal of one symbol under the rule book's bounds."""
    enough = opinion.confidence >= knobs["min_confidence_pct"] * SCALE // 100
    if opinion.side == 0 or not enough:
        return Signal(part.symbol, opinion, None)
    leverage = bounded_leverage(knobs["leverage"], view.rules.limits)
    bracket = compute_bracket(
        opinion.side,
        part.mark,
        atr_of(view, part.symbol),
        leverage,
        stop_pct=knobs["stop_atr_pct"],
        target_pct=knobs["target_stop_pct"],
    )
    if opinion.target is not None:
        found = worth_its_risk(opinion.side, part.mark, bracket, opinion.target, view.rules.limits)
        if found is None:
            return Signal(part.symbol, opinion, None)
        bracket = found
    return Signal(part.symbol, opinion, _entry(part, opinion, bracket, leverage, view, knobs))


def _entry(
    part: SymbolSnapshot, opinion: Opinion, bracket: Bracket, leverage: int, view: MarketView, knobs: Knobs
) -> Decision | None:
    confidence = opinion.confidence // CONFIDENCE_STEP * CONFIDENCE_STEP
    idea = idea_of(view, part, opinion.side, bracket, confidence, leverage)
    size = bounded_share(plan_of(knobs), idea, view.rules.limits)
    if size == 0:
        return None
    at_stop = f"or a trade at the stop {show_price(bracket.stop)}, {show_percent(bracket.risk)} away"
    return Decision(
        action=Action.BUY if opinion.side > 0 else Action.SELL,
        symbol=part.symbol,
        size=size,
        leverage=leverage,
        stop_loss=bracket.stop,
        take_profit=bracket.target,
        confidence=confidence,
        invalidation=f"A {show_bar(view.snapshot.bar_ms)} close with {opinion.invalidation}, {at_stop}.",
        reasoning=opinion.reason,
    )


def trade_on(signals: Sequence[Signal], observation: Observation, knobs: Knobs) -> Choice:
    """Return the closes that signals ask for, then the best entries that fit the portfolio."""
    held = {position.symbol: position for position in observation.portfolio.positions}
    closes = tuple(
        _close(signal, reason)
        for signal in signals
        if signal.symbol in held and (reason := _reason_to_leave(signal, held[signal.symbol]))
    )
    entries = [signal for signal in signals if signal.entry is not None and signal.symbol not in held]
    room = min(knobs["max_positions"] - len(held), _opens_now(observation, knobs), opens_left(observation))
    if room > 0 and entries:
        entries.sort(key=lambda signal: (-signal.opinion.confidence, -signal.opinion.strength))
    opens = affordable([s.entry for s in entries[: max(0, room)] if s.entry is not None], observation)
    return Choice(_summary(len(signals), len(entries), len(opens), closes), (*closes, *opens))


def _opens_now(observation: Observation, knobs: Knobs) -> int:
    """Return how many may open in this round: the day's allowance is spread evenly over its rounds."""
    rules, opens = observation.market.rules, knobs["opens_a_round"]
    allowance = max(1, rules.limits.max_trades_day * rules.interval_ms)
    pace = max(1, -(-TRADES_DAY_MS * opens // allowance))
    return opens if (observation.market.slot - knobs["pace_offset"]) % pace == 0 else 0


def _reason_to_leave(signal: Signal, position: Position) -> str:
    return signal.opinion.leave_long if position.side > 0 else signal.opinion.leave_short


def _close(signal: Signal, reason: str) -> Decision:
    return Decision(
        Action.CLOSE, signal.symbol, SCALE, confidence=signal.opinion.confidence, reasoning=reason
    )


def _summary(seen: int, calls: int, opened: int, closes: Sequence[Decision]) -> str:
    if not opened and not closes:
        return f"Holds: {calls} of {seen} symbols call for a new position and none is taken."
    return f"Opens {opened}, closes {len(closes)}; {calls} of {seen} symbols call for a new position."


def opens_left(observation: Observation) -> int:
    """Return how many positions the hourly limit still allows, as far as open positions show it."""
    since = observation.market.snapshot.market_ms - TRADES_HOUR_MS
    recent = sum(position.opened_ms > since for position in observation.portfolio.positions)
    return observation.market.rules.limits.max_trades_hour - recent


def affordable(entries: Sequence[Decision], observation: Observation) -> tuple[Decision, ...]:
    """Return the entries, in order, whose margin and fee the free money covers and that reach the minimum."""
    rules = observation.market.rules
    free, taken = observation.portfolio.available, []
    for entry in entries:
        margin = observation.equity * entry.size // SCALE
        notional = margin * entry.leverage
        cost = margin + 2 * notional * rules.taker_fee // SCALE
        if notional >= rules.limits.min_order and cost <= free:
            taken.append(entry)
            free -= cost
    return tuple(taken)


def parts_in_play(view: MarketView) -> tuple[SymbolSnapshot, ...]:
    """Return the snapshot's parts of symbols the rule book allows, in the snapshot's order."""
    return tuple(part for part in view.snapshot.symbols if part.symbol in view.rules.symbols)
