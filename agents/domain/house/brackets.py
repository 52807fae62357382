"""Where a house decider puts stop and target: by the market's own range, inside what the rules allow."""

from typing import Final, NamedTuple

from agents.domain.house.figures import to_price
from kernel.units import BASIS_POINT, SCALE
from trading.domain.observation import MarketView
from trading.domain.rules import RiskLimits

PERCENT: Final = SCALE // 100

MIN_STOP: Final = 40 * BASIS_POINT
"""Nearer stops pay more in fees, four times a taker fee both ways, than they save."""

MAX_STOP_OF_MARGIN: Final = 60 * PERCENT
"""Share of the margin a stop may lose: clear of liquidation, which comes near the whole of it."""

FARTHEST: Final = 49 * PERCENT
"""An exit at half the price or farther is read as a slip (agents.domain.answers)."""

MAX_TARGET: Final = 80 * PERCENT
"""A short's target stays above zero."""

UNKNOWN_ATR: Final = PERCENT
"""Stands in, as a share of the mark, while too few bars are known."""


class Bracket(NamedTuple):
    """Stop and target as prices in units; ``risk`` is the stop's distance as a ratio of the mark."""

    stop: int
    target: int
    risk: int


def compute_bracket(
    side: int, mark: int, atr: int | None, leverage: int, *, stop_pct: int, target_pct: int
) -> Bracket:
    """Return the bracket of a position opened at the mark.

    ``stop_pct`` is the stop's distance in percent of the ATR, ``target_pct`` the target's in percent of the
    stop's.
    """
    ratio = atr * SCALE // mark if atr is not None else UNKNOWN_ATR
    risk = bounded_risk(ratio * stop_pct // 100, leverage)
    return place_bracket(side, mark, risk, risk * target_pct // 100)


def bounded_risk(wanted: int, leverage: int) -> int:
    """Return a stop's distance as a ratio of the mark: worth its fees, and clear of liquidation."""
    return min(max(wanted, MIN_STOP), MAX_STOP_OF_MARGIN // leverage)


def place_bracket(side: int, mark: int, risk: int, reward: int) -> Bracket:
    """Return stop and target at these distances, ratios of the mark."""
    stop = to_price(mark * (SCALE - side * risk) // SCALE)
    reward = min(reward, MAX_TARGET)
    return Bracket(stop, to_price(mark * (SCALE + side * reward) // SCALE), risk)


def worth_its_risk(side: int, mark: int, bracket: Bracket, target: int, limits: RiskLimits) -> Bracket | None:
    """Return the bracket with this target, the stop drawn in until the target is worth the rules' minimum.

    None where the stop would come too near: the way to the target does not pay.
    """
    reward = side * (target - mark) * SCALE // mark
    risk = bracket.risk
    if limits.min_reward_risk:
        # A hundredth less, because prices are cut to six digits.
        risk = min(risk, reward * SCALE // limits.min_reward_risk * 99 // 100)
    if reward <= 0 or risk < MIN_STOP * 99 // 100:
        return None
    stop = to_price(mark * (SCALE - side * risk) // SCALE)
    return Bracket(stop, target, risk)


def bounded_leverage(wanted: int, limits: RiskLimits) -> int:
    """Return the wanted leverage moved into the rule book's bounds."""
    return min(max(wanted, limits.min_leverage), limits.max_leverage)


def atr_of(view: MarketView, symbol: str) -> int | None:
    """Return a symbol's average true range, if known and above zero."""
    return view.features.get(symbol, {}).get("atr_14") or None
