"""What the audit derives again of execution: funding, rests, reversals, trails and where orders went."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import models

from arena.models import Standing
from arena.selectors.audit import audit
from kernel.time import MINUTE_MS, iso_utc
from kernel.units import SCALE
from tests.factories.contests import START_MS, Bar, buy, close, open_contest, play, says, scripted, write_tape
from trading.domain.decisions import Action, Decision
from trading.domain.encoding import decode_tick, encode_tick
from trading.domain.terms import GTC, LIMIT, Terms
from trading.models import (
    ClosedTrade,
    Fill,
    FundingPayment,
    FundingRate,
    Order,
    OrderStep,
    Position,
    Tick,
    VenueAccount,
)
from trading.models import Decision as DecisionRow

pytestmark = pytest.mark.django_db

DIP: Bar = (100, 100, 98, 100)
CRASH: Bar = (70, 70, 70, 70)
ROUNDS = 24


def small(**changes: Any) -> Decision:
    """Buy little enough for every rule."""
    return buy(**{"size": SCALE // 50, **changes})


def sell(**changes: Any) -> Decision:
    return small(action=Action.SELL, stop=110, **changes)


def limit(price: float, stop: float = 90, symbol: str = "BTC") -> Decision:
    return small(symbol=symbol, stop=stop, terms=Terms(LIMIT, round(price * SCALE), GTC))


@pytest.fixture
def season(tmp_path: Path) -> str:
    """Play a season with funding, a reversal, limits that rest and fill, trailing stops and a crash."""
    tape = write_tape(tmp_path, bars=40, bent={9: DIP, 20: CRASH})
    moments = [START_MS + minute * MINUTE_MS for minute in (8, 12, 25)]
    lines = ["timestamp,rate", *(f"{iso_utc(at)},0.0005" for at in moments)]
    calm = write_tape(tmp_path, bars=40, symbol="ETH")
    for path in (tape, calm):
        path.with_suffix(".funding.csv").write_text("\n".join(lines) + "\n")
    roster = [
        scripted("ann", says(small()), says(), says(), says(close())),
        scripted("bob", says(small()), says(sell(reverse=True)), says(), says(close())),
        scripted("cid", says(limit(99))),
        scripted("dan", says(small(trail=SCALE // 20))),
        scripted("eve", says(small(leverage=10, stop=92))),
        scripted("fay", says(small(symbol="ETH", trail=SCALE // 20))),
        scripted("gus", says(), says(limit(98, stop=92, symbol="ETH"))),
    ]
    season = open_contest(roster, f"tape:{tape},{calm}")
    play(season, ROUNDS)
    return season


def breaks() -> list[tuple[str, str]]:
    """Return each broken invariant with its sentence."""
    return [(finding.invariant, finding.problem) for finding in audit() if finding.problem]


def more(old: int) -> int:
    """Return a unit more."""
    return old + 1


LIMITED = {"type": "limit", "state": "filled"}
RESTS = {"type": "limit", "state": "accepted"}
ENDED = {"type": "limit", "state": "filled", "reserved": 0}
LIQUIDATION = {"kind": "liquidation"}
OPEN = {"qty__gt": 0}

CHANGES: dict[str, tuple[type[models.Model], str, Any, dict[str, Any], str]] = {
    "funding's amount": (FundingPayment, "amount", more, {}, "E1"),
    "funding's amount in the cash": (FundingPayment, "amount", more, {}, "E2"),
    "funding's rate": (FundingPayment, "rate", more, {}, "E1"),
    "funding's quantity": (FundingPayment, "qty", more, {}, "E1"),
    "funding's margin": (FundingPayment, "margin_change", -1, {}, "E1"),
    "the market's rate": (FundingRate, "rate", more, {}, "E1"),
    "position's funding": (Position, "funding", more, OPEN, "E1"),
    "trade's funding": (ClosedTrade, "funding", more, {}, "E1"),
    "standing's funding": (Standing, "funding", more, {}, "P2"),
    "position's trail": (Position, "trail", more, OPEN, "E1"),
    "position's best mark": (Position, "best", SCALE, OPEN, "E1"),
    "a maker's fill": (Fill, "maker", False, {"maker": True}, "L5"),
    "a taker's fill": (Fill, "maker", True, {"maker": False}, "L5"),
    "liquidation's fee": (Fill, "fee", more, LIQUIDATION, "L5"),
    "liquidation's penalty": (Fill, "penalty", more, LIQUIDATION, "L5"),
    "liquidation's price": (Fill, "notional", lambda old: old * 2, LIQUIDATION, "E3"),
    "what an order has set aside": (Order, "reserved", more, RESTS, "L4"),
    "what an order of the past has set aside": (Order, "reserved", more, ENDED, "L4"),
    "an order that waits no more": (Order, "state", "canceled", RESTS, "L4"),
    "what was filled of an order": (Order, "filled", lambda old: old - 1, LIMITED, "O1"),
    "a state that is none": (Order, "state", "asleep", LIMITED, "O1"),
    "a filled order that waits": (Order, "state", "denied", LIMITED, "O1"),
    "an order that fills partly": (Order, "state", "partially_filled", RESTS, "O1"),
    "an order's limit": (Order, "price", more, LIMITED, "D1"),
    "an order's time in force": (Order, "time_in_force", "ioc", LIMITED, "D1"),
    "an order's trail": (Order, "trail", more, {"trail__gt": 0}, "D1"),
    "a reversal that was none": (DecisionRow, "reverse", False, {"reverse": True}, "D2"),
    "an order at a venue": (Order, "venue", "binanceusdm", RESTS, "S1"),
    "an order a venue knows": (Order, "venue_order_id", "77", LIMITED, "S1"),
    "an order nobody knows of": (Order, "state", "unknown", RESTS, "S1"),
}


def test_an_untouched_season_holds_everything_that_is_audited_here(season: str) -> None:
    kinds = set(Fill.objects.filter(feed=season).values_list("kind", flat=True))
    assert {"decision", "limit", "liquidation"} <= kinds
    assert FundingPayment.objects.filter(feed=season).count() > 3
    assert Order.objects.filter(feed=season, state="accepted", reserved__gt=0).count() == 1
    assert Position.objects.filter(feed=season, qty__gt=0, trail__gt=0).count() == 1
    assert breaks() == []


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_row_is_found_under_the_invariant_it_breaks(
    season: str, drop_triggers: Callable[[], None], what: str
) -> None:
    model, column, value, which, invariant = CHANGES[what]
    drop_triggers()
    row = model._default_manager.filter(**which).order_by("pk").first()
    assert season
    assert row is not None
    old = getattr(row, column)
    new = value(old) if callable(value) else value
    assert new != old
    model._default_manager.filter(pk=row.pk).update(**{column: new})
    found = dict(breaks())
    assert invariant in found
    assert "\n" not in found[invariant]


def test_money_left_aside_for_an_order_that_ended_is_found_with_nothing_else_there(
    season: str, drop_triggers: Callable[[], None]
) -> None:
    order = Order.objects.get(feed=season, **RESTS)
    drop_triggers()
    assert not Position.objects.filter(account=order.account_id).exists()
    Order.objects.filter(pk=order.pk).update(state="canceled", reserved=0)
    sentence = f"account {order.account_id} has {order.reserved} units reserved but margins of 0"
    assert dict(breaks())["L4"] == sentence


@pytest.mark.parametrize("model", [FundingPayment, FundingRate])
def test_a_deleted_settlement_is_missed(
    season: str, drop_triggers: Callable[[], None], model: type[models.Model]
) -> None:
    drop_triggers()
    paid = FundingPayment.objects.order_by("pk").first()
    assert season
    assert paid is not None
    model._default_manager.filter(symbol=paid.symbol, market_ms=paid.market_ms)._raw_delete("default")
    assert "E1" in dict(breaks())


def test_a_second_order_of_a_decision_is_found(season: str, drop_triggers: Callable[[], None]) -> None:
    drop_triggers()
    order = Order.objects.filter(feed=season, decision__isnull=False, state="filled").first()
    assert order is not None
    decision = order.decision_id
    order.pk, order.state, order.filled = "f" * 32, "denied", 0
    order.save(force_insert=True)
    assert dict(breaks())["D2"] == f"decision {decision} has more than one order"


def test_a_step_that_no_order_can_take_is_found(season: str) -> None:
    order = Order.objects.filter(feed=season, state="filled").first()
    assert order is not None
    OrderStep.objects.create(order=order, before="intent", after="filled", reason="a test", wall_ms=1)
    OrderStep.objects.create(order=order, before="filled", after="filled", reason="a note", wall_ms=2)
    assert breaks() == []
    OrderStep.objects.create(order=order, before="filled", after="accepted", reason="a test", wall_ms=3)
    assert dict(breaks())["O1"] == f"order {order.pk} went from filled to accepted, which no order can"


def test_steps_that_end_elsewhere_are_found(season: str) -> None:
    order = Order.objects.filter(feed=season, state="filled").first()
    assert order is not None
    OrderStep.objects.create(order=order, before="intent", after="submitting", reason="a test", wall_ms=1)
    assert dict(breaks())["O1"] == f"order {order.pk} is filled, but its steps end at submitting"


def test_a_position_that_should_have_been_liquidated_is_found(
    season: str, drop_triggers: Callable[[], None]
) -> None:
    drop_triggers()
    row = Tick.objects.filter(feed=season).order_by("-market_ms").first()
    assert row is not None
    seen = decode_tick(bytes(row.body))
    fallen = tuple(part._replace(close=part.close // 2) for part in seen.symbols)
    Tick.objects.filter(pk=row.pk).update(body=encode_tick(replace(seen, symbols=fallen)))
    holder = Position.objects.get(feed=season, qty__gt=0)
    assert dict(breaks())["E3"] == f"account {holder.account_id} still holds ETH below its maintenance"


def test_an_account_that_is_bound_to_a_venue_may_trade_there(
    season: str, drop_triggers: Callable[[], None]
) -> None:
    drop_triggers()
    order = Order.objects.get(feed=season, **RESTS)
    Order.objects.filter(pk=order.pk).update(venue="binanceusdm")
    VenueAccount.objects.create(
        account_id=order.account_id, feed=season, venue="binanceusdm", profile="testnet", created_wall_ms=1
    )
    assert "S1" not in dict(breaks())
