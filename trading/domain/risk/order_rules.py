"""The rules on the order itself: leverage, size, exits, limit price and the money it needs."""

from kernel.units import SCALE
from trading.domain.orders import ProposedOrder, RuleResult
from trading.domain.positions import fee_of, notional_of
from trading.domain.risk.case import UNKNOWN, Case, share
from trading.domain.rules import LIMIT_BAND, MAX_TRAIL, MIN_TRAIL
from trading.domain.tiers import liquidation_root, tier_of


def entry_price(order: ProposedOrder) -> int:
    """Return the price at which an order enters the market's view: the mark, or a limit that is better.

    A limit worse than the mark fills at once, near the mark; a better one fills when the price comes to it.
    """
    limit = order.terms.price
    if limit is None:
        return order.mark
    return min(limit, order.mark) if order.side > 0 else max(limit, order.mark)


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
    limit = min(case.limits.max_leverage, case.facts.instrument.max_leverage)
    return RuleResult("leverage_max", leverage <= limit, leverage, limit, "x")


def leverage_tier(case: Case) -> RuleResult:
    """Check that leverage is at most what the instrument's tier allows for the resulting notional."""
    order, held = case.order, case.held
    notional = order.notional + (notional_of(held.qty, order.mark) if held else 0)
    limit = tier_of(case.facts.tiers, notional).max_leverage
    return RuleResult("leverage_tier", order.leverage <= limit, order.leverage, limit, "x")


def position_size(case: Case) -> RuleResult:
    """Check that the resulting position's margin is at most the rules' and the profile's share of equity.

    Openings that rest on the symbol, the order's way, count as if they had filled.
    """
    order, context = case.order, case.context
    margin = order.margin + (case.held.margin if case.held else 0)
    for item in context.exposures:
        if item.margin and item.symbol == order.symbol and item.side == order.side:
            margin += item.margin
    figure = share(margin, context.equity)
    limit = min(case.limits.max_position, context.profile.max_position)
    return RuleResult("position_size", figure <= limit, figure, limit, "ratio")


def order_minimum(case: Case) -> RuleResult:
    """Check that the notional reaches the rules' minimum and the instrument's."""
    limit = max(case.limits.min_order, case.facts.instrument.min_notional)
    return RuleResult("order_minimum", case.order.notional >= limit, case.order.notional, limit, "usdt")


def limit_on_tick(case: Case) -> RuleResult:
    """Check that a limit is a positive multiple of the tick; the figure is 0 at the market."""
    price, tick = case.order.terms.price, case.facts.instrument.tick
    passed = price is None or (price > 0 and price % tick == 0)
    return RuleResult("limit_on_tick", passed, price or 0, tick, "price")


def limit_side(case: Case) -> RuleResult:
    """Check that an order that may only make does not cross: a purchase below the ask, a sale above the bid.

    The figure is 0 for every other order. The limit is the price it would meet, 0 on an empty side.
    """
    order, book = case.order, case.facts.part.book
    levels = book.asks if order.side > 0 else book.bids
    meets = levels[0].price if levels else 0
    price = order.terms.price if order.terms.post_only else None
    passed = price is None or not meets or order.side * (meets - price) > 0
    return RuleResult("limit_side", passed, price or 0, meets, "price")


def limit_distance(case: Case) -> RuleResult:
    """Check that a limit is not absurdly far from the mark, on either side."""
    price, mark = case.order.terms.price, case.order.mark
    figure = 0 if price is None else share(abs(price - mark), mark)
    return RuleResult("limit_distance", figure <= LIMIT_BAND, figure, LIMIT_BAND, "ratio")


def stop_side(case: Case) -> RuleResult:
    """Check that there is a stop where the rules ask for one, on the losing side of the entry.

    That is below the mark (or a better limit) for a purchase, above it for a sale; figure 0: none named.
    """
    order, entry = case.order, entry_price(case.order)
    stop = order.stop_loss
    right_side = stop is not None and stop > 0 and order.side * (entry - stop) > 0
    passed = right_side or (stop is None and not case.limits.require_stop)
    return RuleResult("stop_side", passed, stop or 0, entry, "price")


def target_side(case: Case) -> RuleResult:
    """Check that the target lies on the winning side of the entry."""
    order, entry = case.order, entry_price(case.order)
    target = order.take_profit
    passed = target is None or (target > 0 and order.side * (target - entry) > 0)
    return RuleResult("target_side", passed, target or 0, entry, "price")


def trail_bounds(case: Case) -> RuleResult:
    """Check that a trailing stop keeps a distance it can work with; the figure is 0 without one."""
    trail = case.order.trail
    passed = trail == 0 or MIN_TRAIL <= trail <= MAX_TRAIL
    return RuleResult("trail_bounds", passed, trail, MIN_TRAIL if trail < MIN_TRAIL else MAX_TRAIL, "ratio")


def stop_before_liquidation(case: Case) -> RuleResult:
    """Check that the stop fires before liquidation would, for the position as if filled at the mark.

    The limit is that liquidation price; 0 where the position could not be liquidated.
    """
    order, held = case.order, case.held
    root = liquidation_root(
        order.side,
        order.qty + (held.qty if held else 0),
        order.notional + (held.entry_cost if held else 0),
        backing_of(case),
        case.facts.tiers,
    )
    stop = order.stop_loss
    passed = stop is None or root is None or order.side * (stop - root) > 0
    return RuleResult("stop_before_liquidation", passed, stop or 0, root or 0, "price")


def backing_of(case: Case) -> int:
    """Return the money that stands behind the resulting position.

    Isolated: its own margin. Cross: everything, less what the other positions need to be kept.
    """
    order, held, context = case.order, case.held, case.context
    if context.rules.margin_mode == "isolated":
        return order.margin + (held.margin if held else 0)
    others = sum([item.maintenance for item in context.exposures if item.symbol != order.symbol])
    own = sum([item.unrealised for item in context.exposures if item.symbol == order.symbol])
    return context.equity - own - others - fee_of(order.notional, case.facts.instrument.taker_fee)


def reward_risk(case: Case) -> RuleResult:
    """Check that the way to the target is worth the way to the stop, measured from the real mark.

    Measured from a limit that is better than the mark. Without a target or a stop there is nothing to
    compare: the largest figure. What the contestant claims plays no part.
    """
    order, limit = case.order, case.limits.min_reward_risk
    stop, target, entry = order.stop_loss, order.take_profit, entry_price(case.order)
    if stop is None or target is None:
        return RuleResult("reward_risk", True, UNKNOWN, limit, "ratio")
    reward, risk = order.side * (target - entry), order.side * (entry - stop)
    figure = 0 if risk <= 0 or reward <= 0 else reward * SCALE // risk
    return RuleResult("reward_risk", figure >= limit, figure, limit, "ratio")


def confidence(case: Case) -> RuleResult:
    """Check that the stated confidence reaches the profile's threshold."""
    stated, limit = case.order.confidence, case.context.profile.min_confidence
    return RuleResult("confidence", stated >= limit, stated, limit, "ratio")


def liquidity(case: Case) -> RuleResult:
    """Check that what rests near the middle, on the side taken, reaches the limit and the order's size."""
    depth = case.facts.depth_to_buy if case.order.side > 0 else case.facts.depth_to_sell
    limit = max(case.limits.min_liquidity, case.order.notional)
    return RuleResult("liquidity", depth >= limit, depth, limit, "usdt")


def free_margin(case: Case) -> RuleResult:
    """Check that margin and fee are at most the free money."""
    needed = case.order.margin + fee_of(case.order.notional, case.facts.instrument.taker_fee)
    return RuleResult("free_margin", needed <= case.available, needed, case.available, "usdt")
