"""Reads of spot wallets as frozen values: balances, worth, history."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from accounts.selectors.wallets import (
    Movement,
    WalletHead,
    asset_balances,
    money_moved,
    movements,
    wallet_head,
)
from kernel.ids import derive_id
from trading.domain.spot import WALLET_ASSETS, SpotPrice, SpotPrices, SpotQuote, value_in_usdt
from trading.models import SpotTrade

ENTRY: Final = "wallet:"
"""What a reference of a wallet's entry begins with; its id follows."""

TYPES: Final = {"deposit": "DEPOSIT", "withdraw": "WITHDRAW", "spot": "TRADE"}
"""Kind of entry -> type of transaction."""
_FIELDS: Final = (
    "kind",
    "from_asset",
    "to_asset",
    "amount",
    "quantity",
    "fee",
    "source",
    "market_ms",
)


@dataclass(frozen=True, slots=True)
class AssetView:
    """One asset of a wallet. ``price`` and ``value`` are USDT, None where there is no price."""

    asset: str
    balance: int
    locked: int
    available: int
    price: int | None
    value: int | None
    deposited: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class WalletView:
    """A wallet at the newest prices; ``total_value`` is None where something held has no price.

    Deposited and withdrawn totals are USDT, other assets at today's prices.
    """

    id: str
    name: str
    created_ms: int
    assets: tuple[AssetView, ...]
    total_value: int | None
    available_value: int | None
    locked_value: int | None
    total_deposited: int | None
    total_withdrawn: int | None
    price_source: str
    price_ms: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """One line of a wallet's history.

    ``type`` is 'DEPOSIT' or 'WITHDRAW' (``amount`` of ``from_asset``, which is ``to_asset`` too), or 'TRADE':
    ``amount`` of ``from_asset`` given for ``quantity`` of ``to_asset``, after ``fee`` in ``to_asset``.
    """

    id: str
    type: str
    kind: str
    from_asset: str
    to_asset: str
    amount: int
    quantity: int
    fee: int
    source: str
    market_ms: int
    cursor: int


def wallet_entry_id(account_id: str, key: str) -> str:
    """Return the id of what an account asked for under an idempotency key, whatever it asked for."""
    return derive_id("wallet-entry", account_id, key)


def spot_trade(trade_id: str) -> SpotQuote | None:
    """Return a booked trade; None if there is none."""
    row = SpotTrade.objects.filter(id=trade_id).values_list(*_FIELDS).first()
    return SpotQuote(*row) if row else None


def find_wallet(name_or_id: str) -> WalletHead | None:
    """Return the account of this id, or the wallet of this name."""
    return wallet_head(name_or_id)


def wallet(head: WalletHead, prices: SpotPrices | None) -> WalletView:
    """Return a wallet valued at these prices; without prices only USDT has a worth."""
    known: Mapping[str, SpotPrice] = prices.prices if prices else {}
    balances = asset_balances(head.id)
    came, went = money_moved(head.id, "deposit"), money_moved(head.id, "withdraw")
    names = [*WALLET_ASSETS, *(asset for asset in balances if asset not in WALLET_ASSETS)]
    assets = []
    for asset in names:
        held = balances.get(asset)
        free, locked = (held.available, held.reserved) if held else (0, 0)
        price = value_in_usdt(asset, 10**8, known)
        worth = value_in_usdt(asset, free + locked, known)
        moved = (came.get(asset, 0), went.get(asset, 0))
        assets.append(AssetView(asset, free + locked, locked, free, price, worth, *moved))
    return WalletView(
        id=head.id,
        name=head.name,
        created_ms=head.created_ms,
        assets=tuple(assets),
        total_value=_worth({view.asset: view.balance for view in assets}, known),
        available_value=_worth({view.asset: view.available for view in assets}, known),
        locked_value=_worth({view.asset: view.locked for view in assets}, known),
        total_deposited=_worth(came, known),
        total_withdrawn=_worth(went, known),
        price_source=prices.source if prices else "",
        price_ms=prices.market_ms if prices else 0,
    )


def _worth(amounts: Mapping[str, int], prices: Mapping[str, SpotPrice]) -> int | None:
    values = [value_in_usdt(asset, amount, prices) for asset, amount in amounts.items()]
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def transactions(account_id: str, *, before: int | None = None, limit: int = 50) -> tuple[Transaction, ...]:
    """Return a wallet's history, newest first (a keyset page: pass the last ``cursor`` as ``before``)."""
    moves = movements(account_id, tuple(TYPES), before=before, limit=limit)
    trades = _trades([move.reference.removeprefix(ENTRY) for move in moves if move.kind == "spot"])
    return tuple(_transaction(move, trades) for move in moves)


def _trades(ids: Collection[str]) -> dict[str, SpotQuote]:
    rows = SpotTrade.objects.filter(id__in=ids).values_list("id", *_FIELDS)
    return {key: SpotQuote(*rest) for key, *rest in rows}


def _transaction(move: Movement, trades: Mapping[str, SpotQuote]) -> Transaction:
    key = move.reference.removeprefix(ENTRY)
    trade = trades.get(key)
    if trade is not None:
        sides = (trade.from_asset, trade.to_asset, trade.amount, trade.quantity, trade.fee)
        return Transaction(key, "TRADE", trade.kind, *sides, trade.source, move.market_ms, move.cursor)
    asset, amount = move.amounts[0]
    size = abs(amount)
    kind = TYPES[move.kind]
    return Transaction(key, kind, move.kind, asset, asset, size, size, 0, "", move.market_ms, move.cursor)
