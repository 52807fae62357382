"""Everybody at once gives what one account after the other gives; a book of a formula caps participation."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.engine_accounts import RULES, account_of, position_of
from tests.factories.orders import NOW_MS, btc_instrument, proposed_order
from trading.domain.account import Account
from trading.domain.account_events import FundingCharge
from trading.domain.engine_funding import charge_funding
from trading.domain.engine_orders import match_order
from trading.domain.engine_sweep import HeldRow, breached, charge_all, mark_all
from trading.domain.formula_books import STANDARD_SHAPE, Conditions, compute_book
from trading.domain.funding import FundingRate
from trading.domain.orders import Filled
from trading.domain.positions import liquidation_price, maintenance_breached

MARKS = st.integers(30_000 * SCALE, 70_000 * SCALE)
RATES = st.lists(
    st.tuples(st.sampled_from(["BTC", "ETH"]), st.integers(0, 3), st.integers(-SCALE, SCALE), MARKS),
    max_size=5,
    unique_by=lambda rate: rate[:2],
)


@st.composite
def fields(draw: st.DrawFn) -> list[Account]:
    """Return up to four accounts with a position or two each, some of them with hardly any free money."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        held = [
            position_of(symbol, draw(st.sampled_from([1, -1])), draw(st.integers(1, SCALE)), price)
            for symbol, price in (("BTC", 50_000), ("ETH", 2_500))
            if draw(st.booleans())
        ]
        one = account_of(*held, free=draw(st.sampled_from([0, 1, 10_000])))
        found.append(replace(one, portfolio=replace(one.portfolio, account_id=f"account-{number}")))
    return found


def rows_of(accounts: list[Account]) -> list[HeldRow]:
    """Return the plain rows of these accounts' positions."""
    return [
        (
            *(one.id, p.symbol, p.side, p.qty, p.entry_cost),
            liquidation_price(p, RULES.instruments[p.symbol]),
            *(p.opened_ms, p.lifecycle, f"{one.id} {p.symbol}"),
        )
        for one in accounts
        for p in one.portfolio.positions
    ]


@given(accounts=fields(), rates=RATES)
def test_the_sweep_charges_what_the_engine_charges_and_names_who_is_short(
    accounts: list[Account], rates: list[tuple[str, int, int, int]]
) -> None:
    due = [FundingRate(s, NOW_MS + minute * MINUTE_MS, rate, mark) for s, minute, rate, mark in rates]
    due.sort(key=lambda rate: (rate.market_ms, rate.symbol))
    free = {one.id: one.portfolio.available for one in accounts}
    swept = charge_all(rows_of(accounts), free, due)
    for one in accounts:
        _, events = charge_funding(one, due)
        charges = [event for event in events if isinstance(event, FundingCharge)]
        charges = [charge._replace(account_id=one.id) for charge in charges]
        mine = [charge for charge in swept.charges if charge.account_id == one.id]
        if one.id in swept.short:
            assert mine == []
        else:
            assert mine == charges
            assert all(charge.margin_change == charge.covered == 0 for charge in charges)
    assert [row.split()[0] for row in swept.rows] == [charge.account_id for charge in swept.charges]


@given(accounts=fields(), btc=MARKS, eth=st.integers(1_500 * SCALE, 3_500 * SCALE))
def test_the_sweep_marks_and_looks_as_one_account_does(accounts: list[Account], btc: int, eth: int) -> None:
    marks = {"BTC": btc, "ETH": eth}
    rows = rows_of(accounts)
    assert mark_all(rows, {one.id: one.wallet for one in accounts}, marks) == {
        one.id: one.portfolio.equity(marks) for one in accounts
    }
    assert breached(rows, marks) == {
        one.id
        for one in accounts
        for p in one.portfolio.positions
        if maintenance_breached(p, marks[p.symbol], RULES.instruments[p.symbol])
    }


@given(
    turnover=st.integers(1_000 * SCALE, 5_000_000 * SCALE),
    volatility=st.integers(0, SCALE // 100),
    qty=st.integers(SCALE, 10_000 * SCALE),
)
def test_with_candles_only_an_order_takes_at_most_two_minutes_of_turnover(
    turnover: int, volatility: int, qty: int
) -> None:
    mark, btc = 50_000 * SCALE, btc_instrument()
    book = compute_book(mark, Conditions(volatility, turnover, 0), btc)
    order = replace(proposed_order(qty=qty // btc.lot * btc.lot), leverage=1)
    found = match_order(order, book, None, None, btc)
    assert isinstance(found, Filled)
    calm = STANDARD_SHAPE.calm_volatility
    cap = turnover * STANDARD_SHAPE.depth_minutes * calm // (calm + volatility)
    smallest = STANDARD_SHAPE.levels * mark * btc.lot // SCALE * 2  # a level holds one lot at least
    assert found.notional <= cap + smallest
    assert found.notional * SCALE > mark * found.qty  # and pays at least half the spread for it
