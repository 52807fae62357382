"""The same request under the same key from several connections at once: one trade, one answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.selectors import check_ledger
from accounts.selectors.wallets import asset_balances
from kernel.units import SCALE
from trading.domain.spot import Refusal, SpotPrice, SpotPrices, SpotRequest
from trading.models import SpotTrade
from trading.services.spot import Traded, open_wallet, trade_spot

pytestmark = pytest.mark.django_db(transaction=True)

PRICES = SpotPrices("test", 1_000, 0, 60_000, {"BTC": SpotPrice(50_000 * SCALE, 20_000)})
AT_ONCE = 8


def buy(account_id: str, usdt: int, key: str) -> Traded | Refusal:
    """Buy on a connection of this thread's own."""
    try:
        return trade_spot(account_id, SpotRequest("buy", "USDT", "BTC", usdt * SCALE), PRICES, key=key)
    finally:
        connection.close()


def test_one_key_is_booked_once_however_many_ask() -> None:
    account = open_wallet("Ann", market_ms=0).id
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: buy(account, 1_000, "same"), range(AT_ONCE)))
    assert all(isinstance(answer, Traded) for answer in answers)
    assert len({answer.id for answer in answers if isinstance(answer, Traded)}) == 1
    assert sum(not answer.is_repeat for answer in answers if isinstance(answer, Traded)) == 1
    assert SpotTrade.objects.count() == 1
    assert asset_balances(account)["USDT"].available == 9_000 * SCALE
    assert check_ledger() is None


def test_money_is_not_spent_twice_by_two_keys() -> None:
    account = open_wallet("Ann", market_ms=0).id
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda n: buy(account, 3_000, f"key {n}"), range(AT_ONCE)))
    assert sum(isinstance(answer, Traded) for answer in answers) == 3
    assert answers.count(Refusal("not_enough_money", "USDT")) == AT_ONCE - 3
    assert asset_balances(account)["USDT"].available == 1_000 * SCALE
    assert check_ledger() is None
