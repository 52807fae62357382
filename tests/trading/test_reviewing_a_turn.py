"""A turn's decisions together: closes first, and each sees what the approved ones before it would use."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import derive_id
from kernel.units import SCALE
from tests.factories.orders import (
    btc_instrument,
    buy_decision,
    market_view,
    open_position,
    portfolio_of,
    risk_context,
    symbol_part,
    usdt,
)
from trading.domain.decisions import Action, Decision
from trading.domain.positions import Portfolio
from trading.domain.review import ENDS_WAITING, MarketFacts, ReviewedDecision, review_turn
from trading.domain.risk import CLOSING_RULES, RULES, Exposure, RiskContext
from trading.domain.rules import RiskLimits

SYMBOLS = ("ASTER", "BNB", "BTC", "ETH", "SOL")
VIEW = market_view(*[symbol_part(symbol) for symbol in reversed(SYMBOLS)])
INSTRUMENTS = {symbol: btc_instrument(symbol) for symbol in SYMBOLS}


def _review(
    *decisions: Decision, portfolio: Portfolio | None = None, context: RiskContext | None = None
) -> tuple[ReviewedDecision, ...]:
    return review_turn(
        decisions,
        turn_id="turn-1",
        portfolio=portfolio or portfolio_of(),
        view=VIEW,
        instruments=INSTRUMENTS,
        context=context or risk_context(),
    )


def _close(symbol: str, size: int = SCALE) -> Decision:
    return Decision(Action.CLOSE, symbol, size)


def test_closes_come_first_then_opens_by_symbol_then_holds() -> None:
    found = _review(
        buy_decision("SOL"),
        Decision(Action.HOLD, "ASTER"),
        buy_decision("BNB"),
        _close("BTC"),
        portfolio=portfolio_of(open_position()),
    )
    assert [(one.decision.symbol, one.outcome) for one in found] == [
        ("BTC", "approved"),
        ("BNB", "approved"),
        ("SOL", "approved"),
        ("ASTER", "held"),
    ]


def test_ids_follow_from_the_turn_and_the_symbol() -> None:
    (found,) = _review(buy_decision())
    assert found.decision_id == derive_id("decision", "turn-1", "BTC")
    assert found.order is not None
    assert found.order.decision_id == found.decision_id
    assert found.order.client_order_id == derive_id("order", found.decision_id, "entry")


def test_a_hold_has_neither_order_nor_review() -> None:
    (found,) = _review(Decision(Action.HOLD, "DOGE"))
    assert (found.order, found.review, found.outcome, found.reason) == (None, None, "held", "")


def test_a_denial_names_its_first_breach_and_keeps_every_figure() -> None:
    (found,) = _review(replace(buy_decision(), leverage=2, confidence=0))
    assert (found.outcome, found.reason) == ("denied", "leverage_min")
    assert found.review is not None
    assert [breach.rule for breach in found.review.breaches] == ["leverage_min", "confidence"]
    assert len(found.review.results) == len(RULES)


def test_what_cannot_be_sized_says_why() -> None:
    found = _review(buy_decision("DOGE"), _close("ETH"))
    assert [(one.outcome, one.reason) for one in found] == [
        ("unsizable", "no_position"),
        ("unsizable", "unknown_symbol"),
    ]


def test_a_symbol_without_an_instrument_is_unknown() -> None:
    (found,) = review_turn(
        (buy_decision(),),
        turn_id="turn-1",
        portfolio=portfolio_of(),
        view=VIEW,
        instruments={},
        context=risk_context(),
    )
    assert found.reason == "unknown_symbol"


def test_a_later_opening_sees_the_margin_and_fee_of_an_approved_one() -> None:
    portfolio = portfolio_of(available=usdt(2_005) - 1)
    first, second = _review(buy_decision("BNB"), buy_decision("BTC"), portfolio=portfolio)
    assert first.outcome == "approved"
    assert (second.outcome, second.reason) == ("denied", "free_margin")
    enough = _review(buy_decision("BNB"), buy_decision("BTC"), portfolio=portfolio_of(available=usdt(2_005)))
    assert [one.outcome for one in enough] == ["approved", "approved"]


def test_a_denied_decision_uses_nothing() -> None:
    portfolio = portfolio_of(available=usdt(1_003))
    denied = replace(buy_decision("BNB"), leverage=50)
    found = _review(denied, buy_decision("BTC"), portfolio=portfolio)
    assert [one.outcome for one in found] == ["denied", "approved"]


def test_openings_of_the_same_turn_are_counted() -> None:
    context = replace(risk_context(), opens_last_hour=3)
    decisions = [buy_decision(symbol) for symbol in ("ASTER", "BNB", "ETH")]
    found = _review(*decisions, context=context)
    assert [(one.outcome, one.reason) for one in found] == [
        ("approved", ""),
        ("approved", ""),
        ("denied", "trades_hour"),
    ]


def test_openings_of_the_same_turn_count_for_the_day_too() -> None:
    context = replace(risk_context(), opens_last_day=49)
    first, second = _review(buy_decision("BNB"), buy_decision("BTC"), context=context)
    assert (first.outcome, second.reason) == ("approved", "trades_day")


def test_a_close_is_not_counted_and_frees_its_margin_for_the_opens() -> None:
    context = replace(risk_context(), opens_last_hour=4)
    held = open_position(qty=SCALE // 10, leverage=5)
    portfolio = portfolio_of(held, available=usdt(100))
    found = _review(buy_decision("ETH"), _close("BTC"), portfolio=portfolio, context=context)
    assert [one.outcome for one in found] == ["approved", "approved"]
    assert found[1].review is not None
    assert found[1].review.results[-1].limit == usdt(100 + 1_000 - 2.5)


def test_a_reversal_is_judged_as_a_close_and_what_would_remain() -> None:
    held = open_position(side=-1, qty=SCALE // 10, leverage=5)
    portfolio = portfolio_of(held, available=usdt(100))
    exposures = (Exposure("BTC", -1, usdt(5_000)),)
    context = replace(risk_context(), exposures=exposures)
    (found,) = _review(replace(buy_decision(), reverse=True), portfolio=portfolio, context=context)
    assert found.review is not None
    results = {result.rule: result for result in found.review.results}
    assert [result.rule for result in found.review.results] == [
        rule.__name__ for rule in (*CLOSING_RULES, *RULES)
    ]
    assert (found.outcome, results["reduces_position"].figure) == ("approved", SCALE)
    assert results["free_margin"].limit == usdt(100 + 1_000 - 2.5)
    assert results["exposure"].figure == SCALE // 2


def test_a_reversal_whose_opening_is_denied_closes_nothing() -> None:
    decision = replace(buy_decision(), reverse=True, leverage=50)
    (found,) = _review(decision, portfolio=portfolio_of(open_position(side=-1)))
    assert (found.outcome, found.reason) == ("denied", "leverage_max")


def test_a_later_opening_sees_what_an_approved_one_puts_at_stake() -> None:
    limits = RiskLimits(max_exposure=75 * SCALE // 100)
    first, second = _review(buy_decision("BNB"), buy_decision("BTC"), context=risk_context(limits))
    assert (first.outcome, second.reason) == ("approved", "exposure")


def test_a_partial_close_takes_its_share_off_what_is_at_stake() -> None:
    context = replace(
        risk_context(RiskLimits(max_exposure=75 * SCALE // 100)),
        exposures=(Exposure("BTC", 1, usdt(5_000)),),
    )
    portfolio = portfolio_of(open_position(qty=SCALE // 10, leverage=5))
    for share, outcome in ((SCALE // 2, "approved"), (SCALE // 2 - 10**6, "denied")):
        found = _review(_close("BTC", share), buy_decision("ETH"), portfolio=portfolio, context=context)
        assert found[1].outcome == outcome


RESTING = Exposure("BTC", 1, usdt(10_000), usdt(2_000), reserved=usdt(2_010))


def test_what_a_decision_would_replace_does_not_count_against_it() -> None:
    limits = RiskLimits(max_exposure=SCALE)
    context = replace(risk_context(limits), exposures=(RESTING,))
    tight = replace(portfolio_of(), available=0, reserved=usdt(2_010))
    (replaced,) = _review(buy_decision(), portfolio=tight, context=context)
    assert (replaced.outcome, replaced.reason) == ("approved", "")
    (elsewhere,) = _review(buy_decision("ETH"), context=context)
    assert (elsewhere.outcome, elsewhere.reason) == ("denied", "exposure")
    at_venue = replace(context, exposures=(RESTING._replace(reserved=0),))
    (counted,) = _review(buy_decision(), context=at_venue)
    assert (counted.outcome, counted.reason) == ("denied", "position_size")


def test_an_approved_decision_frees_what_it_replaces_for_the_next_and_a_denied_one_does_not() -> None:
    context = replace(risk_context(RiskLimits(max_exposure=SCALE)), exposures=(RESTING,))
    for leverage, outcome in ((5, "approved"), (50, "denied")):
        first = replace(buy_decision("BTC"), leverage=leverage)
        found = _review(first, buy_decision("ETH"), context=context)
        assert [one.outcome for one in found] == [outcome, outcome]


def test_a_close_without_a_position_is_approved_where_an_opening_waits() -> None:
    context = replace(risk_context(), exposures=(RESTING,))
    (found,) = _review(_close("BTC"), context=context)
    assert (found.outcome, found.reason, found.order) == ("approved", ENDS_WAITING, None)
    (found,) = _review(_close("ETH"), context=context)
    assert (found.outcome, found.reason) == ("unsizable", "no_position")


def test_facts_of_the_round_change_no_verdict() -> None:
    context = risk_context()
    facts = MarketFacts(VIEW, INSTRUMENTS, context.rules)
    decisions = (buy_decision("BNB"), buy_decision("BTC"))
    alone = _review(*decisions, context=context)
    for _ in range(2):
        shared = review_turn(
            decisions,
            turn_id="turn-1",
            portfolio=portfolio_of(),
            view=VIEW,
            instruments=INSTRUMENTS,
            context=context,
            facts=facts,
        )
        assert shared == alone


DECISIONS = st.lists(
    st.builds(
        Decision,
        action=st.sampled_from(list(Action)),
        symbol=st.sampled_from([*SYMBOLS, "DOGE"]),
        size=st.integers(-SCALE, 2 * SCALE),
        leverage=st.integers(-1, 30),
        stop_loss=st.none() | st.integers(-1, 10**13),
        take_profit=st.none() | st.integers(-1, 10**13),
        confidence=st.integers(0, SCALE),
        reverse=st.booleans(),
    ),
    unique_by=lambda decision: decision.symbol,
)


@given(decisions=DECISIONS, data=st.data())
def test_the_order_an_agent_lists_its_decisions_in_is_nothing(
    decisions: list[Decision], data: st.DataObject
) -> None:
    portfolio = portfolio_of(open_position())
    shuffled = data.draw(st.permutations(decisions))
    assert _review(*decisions, portfolio=portfolio) == _review(*shuffled, portfolio=portfolio)


@given(decisions=DECISIONS, available=st.integers(0, 20_000 * SCALE))
def test_approved_openings_together_never_need_more_than_there_is(
    decisions: list[Decision], available: int
) -> None:
    opens = [one for one in decisions if one.action.is_open]
    found = _review(*opens, portfolio=portfolio_of(available=available))
    used = sum(one.order.margin for one in found if one.outcome == "approved" and one.order)
    assert used <= available
