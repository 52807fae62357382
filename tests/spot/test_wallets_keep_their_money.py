"""Wallets in the books: conservation asset by asset, one booking for each key, refusals that book nothing."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.selectors import check_ledger, trial_balance
from accounts.selectors.wallets import WalletHead, asset_balances
from accounts.services import AccountDraft, open_accounts, reserve
from kernel.units import SCALE
from trading.domain.spot import WALLET_ASSETS, Refusal, SpotPrice, SpotPrices, SpotRequest
from trading.models import SpotTrade
from trading.selectors.spot import find_wallet, transactions, wallet
from trading.services.spot import Moved, Traded, deposit_money, open_wallet, trade_spot, withdraw_money

pytestmark = pytest.mark.django_db

MARKS = {"BTC": 50_000, "ETH": 2_000, "BNB": 500, "SOL": 100}


def prices(**changes: int) -> SpotPrices:
    """Return prices of one moment, in whole USDT."""
    marks = MARKS | changes
    return SpotPrices("test", 1_000, 0, 60_000, {a: SpotPrice(m * SCALE, 20_000) for a, m in marks.items()})


def buy(amount: int, asset: str = "BTC") -> SpotRequest:
    """Return a purchase for so many whole USDT."""
    return SpotRequest("buy", "USDT", asset, amount=amount * SCALE)


def test_a_wallet_opens_once_with_ten_thousand_usdt_and_shows_five_assets() -> None:
    head = open_wallet("Ann", market_ms=5)
    assert open_wallet("Ann", market_ms=9) == head
    assert find_wallet("Ann") == find_wallet(head.id) == head
    view = wallet(head, prices())
    assert [row.asset for row in view.assets] == list(WALLET_ASSETS)
    assert (view.total_value, view.total_deposited, view.total_withdrawn) == (
        10_000 * SCALE,
        10_000 * SCALE,
        0,
    )
    assert [row.price for row in view.assets][:2] == [SCALE, 50_000 * SCALE]
    assert check_ledger() is None


def test_a_trade_is_in_the_history_with_from_to_amount_and_quantity() -> None:
    head = open_wallet("Ann", market_ms=0)
    done = trade_spot(head.id, buy(1_000), prices(), key="1")
    assert isinstance(done, Traded)
    withdraw_money(head.id, "USDT", 500 * SCALE, key="2", market_ms=7)
    newest, trade, opening = transactions(head.id)
    assert (newest.type, newest.from_asset, newest.amount) == ("WITHDRAW", "USDT", 500 * SCALE)
    assert (trade.type, trade.from_asset, trade.to_asset) == ("TRADE", "USDT", "BTC")
    assert (trade.amount, trade.quantity) == (1_000 * SCALE, done.quote.quantity)
    assert (trade.source, trade.id) == ("test", done.id)
    assert (opening.type, opening.amount) == ("DEPOSIT", 10_000 * SCALE)
    paged = transactions(head.id, limit=1) + transactions(head.id, before=newest.cursor, limit=1)
    assert paged + transactions(head.id, before=paged[1].cursor) == (newest, trade, opening)


def test_one_key_books_once_and_another_request_under_it_is_refused() -> None:
    head = open_wallet("Ann", market_ms=0)
    first = trade_spot(head.id, buy(1_000), prices(), key="k")
    again = trade_spot(head.id, buy(1_000), prices(BTC=60_000), key="k")
    assert isinstance(first, Traded)
    assert again == first._replace(is_repeat=True)
    assert trade_spot(head.id, buy(1_000), None, key="k") == again
    assert trade_spot(head.id, buy(1_001), prices(), key="k") == Refusal("key_reused")
    assert trade_spot(head.id, buy(1_000, "ETH"), prices(), key="k") == Refusal("key_reused")
    assert deposit_money(head.id, "USDT", SCALE, key="k", market_ms=0) == Refusal("key_reused")
    moved = deposit_money(head.id, "USDT", SCALE, key="d", market_ms=0)
    assert isinstance(moved, Moved)
    assert deposit_money(head.id, "USDT", SCALE, key="d", market_ms=9) == moved._replace(is_repeat=True)
    assert withdraw_money(head.id, "USDT", SCALE, key="d", market_ms=9) == Refusal("key_reused")
    assert trade_spot(head.id, buy(1_000), prices(), key="d") == Refusal("key_reused")
    assert SpotTrade.objects.count() == 1
    assert check_ledger() is None


def test_a_refusal_books_nothing_and_leaves_its_key_free() -> None:
    head = open_wallet("Ann", market_ms=0)
    before = asset_balances(head.id)
    assert trade_spot(head.id, buy(10_001), prices(), key="k") == Refusal("not_enough_money", "USDT")
    sale = SpotRequest("sell", "BTC", "USDT", amount=SCALE)
    assert trade_spot(head.id, sale, prices(), key="k") == Refusal("not_enough_money", "BTC")
    assert trade_spot(head.id, buy(100), None, key="k") == Refusal("no_price", "BTC")
    assert withdraw_money(head.id, "USDT", 10_001 * SCALE, key="k", market_ms=0) == Refusal(
        "not_enough_money", "USDT"
    )
    assert deposit_money(head.id, "DOGE", SCALE, key="k", market_ms=0) == Refusal("unknown_asset", "DOGE")
    assert deposit_money(head.id, "USDT", 0, key="k", market_ms=0) == Refusal("not_positive")
    assert deposit_money(head.id, "USDT", 10**18, key="k", market_ms=0) == Refusal("out_of_range", "", 10**18)
    assert trade_spot("f" * 32, buy(100), prices(), key="k") == Refusal("unknown_wallet", "f" * 32)
    assert asset_balances(head.id) == before
    assert isinstance(trade_spot(head.id, buy(100), prices(), key="k"), Traded)


def test_locked_money_can_neither_be_spent_nor_withdrawn() -> None:
    head = open_wallet("Ann", market_ms=0)
    reserve(head.id, 9_950 * SCALE, reference="margin", market_ms=0)
    assert trade_spot(head.id, buy(51), prices(), key="k") == Refusal("not_enough_money", "USDT")
    assert isinstance(withdraw_money(head.id, "USDT", 51 * SCALE, key="w", market_ms=0), Refusal)
    view = wallet(head, prices())
    assert (view.locked_value, view.available_value) == (9_950 * SCALE, 50 * SCALE)


def test_a_contestants_money_is_moved_by_its_decisions_alone() -> None:
    open_accounts([AccountDraft("c" * 32, "Momentum", "contestant", None, 0)])
    refusal = Refusal("not_a_wallet", "Momentum")
    assert trade_spot("c" * 32, buy(100), prices(), key="k") == refusal
    assert deposit_money("c" * 32, "USDT", SCALE, key="k", market_ms=0) == refusal
    assert find_wallet("Momentum") is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("trade", "trade", "trade", "deposit", "withdraw")),
        st.permutations(WALLET_ASSETS),
        st.integers(-5, 20_000),
        st.booleans(),
        st.integers(0, 6),
    ),
    max_size=15,
)


NAMES = (f"person {number}" for number in count())


def usdt_of(account_id: str) -> int:
    """Return what a wallet is worth at the standing prices."""
    worth = wallet(WalletHead(account_id, "", "paper", None, 0), prices()).total_value
    assert worth is not None
    return worth


def house(*codes: str) -> dict[str, int]:
    """Return asset -> what these columns of the house hold."""
    sums: dict[str, int] = {}
    for line in trial_balance():
        sums[line.asset] = sums.get(line.asset, 0) + line.balance * (line.code in codes)
    return sums


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_no_sequence_makes_or_loses_a_unit(steps: list[tuple[str, list[str], int, bool, int]]) -> None:
    people = [open_wallet(next(NAMES), market_ms=0).id for _ in range(2)]
    before = house("spot", "fees")
    came = [dict.fromkeys(WALLET_ASSETS, 0) | {"USDT": 10_000 * SCALE} for _ in people]
    for index, (what, assets, size, by_quantity, whose) in enumerate(steps):
        who, amount = whose % 2, size * SCALE // (1 if assets[0] == "USDT" else 1_000)
        if what == "trade":
            kind = "buy" if assets[0] == "USDT" else "sell" if assets[1] == "USDT" else "convert"
            wish = {"quantity": amount} if by_quantity else {"amount": amount}
            trade_spot(people[who], SpotRequest(kind, assets[0], assets[1], **wish), prices(), key=str(index))
            continue
        write = deposit_money if what == "deposit" else withdraw_money
        if isinstance(write(people[who], assets[0], amount, key=str(index), market_ms=0), Moved):
            came[who][assets[0]] += amount if what == "deposit" else -amount
    assert check_ledger() is None
    after = house("spot", "fees")
    for asset in WALLET_ASSETS:
        held = sum(balances[asset].total for who in people if asset in (balances := asset_balances(who)))
        gone = after.get(asset, 0) - before.get(asset, 0)
        assert held + gone == sum(money[asset] for money in came), asset
    for account, money in zip(people, came, strict=True):
        most = sum(amount * MARKS.get(asset, 1) for asset, amount in money.items())
        assert usdt_of(account) <= most, "trading at standing prices earned something"
