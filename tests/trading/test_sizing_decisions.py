"""From a decision's share of equity to a quantity on the lot, never rounded up in risk."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import derive_id
from kernel.units import SCALE
from tests.factories.orders import (
    MARK,
    btc_instrument,
    buy_decision,
    open_position,
    portfolio_of,
    symbol_part,
    usdt,
)
from trading.domain.decisions import Action, Decision
from trading.domain.orders import ProposedOrder
from trading.domain.positions import Position
from trading.domain.rules import PROFILES, Profile
from trading.domain.sizing import propose_order
from trading.domain.sizing_methods import Unsizable
from trading.domain.terms import Terms

EQUITY = 10_000 * SCALE


def _propose(
    decision: Decision,
    held: Position | None = None,
    profile: Profile = PROFILES["moderate"],
    mark: int = MARK,
) -> ProposedOrder | Unsizable:
    return propose_order(
        decision,
        decision_id="decision-1",
        portfolio=portfolio_of(*([held] if held else [])),
        equity=EQUITY,
        part=symbol_part(mark=mark),
        instrument=btc_instrument(),
        profile=profile,
    )


def _order(decision: Decision, held: Position | None = None) -> ProposedOrder:
    order = _propose(decision, held)
    assert isinstance(order, ProposedOrder)
    return order


def test_a_share_of_equity_becomes_margin_and_margin_times_leverage_the_notional() -> None:
    order = _order(buy_decision())
    assert (order.side, order.qty, order.notional, order.margin) == (1, SCALE // 10, usdt(5_000), usdt(1_000))
    assert (order.leverage, order.mark, order.reduce_only) == (5, MARK, False)
    assert order.confidence == 70 * SCALE // 100


def test_the_client_order_id_follows_from_the_decision_and_the_leg() -> None:
    assert _order(buy_decision()).client_order_id == derive_id("order", "decision-1", "entry")
    close = replace(buy_decision(size=SCALE), action=Action.CLOSE)
    assert _order(close, open_position()).client_order_id == derive_id("order", "decision-1", "close")


def test_the_profile_s_factor_is_applied_and_left_for_the_rules_to_judge() -> None:
    bold = _propose(buy_decision(size=20 * SCALE // 100), profile=PROFILES["aggressive"])
    careful = _propose(buy_decision(size=20 * SCALE // 100), profile=PROFILES["conservative"])
    assert isinstance(bold, ProposedOrder)
    assert isinstance(careful, ProposedOrder)
    assert (bold.margin, careful.margin) == (usdt(3_000), usdt(1_000))


def test_quantity_is_rounded_down_to_the_lot() -> None:
    order = _order(buy_decision(size=1_234_567))
    assert order.qty == 12 * SCALE // 1000  # 617.28 USDT at 50,000 are 0.01234 BTC


@pytest.mark.parametrize(
    ("action", "stop", "target", "expected"),
    [
        (Action.BUY, 48_000.05, 54_000.05, (48_000.1, 54_000.0)),
        (Action.SELL, 52_000.05, 46_000.05, (52_000.0, 46_000.1)),
    ],
)
def test_plans_move_to_the_tick_that_triggers_earlier(
    action: Action, stop: float, target: float, expected: tuple[float, float]
) -> None:
    asked = replace(buy_decision(), action=action, stop_loss=usdt(stop), take_profit=usdt(target))
    order = _order(asked)
    assert (order.stop_loss, order.take_profit) == (usdt(expected[0]), usdt(expected[1]))


@pytest.mark.parametrize(
    ("share", "held_qty", "closed"),
    [
        (SCALE, SCALE, SCALE),
        (SCALE // 2, SCALE, SCALE // 2),
        (2 * SCALE, SCALE, SCALE),
        (SCALE // 3, SCALE, 333 * SCALE // 1000),
        (99_950_000, SCALE, 999 * SCALE // 1000),
        (99_999_999, SCALE // 1000 + 5, SCALE // 1000 + 5),
        (1, 7, 7),
    ],
)
def test_closing_takes_a_share_on_the_lot_and_a_rest_below_a_lot_goes_along(
    share: int, held_qty: int, closed: int
) -> None:
    order = _order(replace(buy_decision(size=share), action=Action.CLOSE), open_position(qty=held_qty))
    assert (order.qty, order.side, order.reduce_only, order.margin) == (closed, -1, True, 0)
    assert (order.stop_loss, order.take_profit) == (None, None)


@pytest.mark.parametrize(
    ("decision", "held", "code"),
    [
        (replace(buy_decision(), action=Action.CLOSE), None, "no_position"),
        (buy_decision(), open_position(side=-1), "already_opposite"),
        (replace(buy_decision(), action=Action.SELL), open_position(), "already_opposite"),
        (buy_decision(size=1), None, "below_lot"),
        (buy_decision(size=0), None, "bad_size"),
        (buy_decision(size=-SCALE), None, "bad_size"),
        (replace(buy_decision(), leverage=0), None, "bad_size"),
        (replace(buy_decision(), leverage=-5), None, "bad_size"),
        (buy_decision(size=10**18), None, "too_large"),
        (replace(buy_decision(), terms=Terms("limit", 0, "gtc")), None, "bad_price"),
        (replace(buy_decision(size=0), action=Action.CLOSE), open_position(), "below_lot"),
        (replace(buy_decision(size=1), action=Action.CLOSE), open_position(), "below_lot"),
    ],
)
def test_what_no_order_can_be_made_of_says_why(decision: Decision, held: Position | None, code: str) -> None:
    assert _propose(decision, held) == Unsizable(code)


def test_a_symbol_the_market_does_not_have_is_unknown() -> None:
    order = propose_order(
        buy_decision("DOGE"),
        decision_id="decision-1",
        portfolio=portfolio_of(),
        equity=EQUITY,
        part=None,
        instrument=None,
        profile=PROFILES["moderate"],
    )
    assert order == Unsizable("unknown_symbol")


def test_an_account_without_money_sizes_nothing() -> None:
    order = propose_order(
        buy_decision(),
        decision_id="decision-1",
        portfolio=portfolio_of(),
        equity=0,
        part=symbol_part(),
        instrument=btc_instrument(),
        profile=PROFILES["moderate"],
    )
    assert order == Unsizable("no_equity")


@pytest.mark.parametrize("price", [40_000, 60_000])
def test_a_limit_order_is_sized_at_its_own_price_which_is_left_as_it_is(price: float) -> None:
    terms = Terms("limit", usdt(price), "gtc", True)
    order = _order(replace(buy_decision(), terms=terms, trail=SCALE // 100))
    assert (order.terms, order.trail, order.reverse) == (terms, SCALE // 100, False)
    assert order.qty == 5_000 * SCALE // int(price) // 100_000 * 100_000
    assert order.notional == order.qty * int(price)
    assert order.margin * 5 == order.notional


def test_a_reversal_asked_for_is_an_opening_the_other_way() -> None:
    order = _order(replace(buy_decision(), reverse=True), open_position(side=-1))
    assert (order.side, order.qty, order.reverse, order.reduce_only) == (1, SCALE // 10, True, False)
    assert not _order(replace(buy_decision(), reverse=True)).reverse


def test_holding_has_no_order() -> None:
    with pytest.raises(ValueError, match="HOLD has no order"):
        _propose(Decision(Action.HOLD, "BTC"))


@given(
    size=st.integers(-SCALE, 3 * SCALE),
    leverage=st.integers(-5, 200),
    mark=st.integers(10**6, 10**14),
    profile=st.sampled_from(list(PROFILES.values())),
)
def test_the_order_never_puts_up_more_than_the_decision_and_the_profile_say(
    size: int, leverage: int, mark: int, profile: Profile
) -> None:
    order = _propose(replace(buy_decision(size=size), leverage=leverage), None, profile, mark)
    if isinstance(order, Unsizable):
        assert order.code in {"below_lot", "bad_size"}
        return
    assert order.qty % btc_instrument().lot == 0
    assert order.qty > 0
    assert order.margin * SCALE * SCALE <= size * profile.size_factor * EQUITY
