"""The coin-flipper: as many trades, as large and as long as the field's, in directions drawn by lot.

Whoever is not better than this has shown no skill. Every draw comes from (contestant, slot, purpose), so a
season replays to the same trades. The stated confidence is the moderate profile's threshold: it is the price
of admission, not a forecast.
"""

from dataclasses import dataclass
from typing import Final

from agents.domain.house.brackets import PERCENT, Bracket, atr_of, bounded_leverage, compute_bracket
from agents.domain.house.figures import show, show_percent, show_price
from agents.domain.house.knobs import Knobs
from agents.domain.house.sizes import bounded_share, idea_of
from agents.domain.house.trader import Choice, affordable, opens_left, parts_in_play
from kernel.ids import derive_seed
from kernel.units import SCALE
from trading.domain.decisions import Action, Decision
from trading.domain.market import SymbolSnapshot
from trading.domain.observation import FieldStats, MarketView, Observation
from trading.domain.rules import RiskLimits
from trading.domain.sizing_methods import SizingPlan

STATED_CONFIDENCE: Final = 65 * PERCENT

FALLBACK: Final = FieldStats(
    opens_per_turn=10 * PERCENT, mean_leverage=4 * SCALE, mean_size=10 * PERCENT, mean_hold_rounds=20 * SCALE
)
"""Stands in, figure by figure, until the field has traded."""

_DRAWS: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Tempo:
    """What the lots are drawn against; ratios at 1e-8, leverage in whole numbers."""

    opens: int
    leverage: int
    leave_chance: int
    brackets: dict[str, tuple[tuple[Bracket, int], tuple[Bracket, int]]]
    """Per symbol, of a long and of a short: where it ends, and its size."""


def read_tempo(view: MarketView, knobs: Knobs) -> Tempo:
    """Return the field's tempo inside the rule book's bounds, and each symbol's brackets."""
    field, limits = view.field, view.rules.limits
    mean_leverage = field.mean_leverage or FALLBACK.mean_leverage
    leverage = bounded_leverage((mean_leverage + SCALE // 2) // SCALE, limits)
    hold = max(field.mean_hold_rounds or FALLBACK.mean_hold_rounds, SCALE)
    return Tempo(
        opens=field.opens_per_turn or FALLBACK.opens_per_turn,
        leverage=leverage,
        leave_chance=SCALE * SCALE // hold,
        brackets=_brackets(view, leverage, _size(field, limits), knobs),
    )


def _size(field: FieldStats, limits: RiskLimits) -> int:
    """Return the field's mean size, rounded down to a hundredth of a percent."""
    size = min(field.mean_size or FALLBACK.mean_size, limits.max_position)
    return size // (PERCENT // 100) * (PERCENT // 100) or size


def _brackets(
    view: MarketView, leverage: int, size: int, knobs: Knobs
) -> dict[str, tuple[tuple[Bracket, int], tuple[Bracket, int]]]:
    stop, target = knobs["stop_atr_pct"], knobs["target_stop_pct"]
    found = {}
    for part in parts_in_play(view):
        atr = atr_of(view, part.symbol)
        long, short = (
            compute_bracket(side, part.mark, atr, leverage, stop_pct=stop, target_pct=target)
            for side in (1, -1)
        )
        sizes = (
            _bounded(1, part, long, leverage, size, view),
            _bounded(-1, part, short, leverage, size, view),
        )
        found[part.symbol] = ((long, sizes[0]), (short, sizes[1]))
    return found


def _bounded(
    side: int, part: SymbolSnapshot, bracket: Bracket, leverage: int, size: int, view: MarketView
) -> int:
    """Return the field's size, less where the stop would lose more than the rules allow."""
    idea = idea_of(view, part, side, bracket, STATED_CONFIDENCE, leverage)
    return bounded_share(SizingPlan("fraction", size), idea, view.rules.limits)


def draw(tempo: Tempo, observation: Observation, _knobs: Knobs) -> Choice:
    """Return this turn's lots: each open position leaves by chance, and new ones open at the field's rate."""
    held = [position.symbol for position in observation.portfolio.positions]
    leaving = [symbol for symbol in held if _lot(observation, "leave", symbol) < tempo.leave_chance]
    flat = [symbol for symbol in tempo.brackets if symbol not in held]
    count = min(_opens(tempo, observation), len(flat), max(0, opens_left(observation)))
    flat.sort(key=lambda symbol: _lot(observation, "order", symbol))
    opens = affordable([_open(tempo, observation, symbol) for symbol in flat[:count]], observation)
    closes = tuple(_close(tempo, symbol) for symbol in leaving)
    if not opens and not closes:
        return Choice("The lots say hold.")
    return Choice(f"The lots open {len(opens)} and close {len(closes)}.", (*closes, *opens))


def _opens(tempo: Tempo, observation: Observation) -> int:
    whole, rest = divmod(tempo.opens, SCALE)
    return whole + (_lot(observation, "open", "") < rest)


def _open(tempo: Tempo, observation: Observation, symbol: str) -> Decision:
    is_long = _lot(observation, "side", symbol) < SCALE // 2
    bracket, size = tempo.brackets[symbol][0 if is_long else 1]
    return Decision(
        action=Action.BUY if is_long else Action.SELL,
        symbol=symbol,
        size=size,
        leverage=tempo.leverage,
        stop_loss=bracket.stop,
        take_profit=bracket.target,
        confidence=STATED_CONFIDENCE,
        invalidation=f"The lot that closes it, or a trade at the stop {show_price(bracket.stop)}.",
        reasoning=(
            f"Drawn by lot: {'long' if is_long else 'short'}, at the field's tempo of "
            f"{show(tempo.opens, 2)} opens a turn, size {show_percent(size)} and {tempo.leverage}x."
        ),
    )


def _close(tempo: Tempo, symbol: str) -> Decision:
    words = f"Drawn by lot: each turn a position leaves with a chance of {show_percent(tempo.leave_chance)}."
    return Decision(Action.CLOSE, symbol, SCALE, confidence=STATED_CONFIDENCE, reasoning=words)


def _lot(observation: Observation, purpose: str, symbol: str) -> int:
    """Return an even draw from 0 to 1 at 1e-8, fixed by contestant, slot, purpose and symbol."""
    seed = derive_seed("coin", observation.contestant_id, observation.market.slot, purpose, symbol)
    return seed * SCALE // _DRAWS
