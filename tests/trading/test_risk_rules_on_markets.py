"""The rules on market and record, each at its limit, just inside and just outside, with its figure."""

from dataclasses import replace
from typing import Any

import pytest

from kernel.units import MAX_UNITS, SCALE
from tests.factories.orders import (
    NOW_MS,
    flat_book,
    proposed_order,
    risk_case,
    risk_context,
    symbol_part,
    usdt,
)
from trading.domain import risk
from trading.domain.market import Level, OrderBook
from trading.domain.orders import ProposedOrder, RuleResult

PERCENT = SCALE // 100


def _order(**changes: Any) -> ProposedOrder:
    return replace(proposed_order(), **changes)


def _context(**changes: Any) -> risk.RiskContext:
    return replace(risk_context(), **changes)


@pytest.mark.parametrize(
    ("level", "paused", "passed"),
    [("active", False, True), ("active", True, False), ("reducing", False, False), ("halted", False, False)],
)
def test_opening_needs_active_trading(level: str, *, paused: bool, passed: bool) -> None:
    found = risk.trading_state(risk_case(context=_context(trading_level=level, contestant_paused=paused)))
    assert found == RuleResult("trading_state", passed, int(passed), 1, "flag")


@pytest.mark.parametrize(
    ("rule", "field", "before", "limit", "passed"),
    [
        (risk.trades_hour, "opens_last_hour", 3, 5, True),
        (risk.trades_hour, "opens_last_hour", 4, 5, True),
        (risk.trades_hour, "opens_last_hour", 5, 5, False),
        (risk.trades_day, "opens_last_day", 48, 50, True),
        (risk.trades_day, "opens_last_day", 49, 50, True),
        (risk.trades_day, "opens_last_day", 50, 50, False),
    ],
)
def test_the_trade_that_would_exceed_the_count_is_refused(
    rule: risk.Rule, field: str, before: int, limit: int, *, passed: bool
) -> None:
    found = rule(risk_case(context=_context(**{field: before})))
    assert (found.passed, found.figure, found.limit, found.unit) == (passed, before + 1, limit, "count")


@pytest.mark.parametrize(
    ("rule", "base", "equity", "figure", "passed"),
    [
        (risk.daily_loss, "day_start_equity", usdt(9_500) + 100_000, 4_999_990, True),
        (risk.daily_loss, "day_start_equity", usdt(9_500), 5 * PERCENT, False),
        (risk.daily_loss, "day_start_equity", usdt(9_500) - 1, 5 * PERCENT + 1, False),
        (risk.daily_loss, "day_start_equity", usdt(11_000), 0, True),
        (risk.drawdown, "peak_equity", usdt(8_000) + 100_000, 19_999_990, True),
        (risk.drawdown, "peak_equity", usdt(8_000), 20 * PERCENT, False),
        (risk.drawdown, "peak_equity", usdt(8_000) - 1, 20 * PERCENT + 1, False),
        (risk.drawdown, "peak_equity", usdt(11_000), 0, True),
    ],
)
def test_a_loss_that_reaches_its_limit_stops_opening(
    rule: risk.Rule, base: str, equity: int, figure: int, *, passed: bool
) -> None:
    found = rule(risk_case(context=_context(**{base: usdt(10_000), "equity": equity})))
    assert (found.passed, found.figure, found.unit) == (passed, figure, "ratio")


@pytest.mark.parametrize(
    ("rule", "base"), [(risk.daily_loss, "day_start_equity"), (risk.drawdown, "peak_equity")]
)
def test_a_day_or_a_peak_without_equity_stops_opening(rule: risk.Rule, base: str) -> None:
    assert not rule(risk_case(context=_context(**{base: 0}))).passed


@pytest.mark.parametrize(
    ("ask", "figure", "passed"),
    [(4_009.9, 497_507, True), (4_010, 500_000, True), (4_010.1, 502_494, False)],
)
def test_a_wide_spread_is_refused(ask: float, figure: int, *, passed: bool) -> None:
    book = OrderBook((Level(usdt(3_990), SCALE),), (Level(usdt(ask), SCALE),))
    found = risk.spread(risk_case(part=symbol_part(book=book)))
    assert found == RuleResult("spread", passed, figure, 500_000, "ratio")


def test_an_empty_side_has_no_spread_and_no_liquidity() -> None:
    part = symbol_part(book=OrderBook((), flat_book().asks))
    assert risk.spread(risk_case(part=part)) == RuleResult("spread", False, MAX_UNITS, 500_000, "ratio")
    assert risk.liquidity(risk_case(part=part)) == RuleResult("liquidity", False, 0, usdt(10_000), "usdt")


@pytest.mark.parametrize(("resting", "passed"), [(-1, False), (0, True), (1, True)])
def test_too_little_near_the_price_is_refused(resting: int, *, passed: bool) -> None:
    book = OrderBook((Level(SCALE, SCALE),), (Level(SCALE, usdt(10_000) + resting),))
    found = risk.liquidity(risk_case(part=symbol_part(book=book)))
    assert found == RuleResult("liquidity", passed, usdt(10_000) + resting, usdt(10_000), "usdt")


def test_the_order_itself_must_find_its_size_near_the_price() -> None:
    order = _order(notional=usdt(500_275) + 1)
    assert risk.liquidity(risk_case(order=order)) == RuleResult(
        "liquidity", False, usdt(500_275), usdt(500_275) + 1, "usdt"
    )


@pytest.mark.parametrize(
    ("age", "bar_ms", "limit", "passed"),
    [
        (89_999, 60_000, 90_000, True),
        (90_000, 60_000, 90_000, True),
        (90_001, 60_000, 90_000, False),
        (5_400_000, 3_600_000, 5_400_000, True),
        (5_400_001, 3_600_000, 5_400_000, False),
    ],
)
def test_old_prices_are_refused(age: int, bar_ms: int, limit: int, *, passed: bool) -> None:
    found = risk.stale_data(risk_case(snapshot_ms=NOW_MS + age, bar_ms=bar_ms))
    assert found == RuleResult("stale_data", passed, age, limit, "ms")


def test_a_source_ahead_of_our_clock_is_not_old() -> None:
    assert risk.stale_data(risk_case(snapshot_ms=NOW_MS - 1)).figure == 0
