"""Spot on paper: what a purchase, sale or conversion gives and takes (docs/algorithms/wallet.md).

One trade crosses half a spread on each side it prices and pays one taker fee, out of what is received. What
is paid is rounded up and what is received down: no sequence of trades at standing prices earns a unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from accounts.domain.ledger import AVAILABLE, HOUSE, USDT, EntryDraft, Line
from kernel.units import MAX_UNITS, SCALE, Rounding, mul_div

BUY: Final = "buy"
SELL: Final = "sell"
CONVERT: Final = "convert"
KINDS: Final = (BUY, SELL, CONVERT)

WALLET_ASSETS: Final = (USDT, "BTC", "ETH", "BNB", "SOL")
"""What every wallet shows, held or not."""
OPENING_USDT: Final = 10_000 * SCALE
"""What a wallet opens with."""
TAKER_FEE: Final = SCALE // 1000
"""0.1 %, as venues charge for spot."""
MINIMUM_USDT: Final = 5 * SCALE
"""The least value of a trade."""

REFUSALS: Final = frozenset(
    {
        "unknown_asset",
        "same_asset",
        "wrong_side",
        "one_amount",
        "not_positive",
        "out_of_range",
        "below_minimum_value",
        "nothing_received",
        "not_enough_money",
        "no_price",
        "stale_price",
        "unknown_wallet",
        "not_a_wallet",
        "key_reused",
    }
)
"""Why a wallet refuses: a closed list, each with a sentence in ``interfaces``."""


class Refusal(NamedTuple):
    """A refusal as a value; nothing was booked. ``asset`` and ``limit`` (units or ms) fill the sentence."""

    code: str
    asset: str = ""
    limit: int = 0


class SpotPrice(NamedTuple):
    """One asset's price in USDT and its full bid-ask spread as a ratio of the price."""

    mark: int
    spread: int

    @property
    def bid(self) -> int:
        """What a seller gets, rounded down."""
        return self.mark - mul_div(self.mark, self.spread, 2 * SCALE, Rounding.UP)

    @property
    def ask(self) -> int:
        """What a buyer pays, rounded up."""
        return self.mark + mul_div(self.mark, self.spread, 2 * SCALE, Rounding.UP)


@dataclass(frozen=True, slots=True)
class SpotPrices:
    """Prices of one moment. ``source`` says whose they are; ``age_ms`` how old when asked for."""

    source: str
    market_ms: int
    age_ms: int
    max_age_ms: int
    prices: Mapping[str, SpotPrice]


class SpotRequest(NamedTuple):
    """What is wanted: either how much is given (``amount``) or how much received (``quantity``), in units."""

    kind: str
    from_asset: str
    to_asset: str
    amount: int | None = None
    quantity: int | None = None


class SpotQuote(NamedTuple):
    """What a trade gives and takes. ``quantity`` is after the fee, which is paid in ``to_asset``."""

    kind: str
    from_asset: str
    to_asset: str
    amount: int
    quantity: int
    fee: int
    source: str
    market_ms: int


def quote_spot(request: SpotRequest, prices: SpotPrices, fee: int = TAKER_FEE) -> SpotQuote | Refusal:
    """Return what a request comes to at these prices, or why it is refused. ``fee`` is a ratio below 1."""
    problem = _wrong_form(request) or _without_price(request, prices)
    if problem is not None:
        return problem
    bid = _one_side(request.from_asset, prices, "bid")
    ask = _one_side(request.to_asset, prices, "ask")
    if request.amount is not None:
        amount = request.amount
        gross = mul_div(amount, bid, ask, Rounding.DOWN)
        cost = mul_div(gross, fee, SCALE, Rounding.UP)
    else:
        quantity = request.quantity or 0
        gross = mul_div(quantity, SCALE, SCALE - fee, Rounding.UP)
        cost = gross - quantity
        amount = mul_div(gross, ask, bid, Rounding.UP)
    return _checked(request, prices, (amount, gross - cost, cost))


def _wrong_form(request: SpotRequest) -> Refusal | None:
    if request.from_asset == request.to_asset:
        return Refusal("same_asset", request.to_asset)
    sides = {BUY: request.from_asset == USDT, SELL: request.to_asset == USDT}
    if request.kind not in KINDS or not sides.get(request.kind, True):
        return Refusal("wrong_side", request.kind)
    given = [value for value in (request.amount, request.quantity) if value is not None]
    if len(given) != 1:
        return Refusal("one_amount")
    if given[0] <= 0:
        return Refusal("not_positive")
    return Refusal("out_of_range", "", MAX_UNITS) if given[0] > MAX_UNITS else None


def _without_price(request: SpotRequest, prices: SpotPrices) -> Refusal | None:
    for asset in (request.from_asset, request.to_asset):
        if asset != USDT and asset not in prices.prices:
            return Refusal("no_price" if asset in WALLET_ASSETS else "unknown_asset", asset)
    if not 0 <= prices.age_ms <= prices.max_age_ms:
        return Refusal("stale_price", "", prices.max_age_ms)
    bids = [_one_side(asset, prices, "bid") for asset in (request.from_asset, request.to_asset)]
    return Refusal("no_price", request.from_asset) if min(bids) <= 0 else None


def _one_side(asset: str, prices: SpotPrices, side: str) -> int:
    if asset == USDT:
        return SCALE
    price = prices.prices[asset]
    return price.bid if side == "bid" else price.ask


def _checked(request: SpotRequest, prices: SpotPrices, sums: tuple[int, int, int]) -> SpotQuote | Refusal:
    amount, quantity, fee = sums
    if max(sums) > MAX_UNITS:
        return Refusal("out_of_range", "", MAX_UNITS)
    if mul_div(amount, _one_side(request.from_asset, prices, "bid"), SCALE, Rounding.DOWN) < MINIMUM_USDT:
        return Refusal("below_minimum_value", USDT, MINIMUM_USDT)
    if quantity <= 0:
        return Refusal("nothing_received", request.to_asset)
    head = (request.kind, request.from_asset, request.to_asset)
    return SpotQuote(*head, amount, quantity, fee, prices.source, prices.market_ms)


def spot_entry(account_id: str, quote: SpotQuote, reference: str) -> EntryDraft:
    """Return the entry of a trade: each asset balances by itself through the house's column 'spot'."""
    given, taken = quote.from_asset, quote.to_asset
    lines = [
        Line(account_id, AVAILABLE, given, -quote.amount),
        Line(HOUSE, "spot", given, quote.amount),
        Line(HOUSE, "spot", taken, -(quote.quantity + quote.fee)),
        Line(account_id, AVAILABLE, taken, quote.quantity),
    ]
    if quote.fee:
        lines.append(Line(HOUSE, "fees", taken, quote.fee))
    return EntryDraft(reference, "spot", quote.market_ms, tuple(lines))


def value_in_usdt(asset: str, amount: int, prices: Mapping[str, SpotPrice]) -> int | None:
    """Return what an amount is worth at the mark, rounded down; None without a price."""
    if asset == USDT or amount == 0:
        return amount
    price = prices.get(asset)
    return mul_div(amount, price.mark, SCALE, Rounding.DOWN) if price else None
