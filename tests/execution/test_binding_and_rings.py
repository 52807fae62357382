"""Binding an account to a venue, senders that ring at once, and intents that nobody can send."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections

from accounts.selectors import balances
from accounts.services import AccountDraft, open_accounts
from config.execution import desks, send_orders
from kernel.ids import derive_id
from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, run, state_of
from tests.factories.live_orders import FEED, Stage, stage
from trading import models
from trading.domain.venue import Permissions, VenueBalance, VenuePosition
from trading.services import Turn, disable_venue
from trading.services.outbox_cycle import compare_turn
from trading.services.outbox_sending import send_intents
from trading.services.outbox_unserved import deny_unserved
from trading.services.venue_books_binding import Binding, BindingError, VenueState, bind_venue_account

pytestmark = pytest.mark.django_db(transaction=True)

SAFE = Permissions(trade=True, withdraw=False, transfer=False, ip_restricted=True)
FLAT = VenueState(VenueBalance("USDT", 500 * SCALE, 500 * SCALE), (), (), SAFE, 1)


def bind(name: str, *, state: VenueState = FLAT, deployment: str = "testnet", **changes: Any) -> str:
    account = derive_id("account", name)
    open_accounts([AccountDraft(account, name, "contestant", None, 0)])
    asked = Binding(account, FEED, "binanceusdm", "testnet", "a trial", "ops@example.com")
    bind_venue_account(replace(asked, **changes), state, deployment, 1)
    return account


def test_binding_brings_the_venues_wallet_and_leaves_the_account_switched_off() -> None:
    account = bind("one")
    assert balances([account])[account].available == 500 * SCALE
    assert not models.VenueAccount.objects.get().enabled
    assert models.ControlChange.objects.get().after == "binanceusdm testnet"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"deployment": "paper"}, "ARENA_TRADING"),
        ({"profile": "live"}, "for testnets"),
        ({"reason": " "}, "reason"),
        ({"state": replace(FLAT, positions=(VenuePosition("BTC", 1, 1, 1, "isolated"),))}, "flat"),
        ({"state": replace(FLAT, permissions=SAFE._replace(withdraw=True))}, "withdraw"),
        ({"state": replace(FLAT, permissions=SAFE._replace(trade=False))}, "may not trade"),
        ({"state": replace(FLAT, permissions=SAFE._replace(withdraw=None))}, "does not tell"),
    ],
)
def test_what_must_not_be_bound_is_refused_in_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BindingError, match=sentence):
        bind("one", **changes)
    assert not models.VenueAccount.objects.exists()


def test_an_account_is_bound_once() -> None:
    bind("one")
    with pytest.raises(BindingError, match="bound already"):
        bind("one")


def test_four_senders_at_once_send_each_order_once() -> None:
    scene = stage()
    compare_turn(scene.desk)
    orders = [scene.decide(symbol, qty=SCALE // 10) for symbol in ("BTC", "ETH", "ETH", "SOL")]

    def ring(_number: int) -> None:
        try:
            send_intents(scene.desk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ring, range(4)))
    assert len(scene.venue.submits) == len(set(scene.venue.submits))
    run(scene, 20)
    assert set(scene.venue.submits) <= set(orders)
    assert_books_are_the_venues(scene)


def test_a_switched_off_account_sends_nothing_and_its_intents_end() -> None:
    scene = stage()
    order_id = scene.decide()
    disable_venue(Turn(scene.desk.account_id, "disabled", "a trial", "ops@example.com", scene.clock()))
    assert deny_unserved(scene.clock(), lambda _feed: 180_000) == 1
    order = models.Order.objects.get(id=order_id)
    assert (order.state, order.reason) == ("denied", "venue_off")


def test_a_process_without_the_exchanges_keys_has_no_desk(settings: Any) -> None:
    settings.ARENA_ROLE = "models"
    scene: Stage = stage()
    scene.decide()
    assert desks() == []
    send_orders()
    assert models.Order.objects.get().state == "intent"


def test_a_clean_order_is_filled_whatever_was_asked_twice() -> None:
    scene = stage()
    order_id = scene.decide()
    compare_turn(scene.desk)
    for _ in range(3):
        send_intents(scene.desk)
    run(scene, 10)
    assert state_of(order_id) == "filled"
    assert scene.venue.submits == [order_id]
