"""The risk rules: one small function a rule, each with its figure and its limit, passed or not.

A rule reads a ``Case`` and nothing else, so the order of rules cannot change a verdict. No rule raises: where
a figure cannot be computed (no equity, an empty book) the rule objects. Limits bind opening only; an order
that reduces is judged by ``CLOSING_RULES``, which knows no limit (docs/algorithms/risk.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from kernel.units import MAX_UNITS, SCALE, Rounding, mul_div
from trading.domain.instruments import Instrument
from trading.domain.market import SymbolSnapshot
from trading.domain.matching import depth_within, spread_of
from trading.domain.orders import ProposedOrder, Review, RuleResult
from trading.domain.positions import Portfolio, Position, fee_of
from trading.domain.rules import Profile, RiskLimits, RuleBook
from trading.domain.tiers import liquidation_root


@dataclass(frozen=True, slots=True)
class RiskContext:
    """One contestant's standing under the rules at the snapshot. Amounts in units.

    ``peak_equity`` is the highest so far, ``day_start_equity`` the one at 00:00 UTC; ``opens_last_hour`` and
    ``opens_last_day`` count approved openings; ``trading_level`` is 'active', 'reducing' or 'halted'.
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


class Case(NamedTuple):
    """Everything a rule may look at. ``held`` is the position on the order's symbol before the order."""

    order: ProposedOrder
    held: Position | None
    available: int
    part: SymbolSnapshot
    instrument: Instrument
    snapshot_ms: int
    bar_ms: int
    context: RiskContext
    limits: RiskLimits


Rule = Callable[[Case], RuleResult]


def _share(amount: int, whole: int) -> int:
    """Return amount / whole as a ratio, rounded up; without a positive whole the largest figure there is."""
    return mul_div(amount, SCALE, whole, Rounding.UP) if whole > 0 else MAX_UNITS


def trading_state(case: Case) -> RuleResult:
    """Check that trading is active, for everybody and for this contestant. Flag: 1 is open."""
    is_open = case.context.trading_level == "active" and not case.context.contestant_paused
    return RuleResult("trading_state", is_open, int(is_open), 1, "flag")


def symbol_allowed(case: Case) -> RuleResult:
    """Check that the rule book names the symbol. Flag: 1 is allowed."""
    allowed = case.order.symbol in case.context.rules.symbols
    return RuleResult("symbol_allowed", allowed, int(allowed), 1, "flag")


def leverage_min(case: Case) -> RuleResult:
    """Check that leverage is at least the rule book's lowest."""
    leverage, limit = case.order.leverage, case.limits.min_leverage
    return RuleResult("leverage_min", leverage >= limit, leverage, limit, "x")


def leverage_max(case: Case) -> RuleResult:
    """Check that leverage is at most the rule book's highest, and the instrument's."""
    leverage = case.order.leverage
    limit = min(case.limits.max_leverage, case.instrument.max_leverage)
    return RuleResult("leverage_max", leverage <= limit, leverage, limit, "x")


def position_size(case: Case) -> RuleResult:
    """Check that the resulting position's margin is at most the rules' and the profile's share of equity."""
    margin = case.order.margin + (case.held.margin if case.held else 0)
    figure = _share(margin, case.context.equity)
    limit = min(case.limits.max_position, case.context.profile.max_position)
    return RuleResult("position_size", figure <= limit, figure, limit, "ratio")


def order_minimum(case: Case) -> RuleResult:
    """Check that the notional at the mark reaches the rules' minimum and the instrument's."""
    limit = max(case.limits.min_order, case.instrument.min_notional)
    return RuleResult("order_minimum", case.order.notional >= limit, case.order.notional, limit, "usdt")


def stop_side(case: Case) -> RuleResult:
    """Check that there is a stop where the rules ask for one, on the losing side of the mark.

    That is below the mark for a purchase and above it for a sale; the figure 0 is a stop not named.
    """
    order, mark = case.order, case.part.mark
    stop = order.stop_loss
    right_side = stop is not None and stop > 0 and order.side * (mark - stop) > 0
    passed = right_side or (stop is None and not case.limits.require_stop)
    return RuleResult("stop_side", passed, stop or 0, mark, "price")


def target_side(case: Case) -> RuleResult:
    """Check that the target lies on the winning side of the mark."""
    order, mark = case.order, case.part.mark
    target = order.take_profit
    passed = target is None or (target > 0 and order.side * (target - mark) > 0)
    return RuleResult("target_side", passed, target or 0, mark, "price")


def stop_before_liquidation(case: Case) -> RuleResult:
    """Check that the stop fires before liquidation would, for the position as if filled at the mark.

    The limit is that liquidation price; 0 where the position could not be liquidated.
    """
    order, held = case.order, case.held
    root = liquidation_root(
        order.side,
        order.qty + (held.qty if held else 0),
        order.notional + (held.entry_cost if held else 0),
        order.margin + (held.margin if held else 0),
        case.instrument.brackets,
    )
    stop = order.stop_loss
    passed = stop is None or root is None or order.side * (stop - root) > 0
    return RuleResult("stop_before_liquidation", passed, stop or 0, root or 0, "price")


def trades_hour(case: Case) -> RuleResult:
    """Check that openings in the last hour, this one included, are at most the limit."""
    count, limit = case.context.opens_last_hour + 1, case.limits.max_trades_hour
    return RuleResult("trades_hour", count <= limit, count, limit, "count")


def trades_day(case: Case) -> RuleResult:
    """Check that openings in the last 24 hours, this one included, are at most the limit."""
    count, limit = case.context.opens_last_day + 1, case.limits.max_trades_day
    return RuleResult("trades_day", count <= limit, count, limit, "count")


def daily_loss(case: Case) -> RuleResult:
    """Check that the day's loss is below the limit; reaching it stops opening until 00:00 UTC."""
    base, limit = case.context.day_start_equity, case.limits.max_daily_loss
    loss = _share(max(0, base - case.context.equity), base)
    return RuleResult("daily_loss", loss < limit, loss, limit, "ratio")


def drawdown(case: Case) -> RuleResult:
    """Check that the fall from the highest equity is below the limit; reaching it stops opening."""
    peak, limit = case.context.peak_equity, case.limits.max_drawdown
    fall = _share(max(0, peak - case.context.equity), peak)
    return RuleResult("drawdown", fall < limit, fall, limit, "ratio")


def spread(case: Case) -> RuleResult:
    """Check that best ask minus best bid, over their middle, is at most the limit."""
    found, limit = spread_of(case.part.book), case.limits.max_spread
    figure = MAX_UNITS if found is None else found
    return RuleResult("spread", figure <= limit, figure, limit, "ratio")


def liquidity(case: Case) -> RuleResult:
    """Check that what rests near the middle, on the side taken, reaches the limit and the order's size."""
    limits = case.limits
    depth = depth_within(case.part.book, case.order.side, limits.liquidity_band)
    limit = max(limits.min_liquidity, case.order.notional)
    return RuleResult("liquidity", depth >= limit, depth, limit, "usdt")


def stale_data(case: Case) -> RuleResult:
    """Check that the source spoke within the limit, or within one and a half bars where bars are longer."""
    age = max(0, case.snapshot_ms - case.part.observed_ms)
    limit = max(case.limits.max_data_age_ms, case.bar_ms * 3 // 2)
    return RuleResult("stale_data", age <= limit, age, limit, "ms")


def confidence(case: Case) -> RuleResult:
    """Check that the stated confidence reaches the profile's threshold."""
    stated, limit = case.order.confidence, case.context.profile.min_confidence
    return RuleResult("confidence", stated >= limit, stated, limit, "ratio")


def free_margin(case: Case) -> RuleResult:
    """Check that margin and fee at the mark are at most the free money."""
    needed = case.order.margin + fee_of(case.order.notional, case.instrument.taker_fee)
    return RuleResult("free_margin", needed <= case.available, needed, case.available, "usdt")


def reduces_position(case: Case) -> RuleResult:
    """Check that the order is against the position and not larger: the share it closes is at most all."""
    order, held = case.order, case.held
    against = held is not None and held.side == -order.side
    figure = _share(order.qty, held.qty) if held is not None and against else MAX_UNITS
    return RuleResult("reduces_position", figure <= SCALE, figure, SCALE, "ratio")


RULES: Final[tuple[Rule, ...]] = (
    trading_state,
    symbol_allowed,
    leverage_min,
    leverage_max,
    position_size,
    order_minimum,
    stop_side,
    target_side,
    stop_before_liquidation,
    trades_hour,
    trades_day,
    daily_loss,
    drawdown,
    spread,
    liquidity,
    stale_data,
    confidence,
    free_margin,
)
"""What an order that opens or adds must pass; the order is the one verdicts are shown in."""

CLOSING_RULES: Final[tuple[Rule, ...]] = (reduces_position,)
"""What a reduce-only order must pass: it reduces. No limit on opening may ever stand here."""


def review_order(
    order: ProposedOrder,
    portfolio: Portfolio,
    part: SymbolSnapshot,
    instrument: Instrument,
    snapshot_ms: int,
    bar_ms: int,
    context: RiskContext,
) -> Review:
    """Return every rule's result for one order; never raises."""
    held = portfolio.position_of(order.symbol)
    limits = context.rules.limits
    case = Case(order, held, portfolio.available, part, instrument, snapshot_ms, bar_ms, context, limits)
    rules = CLOSING_RULES if order.reduce_only else RULES
    return Review(tuple([rule(case) for rule in rules]))
