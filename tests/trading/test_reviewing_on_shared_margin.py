"""On cross margin a loss takes what stands behind it: an opening is held against what a close leaves."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.factories.orders import (
    MARK,
    btc_instrument,
    buy_decision,
    execution_at,
    market_view,
    open_position,
    portfolio_of,
    risk_context,
    symbol_part,
)
from trading.domain.account import Account, book_execution
from trading.domain.decisions import Action, Decision
from trading.domain.positions import Portfolio
from trading.domain.review import ReviewedDecision, review_turn

SYMBOLS = ("BTC", "ETH", "SOL")


def reviewed(portfolio: Portfolio, mode: str, *decisions: Decision) -> ReviewedDecision:
    """Review a turn on one mode of margin; return the last of its decisions."""
    context = risk_context()
    return review_turn(
        decisions,
        turn_id="turn-1",
        portfolio=portfolio,
        view=market_view(*[symbol_part(symbol) for symbol in SYMBOLS]),
        instruments={symbol: btc_instrument(symbol) for symbol in SYMBOLS},
        context=replace(context, rules=replace(context.rules, margin_mode=mode)),
    )[-1]


def free_at(found: ReviewedDecision) -> int:
    """Return the free money that an opening was held against."""
    assert found.review is not None
    return next(result.limit for result in found.review.results if result.rule == "free_margin")


def test_an_opening_cannot_spend_what_a_close_before_it_loses() -> None:
    held = open_position(price=MARK * 6 // 5, leverage=20)  # 3,000 of margin, 10,000 lost at the mark
    portfolio = portfolio_of(held, available=7_500 * SCALE)
    turn = (Decision(Action.CLOSE, "BTC", SCALE), buy_decision("SOL"))
    found = reviewed(portfolio, "cross", *turn)
    assert (found.outcome, free_at(found)) == ("denied", 475 * SCALE)
    assert free_at(reviewed(portfolio, "isolated", *turn)) == 7_500 * SCALE


ENTRIES = st.integers(MARK // 2, MARK * 2)


@given(
    btc=ENTRIES,
    eth=ENTRIES,
    available=st.integers(0, 20_000 * SCALE),
    part=st.integers(SCALE // 10, SCALE),
    mode=st.sampled_from(["isolated", "cross"]),
)
def test_openings_are_held_against_what_the_closes_of_the_turn_leave_when_booked(
    btc: int, eth: int, available: int, part: int, mode: str
) -> None:
    positions = (open_position(price=btc), replace(open_position(price=eth), symbol="ETH"))
    portfolio = portfolio_of(*positions, available=available)
    closes = [Decision(Action.CLOSE, symbol, part) for symbol in ("BTC", "ETH")]
    found = reviewed(portfolio, mode, *closes, buy_decision("SOL"))
    account = Account(portfolio, mode=mode)
    for symbol in ("BTC", "ETH"):
        lots = part // (SCALE // 1000) * (SCALE // 1000)
        execution = replace(execution_at(MARK, -1, lots), symbol=symbol)
        account = book_execution(account, execution).account
    assert free_at(found) == account.portfolio.available
