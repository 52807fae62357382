"""Measures of trades and executions: plain computation, and nothing changes when a fill is cut into parts."""

from math import isclose, sqrt
from typing import Final

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kernel.time import HOUR_MS
from kernel.units import SCALE
from trading.domain.performance_curve import Grid
from trading.domain.performance_fills import (
    FillFact,
    OrderFact,
    compute_exposure,
    compute_fills,
)
from trading.domain.performance_trades import TradeFact, compute_trades
from trading.domain.positions import Execution, Position, compute_effect

START: Final = 1_767_225_600_000

TRADES = st.lists(
    st.builds(
        lambda net, opened, hold, kind: TradeFact(net, START + opened, START + opened + hold, kind),
        st.integers(-500 * SCALE, 500 * SCALE),
        st.integers(0, 10**9),
        st.integers(0, 10**8),
        st.sampled_from(("decision", "stop_loss", "take_profit", "liquidation", "invalidated")),
    ),
    max_size=80,
)


@given(trades=TRADES)
def test_trades_agree_with_numpy(trades: list[TradeFact]) -> None:
    found = compute_trades(trades)
    nets = np.array([trade.net / SCALE for trade in trades])
    wins, losses = nets[nets > 0], nets[nets < 0]
    assert found.trades.value == len(trades)
    assert_near(found.win_rate.value, len(wins) / len(nets) if len(nets) else None)
    assert_near(found.expectancy.value, nets.mean() if len(nets) else None)
    assert_near(found.average_win.value, wins.mean() if len(wins) else None)
    assert_near(found.average_loss.value, losses.mean() if len(losses) else None)
    assert_near(found.largest_win.value, wins.max() if len(wins) else None)
    assert_near(found.largest_loss.value, losses.min() if len(losses) else None)
    factor = wins.sum() / -losses.sum() if len(losses) else None
    if factor is None or factor < 1e6:
        assert_near(found.profit_factor.value, factor)
    if len(nets) < 30 or nets.std() == 0:
        assert found.sqn.value is None
    else:
        assert found.sqn.value is not None
        assert isclose(
            found.sqn.value, sqrt(len(nets)) * nets.mean() / nets.std(ddof=1), rel_tol=1e-9, abs_tol=1e-9
        )


def assert_near(value: int | None, plain: float | None) -> None:
    """Hold whole units against a float computed elsewhere: apart by the last unit or the float's own."""
    assert (value is None) == (plain is None)
    if value is not None and plain is not None:
        assert abs(value / SCALE - plain) <= 2e-8 + 1e-9 * abs(plain)


@given(trades=TRADES, times=st.integers(2, 1000))
def test_money_in_another_unit_changes_no_ratio(trades: list[TradeFact], times: int) -> None:
    small, large = (
        compute_trades(trades),
        compute_trades([trade._replace(net=trade.net * times) for trade in trades]),
    )
    for name in ("win_rate", "profit_factor", "average_hold", "false_signals", "trades"):
        assert getattr(small, name) == getattr(large, name), name
    if small.sqn.value is not None and large.sqn.value is not None:
        assert isclose(small.sqn.value, large.sqn.value, rel_tol=1e-9, abs_tol=1e-9)


def test_what_no_trade_can_tell_says_why() -> None:
    nothing, winner = compute_trades([]), compute_trades([TradeFact(5, 0, 10, "take_profit")])
    assert nothing.win_rate.reason == nothing.profit_factor.reason == nothing.sqn.reason == "no_trades"
    assert winner.profit_factor.reason == winner.average_loss.reason == "no_losers"
    assert winner.sqn.reason == "too_few_trades"
    assert compute_trades([TradeFact(5, 0, 1, "decision")] * 30).sqn.reason == "no_variance"


def test_a_false_signal_is_a_loss_that_the_market_ended() -> None:
    kinds = ("stop_loss", "decision", "liquidation", "stop_loss")
    trades = [TradeFact(net, 0, 1, kind) for net, kind in zip((-5, -5, -9, 4), kinds, strict=True)]
    assert compute_trades(trades).false_signals.value == SCALE // 2


EXECUTIONS = st.lists(
    st.tuples(st.sampled_from((1, -1)), st.integers(1, 50), st.integers(45_000, 60_000), st.integers(2, 5)),
    min_size=1,
    max_size=25,
)


def play(parts: list[tuple[int, int, int, int]]) -> list[TradeFact]:
    """Return the closed trades of executions (time, signed quantity, notional, fee), flat to flat."""
    held: Position | None = None
    trades: list[TradeFact] = []
    lifecycle = 1
    for moment, signed, notional, fee in parts:
        side, qty = (1 if signed > 0 else -1), abs(signed)
        # At 2x no price here costs more than the margin: what is beyond it the insurance pays.
        done = Execution("a", "BTC", side, qty, notional, fee, 2, None, None, moment, "decision")
        effect = compute_effect(held, done, lifecycle)
        if held is not None and effect.closed:
            net = held.realised + effect.pnl + effect.covered - held.fees - effect.fee + held.funding
            trades.append(TradeFact(net, held.opened_ms, moment, "decision"))
            lifecycle += 1
        held = effect.after
    return trades


@given(wanted=EXECUTIONS)
def test_cutting_every_fill_in_parts_changes_no_measure(wanted: list[tuple[int, int, int, int]]) -> None:
    whole: list[tuple[int, int, int, int]] = []
    cut: list[tuple[int, int, int, int]] = []
    held = 0
    for index, (side, lots, price, pieces) in enumerate(wanted):
        # Lots in multiples of 60 can be cut into 2 to 5 equal parts; what would turn the position closes it.
        qty = lots * 60 * SCALE // 1000
        if held * side < 0:
            qty = min(qty, abs(held))
        held += side * qty
        fee = qty * price // SCALE // 2000 * 60
        whole.append((START + index, side * qty, qty * price, fee))
        cut += [(START + index, side * qty // pieces, qty * price // pieces, fee // pieces)] * pieces
    assert compute_trades(play(whole)) == compute_trades(play(cut))
    facts = [fact(str(n), row) for n, row in enumerate(whole)]
    parts = [
        replaced
        for n, (row, (_, _, _, pieces)) in enumerate(zip(whole, wanted, strict=True))
        for replaced in [fact(str(n), (row[0], row[1] // pieces, row[2] // pieces, row[3] // pieces))]
        * pieces
    ]
    assert compute_fills(facts, ()) == compute_fills(parts, ())
    grid = Grid(START, tuple(10_000 * SCALE for _ in range(30)))
    marks = {moment: {"BTC": 50_000 * SCALE} for moment in grid.moments}
    end = START + 29 * HOUR_MS
    assert compute_exposure(facts, grid, end, marks) == compute_exposure(parts, grid, end, marks)


def fact(order: str, row: tuple[int, int, int, int]) -> FillFact:
    """Return an execution (time, signed quantity, notional, fee) of an order decided at 50,000."""
    moment, signed, notional, fee = row
    side = 1 if signed > 0 else -1
    doubtful = int(order) % 3 == 0
    return FillFact(order, "BTC", side, abs(signed), notional, fee, doubtful, moment, 50_000 * SCALE)


def test_slippage_is_how_much_worse_than_the_mark_weighted_by_notional() -> None:
    buy = FillFact("1", "BTC", 1, SCALE, 50_050 * SCALE, 0, False, START, 50_000 * SCALE)
    sale = FillFact("2", "BTC", -1, SCALE, 50_050 * SCALE, 0, True, START, 50_000 * SCALE)
    plan = FillFact("3", "BTC", -1, SCALE, 40_000 * SCALE, 5, False, START, 0)
    assert compute_fills([buy], ()).slippage.value == SCALE // 1000
    assert compute_fills([sale], ()).slippage.value == -SCALE // 1000
    assert compute_fills([buy, sale, plan], ()).slippage == (0, "", 2, None)
    found = compute_fills([buy, sale, plan], ())
    assert (found.ambiguous_fills.value, found.ambiguous_share.value) == (1, 33_333_334)
    assert (found.fees.value, found.turnover.value) == (5, 140_100 * SCALE)
    assert compute_fills([plan], ()).slippage.reason == compute_fills([], ()).slippage.reason == "no_fills"


def test_the_fill_rate_is_executed_over_ordered() -> None:
    whole, none = OrderFact(SCALE, SCALE, 50_000 * SCALE), OrderFact(10 * SCALE, 0, 5_000 * SCALE)
    assert compute_fills((), [whole, none]).fill_rate == (SCALE // 2, "", 2, None)
    assert compute_fills((), ()).fill_rate.reason == "no_orders"


def test_exposure_is_time_in_market_and_mean_gross_notional_over_equity() -> None:
    grid = Grid(START, (10_000 * SCALE,) * 11)
    marks = {moment: {"BTC": 50_000 * SCALE, "ETH": 2_000 * SCALE} for moment in grid.moments}
    long = FillFact("1", "BTC", 1, SCALE // 10, 0, 0, False, START + 2 * HOUR_MS, 0)
    short = replace_fill(long, symbol="ETH", side=-1, qty=SCALE)
    closes = [
        replace_fill(long, side=-1, market_ms=START + 4 * HOUR_MS),
        replace_fill(short, side=1, market_ms=START + 7 * HOUR_MS),
    ]
    found = compute_exposure([long, short, *closes], grid, START + 10 * HOUR_MS, marks)
    assert found.time_in_market.value == SCALE // 2
    # 7,000 for two of eleven hours and 2,000 for three.
    assert found.mean_exposure.value == -(-(2 * 70 + 3 * 20) * SCALE // 1100)
    assert compute_exposure([long], grid, START + 10 * HOUR_MS, {}).mean_exposure.sample == 2
    assert compute_exposure([], Grid(0, ()), 0, {}).time_in_market.reason == "no_points"


def replace_fill(fill: FillFact, **changes: object) -> FillFact:
    """Return the execution with other parts."""
    return FillFact(**{**fill._asdict(), **changes})
