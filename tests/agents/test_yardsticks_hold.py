"""Buy and hold, equal weight and always flat: what they buy, when they buy again, how they rebalance."""

from dataclasses import replace

from agents.domain.answers import Answer, AnswerContext, parse_answer
from agents.domain.specs import SpecConfig
from kernel.units import SCALE
from tests.factories.deciders import decider
from tests.factories.observations import NOW_MS, START_PRICES, walk_observation, walk_position, walk_view
from trading.domain.decisions import Action, Decision
from trading.domain.observation import MarketView, Observation
from trading.domain.positions import Position, notional_of
from trading.domain.rules import RiskLimits, RuleBook

EVEN = 2_000 * SCALE
"""A fifth of 10,000 USDT."""


def decide(kind: str, observation: Observation) -> tuple[Decision, ...]:
    raw = decider(SpecConfig(kind, kind)).decide(observation)
    answer = parse_answer(raw, AnswerContext(tuple(START_PRICES)))
    assert isinstance(answer, Answer)
    return answer.decisions


def worth(view: MarketView, symbol: str, value: int, *, opened_ms: int = 0) -> Position:
    """Return a long position of this value at the mark, on threefold leverage."""
    qty = value * SCALE // view.marks[symbol]
    position = walk_position(view, symbol, 1)
    return replace(
        position,
        qty=qty,
        entry_cost=notional_of(qty, view.marks[symbol]),
        margin=value // 3,
        leverage=3,
        opened_ms=opened_ms,
    )


def test_the_purchases_together_are_worth_the_equity_and_no_more() -> None:
    for kind in ("buy_and_hold", "equal_weight"):
        purchases = decide(kind, walk_observation(walk_view(7)))
        assert [purchase.symbol for purchase in purchases] == list(START_PRICES)
        exposure = sum(purchase.size * purchase.leverage for purchase in purchases)
        assert SCALE - 100 < exposure <= SCALE
        assert {(p.action, p.leverage, p.take_profit) for p in purchases} == {(Action.BUY, 3, None)}


def test_the_stop_lies_as_far_below_the_price_as_the_risk_of_a_trade_allows() -> None:
    view = walk_view(7)
    share = SCALE // len(START_PRICES)
    for purchase in decide("buy_and_hold", walk_observation(view)):
        assert purchase.stop_loss is not None
        away = SCALE - purchase.stop_loss * SCALE // view.marks[purchase.symbol]
        lost = share * (away + 2 * RuleBook().taker_fee) // SCALE
        assert 97 * RuleBook().limits.max_risk < 100 * lost < 99 * RuleBook().limits.max_risk


def test_without_a_limit_on_risk_it_lies_a_fifth_below_at_threefold_leverage() -> None:
    view = replace(walk_view(7), rules=RuleBook(limits=RiskLimits(max_risk=0)))
    for purchase in decide("buy_and_hold", walk_observation(view)):
        assert purchase.stop_loss is not None
        assert 79_999 <= purchase.stop_loss * 100_000 // view.marks[purchase.symbol] <= 80_000


def test_one_symbol_alone_is_capped_at_the_largest_position() -> None:
    (purchase,) = decide("buy_and_hold", walk_observation(walk_view(7, symbols=("BTC",))))
    assert purchase.size == RuleBook().limits.max_position


def test_the_hourly_limit_is_respected_at_the_first_purchase() -> None:
    rules = RuleBook(limits=RiskLimits(max_trades_hour=2))
    assert len(decide("buy_and_hold", walk_observation(walk_view(7, rules=rules)))) == 2
    view = walk_view(20, rules=rules)
    recent = worth(view, "BTC", EVEN, opened_ms=NOW_MS - 60_000)
    assert [d.symbol for d in decide("buy_and_hold", walk_observation(view, recent))] == ["ETH"]


def test_a_stopped_out_position_is_bought_again_at_every_twentieth_slot() -> None:
    for slot, bought in ((39, []), (40, ["BTC"]), (41, [])):
        view = walk_view(7, slot=slot)
        held = [worth(view, symbol, EVEN) for symbol in ("ETH", "SOL", "BNB", "ASTER")]
        observed = walk_observation(view, *held)
        assert [decision.symbol for decision in decide("buy_and_hold", observed)] == bought


def test_buy_and_hold_lets_its_weights_drift() -> None:
    view = walk_view(7, slot=40)
    held = [worth(view, symbol, EVEN * (i + 1) // 3) for i, symbol in enumerate(START_PRICES)]
    assert decide("buy_and_hold", walk_observation(view, *held)) == ()


def test_equal_weight_moves_what_is_two_percent_off_back_to_its_share() -> None:
    view = walk_view(7, slot=40)
    values = {
        "BTC": EVEN * 3 // 2,
        "ETH": EVEN * 1018 // 1000,
        "SOL": EVEN,
        "BNB": EVEN * 982 // 1000,
        "ASTER": EVEN // 2,
    }
    observed = walk_observation(view, *(worth(view, symbol, value) for symbol, value in values.items()))
    decisions = {decision.symbol: decision for decision in decide("equal_weight", observed)}
    assert {symbol: decision.action for symbol, decision in decisions.items()} == {
        "BTC": Action.CLOSE,
        "ASTER": Action.BUY,
    }
    sold = EVEN * 3 // 2 * decisions["BTC"].size // SCALE
    bought = observed.equity * decisions["ASTER"].size // SCALE * decisions["ASTER"].leverage
    assert abs(sold - EVEN // 2) < SCALE
    assert abs(bought - EVEN // 2) < SCALE


def test_equal_weight_rebalances_at_every_twentieth_slot_only() -> None:
    view = walk_view(7, slot=41)
    held = [worth(view, symbol, EVEN * (i + 1) // 3) for i, symbol in enumerate(START_PRICES)]
    assert decide("equal_weight", walk_observation(view, *held)) == ()


def test_always_flat_closes_what_should_not_be_there() -> None:
    view = walk_view(7)
    assert decide("always_flat", walk_observation(view)) == ()
    (close,) = decide("always_flat", walk_observation(view, walk_position(view, "SOL", -1)))
    assert (close.action, close.symbol, close.size) == (Action.CLOSE, "SOL", SCALE)


def test_a_drift_below_the_smallest_order_is_left_alone() -> None:
    view = walk_view(7, slot=40)
    held = [worth(view, symbol, 80 * SCALE if symbol == "BTC" else 89 * SCALE) for symbol in START_PRICES]
    assert decide("equal_weight", walk_observation(view, *held, capital=436 * SCALE)) == ()
