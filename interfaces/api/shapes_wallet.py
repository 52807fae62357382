"""JSON forms of wallets, their history, and what was booked in them. All of it is paper money."""

from typing import Any, Final

from interfaces.api.shape import (
    COUNT,
    MOMENT,
    MONEY,
    PRICE,
    TEXT,
    Computed,
    Kind,
    Shape,
    choice,
    many,
    optional,
)
from kernel.units import format_units
from trading.selectors.spot import AssetView, Transaction, WalletView
from trading.services.spot import Moved, Traded

AMOUNT: Final = Kind({"type": "string", "format": "decimal", "description": "Whole units."}, format_units)


def _of_quote(name: str, kind: Kind) -> Computed:
    def read(done: Traded) -> Any:
        return getattr(done.quote, name)

    return Computed(kind, read)


ASSET: Final = Shape(
    "WalletAsset",
    AssetView,
    "One asset of a wallet.",
    asset=TEXT,
    balance=AMOUNT,
    locked=AMOUNT,
    available=AMOUNT,
    price=optional(PRICE),
    value=optional(MONEY),
    deposited=AMOUNT,
    withdrawn=AMOUNT,
)

WALLET: Final = Shape(
    "Wallet",
    WalletView,
    "A paper wallet valued in USDT at the newest prices; null where something held has no price.",
    id=TEXT,
    name=TEXT,
    created_ms=MOMENT,
    assets=many(ASSET.kind),
    total_value=optional(MONEY),
    available_value=optional(MONEY),
    locked_value=optional(MONEY),
    total_deposited=optional(MONEY),
    total_withdrawn=optional(MONEY),
    price_source=TEXT.note("Whose prices; empty where there are none."),
    price_ms=MOMENT,
)

TRANSACTION: Final = Shape(
    "WalletTransaction",
    Transaction,
    "One line of a wallet's history. A TRADE gave amount of from_asset for quantity of to_asset.",
    id=TEXT,
    type=choice("DEPOSIT", "WITHDRAW", "TRADE"),
    kind=choice("deposit", "withdraw", "buy", "sell", "convert"),
    from_asset=TEXT,
    to_asset=TEXT,
    amount=AMOUNT,
    quantity=AMOUNT,
    fee=AMOUNT,
    source=TEXT.note("Whose prices a trade was made at."),
    market_ms=MOMENT,
    cursor=COUNT.note("Pass it as ``before`` for older ones."),
)

MOVED: Final = Shape(
    "WalletMove",
    Moved,
    "A deposit or withdrawal as booked.",
    id=TEXT,
    kind=choice("deposit", "withdraw"),
    asset=TEXT,
    amount=AMOUNT,
    leave_out=("is_repeat",),
    status=Computed(choice("COMPLETED"), lambda _done: "COMPLETED"),
)

TRADED: Final = Shape(
    "WalletTrade",
    Traded,
    "A spot trade as booked: the answer to the same key is always the same.",
    id=TEXT,
    leave_out=("is_repeat", "quote"),
    type=Computed(choice("TRADE"), lambda _done: "TRADE"),
    kind=_of_quote("kind", choice("buy", "sell", "convert")),
    from_asset=_of_quote("from_asset", TEXT),
    to_asset=_of_quote("to_asset", TEXT),
    amount=_of_quote("amount", AMOUNT),
    quantity=_of_quote("quantity", AMOUNT),
    fee=_of_quote("fee", AMOUNT),
    source=_of_quote("source", TEXT),
    market_ms=_of_quote("market_ms", MOMENT),
)
