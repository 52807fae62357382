"""Hyperliquid: what it answers about orders, fills, positions and money. All of it is public by address."""

from collections.abc import Callable
from typing import Any, Final

from kernel.units import SCALE, Rounding, mul_div
from trading.adapters.ccxt_live.errors import TroubleError
from trading.adapters.ccxt_live.figures import id_of, moment_of, units_of, units_or_none
from trading.adapters.ccxt_live.ids import our_id
from trading.adapters.ccxt_live.markets import Markets, markets_from
from trading.adapters.ccxt_live.reading import AHEAD_MS, Pages, Row, row_of, rows_of, side_of
from trading.adapters.ccxt_live.wire import Wire
from trading.domain.order_states import (
    ACCEPTED,
    CANCELED,
    FILLED,
    PARTIALLY_FILLED,
    REJECTED,
    TRIGGERED,
)
from trading.domain.terms import LIMIT, MARKET, STOP, TAKE_PROFIT
from trading.domain.venue import Permissions, VenueBalance, VenueFill, VenueIncome, VenueOrder, VenuePosition

_FILLS_PAGE: Final = 2_000
_ROWS_PAGE: Final = 500
_NO_WINDOW: Final = 1 << 50
_TRANSFERS: Final = frozenset({"internalTransfer", "subAccountTransfer"})


class HyperliquidBooks:
    """What can be looked at. An address stands for the account; whoever signs may be its agent."""

    def __init__(self, wire: Wire, clock: Callable[[], int], quote: str) -> None:
        self._wire, self._clock, self._quote = wire, clock, quote
        self._user = str(wire.client.walletAddress or "").lower()
        self._assets: dict[str, int] = {}

    def markets(self) -> Markets:
        """Fetch what is listed; the place in the list is the number of the asset."""
        client, answer = self._wire.client, self._wire.ask("markets", {"type": "metaAndAssetCtxs"})
        universe = rows_of(row_of(answer[0]).get("universe"))
        contexts = rows_of(answer[1])
        rows = [
            {**listed, **context, "baseId": number}
            for number, (listed, context) in enumerate(zip(universe, contexts, strict=True))
        ]
        parsed = [client.parse_market(row) for row in rows]
        markets = markets_from([row_of(each) for each in parsed if each is not None], self._quote)
        self.know(markets)
        return markets

    @property
    def client(self) -> Any:
        """The client of ccxt behind it."""
        return self._wire.client

    def know(self, markets: Markets) -> None:
        """Take a list that was fetched before."""
        self._assets = dict(markets.asset_of)

    def _asset(self, symbol: str) -> int:
        if symbol not in self._assets:
            raise TroubleError("unknown_symbol", f"{symbol} is not listed there", definite=True, sent=False)
        return self._assets[symbol]

    def _about_us(self, word: str) -> Row:
        return {"type": word, "user": self._user}

    def _since(self, word: str, start: int) -> Row:
        """Return a list's request without an end: nonces reach days, so our clock may be far behind."""
        return {**self._about_us(word), "startTime": start}

    def open_orders(self, symbols: tuple[str, ...]) -> list[VenueOrder]:  # noqa: ARG002 - one list for all
        """Fetch what rests, plain and conditional, in one list."""
        rows = rows_of(self._wire.ask("open", self._about_us("frontendOpenOrders")))
        return [self.order_from({"order": row, "status": "open"}) for row in rows]

    def order_from(self, entry: Row) -> VenueOrder:
        """Return an order with its status in our words; ``sz`` is what is left of it."""
        row = row_of(entry.get("order"))
        qty, left = units_of(row.get("origSz")), units_of(row.get("sz"))
        said = str(entry.get("status"))
        filled = qty if said == "filled" else qty - left
        return VenueOrder(
            client_order_id=our_id("hyperliquid", row.get("cloid")),
            venue_order_id=id_of(row.get("oid")),
            symbol=str(row["coin"]),
            side=side_of(row.get("side")),
            qty=qty,
            filled=filled,
            state=_state_of(said, filled),
            reduce_only=row.get("reduceOnly") is True,
            kind=_kind_of(row),
            price=None if _closes_at_market(row) else units_or_none(row.get("limitPx")),
            trigger=units_or_none(row.get("triggerPx")) if row.get("isTrigger") is True else None,
            updated_ms=moment_of(entry.get("statusTimestamp") or row.get("timestamp")),
        )

    def fills(self, symbols: tuple[str, ...], since_ms: int) -> list[VenueFill]:
        """Fetch executions of all symbols by one list."""

        def page(start: int, _end: int) -> tuple[list[Row], bool]:
            rows = rows_of(self._wire.ask("fills", self._since("userFillsByTime", start)))
            return rows, len(rows) >= _FILLS_PAGE

        rows = Pages(page, "tid", window_ms=_NO_WINDOW).read(since_ms, self._clock() + AHEAD_MS)
        return [self._fill(row) for row in rows if row.get("coin") in symbols]

    def _fill(self, row: Row) -> VenueFill:
        return VenueFill(
            trade_id=id_of(row.get("tid")),
            venue_order_id=id_of(row.get("oid")),
            client_order_id=our_id("hyperliquid", row.get("cloid")),
            symbol=str(row["coin"]),
            side=side_of(row.get("side")),
            qty=units_of(row.get("sz")),
            price=units_of(row.get("px")),
            fee=units_of(row.get("fee"), Rounding.UP),
            fee_asset=str(row.get("feeToken") or self._quote),
            maker=row.get("crossed") is False,
            executed_ms=moment_of(row.get("time")),
        )

    def _state(self) -> Row:
        return row_of(self._wire.ask("positions", self._about_us("clearinghouseState")))

    def positions(self) -> list[VenuePosition]:
        """Fetch open positions."""
        rows = [row_of(each.get("position")) for each in rows_of(self._state().get("assetPositions"))]
        return [self._position(row) for row in rows if units_of(row.get("szi"))]

    @staticmethod
    def _position(row: Row) -> VenuePosition:
        qty, leverage = units_of(row["szi"]), row_of(row.get("leverage"))
        value = units_or_none(row.get("positionValue"))
        return VenuePosition(
            symbol=str(row["coin"]),
            qty=qty,
            entry_price=units_of(row.get("entryPx")),
            leverage=int(leverage["value"]),
            margin_mode="isolated" if leverage.get("type") == "isolated" else "cross",
            mark=None if value is None else mul_div(value, SCALE, abs(qty), Rounding.DOWN),
            liquidation_price=units_or_none(row.get("liquidationPx")),
        )

    def balance(self) -> VenueBalance:
        """Fetch the account's value less open profit, and what could be withdrawn."""
        state = self._state()
        open_profit = sum(
            units_of(row_of(each.get("position")).get("unrealizedPnl"))
            for each in rows_of(state.get("assetPositions"))
        )
        value = units_of(row_of(state.get("marginSummary")).get("accountValue"))
        return VenueBalance(self._quote, value - open_profit, units_of(state.get("withdrawable")))

    def income(self, since_ms: int) -> list[VenueIncome]:
        """Fetch funding, and what came in and went out."""
        rows = self._movements("funding", "userFunding", since_ms)
        rows += self._movements("movements", "userNonFundingLedgerUpdates", since_ms)
        found = [self._income(row) for row in rows]
        return sorted((each for each in found if each is not None), key=lambda each: each.booked_ms)

    def _movements(self, name: str, word: str, since_ms: int) -> list[Row]:
        def page(start: int, _end: int) -> tuple[list[Row], bool]:
            rows = rows_of(self._wire.ask(name, self._since(word, start)))
            return [{**row, "key": _movement_key(row)} for row in rows], len(rows) >= _ROWS_PAGE

        return Pages(page, "key", window_ms=_NO_WINDOW).read(since_ms, self._clock() + AHEAD_MS)

    def _income(self, row: Row) -> VenueIncome | None:
        """Return a movement of the perpetual wallet in USDC; None for one that is none."""
        delta = row_of(row.get("delta"))
        amount = self._amount_of(delta)
        if amount is None:
            return None
        funding = delta.get("type") == "funding"
        symbol = str(delta["coin"]) if funding else ""
        kind = "funding" if funding else "transfer"
        return VenueIncome(str(row["key"]), kind, symbol, self._quote, amount, moment_of(row.get("time")))

    def _amount_of(self, delta: Row) -> int | None:
        said = str(delta.get("type"))
        if delta.get("usdc") is None:
            return None
        amount = units_of(delta["usdc"])
        paid = amount + units_of(delta.get("fee") or 0)
        if said in {"funding", "deposit"}:
            return amount
        if said == "withdraw":
            return -paid
        if said == "accountClassTransfer":
            return amount if delta.get("toPerp") is True else -amount
        if said in _TRANSFERS:
            return amount if str(delta.get("destination")).lower() == self._user else -paid
        return None

    def chosen(self, symbol: str) -> tuple[int, str] | None:
        """Fetch leverage and margin mode of a position; where none is open the venue's list does not tell."""
        held = [one for one in self.positions() if one.symbol == symbol]
        return (held[0].leverage, held[0].margin_mode) if held else None

    def permissions(self) -> Permissions:
        """Tell what follows from the key itself: an agent's may trade and nothing else, the account's all."""
        client = self._wire.client
        signer = str(client.eth_get_address_from_private_key(client.privateKey)).lower()
        owner = signer == self._user
        return Permissions(trade=None, withdraw=owner, transfer=owner, ip_restricted=False)

    def time(self) -> int:
        """Fetch the venue's clock."""
        return moment_of(row_of(self._wire.ask("time", {"type": "exchangeStatus"})).get("time"))

    def fees(self, symbol: str) -> tuple[int, int] | None:  # noqa: ARG002 - one fee for all
        """Fetch the account's own fees."""
        row = row_of(self._wire.ask("fees", self._about_us("userFees")))
        return (
            units_of(row.get("userCrossRate"), Rounding.UP),
            units_of(row.get("userAddRate"), Rounding.UP),
        )


def _state_of(said: str, filled: int) -> str:
    if said == "open":
        return PARTIALLY_FILLED if filled else ACCEPTED
    if said in {"filled", "triggered"}:
        return FILLED if said == "filled" else TRIGGERED
    return REJECTED if said.endswith(("ejected",)) else CANCELED


def _closes_at_market(row: Row) -> bool:
    """Tell whether the limit shown is only how far a market order may slip."""
    return "Market" in str(row.get("orderType"))


def _kind_of(row: Row) -> str:
    said = str(row.get("orderType") or "")
    if row.get("isTrigger") is True or said.startswith(("Stop", "Take")):
        return TAKE_PROFIT if said.startswith("Take") else STOP
    return MARKET if said == "Market" else LIMIT


def _movement_key(row: Row) -> str:
    """Return what tells a movement apart: a payment of funding has no hash of its own."""
    delta = row_of(row.get("delta"))
    parts: list[Any] = [delta.get("type"), delta.get("coin") or row.get("hash"), row.get("time")]
    return ":".join(str(part) for part in parts)
