"""Pre-trade review and matching against the same sums in Decimal: time and agreement in one run.

.venv/bin/python -m bench.review
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from bench.measure import median_cpu_s
from kernel.units import MAX_UNITS, SCALE
from trading.domain.decisions import Action, Decision
from trading.domain.instruments import Instrument
from trading.domain.market import Level, MarketSnapshot, OrderBook, SymbolSnapshot
from trading.domain.matching import walk_book
from trading.domain.observation import FieldStats, MarketView
from trading.domain.orders import ProposedOrder
from trading.domain.positions import Portfolio
from trading.domain.review import MarketFacts, review_turn
from trading.domain.risk import Case, Exposure, RiskContext, SymbolFacts, review_order, symbol_facts
from trading.domain.risk.batch import columns_of, verdict_bits
from trading.domain.rules import MIN_TRAIL, PROFILES, RuleBook
from trading.domain.sizing import propose_order

SYMBOLS = ("BTC", "ETH", "SOL", "BNB", "ASTER")
LEVELS = 50
REPEATS = 400
BATCH = 50
FIELD = 1_000
"""Openings judged at once."""
MARK = 50_000 * SCALE
RULES = RuleBook()
CAPITAL = RULES.starting_capital
HELD = (Exposure("ETH", 1, 3_000 * SCALE), Exposure("SOL", -1, 3_000 * SCALE))
CONTEXT = RiskContext(
    RULES, PROFILES["moderate"], CAPITAL, CAPITAL, CAPITAL, 0, 0, "active", False, None, HELD
)
PORTFOLIO = Portfolio("bench", CAPITAL, 0)

_TENTH = Decimal("0.1")

DecimalLevel = tuple[Decimal, Decimal]


def _book() -> OrderBook:
    """Return 50 levels a side, all within the band of the liquidity rule: the longest way it can take."""
    bids = tuple(Level(MARK - (n + 1) * 4 * SCALE, SCALE // 100) for n in range(LEVELS))
    asks = tuple(Level(MARK + (n + 1) * 4 * SCALE, SCALE // 100) for n in range(LEVELS))
    return OrderBook(bids, asks)


def _instrument(symbol: str) -> Instrument:
    return Instrument(symbol, SCALE // 10, SCALE // 1000, 5 * SCALE, 50_000, 20_000, 500_000, 100)


def _view() -> MarketView:
    parts = tuple(SymbolSnapshot(symbol, MARK, _book(), (), 0) for symbol in SYMBOLS)
    return MarketView(MarketSnapshot(0, "bench", 60_000, parts), "", {}, RULES, 0, FieldStats(0, 0, 0, 0))


def _decision(symbol: str) -> Decision:
    return Decision(Action.BUY, symbol, SCALE // 10, 5, MARK * 97 // 100, MARK * 108 // 100, SCALE * 7 // 10)


def _decimal(units: int) -> Decimal:
    return Decimal(units) / SCALE


def _decimal_levels(levels: tuple[Level, ...]) -> list[DecimalLevel]:
    return [(_decimal(level.price), _decimal(level.qty)) for level in levels]


def _walk_in_decimal(levels: list[DecimalLevel], qty: Decimal) -> tuple[Decimal, Decimal]:
    """Walk a book as most engines do: Decimal prices and quantities."""
    left, cost = qty, Decimal(0)
    for price, resting in levels:
        if left <= 0:
            break
        taken = min(resting, left)
        cost += taken * price
        left -= taken
    return qty - left, cost


class DecimalReview:
    """All rules on Decimal figures, as one plain function would check them for a purchase at the market."""

    def __init__(self, order: ProposedOrder, book: OrderBook, instrument: Instrument) -> None:
        limits = RULES.limits
        self.asks = _decimal_levels(book.asks)
        self.bid = _decimal(book.bids[0].price)
        self.notional, self.margin = _decimal(order.notional), _decimal(order.margin)
        self.qty, self.leverage = _decimal(order.qty), Decimal(order.leverage)
        self.mark, self.stop = _decimal(order.mark), _decimal(order.stop_loss or 0)
        self.target, self.stated = _decimal(order.take_profit or 0), _decimal(order.confidence)
        self.equity = self.peak = self.day = self.free = _decimal(CAPITAL)
        self.fee, self.maintenance = _decimal(instrument.taker_fee), _decimal(instrument.maintenance_rate)
        self.band, self.spread = _decimal(limits.liquidity_band), _decimal(limits.max_spread)
        self.share, self.minimum = _decimal(limits.max_position), _decimal(limits.min_order)
        self.liquidity, self.loss = _decimal(limits.min_liquidity), _decimal(limits.max_daily_loss)
        self.fall, self.confidence = _decimal(limits.max_drawdown), _decimal(CONTEXT.profile.min_confidence)
        self.risk, self.worth = _decimal(limits.max_risk), _decimal(limits.min_reward_risk)
        self.total, self.alike = _decimal(limits.max_exposure), _decimal(limits.max_correlated)
        self.held = [(item.symbol, item.side, _decimal(item.notional)) for item in HELD]
        self.tick, self.trail = _decimal(instrument.tick), _decimal(MIN_TRAIL)

    def figures(self) -> dict[str, tuple[Decimal, bool]]:
        """Return figure and verdict of every rule."""
        ask = self.asks[0][0]
        mid = (ask + self.bid) / 2
        edge = mid * (1 + self.band)
        depth = sum((price * qty for price, qty in self.asks if price <= edge), Decimal(0))
        size, spread = self.margin / self.equity, (ask - self.bid) / mid
        root = (self.notional - self.margin) / (self.qty * (1 - self.maintenance))
        loss, fall = (self.day - self.equity) / self.day, (self.peak - self.equity) / self.peak
        needed = self.margin + self.notional * self.fee
        context, limits = CONTEXT, RULES.limits
        lost = self.qty * (self.mark - self.stop) + self.fee * (self.notional + self.qty * self.stop)
        at_risk = lost / self.equity
        gross = (self.notional + sum((held for _, _, held in self.held), Decimal(0))) / self.equity
        alike = (
            self.notional + sum((held for _, side, held in self.held if side > 0), Decimal(0))
        ) / self.equity
        worth = (self.target - self.mark) / (self.mark - self.stop)
        is_open = context.trading_level == "active" and not context.contestant_paused
        hour, day = context.opens_last_hour + 1, context.opens_last_day + 1
        return self._plain_figures() | {
            "trading_state": (Decimal(int(is_open)), is_open),
            "trades_hour": (Decimal(hour), hour <= limits.max_trades_hour),
            "trades_day": (Decimal(day), day <= limits.max_trades_day),
            "position_size": (size, size <= self.share),
            "stop_before_liquidation": (self.stop, self.stop > root),
            "daily_loss": (loss, loss < self.loss),
            "drawdown": (fall, fall < self.fall),
            "spread": (spread, spread <= self.spread),
            "liquidity": (depth, depth >= max(self.liquidity, self.notional)),
            "limit_side": (Decimal(0), ask > 0),
            "reward_risk": (worth, worth >= self.worth),
            "risk_per_trade": (at_risk, at_risk <= self.risk),
            "exposure": (gross, gross <= self.total),
            "correlated_exposure": (alike, alike <= self.alike),
            "free_margin": (needed, needed <= self.free),
        }

    def _plain_figures(self) -> dict[str, tuple[Decimal, bool]]:
        """Return figure and verdict of the rules that compare two figures as they are."""
        limits = RULES.limits
        return {
            "symbol_allowed": (Decimal(1), "BTC" in RULES.symbols),
            "stale_data": (Decimal(0), max(limits.max_data_age_ms, 90_000) >= 0),
            "leverage_min": (self.leverage, self.leverage >= 3),  # noqa: PLR2004 - the arena's bounds
            "leverage_max": (self.leverage, self.leverage <= 10),  # noqa: PLR2004 - as above
            "order_minimum": (self.notional, self.notional >= self.minimum),
            "stop_side": (self.stop, 0 < self.stop < self.mark),
            "target_side": (self.target, self.target > self.mark),
            "cooldown": (_decimal(MAX_UNITS), True),
            "blackout": (Decimal(0), not RULES.blackouts),
            "leverage_tier": (self.leverage, self.leverage <= 100),  # noqa: PLR2004 - the instrument's
            "limit_on_tick": (Decimal(0), self.tick > 0),
            "limit_distance": (Decimal(0), Decimal(0) <= _TENTH),
            "trail_bounds": (Decimal(0), self.trail > 0),
            "confidence": (self.stated, self.stated >= self.confidence),
        }


def _cpu_us(call: Callable[[], object]) -> float:
    return median_cpu_s(call, REPEATS, BATCH) * 1e6


def _row(name: str, ours: float, theirs: float, target: str) -> None:
    ratio = f"{theirs / ours:5.1f}x"
    print(f"  {name:<44} {ours:7.2f} us   Decimal {theirs:7.2f} us   {ratio}   {target}")


def _bench_review(view: MarketView) -> None:
    part, instrument = view.snapshot.symbols[0], _instrument("BTC")
    order = propose_order(
        _decision("BTC"),
        decision_id="bench",
        portfolio=PORTFOLIO,
        equity=CAPITAL,
        part=part,
        instrument=instrument,
        profile=CONTEXT.profile,
    )
    assert isinstance(order, ProposedOrder)
    facts = symbol_facts(part, instrument, RULES, 0, 60_000)
    review = review_order(order, PORTFOLIO, facts, CONTEXT)
    plain = DecimalReview(order, part.book, instrument)
    figures = plain.figures()
    for result in review.results:
        figure, passed = figures[result.rule]
        whole = SCALE if result.unit in {"ratio", "usdt", "price"} else 1
        assert passed is result.passed
        if result.figure < MAX_UNITS:
            assert abs(figure * whole - result.figure) <= 1
    theirs = _cpu_us(plain.figures)
    ours = _cpu_us(lambda: review_order(order, PORTFOLIO, facts, CONTEXT))
    _row(f"review of one order, {len(review.results)} rules", ours, theirs, "target <= 20 us")
    ours = _cpu_us(lambda: symbol_facts(part, instrument, RULES, 0, 60_000))
    print(f"  {'figures of a symbol, once a round':<44} {ours:7.2f} us")
    _bench_batch(order, facts, theirs)


def _bench_batch(order: ProposedOrder, facts: SymbolFacts, theirs: float) -> None:
    """Judge a field at once: from orders, and again under other limits from the columns that are there."""
    orders = [
        replace(order, qty=order.qty + n, confidence=order.confidence - 10**4 * n) for n in range(FIELD)
    ]
    cases = [Case(one, None, PORTFOLIO.available, facts, CONTEXT, RULES.limits) for one in orders]
    columns = columns_of(cases)
    alone = [review_order(one, PORTFOLIO, facts, CONTEXT).passed for one in orders]
    assert [not bits for bits in verdict_bits(columns).tolist()] == alone
    fresh = median_cpu_s(lambda: verdict_bits(columns_of(cases)), REPEATS // 10) * 1e6 / FIELD
    again = median_cpu_s(lambda: verdict_bits(columns), REPEATS // 10) * 1e6 / FIELD
    _row(f"verdict in a batch of {FIELD}, columns included", fresh, theirs, "target <= 2 us")
    _row(f"verdict in a batch of {FIELD}, columns at hand", again, theirs, "target <= 2 us")


def _bench_turn(view: MarketView) -> None:
    decisions = tuple(_decision(symbol) for symbol in SYMBOLS)
    instruments = {symbol: _instrument(symbol) for symbol in SYMBOLS}
    facts = MarketFacts(view, instruments, RULES)

    def _turn() -> object:
        return review_turn(
            decisions,
            turn_id="turn",
            portfolio=PORTFOLIO,
            view=view,
            instruments=instruments,
            context=CONTEXT,
            facts=facts,
        )

    each = _cpu_us(_turn) / len(SYMBOLS)
    print(f"  {'sized, named, reviewed and projected, a decision':<44} {each:7.2f} us")


def _bench_matching(book: OrderBook) -> None:
    qty = sum(level.qty for level in book.asks)
    asks, decimal_qty = _decimal_levels(book.asks), _decimal(qty)
    fill = walk_book(book, 1, qty)
    assert (fill.qty, fill.levels) == (qty, LEVELS)
    assert _walk_in_decimal(asks, decimal_qty) == (decimal_qty, _decimal(fill.notional))
    ours = _cpu_us(lambda: walk_book(book, 1, qty))
    theirs = _cpu_us(lambda: _walk_in_decimal(asks, decimal_qty))
    _row(f"market order through {LEVELS} levels", ours, theirs, "target <= 10 us")


def main() -> None:
    """Print the medians, their ratios and the targets."""
    view = _view()
    print(f"review and matching, median CPU of {REPEATS} x {BATCH} runs, books of {LEVELS} levels a side")
    _bench_review(view)
    _bench_turn(view)
    _bench_matching(view.snapshot.symbols[0].book)


if __name__ == "__main__":
    main()
