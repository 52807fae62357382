"""Random openings, standings, markets and limits: whatever figures the types allow."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.factories.orders import MARK, NOW_MS, proposed_order
from trading.domain.market import Level, OrderBook, SymbolSnapshot
from trading.domain.orders import ProposedOrder
from trading.domain.risk import Exposure, RiskContext
from trading.domain.rules import PROFILES, Blackout, RiskLimits, RuleBook
from trading.domain.terms import AT_MARKET, Terms

AMOUNTS = st.integers(-(10**18), 10**18)
COUNTS = st.integers(0, 10**6)
PRICES = st.none() | st.integers(-1, 3 * MARK)

LIMITS = st.builds(
    RiskLimits,
    min_leverage=COUNTS,
    max_leverage=COUNTS,
    max_position=AMOUNTS,
    min_order=AMOUNTS,
    max_trades_hour=COUNTS,
    max_trades_day=COUNTS,
    max_daily_loss=AMOUNTS,
    max_drawdown=AMOUNTS,
    max_spread=AMOUNTS,
    min_liquidity=AMOUNTS,
    liquidity_band=AMOUNTS,
    max_data_age_ms=COUNTS,
    require_stop=st.booleans(),
    max_risk=AMOUNTS,
    max_exposure=AMOUNTS,
    max_correlated=AMOUNTS,
    correlation_from=AMOUNTS,
    cooldown_ms=COUNTS,
    min_reward_risk=AMOUNTS,
)
BLACKOUTS = st.lists(
    st.builds(
        Blackout,
        from_ms=st.integers(0, 2 * NOW_MS),
        until_ms=st.integers(0, 2 * NOW_MS),
        symbol=st.sampled_from(["", "BTC", "ETH"]),
        event=st.just("event"),
    ),
    max_size=2,
).map(tuple)
EXPOSURES = st.lists(
    st.builds(
        Exposure,
        symbol=st.sampled_from(["BTC", "ETH", "DOGE"]),
        side=st.sampled_from([1, -1]),
        notional=st.integers(0, 10**18),
        margin=st.integers(0, 10**18),
        unrealised=AMOUNTS,
        maintenance=st.integers(0, 10**18),
    ),
    max_size=4,
).map(tuple)
CONTEXTS = st.builds(
    RiskContext,
    rules=st.builds(
        RuleBook,
        limits=LIMITS,
        symbols=st.sampled_from([("BTC",), ("ETH",), ("BTC", "ETH", "DOGE")]),
        margin_mode=st.sampled_from(["isolated", "cross"]),
        blackouts=BLACKOUTS,
    ),
    profile=st.sampled_from(list(PROFILES.values())),
    equity=AMOUNTS,
    peak_equity=AMOUNTS,
    day_start_equity=AMOUNTS,
    opens_last_hour=COUNTS,
    opens_last_day=COUNTS,
    trading_level=st.sampled_from(["active", "reducing", "halted"]),
    contestant_paused=st.booleans(),
    last_loss_ms=st.none() | st.integers(0, 2 * NOW_MS),
    exposures=EXPOSURES,
)
LEVELS = st.lists(st.builds(Level, st.integers(1, 3 * MARK), st.integers(1, 10**12)), max_size=4).map(tuple)
PARTS = st.builds(
    SymbolSnapshot,
    symbol=st.just("BTC"),
    mark=st.integers(1, 3 * MARK),
    book=st.builds(OrderBook, LEVELS, LEVELS),
    candles=st.just(()),
    observed_ms=st.integers(0, 2 * NOW_MS),
)


TERMS = st.just(AT_MARKET) | st.builds(
    Terms,
    kind=st.just("limit"),
    price=st.integers(-1, 3 * MARK),
    time_in_force=st.sampled_from(["ioc", "gtc"]),
    post_only=st.booleans(),
)


@st.composite
def openings(draw: st.DrawFn) -> ProposedOrder:
    order = proposed_order(draw(st.sampled_from([1, -1])), draw(st.integers(1, 10**12)))
    return replace(
        order,
        leverage=draw(st.integers(1, 1000)),
        notional=draw(st.integers(0, 10**18)),
        margin=draw(st.integers(0, 10**18)),
        stop_loss=draw(PRICES),
        take_profit=draw(PRICES),
        confidence=draw(AMOUNTS),
        terms=draw(TERMS),
        trail=draw(st.integers(0, 10**9)),
    )
