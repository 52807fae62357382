"""The rule book's page: every limit has a line, and what a rule book leaves out says so."""

from dataclasses import fields, replace
from typing import Any

import pytest

from interfaces.site.rules_page import (
    limits_on_markets,
    limits_on_opening,
    limits_on_orders,
    limits_on_stakes,
    limits_on_time,
)
from kernel.units import SCALE
from trading.domain.rules import PERCENT, Blackout, RiskLimits

OTHER: dict[str, Any] = {
    "min_leverage": 2,
    "max_leverage": 17,
    "max_position": 13 * PERCENT,
    "min_order": 77 * SCALE,
    "max_trades_hour": 9,
    "max_trades_day": 91,
    "max_daily_loss": 7 * PERCENT,
    "max_drawdown": 33 * PERCENT,
    "max_spread": PERCENT // 4,
    "min_liquidity": 12_345 * SCALE,
    "liquidity_band": PERCENT,
    "max_data_age_ms": 123_000,
    "require_stop": False,
    "max_risk": 3 * PERCENT,
    "max_exposure": 555 * PERCENT,
    "max_correlated": 222 * PERCENT,
    "correlation_from": 81 * PERCENT,
    "cooldown_ms": 421_000,
    "min_reward_risk": 5 * SCALE // 4,
}


def _lines(limits: RiskLimits) -> list[str]:
    found = (
        *limits_on_orders(limits),
        *limits_on_stakes(limits),
        *limits_on_opening(limits),
        *limits_on_markets(limits),
    )
    return [f"{line.name}: {line.value}. {line.why}" for line in found]


@pytest.mark.parametrize("name", [field.name for field in fields(RiskLimits)])
def test_every_limit_stands_on_the_page(name: str) -> None:
    usual, other = _lines(RiskLimits()), _lines(replace(RiskLimits(), **{name: OTHER[name]}))
    assert sum(one != two for one, two in zip(usual, other, strict=True)) == 1


@pytest.mark.parametrize("name", ["max_risk", "max_exposure", "max_correlated", "cooldown_ms"])
def test_a_limit_that_is_left_out_says_none(name: str) -> None:
    none: dict[str, Any] = {name: 0}
    lines = _lines(replace(RiskLimits(), **none))
    assert sum(": None." in line for line in lines) == 1


def test_blackouts_name_their_time_symbol_and_event() -> None:
    (none,) = limits_on_time(())
    assert none.value == "None"
    one, other = limits_on_time((Blackout(0, 60_000, "BTC", "halving"), Blackout(0, 1_000, "", "rates")))
    assert (one.value[:4], one.why) == ("BTC,", "halving")
    assert other.value.startswith("All symbols, 1970-01-01T00:00:00Z")
