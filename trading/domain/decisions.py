"""What a contestant may decide: one decision a symbol and round."""

from dataclasses import dataclass
from enum import StrEnum

from kernel.units import SCALE, Rounding, mul_div
from trading.domain.invalidation import Invalidation
from trading.domain.terms import AT_MARKET, Terms


class Action(StrEnum):
    """The four actions of the rule book."""

    BUY = "BUY"
    """Open or add to a long."""
    SELL = "SELL"
    """Open or add to a short."""
    CLOSE = "CLOSE"
    """Close part or all of the position."""
    HOLD = "HOLD"
    """Do nothing on this symbol, on purpose."""

    @property
    def is_open(self) -> bool:
        """True for the actions that raise exposure."""
        return self in {Action.BUY, Action.SELL}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as asked for; the risk rules have not seen it yet.

    ``size`` is a ratio: for BUY and SELL the share of equity put up as margin (notional = size x leverage
    x equity), for CLOSE the share of the position to close. ``confidence`` is the stated probability that
    the target is reached before the stop. Prices are units; None where the action has none.
    ``invalidation`` is in the contestant's own words, ``watch`` the condition that closes the position
    between rounds; ``evidence`` names the keys of the snapshot that the decision relies on.
    """

    action: Action
    symbol: str
    size: int = 0
    leverage: int = 0
    stop_loss: int | None = None
    take_profit: int | None = None
    confidence: int = 0
    invalidation: str = ""
    reasoning: str = ""
    watch: Invalidation | None = None
    evidence: tuple[str, ...] = ()
    terms: Terms = AT_MARKET
    trail: int = 0
    """Distance of a trailing stop from the best mark, as a ratio; 0 for none."""
    reverse: bool = False
    """True where BUY while short (SELL while long) is meant to close and open the other way."""

    def reward_to_risk(self, mark: int) -> int | None:
        """Return distance to target over distance to stop as a ratio; None without both."""
        if self.stop_loss is None or self.take_profit is None or self.stop_loss == mark:
            return None
        reward, risk = abs(self.take_profit - mark), abs(mark - self.stop_loss)
        return mul_div(reward, SCALE, risk, Rounding.DOWN)
