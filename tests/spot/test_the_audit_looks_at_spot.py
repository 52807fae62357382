"""Trades and entries of spot are held against each other, and what was changed is named."""

from collections.abc import Callable

import pytest
from django.db import transaction

from accounts.services import record_entries
from kernel.units import SCALE
from trading.domain.spot import SpotPrice, SpotPrices, SpotQuote, SpotRequest, spot_entry
from trading.models import SpotTrade
from trading.selectors.spot_audit import spot_trades_are_booked
from trading.services.spot import Traded, open_wallet, trade_spot

pytestmark = pytest.mark.django_db

PRICES = SpotPrices("test", 1_000, 0, 60_000, {"BTC": SpotPrice(50_000 * SCALE, 20_000)})


def traded() -> Traded:
    """Buy and return the trade."""
    wish = SpotRequest("buy", "USDT", "BTC", amount=100 * SCALE)
    done = trade_spot(open_wallet("Ann", market_ms=0).id, wish, PRICES, key="k")
    assert isinstance(done, Traded)
    return done


def test_what_was_booked_holds() -> None:
    assert spot_trades_are_booked() is None
    traded()
    assert spot_trades_are_booked() is None


def test_a_changed_trade_is_named(drop_triggers: Callable[[], None]) -> None:
    done = traded()
    drop_triggers()
    SpotTrade.objects.filter(id=done.id).update(quantity=done.quote.quantity + 1)
    assert spot_trades_are_booked() == f"spot trade {done.id} is not booked as it says"


def test_an_entry_without_its_trade_is_named() -> None:
    account = open_wallet("Ann", market_ms=0).id
    quote = SpotQuote("buy", "USDT", "BTC", SCALE, 5, 1, "nobody", 0)
    with transaction.atomic():
        record_entries([spot_entry(account, quote, "wallet:made-up")])
    assert spot_trades_are_booked() == "entry wallet:made-up is of a spot trade that is not there"
