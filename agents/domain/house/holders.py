"""The yardsticks that hold: buy and hold, equal weight, always flat.

They buy every symbol with the rule book's lowest leverage and just so much margin that all positions
together are worth the equity: the plain investment, in the form the rules ask for. The confidence they state
is no forecast, it is what lets an investment without a target pass every profile.
"""

from typing import Final

from agents.domain.house.brackets import FARTHEST, MAX_STOP_OF_MARGIN, MIN_STOP
from agents.domain.house.figures import show, show_percent, show_price, to_price
from agents.domain.house.knobs import Knobs
from agents.domain.house.sizes import ROOM
from agents.domain.house.trader import Choice, affordable, opens_left, parts_in_play
from kernel.units import SCALE
from trading.domain.decisions import Action, Decision
from trading.domain.market import SymbolSnapshot
from trading.domain.observation import MarketView, Observation
from trading.domain.positions import Position, notional_of

STATED_CONFIDENCE: Final = 75 * SCALE // 100


def read_purchases(view: MarketView, knobs: Knobs) -> dict[str, Decision]:
    """Return the purchase of each symbol at its even share of the equity."""
    parts = parts_in_play(view)
    return {part.symbol: _purchase(part, len(parts), view, knobs) for part in parts}


def _purchase(part: SymbolSnapshot, count: int, view: MarketView, knobs: Knobs) -> Decision:
    leverage = view.rules.limits.min_leverage
    share = knobs["exposure_pct"] * SCALE // (100 * count)
    size = min(share // leverage, view.rules.limits.max_position)
    risk = _stop_distance(size * leverage, leverage, view)
    stop = to_price(part.mark * (SCALE - risk) // SCALE)
    return Decision(
        action=Action.BUY,
        symbol=part.symbol,
        size=size,
        leverage=leverage,
        stop_loss=stop,
        confidence=STATED_CONFIDENCE,
        invalidation=f"None short of the stop at {show_price(stop)}, {show_percent(risk)} below the price.",
        reasoning=(
            f"Holds {part.symbol} at {show_percent(size * leverage)} of equity, one of {count} even parts, "
            f"bought at {show_price(part.mark)} with {leverage}x so that no money is borrowed in sum."
        ),
    )


def _stop_distance(share: int, leverage: int, view: MarketView) -> int:
    """Return how far below the price the stop lies: as far as the rules let such a share of equity risk."""
    limits, fees = view.rules.limits, 2 * view.rules.taker_fee
    farthest = min(MAX_STOP_OF_MARGIN // leverage, FARTHEST)
    if not limits.max_risk or not share:
        return farthest
    return min(farthest, max(limits.max_risk * ROOM // share - fees, MIN_STOP))


def hold_on(purchases: dict[str, Decision], observation: Observation, knobs: Knobs) -> Choice:
    """Buy what is not held: all of it at the start, later only at every n-th slot."""
    missing = _missing(purchases, observation, knobs)
    if not missing:
        return Choice(f"Holds {len(observation.portfolio.positions)} positions; nothing to buy.")
    return Choice(f"Buys {len(missing)} of {len(purchases)} symbols to hold.", missing)


def _missing(purchases: dict[str, Decision], observation: Observation, knobs: Knobs) -> tuple[Decision, ...]:
    held = {position.symbol for position in observation.portfolio.positions}
    untouched = not held and observation.equity == observation.market.rules.starting_capital
    # Trying again every round would be refused every round while a loss limit stops opening.
    if not untouched and observation.market.slot % knobs["retry_rounds"]:
        return ()
    wanted = [purchase for symbol, purchase in purchases.items() if symbol not in held]
    return affordable(wanted[: max(0, opens_left(observation))], observation)


def keep_equal(purchases: dict[str, Decision], observation: Observation, knobs: Knobs) -> Choice:
    """Hold every symbol, and at every n-th slot move those that drifted back to their even share."""
    missing = _missing(purchases, observation, knobs)
    if observation.market.slot % knobs["retry_rounds"]:
        moves: list[Decision] = []
    else:
        moves = _moves(purchases, observation, knobs)
    decisions = (
        *(move for move in moves if move.action is Action.CLOSE),
        *missing,
        *_added(moves, missing, observation),
    )
    if not decisions:
        return Choice(f"Holds {len(observation.portfolio.positions)} positions near their even shares.")
    return Choice(
        f"Buys {len(missing)} symbols and moves {len(decisions) - len(missing)} to even shares.", decisions
    )


def _added(
    moves: list[Decision], missing: tuple[Decision, ...], observation: Observation
) -> tuple[Decision, ...]:
    additions = [move for move in moves if move.action is Action.BUY]
    room = max(0, opens_left(observation) - len(missing))
    return affordable([*missing, *additions[:room]], observation)[len(missing) :]


def _moves(purchases: dict[str, Decision], observation: Observation, knobs: Knobs) -> list[Decision]:
    marks = observation.market.marks
    drift = knobs["drift_pct"] * SCALE // 100
    moves = []
    for position in observation.portfolio.positions:
        purchase = purchases.get(position.symbol)
        if purchase is not None and position.side > 0 and observation.equity > 0:
            value = notional_of(position.qty, marks[position.symbol])
            even = observation.equity * purchase.size // SCALE * purchase.leverage
            off = (value - even) * SCALE // even if even else 0
            if abs(off) > drift and abs(value - even) >= observation.market.rules.limits.min_order:
                moves.append(
                    _trim(position, value, even) if off > 0 else _top_up(purchase, position, value, even)
                )
    return moves


def _drift(value: int, even: int) -> str:
    return f"Worth {show(value, 0)} USDT against an even share of {show(even, 0)}"


def _trim(position: Position, value: int, even: int) -> Decision:
    share = max((value - even) * SCALE // value, SCALE // 100)
    words = f"{_drift(value, even)}: sells {show_percent(share)} of it."
    return Decision(Action.CLOSE, position.symbol, share, confidence=STATED_CONFIDENCE, reasoning=words)


def _top_up(purchase: Decision, position: Position, value: int, even: int) -> Decision:
    size = purchase.size * (even - value) // even
    words = f"{_drift(value, even)}: buys the difference."
    return Decision(
        action=Action.BUY,
        symbol=purchase.symbol,
        size=size,
        leverage=position.leverage,
        stop_loss=purchase.stop_loss,
        confidence=STATED_CONFIDENCE,
        invalidation=purchase.invalidation,
        reasoning=words,
    )


def read_nothing(_view: MarketView, _knobs: Knobs) -> None:
    """Return nothing: cash needs no opinion."""


def stay_flat(_reading: None, observation: Observation, _knobs: Knobs) -> Choice:
    """Hold cash; close whatever should not be there."""
    closes = tuple(
        Decision(
            Action.CLOSE, position.symbol, SCALE, reasoning="Cash is the only position of this baseline."
        )
        for position in observation.portfolio.positions
    )
    return Choice("Stays in cash: the yardstick for not trading at all.", closes)
