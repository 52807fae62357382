"""One plain BTC market at 50,000 USDT, one account, and everything an order meets on its way."""

from dataclasses import replace
from typing import Any

from kernel.time import MINUTE_MS
from kernel.units import SCALE
from trading.domain.decisions import Action, Decision
from trading.domain.instruments import Instrument
from trading.domain.market import Level, MarketSnapshot, OrderBook, SymbolSnapshot, SymbolTick
from trading.domain.observation import FieldStats, MarketView
from trading.domain.orders import ApprovedOrder, ProposedOrder, Receipt, Review, approve
from trading.domain.positions import Execution, Portfolio, Position, fee_of, margin_of, taker_notional
from trading.domain.risk import Case, RiskContext, SymbolFacts, symbol_facts
from trading.domain.rules import PROFILES, RiskLimits, RuleBook

ACCOUNT = "account-1"
MARK = 50_000 * SCALE
NOW_MS = 1_700_000_000_000
BAR_MS = MINUTE_MS


def usdt(amount: float) -> int:
    """Return an amount with at most three decimals in units."""
    return round(amount * 1000) * (SCALE // 1000)


def btc_instrument(symbol: str = "BTC") -> Instrument:
    """Tick 0.1, lot 0.001, minimum 5 USDT, taker 5 bp, maintenance 0.5 %, at most 100x."""
    return Instrument(symbol, SCALE // 10, SCALE // 1000, 5 * SCALE, 50_000, 20_000, 500_000, 100)


def flat_book(mid: int = MARK, levels: int = 10, qty: int = SCALE) -> OrderBook:
    """Levels of one BTC each, five USDT apart, the best five USDT from the middle."""
    step = 5 * SCALE
    bids = tuple(Level(mid - step * (n + 1), qty) for n in range(levels))
    asks = tuple(Level(mid + step * (n + 1), qty) for n in range(levels))
    return OrderBook(bids, asks)


def symbol_part(symbol: str = "BTC", mark: int = MARK, book: OrderBook | None = None) -> SymbolSnapshot:
    """Return one symbol that was observed at the moment of the snapshot."""
    return SymbolSnapshot(symbol, mark, flat_book(mark) if book is None else book, (), NOW_MS)


def market_view(*parts: SymbolSnapshot, rules: RuleBook | None = None) -> MarketView:
    """Return the shared half of an observation over these symbols."""
    snapshot = MarketSnapshot(NOW_MS, "test", BAR_MS, parts or (symbol_part(),))
    return MarketView(snapshot, "0" * 64, {}, rules or RuleBook(), 1, FieldStats(0, 0, 0, 0))


def portfolio_of(*positions: Position, available: int = 10_000 * SCALE) -> Portfolio:
    """Return a portfolio whose reserved money is the margin of its positions."""
    return Portfolio(ACCOUNT, available, sum(position.margin for position in positions), positions)


def risk_context(limits: RiskLimits | None = None) -> RiskContext:
    """Return a contestant at its starting capital that has not traded yet."""
    rules = RuleBook() if limits is None else RuleBook(limits=limits)
    equity = rules.starting_capital
    return RiskContext(rules, PROFILES["moderate"], equity, equity, equity, 0, 0, "active", False)


def buy_decision(symbol: str = "BTC", size: int = 10 * SCALE // 100) -> Decision:
    """Return a purchase of 10 % of equity at 5x, stop 3.8 % below and target 8 % above the mark."""
    return Decision(
        Action.BUY, symbol, size, 5, usdt(48_100), usdt(54_000), 70 * SCALE // 100, "below 48,000", "trend"
    )


def proposed_order(side: int = 1, qty: int = SCALE // 10, leverage: int = 5) -> ProposedOrder:
    """Return an opening order at the mark with its stop 3.8 % away and its target 8 % away."""
    notional = qty * MARK // SCALE
    return ProposedOrder(
        decision_id="decision-1",
        client_order_id="order-1",
        account_id=ACCOUNT,
        symbol="BTC",
        action=Action.BUY if side > 0 else Action.SELL,
        side=side,
        qty=qty,
        mark=MARK,
        notional=notional,
        leverage=leverage,
        margin=margin_of(notional, leverage),
        reduce_only=False,
        stop_loss=MARK - side * usdt(1_900),
        take_profit=MARK + side * usdt(4_000),
        confidence=70 * SCALE // 100,
    )


def closing_order(side: int, qty: int) -> ProposedOrder:
    """Return a reduce-only order."""
    order = proposed_order(side, qty)
    return replace(
        order, action=Action.CLOSE, reduce_only=True, margin=0, stop_loss=None, take_profit=None, confidence=0
    )


def round_facts(
    part: SymbolSnapshot | None = None, context: RiskContext | None = None, **changes: Any
) -> SymbolFacts:
    """Return the facts of one symbol, by default of plain BTC at the moment of its snapshot."""
    given = {"instrument": btc_instrument(), "snapshot_ms": NOW_MS, "bar_ms": BAR_MS, **changes}
    return symbol_facts(part or symbol_part(), rules=(context or risk_context()).rules, **given)


def risk_case(**changes: Any) -> Case:
    """Return an opening order that every rule lets pass, but for the named parts, those of the facts too."""
    context = changes.pop("context", risk_context())
    names = ("part", "instrument", "snapshot_ms", "bar_ms", "correlations")
    facts = round_facts(context=context, **{name: changes.pop(name) for name in names if name in changes})
    case = Case(proposed_order(), None, 10_000 * SCALE, facts, context, context.rules.limits)
    return case._replace(**changes)


def sealed(order: ProposedOrder) -> ApprovedOrder:
    """Return the order as if every rule had passed."""
    outcome = approve(order, Review(()), Receipt("not_proven"))
    assert isinstance(outcome, ApprovedOrder)
    return outcome


def execution_at(price: int, side: int = 1, qty: int = SCALE, leverage: int = 10) -> Execution:
    """Return a fill at one price, with the taker's fee."""
    notional = taker_notional(side, qty, price)
    fee = fee_of(notional, btc_instrument().taker_fee)
    return Execution(ACCOUNT, "BTC", side, qty, notional, fee, leverage, None, None, NOW_MS, "decision")


def open_position(side: int = 1, qty: int = SCALE, price: int = MARK, leverage: int = 10) -> Position:
    """Return a position as opened in one fill at one price, without plans."""
    cost = taker_notional(side, qty, price)
    return Position(
        ACCOUNT, "BTC", side, qty, cost, margin_of(cost, leverage), leverage, None, None, NOW_MS, 1
    )


def span(*prices: float, spread: int = 0) -> SymbolTick:
    """Return open, high, low and close in USDT; one price is a point."""
    opened, high, low, close = prices if len(prices) > 1 else prices * 4
    return SymbolTick("BTC", usdt(opened), usdt(high), usdt(low), usdt(close), spread)
