"""What the rules look at: the contestant's standing, the symbol's market, and both with one order.

What does not depend on the order is worked out once: a symbol's figures once a round for everybody
(``SymbolFacts``), a contestant's once a turn (``RiskContext``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from kernel.units import MAX_UNITS, SCALE, Rounding, mul_div
from trading.domain.correlation import Correlations
from trading.domain.instruments import Instrument
from trading.domain.market import SymbolSnapshot
from trading.domain.matching import depth_within, spread_of
from trading.domain.orders import ProposedOrder, RuleResult
from trading.domain.positions import Portfolio, Position, notional_of, unrealised
from trading.domain.rules import Profile, RiskLimits, RuleBook
from trading.domain.tiers import Tier, maintenance_of

_NO_CORRELATIONS: Final[Correlations] = {}


class Exposure(NamedTuple):
    """What one position or resting opening puts at stake on a symbol. Amounts in units, ``notional`` >= 0.

    A position's notional is at the mark, a resting order's at its limit. ``margin`` is a resting order's:
    a position's margin is the portfolio's to say. ``unrealised`` and ``maintenance`` are a position's.
    ``reserved`` is what a resting order sets aside that the next decision on its symbol replaces; 0 for all
    else, also for an order at a real venue, which no decision replaces.
    """

    symbol: str
    side: int
    notional: int
    margin: int = 0
    unrealised: int = 0
    maintenance: int = 0
    reserved: int = 0


def exposures_of(
    portfolio: Portfolio, marks: Mapping[str, int], instruments: Mapping[str, Instrument]
) -> tuple[Exposure, ...]:
    """Return the exposure of every open position at these marks; one without a mark counts at its entry."""
    return tuple([_exposure(position, marks, instruments) for position in portfolio.positions])


def _exposure(
    position: Position, marks: Mapping[str, int], instruments: Mapping[str, Instrument]
) -> Exposure:
    mark, instrument = marks.get(position.symbol), instruments.get(position.symbol)
    if mark is None:
        return Exposure(position.symbol, position.side, position.entry_cost)
    notional = notional_of(position.qty, mark, Rounding.UP)
    needed = 0 if instrument is None else maintenance_of(instrument.brackets, notional)
    return Exposure(position.symbol, position.side, notional, 0, unrealised(position, mark), needed)


@dataclass(frozen=True, slots=True)
class RiskContext:
    """One contestant's standing under the rules at the snapshot. Amounts in units.

    ``peak_equity`` is the highest so far, ``day_start_equity`` the one at 00:00 UTC; ``opens_last_hour`` and
    ``opens_last_day`` count approved openings; ``trading_level`` is 'active', 'reducing' or 'halted'.
    ``last_loss_ms`` is when a trade, or a part of one, last closed at a loss, None for never. ``exposures``
    are the positions at the snapshot's marks and the resting openings.
    """

    rules: RuleBook
    profile: Profile
    equity: int
    peak_equity: int
    day_start_equity: int
    opens_last_hour: int
    opens_last_day: int
    trading_level: str
    contestant_paused: bool
    last_loss_ms: int | None = None
    exposures: tuple[Exposure, ...] = ()


@dataclass(slots=True)
class SymbolFacts:
    """What the rules need of one symbol in one round, whoever orders: worked out once for everybody.

    ``spread`` is a ratio, None for an empty side; ``depth_to_buy`` and ``depth_to_sell`` are USDT near the
    middle on the side that an order takes.
    """

    part: SymbolSnapshot
    instrument: Instrument
    tiers: tuple[Tier, ...]
    rules: RuleBook
    snapshot_ms: int
    bar_ms: int
    together: Mapping[str, int]
    """Symbol -> +1 where it moves with this one, -1 where against it; itself included."""
    spread: int | None
    depth_to_buy: int
    depth_to_sell: int
    findings: tuple[RuleResult, ...] = ()
    """What ``MARKET_RULES`` found, once somebody has asked: it is the same for every order."""


def symbol_facts(
    part: SymbolSnapshot,
    instrument: Instrument,
    rules: RuleBook,
    snapshot_ms: int,
    bar_ms: int,
    correlations: Correlations = _NO_CORRELATIONS,
) -> SymbolFacts:
    """Return the facts of one symbol of a snapshot under a rule book."""
    limits = rules.limits
    return SymbolFacts(
        part=part,
        instrument=instrument,
        tiers=instrument.brackets,
        rules=rules,
        snapshot_ms=snapshot_ms,
        bar_ms=bar_ms,
        together=_moves_with(part.symbol, rules.symbols, correlations, limits.correlation_from),
        spread=spread_of(part.book),
        depth_to_buy=depth_within(part.book, 1, limits.liquidity_band),
        depth_to_sell=depth_within(part.book, -1, limits.liquidity_band),
    )


def _moves_with(
    symbol: str, symbols: Sequence[str], correlations: Correlations, correlation_from: int
) -> dict[str, int]:
    """Return symbol -> +1 where the two count as one bet, -1 where as opposite ones.

    Two symbols whose correlation is not known count as one bet: that they differ is not shown.
    """
    found = {symbol: 1}
    for other in symbols:
        ratio = correlations.get((symbol, other), SCALE)
        if other != symbol and abs(ratio) >= correlation_from:
            found[other] = 1 if ratio >= 0 else -1
    return found


class Case(NamedTuple):
    """Everything a rule may look at. ``held`` is the position on the order's symbol before the order."""

    order: ProposedOrder
    held: Position | None
    available: int
    facts: SymbolFacts
    context: RiskContext
    limits: RiskLimits


Rule = Callable[[Case], RuleResult]

UNKNOWN: Final = MAX_UNITS
"""The figure of what cannot be computed: larger than any limit."""


def share(amount: int, whole: int) -> int:
    """Return amount / whole as a ratio, rounded up; without a positive whole the largest figure there is."""
    return mul_div(amount, SCALE, whole, Rounding.UP) if whole > 0 else UNKNOWN
