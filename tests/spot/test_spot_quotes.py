"""What a spot trade gives and takes: rounded against who trades, refused in a typed way, never a gain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.units import MAX_UNITS, SCALE
from trading.domain.spot import (
    MINIMUM_USDT,
    REFUSALS,
    Refusal,
    SpotPrice,
    SpotPrices,
    SpotQuote,
    SpotRequest,
    quote_spot,
    spot_entry,
)

ASSETS = ("USDT", "BTC", "ETH", "SOL")


def prices_of(age_ms: int = 0, **marks: int) -> SpotPrices:
    """Return prices with a spread of 0.02 %; marks in whole USDT."""
    known = {asset: SpotPrice(mark * SCALE, 20_000) for asset, mark in marks.items()}
    return SpotPrices("test", 1_000, age_ms, 60_000, known)


PRICES = prices_of(BTC=50_000, ETH=2_000, SOL=100)


@st.composite
def any_prices(draw: st.DrawFn) -> SpotPrices:
    mark = st.integers(1_000, 10**13)
    spread = st.integers(0, SCALE // 10)
    known = {asset: SpotPrice(draw(mark), draw(spread)) for asset in ASSETS[1:]}
    return SpotPrices("test", 1_000, 0, 1, known)


def kind_of(given_asset: str, taken: str) -> str:
    """Return the name of a trade between two assets."""
    return "buy" if given_asset == "USDT" else "sell" if taken == "USDT" else "convert"


def test_a_purchase_pays_half_the_spread_and_the_fee_out_of_what_it_gets() -> None:
    quote = quote_spot(SpotRequest("buy", "USDT", "BTC", amount=1_000 * SCALE), PRICES)
    # 1,000 / 50,005 is 0.01999800019998...; 0.1 % of it, rounded up, is the fee.
    assert quote == SpotQuote("buy", "USDT", "BTC", 1_000 * SCALE, 1_997_800, 2_000, "test", 1_000)


def test_a_sale_gets_half_the_spread_less() -> None:
    quote = quote_spot(SpotRequest("sell", "BTC", "USDT", amount=SCALE), PRICES)
    assert isinstance(quote, SpotQuote)
    assert (quote.quantity, quote.fee) == (49_995 * SCALE * 999 // 1000, 49_995 * SCALE // 1000)


def test_a_wanted_quantity_is_received_to_the_unit() -> None:
    quote = quote_spot(SpotRequest("buy", "USDT", "ETH", quantity=SCALE), PRICES)
    assert isinstance(quote, SpotQuote)
    assert quote.quantity == SCALE
    assert quote.amount >= 2_000 * SCALE


@given(
    prices=any_prices(),
    sides=st.permutations(ASSETS),
    amount=st.integers(1, 10**15),
    by_quantity=st.booleans(),
)
def test_a_round_trip_never_earns(
    prices: SpotPrices, sides: list[str], amount: int, *, by_quantity: bool
) -> None:
    given_asset, taken = sides[:2]
    wish = {"quantity": amount} if by_quantity else {"amount": amount}
    there = quote_spot(SpotRequest(kind_of(given_asset, taken), given_asset, taken, **wish), prices)
    if isinstance(there, Refusal):
        assert there.code in REFUSALS
        return
    assert there.amount > 0
    assert there.quantity > 0
    assert there.fee >= 0
    back = quote_spot(
        SpotRequest(kind_of(taken, given_asset), taken, given_asset, amount=there.quantity), prices
    )
    if isinstance(back, SpotQuote):
        assert back.quantity < there.amount


@given(prices=any_prices(), sides=st.permutations(ASSETS), quantity=st.integers(1, 10**15))
def test_asking_for_a_quantity_costs_no_less_than_giving_its_price(
    prices: SpotPrices, sides: list[str], quantity: int
) -> None:
    kind = kind_of(sides[0], sides[1])
    wanted = quote_spot(SpotRequest(kind, sides[0], sides[1], quantity=quantity), prices)
    if isinstance(wanted, SpotQuote):
        assert wanted.quantity == quantity
        cheaper = quote_spot(SpotRequest(kind, sides[0], sides[1], amount=wanted.amount - 1), prices)
        assert isinstance(cheaper, Refusal) or cheaper.quantity <= quantity


@given(prices=any_prices(), sides=st.permutations(ASSETS), amount=st.integers(1, 10**15))
def test_every_asset_of_an_entry_balances(prices: SpotPrices, sides: list[str], amount: int) -> None:
    kind = kind_of(sides[0], sides[1])
    quote = quote_spot(SpotRequest(kind, sides[0], sides[1], amount=amount), prices)
    if isinstance(quote, SpotQuote):
        sums: dict[str, int] = {}
        for line in spot_entry("a" * 32, quote, "wallet:1").lines:
            sums[line.asset] = sums.get(line.asset, 0) + line.amount
        assert set(sums.values()) == {0}


@pytest.mark.parametrize(
    ("request_", "prices", "code"),
    [
        (SpotRequest("buy", "USDT", "DOGE", amount=SCALE), PRICES, "unknown_asset"),
        (SpotRequest("buy", "USDT", "BNB", amount=SCALE), PRICES, "no_price"),
        (SpotRequest("buy", "USDT", "USDT", amount=SCALE), PRICES, "same_asset"),
        (SpotRequest("convert", "BTC", "BTC", amount=SCALE), PRICES, "same_asset"),
        (SpotRequest("buy", "BTC", "ETH", amount=SCALE), PRICES, "wrong_side"),
        (SpotRequest("sell", "USDT", "BTC", amount=SCALE), PRICES, "wrong_side"),
        (SpotRequest("short", "USDT", "BTC", amount=SCALE), PRICES, "wrong_side"),
        (SpotRequest("buy", "USDT", "BTC"), PRICES, "one_amount"),
        (SpotRequest("buy", "USDT", "BTC", 5, 5), PRICES, "one_amount"),
        (SpotRequest("buy", "USDT", "BTC", amount=0), PRICES, "not_positive"),
        (SpotRequest("buy", "USDT", "BTC", amount=-SCALE), PRICES, "not_positive"),
        (SpotRequest("buy", "USDT", "BTC", quantity=-1), PRICES, "not_positive"),
        (SpotRequest("buy", "USDT", "BTC", amount=MAX_UNITS + 1), PRICES, "out_of_range"),
        (SpotRequest("buy", "USDT", "BTC", quantity=MAX_UNITS), PRICES, "out_of_range"),
        (SpotRequest("sell", "BTC", "USDT", amount=MAX_UNITS), PRICES, "out_of_range"),
        (SpotRequest("buy", "USDT", "BTC", amount=MINIMUM_USDT - 1), PRICES, "below_minimum_value"),
        (SpotRequest("buy", "USDT", "BTC", amount=SCALE * 100), prices_of(60_001, BTC=5), "stale_price"),
        (SpotRequest("buy", "USDT", "BTC", amount=SCALE * 100), prices_of(-1, BTC=5), "stale_price"),
        (SpotRequest("buy", "USDT", "BTC", amount=SCALE * 100), prices_of(BTC=0), "no_price"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(request_: SpotRequest, prices: SpotPrices, code: str) -> None:
    refusal = quote_spot(request_, prices)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert code in REFUSALS
