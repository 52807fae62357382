"""Many openings on one symbol under one rule book: which rules object, as bits, all at once.

The verdict is exactly the one of ``review_order``: whole numbers are compared as such; products, which do not
fit 64 bits, as floats, and whoever comes so near to an edge that a float could err is judged one by one. For
sweeps of limits and large fields; what a person reads has figures and comes from ``review_order``.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernel.units import SCALE
from trading.domain.positions import notional_of
from trading.domain.risk.case import Case, SymbolFacts
from trading.domain.risk.market_rules import MARKET_RULES
from trading.domain.risk.order_rules import backing_of
from trading.domain.risk.reviewing import RULES
from trading.domain.rules import LIMIT_BAND, MAX_TRAIL, MIN_TRAIL, RiskLimits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BIT: Final = {rule.__name__: 1 << place for place, rule in enumerate(RULES)}
"""Rule -> its bit, set where it objects."""

NONE: Final = -(2**62)
"""Stands for a price or a moment that is not named."""

NEAR: Final = 1e-12
"""Relative distance within which a comparison of floats is left to whole numbers; they err by some 1e-15."""

_FAR: Final = 2**62


class Columns(NamedTuple):
    """Openings on one symbol as columns of int64; ``cases`` are the same, for those near an edge."""

    cases: Sequence[Case]
    facts: SymbolFacts
    side: Ints
    qty: Ints
    notional: Ints
    leverage: Ints
    margin: Ints
    stop: Ints
    target: Ints
    confidence: Ints
    trail: Ints
    price: Ints
    post_only: Ints
    is_open: Ints
    opens_hour: Ints
    opens_day: Ints
    equity: Ints
    peak: Ints
    day_start: Ints
    last_loss: Ints
    most_position: Ints
    least_confidence: Ints
    available: Ints
    held_qty: Ints
    held_cost: Ints
    held_margin: Ints
    resting_margin: Ints
    held_notional: Ints
    backing: Ints
    exposed: Ints
    together: Ints


def columns_of(cases: Sequence[Case]) -> Columns:
    """Return openings as columns; they must share their facts. Raises ValueError where they do not."""
    facts = cases[0].facts
    if any(case.facts is not facts for case in cases):
        raise ValueError("a batch holds openings on one symbol in one round")
    rows = [_row(case) for case in cases]
    try:
        table = np.array(rows, dtype=np.int64)
    except OverflowError:
        table = np.array([[max(-_FAR, min(_FAR, figure)) for figure in row] for row in rows], dtype=np.int64)
    return Columns(cases, facts, *np.ascontiguousarray(table.T))


def _row(case: Case) -> tuple[int, ...]:
    order, held, context = case.order, case.held, case.context
    terms, profile = order.terms, context.profile
    resting = exposed = together = 0
    for item in context.exposures:
        exposed += item.notional
        if item.symbol == order.symbol and item.side == order.side:
            resting += item.margin
        if case.facts.together.get(item.symbol, 0) * item.side == order.side:
            together += item.notional
    return (
        order.side,
        order.qty,
        order.notional,
        order.leverage,
        order.margin,
        NONE if order.stop_loss is None else order.stop_loss,
        NONE if order.take_profit is None else order.take_profit,
        order.confidence,
        order.trail,
        NONE if terms.price is None else terms.price,
        terms.post_only,
        context.trading_level == "active" and not context.contestant_paused,
        context.opens_last_hour,
        context.opens_last_day,
        context.equity,
        context.peak_equity,
        context.day_start_equity,
        NONE if context.last_loss_ms is None else context.last_loss_ms,
        profile.max_position,
        profile.min_confidence,
        case.available,
        *((0, 0, 0) if held is None else (held.qty, held.entry_cost, held.margin)),
        resting,
        order.notional + (0 if held is None else notional_of(held.qty, order.mark)),
        backing_of(case),
        exposed,
        together,
    )


def verdict_bits(columns: Columns, limits: RiskLimits | None = None) -> Ints:
    """Return for each opening the bits of the rules that object; 0 is approved.

    ``limits`` replace those of the rule book, all but the two that the facts were found by: the band of
    liquidity and the correlation from which symbols count as one.
    """
    judged = _Judge(columns, limits or columns.facts.rules.limits)
    judged.account()
    judged.market()
    judged.order()
    judged.limit_price()
    judged.exits()
    judged.stakes()
    bits = judged.bits
    for index in np.flatnonzero(judged.near | judged.beyond()).tolist():
        case = columns.cases[index]._replace(limits=judged.limits)
        bits[index] = sum(BIT[rule.__name__] for rule in RULES if not rule(case).passed)
    return bits


class _Judge:
    """The rules over columns. ``near`` are those that one float could have misjudged."""

    def __init__(self, columns: Columns, limits: RiskLimits) -> None:
        self.columns, self.limits = columns, limits
        self.bits: Ints = np.zeros(len(columns.cases), dtype=np.int64)
        self.near: Flags = np.zeros(len(columns.cases), dtype=np.bool_)
        mark, price = columns.facts.part.mark, columns.price
        at_market = price == NONE
        better = np.where(columns.side > 0, np.minimum(price, mark), np.maximum(price, mark))
        self.entry: Ints = np.where(at_market, mark, better)
        self.bought_at: Ints = np.where(at_market, mark, price)
        self.named: Flags = ~at_market

    def object(self, rule: str, where: Any) -> None:
        """Let a rule object where the flag is set; a plain bool is meant for all."""
        self.bits |= np.where(where, BIT[rule], 0)

    def over(self, left: Floats, right: Floats, slack: float = 0.0) -> Flags:
        """Return where left > right, and remember where that is too close to say."""
        gap = left - right
        self.near |= np.abs(gap) <= NEAR * (np.abs(left) + np.abs(right)) + slack
        return gap > 0

    def beyond(self) -> Flags:
        """Return whom floats are not for: without equity, with nothing behind them, or out of bounds."""
        c = self.columns
        odd = (c.equity <= 0) | (c.peak <= 0) | (c.day_start <= 0) | (c.backing <= 0) | (c.qty <= 0)
        for column in (c.equity, c.backing, c.exposed, c.together, c.resting_margin, c.held_notional):
            odd |= np.abs(column) >= _FAR
        for price in (c.stop, c.target, c.price):
            odd |= (price <= 0) & (price != NONE)
        return odd

    def account(self) -> None:
        """Judge what depends on the contestant alone."""
        c, limits = self.columns, self.limits
        self.object("trading_state", c.is_open == 0)
        self.object("trades_hour", c.opens_hour + 1 > limits.max_trades_hour)
        self.object("trades_day", c.opens_day + 1 > limits.max_trades_day)
        for rule, base, limit in (
            ("daily_loss", c.day_start, limits.max_daily_loss),
            ("drawdown", c.peak, limits.max_drawdown),
        ):
            # A share rounded up reaches a whole limit where it is above the limit less one.
            fall = np.maximum(base - c.equity, 0).astype(float) * SCALE
            self.object(rule, self.over(fall, base.astype(float) * (limit - 1)))
        elapsed = np.maximum(c.facts.snapshot_ms - c.last_loss, 0)
        self.object("cooldown", (c.last_loss != NONE) & (elapsed < limits.cooldown_ms))

    def market(self) -> None:
        """Judge what depends on the market alone: once for all."""
        case = self.columns.cases[0]._replace(limits=self.limits)
        for rule in MARKET_RULES:
            self.object(rule.__name__, not rule(case).passed)

    def order(self) -> None:
        """Judge leverage, size, confidence, liquidity and money."""
        c, limits, facts = self.columns, self.limits, self.columns.facts
        self.object("symbol_allowed", facts.part.symbol not in facts.rules.symbols)
        self.object("leverage_min", c.leverage < limits.min_leverage)
        self.object("leverage_max", c.leverage > min(limits.max_leverage, facts.instrument.max_leverage))
        self.object("leverage_tier", c.leverage > _most_leverage(facts, c.held_notional))
        most = np.minimum(c.most_position, limits.max_position).astype(float)
        margin = (c.margin + c.held_margin + c.resting_margin).astype(float)
        self.object("position_size", self.over(margin * SCALE, most * c.equity))
        self.object("order_minimum", c.notional < max(limits.min_order, facts.instrument.min_notional))
        self.object("confidence", c.confidence < c.least_confidence)
        depth = np.where(c.side > 0, facts.depth_to_buy, facts.depth_to_sell)
        self.object("liquidity", depth < np.maximum(c.notional, limits.min_liquidity))
        fee = c.notional.astype(float) * facts.instrument.taker_fee
        spare = (c.available - c.margin).astype(float) * SCALE
        self.object("free_margin", self.over(fee, spare, 2.0 * SCALE))

    def limit_price(self) -> None:
        """Judge the price of limit orders and the distance of trailing stops."""
        c, facts, named = self.columns, self.columns.facts, self.named
        mark = facts.part.mark
        self.object("limit_on_tick", named & ((c.price <= 0) | (c.price % facts.instrument.tick != 0)))
        asks, bids = facts.part.book.asks, facts.part.book.bids
        meets = np.where(c.side > 0, asks[0].price if asks else 0, bids[0].price if bids else 0)
        crosses = (meets != 0) & (c.side * (meets - np.where(named, c.price, 0)) <= 0)
        self.object("limit_side", named & (c.post_only != 0) & crosses)
        away = np.where(named, np.abs(c.price - mark), 0).astype(float) * SCALE
        self.object("limit_distance", self.over(away, np.full_like(away, float(mark) * LIMIT_BAND)) & named)
        outside = (c.trail != 0) & ((c.trail < MIN_TRAIL) | (c.trail > MAX_TRAIL))
        self.object("trail_bounds", outside)

    def exits(self) -> None:
        """Judge stop and target: their sides, their distances, and that the stop comes before liquidation."""
        c, limits, entry = self.columns, self.limits, self.entry
        no_stop, no_target = c.stop == NONE, c.target == NONE
        stop, target = np.where(no_stop, entry, c.stop), np.where(no_target, entry, c.target)
        risk, reward = c.side * (entry - stop), c.side * (target - entry)
        self.object("stop_side", np.where(no_stop, limits.require_stop, risk <= 0))
        self.object("target_side", ~no_target & (reward <= 0))
        worth = (risk > 0) & (reward > 0)
        short = self.over(risk.astype(float) * limits.min_reward_risk, reward.astype(float) * SCALE)
        too_little = np.where(worth, short, limits.min_reward_risk > 0)
        self.object("reward_risk", ~(no_stop | no_target) & too_little)
        self.object("stop_before_liquidation", ~no_stop & self._liquidated_at(stop))

    def _liquidated_at(self, stop: Ints) -> Flags:
        """Return where the margin balance at the stop is at most the maintenance there."""
        c, tiers = self.columns, self.columns.facts.tiers
        notional = (c.qty + c.held_qty).astype(float) * stop / SCALE
        cost = (c.notional + c.held_cost).astype(float)
        place = np.minimum(np.searchsorted([tier.cap for tier in tiers], notional), len(tiers) - 1)
        rate = np.array([tier.rate for tier in tiers], dtype=float)[place] / SCALE
        amount = np.array([tier.amount for tier in tiers], dtype=float)[place]
        backing = c.backing.astype(float)
        left, right = notional * rate + c.side * cost, backing + c.side * notional + amount
        self.near |= np.abs(left - right) <= NEAR * (backing + notional + cost + amount) + 4.0
        return np.asarray(left >= right)

    def stakes(self) -> None:
        """Judge what is at stake by this trade, by all together, by what moves as one."""
        c, limits = self.columns, self.limits
        equity = c.equity.astype(float)
        if limits.max_risk:
            self.object("risk_per_trade", self.over(self._risk(), limits.max_risk * equity, 8.0 * SCALE))
        for rule, before, limit in (
            ("exposure", c.exposed, limits.max_exposure),
            ("correlated_exposure", c.together, limits.max_correlated),
        ):
            if limit:
                total = (c.notional + before).astype(float) * SCALE
                self.object(rule, self.over(total, limit * equity))

    def _risk(self) -> Floats:
        """Return what the stop loses with both fees, in units times SCALE, within a few units."""
        c, fee = self.columns, self.columns.facts.instrument.taker_fee
        mark = self.columns.facts.part.mark
        paid = c.notional.astype(float) * fee
        stop = np.where(c.stop == NONE, mark, c.stop)
        way = c.qty.astype(float) * (self.bought_at - stop) + c.held_qty.astype(float) * (mark - stop)
        out = (c.qty + c.held_qty).astype(float) * stop / SCALE * fee
        margin = (c.margin + c.held_margin).astype(float) * SCALE
        # Where both ways cancel out the sum is small beside its parts: those are judged one by one.
        parts = np.abs(c.qty.astype(float) * (self.bought_at - stop)) + np.abs(
            c.held_qty.astype(float) * (mark - stop)
        )
        self.near |= (c.stop != NONE) & (parts > 1e3 * np.abs(way)) & (parts > 0)
        return np.asarray(np.where(c.stop == NONE, margin, np.maximum(c.side * way, 0.0) + out) + paid)


def _most_leverage(facts: SymbolFacts, notional: Ints) -> Ints:
    """Return what the tier of each resulting notional allows."""
    caps = np.array([tier.cap for tier in facts.tiers], dtype=np.int64)
    place = np.minimum(np.searchsorted(caps, notional), len(caps) - 1)
    found: Ints = np.array([tier.max_leverage for tier in facts.tiers], dtype=np.int64)[place]
    return found
