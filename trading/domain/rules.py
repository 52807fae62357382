"""The rule book of a season: frozen, canonical, hashed. Every limit a verdict names is here.

Ratios and amounts are integers at 1e-8, times milliseconds, counts plain integers.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Final, NamedTuple

from kernel.canonical import canonical_bytes, sha256_hex
from kernel.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from kernel.units import BASIS_POINT, SCALE

PERCENT: Final = SCALE // 100

LIMIT_BAND: Final = 10 * PERCENT
"""How far from the mark a limit price may lie: farther ones are slips, or would rest for ever."""

MIN_TRAIL: Final = 10 * BASIS_POINT
"""The nearest trailing stop: a nearer one is the spread's to trigger."""

MAX_TRAIL: Final = 20 * PERCENT
"""The farthest trailing stop: a farther one protects nothing at the lowest leverage."""


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """The limits on opening. Closing and reducing is never blocked by any of them."""

    min_leverage: int = 3
    max_leverage: int = 10
    max_position: int = 20 * PERCENT
    """Margin of one position over equity."""
    min_order: int = 10 * SCALE
    max_trades_hour: int = 5
    max_trades_day: int = 50
    max_daily_loss: int = 5 * PERCENT
    max_drawdown: int = 20 * PERCENT
    """Fall from the highest equity at which opening stops."""
    max_spread: int = 50 * BASIS_POINT
    min_liquidity: int = 10_000 * SCALE
    """Resting USDT within ``liquidity_band`` of the mid, on the side the order takes."""
    liquidity_band: int = 50 * BASIS_POINT
    max_data_age_ms: int = 90 * SECOND_MS
    """Used where the bar is shorter; on longer bars the limit is one and a half bars."""
    require_stop: bool = True
    max_risk: int = 2 * PERCENT
    """What is lost where the stop is hit, fees included, over equity; 0 for no limit."""
    max_exposure: int = 600 * PERCENT
    """Notional of all positions and resting openings over equity; 0 for no limit."""
    max_correlated: int = 400 * PERCENT
    """The same, of what moves together with the order's symbol in the order's direction; 0 for no limit."""
    correlation_from: int = 70 * PERCENT
    """Correlation of bar returns from which two symbols count as one bet."""
    cooldown_ms: int = 5 * MINUTE_MS
    """Time without opening after a trade that lost; 0 for none."""
    min_reward_risk: int = SCALE
    """Distance to the target over distance to the stop, from the mark; 0 for no limit."""


_LATER_LIMITS: Final = {
    "max_risk": 0,
    "max_exposure": 0,
    "max_correlated": 0,
    "correlation_from": 0,
    "cooldown_ms": 0,
    "min_reward_risk": 0,
}
"""Limits that came later, with the value that leaves them out: books without them keep their hash."""


class Blackout(NamedTuple):
    """A time around a known event in which nobody opens; ``symbol`` '' is every symbol."""

    from_ms: int
    until_ms: int
    symbol: str
    event: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A risk tolerance: seed 000's confidence threshold, position cap and size factor."""

    name: str
    min_confidence: int
    max_position: int
    size_factor: int


PROFILES: Final = {
    "conservative": Profile("conservative", 75 * PERCENT, 10 * PERCENT, 50 * PERCENT),
    "moderate": Profile("moderate", 65 * PERCENT, 20 * PERCENT, SCALE),
    "aggressive": Profile("aggressive", 55 * PERCENT, 30 * PERCENT, 150 * PERCENT),
}


@dataclass(frozen=True, slots=True)
class RuleBook:
    """One version of a season's rules; its hash stands beside every verdict made under it."""

    preset: str = "arena"
    version: int = 1
    symbols: tuple[str, ...] = ("BTC", "ETH", "SOL", "BNB", "ASTER")
    interval_ms: int = 180 * SECOND_MS
    deadline_ms: int = 60 * SECOND_MS
    """Wall time agents have to answer."""
    starting_capital: int = 10_000 * SCALE
    taker_fee: int = 5 * BASIS_POINT
    """Fallback where an instrument has no fee of its own."""
    limits: RiskLimits = RiskLimits()
    margin_mode: str = "isolated"
    """'isolated': a position can lose its own margin; 'cross': the whole wallet stands behind all."""
    liquidation_fee: int = 50 * BASIS_POINT
    """What a liquidation costs beside the taker's fee, over its notional; it goes to the insurance."""
    blackouts: tuple[Blackout, ...] = ()
    funding: bool = True
    """Whether funding is charged; where it is not, rates are shown for information."""
    limit_orders: bool = True
    """Whether decisions may name a limit price, a trailing stop or a reversal."""
    prompt: str = "arena-2"
    """The template language models are asked with."""

    def __post_init__(self) -> None:
        """Refuse rules that no season could be played under."""
        if self.interval_ms < SECOND_MS or self.interval_ms > DAY_MS:
            raise ValueError("interval_ms must be between one second and one day")
        if self.starting_capital <= 0 or not self.symbols:
            raise ValueError("a rule book needs symbols and a positive starting capital")
        if len(set(self.symbols)) != len(self.symbols):
            raise ValueError("a rule book names each symbol once")

    @property
    def max_lateness_ms(self) -> int:
        """How much later than its snapshot a round may execute: beyond that the decisions are about the past.

        One interval, or on short intervals the answering deadline and a minute for everything else.
        """
        return max(self.interval_ms, self.deadline_ms + MINUTE_MS)

    def canonical(self) -> dict[str, Any]:
        """Return the form that is hashed, stored and published."""
        form = {name: getattr(self, name) for name in _BOOK_FIELDS}
        limits = asdict(self.limits)
        form["symbols"] = list(self.symbols)
        form["blackouts"] = [list(item) for item in self.blackouts]
        form["limits"] = {name: limits[name] for name in limits if limits[name] != _LATER_LIMITS.get(name)}
        return {name: value for name, value in form.items() if value != _LATER.get(name)}

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        return canonical_bytes(self.canonical())

    @property
    def sha256(self) -> str:
        """Hash of the canonical bytes."""
        return sha256_hex(self.to_bytes())


_LATER: Final[dict[str, Any]] = {
    "margin_mode": "isolated",
    "liquidation_fee": 0,
    "blackouts": [],
    "funding": False,
    "limit_orders": False,
    "prompt": "arena-1",
}
_BOOK_FIELDS: Final = tuple(field.name for field in fields(RuleBook))
_LIMIT_FIELDS: Final = tuple(field.name for field in fields(RiskLimits))


def rule_book_from(data: dict[str, Any]) -> RuleBook:
    """Return the rule book of its canonical form; raises ValueError on an unknown or missing field."""
    book = {**_LATER, **data}
    limits = {**_LATER_LIMITS, **book.get("limits", {})}
    wrong = (set(book) ^ set(_BOOK_FIELDS)) | (set(limits) ^ set(_LIMIT_FIELDS))
    if wrong:
        raise ValueError(f"rule book fields do not match: {', '.join(sorted(wrong))}")
    book["symbols"] = tuple(book["symbols"])
    book["blackouts"] = tuple(Blackout(*item) for item in book["blackouts"])
    return RuleBook(**{**book, "limits": RiskLimits(**limits)})


TRADES_HOUR_MS: Final = HOUR_MS
TRADES_DAY_MS: Final = DAY_MS
