"""WEEX contracts: what it answers about orders, fills, positions and money."""

from collections.abc import Callable
from typing import Any, Final

from kernel.units import SCALE, Rounding, mul_div
from trading.adapters.ccxt_live.codes import WEEX, Words
from trading.adapters.ccxt_live.errors import TroubleError, check_fields
from trading.adapters.ccxt_live.figures import UnreadableError, id_of, moment_of, units_of, units_or_none
from trading.adapters.ccxt_live.fill_rows import fill_from
from trading.adapters.ccxt_live.ids import our_id
from trading.adapters.ccxt_live.markets import Markets, markets_from
from trading.adapters.ccxt_live.reading import AHEAD_MS, Pages, Row, row_of, rows_of, side_of, state_of
from trading.adapters.ccxt_live.wire import Wire
from trading.domain.order_states import (
    ACCEPTED,
    CANCELED,
    EXPIRED,
    FILLED,
    PARTIALLY_FILLED,
    REJECTED,
    TRIGGERED,
)
from trading.domain.terms import LIMIT, MARKET, STOP, TAKE_PROFIT
from trading.domain.venue import Permissions, VenueBalance, VenueFill, VenueIncome, VenueOrder, VenuePosition

_STATES: Final = {
    "NEW": ACCEPTED,
    "OPEN": ACCEPTED,
    "PENDING": ACCEPTED,
    "UNTRIGGERED": ACCEPTED,
    "CANCELING": ACCEPTED,
    "PARTIALLY_FILLED": PARTIALLY_FILLED,
    "PARTIAL_FILL": PARTIALLY_FILLED,
    "FILLED": FILLED,
    "FULL_FILL": FILLED,
    "CANCELED": CANCELED,
    "CANCELLED": CANCELED,
    "EXPIRED": EXPIRED,
    "REJECTED": REJECTED,
    "FAILED": REJECTED,
    "TRIGGERED": TRIGGERED,
    "TRIGGERING": TRIGGERED,
}
_KINDS: Final = {
    "LIMIT": LIMIT,
    "MARKET": MARKET,
    "STOP": STOP,
    "STOP_LOSS": STOP,
    "STOP_MARKET": STOP,
    "TAKE_PROFIT": TAKE_PROFIT,
    "TAKE_PROFIT_MARKET": TAKE_PROFIT,
}
_OF_TRADES: Final = ("position_open", "position_close", "order_fill_fee")
"""Beginnings of the names of movements that the fills tell already."""

_PAGE: Final = 100


class WeexBooks:
    """What can be looked at."""

    def __init__(self, wire: Wire, clock: Callable[[], int], quote: str) -> None:
        self._wire, self._clock, self._quote = wire, clock, quote
        self._words: Words = WEEX
        self._simulated = not wire.knows("open")

    def markets(self) -> Markets:
        """Fetch what is listed."""
        client = self._wire.client
        rows = rows_of(row_of(self._wire.ask("markets")).get("symbols"))
        parsed = [client.parse_market(dict(row)) for row in rows]
        return markets_from([row_of(each) for each in parsed if each is not None], self._quote)

    @property
    def client(self) -> Any:
        """The client of ccxt behind it."""
        return self._wire.client

    def know(self, markets: Markets) -> None:
        """Need no list: names are built."""

    def _id(self, symbol: str) -> str:
        """Return the venue's name of a symbol; the simulation has names of its own."""
        return f"{symbol}S{self._quote}" if self._simulated else f"{symbol}{self._quote}"

    def symbol_of(self, market_id: Any) -> str:
        """Return our symbol of the venue's name; one in another asset keeps its name."""
        text = str(market_id)
        end = f"S{self._quote}" if self._simulated and text.endswith(f"S{self._quote}") else self._quote
        return text.removesuffix(end)

    def _check_real(self, what: str, name: str) -> None:
        if not self._wire.knows(name):
            raise TroubleError(
                "not_supported", f"WEEX's simulation tells no {what}", definite=True, sent=False
            )

    def order_from(self, row: Row) -> VenueOrder:
        """Return a row of any of the lists in our words."""
        said = str(row.get("status") or row.get("algoStatus")).upper()
        return VenueOrder(
            client_order_id=our_id("weex", row.get("clientOrderId") or row.get("clientAlgoId")),
            venue_order_id=id_of(row.get("orderId") or row.get("algoId")),
            symbol=self.symbol_of(row["symbol"]),
            side=side_of(row.get("side")),
            qty=units_of(row.get("origQty") or row.get("quantity")),
            filled=units_of(row.get("executedQty") or "0"),
            state=state_of(_STATES, said),
            reduce_only=row.get("reduceOnly") is True,
            kind=_KINDS.get(str(row.get("type") or row.get("orderType")).upper(), MARKET),
            price=units_or_none(row.get("price")),
            trigger=units_or_none(row.get("triggerPrice") or row.get("stopPrice")),
            updated_ms=moment_of(row.get("updateTime") or row.get("time")),
        )

    def fills(self, symbols: tuple[str, ...], since_ms: int) -> list[VenueFill]:
        """Fetch executions, symbol by symbol."""
        self._check_real("fills", "fills")
        return [fill for symbol in symbols for fill in self._fills_of(symbol, since_ms)]

    def _fills_of(self, symbol: str, since_ms: int) -> list[VenueFill]:
        def page(start: int, end: int) -> tuple[list[Row], bool]:
            span = {"symbol": self._id(symbol), "startTime": start, "endTime": end, "limit": _PAGE}
            rows = rows_of(self._wire.ask("fills", span))
            return rows, len(rows) >= _PAGE

        return [self._fill(row) for row in Pages(page, "id").read(since_ms, self._clock() + AHEAD_MS)]

    def _fill(self, row: Row) -> VenueFill:
        return fill_from(row, self.symbol_of(row["symbol"]), our_id("weex", row.get("clientOrderId")))

    def positions(self) -> list[VenuePosition]:
        """Fetch open positions; a long and a short of one symbol are two rows."""
        rows = rows_of(self._wire.ask("positions"))
        return [self._position(row) for row in rows if units_of(row.get("size"))]

    def _position(self, row: Row) -> VenuePosition:
        size, side = units_of(row["size"]), str(row.get("side")).upper()
        if side not in {"LONG", "SHORT"}:
            raise UnreadableError(f"{side} is no side of a position")
        return VenuePosition(
            symbol=self.symbol_of(row["symbol"]),
            qty=size if side == "LONG" else -size,
            entry_price=mul_div(units_of(row.get("openValue")), SCALE, size, Rounding.DOWN),
            leverage=units_of(row.get("leverage")) // SCALE,
            margin_mode="isolated" if row.get("marginType") == "ISOLATED" else "cross",
            liquidation_price=units_or_none(row.get("liquidatePrice")),
        )

    def balance(self) -> VenueBalance:
        """Fetch the wallet and what is free."""
        asset = f"S{self._quote}" if self._simulated else self._quote
        for row in rows_of(self._wire.ask("balance")):
            if row.get("asset") == asset:
                return VenueBalance(
                    self._quote, units_of(row.get("balance")), units_of(row.get("availableBalance"))
                )
        return VenueBalance(self._quote, 0, 0)

    def income(self, since_ms: int) -> list[VenueIncome]:
        """Fetch what moved money and is no trade. Both ends of the time are named: one alone is refused."""
        self._check_real("movements of money", "income")

        def page(start: int, end: int) -> tuple[list[Row], bool]:
            answer = row_of(self._wire.ask("income", {"startTime": start, "endTime": end, "limit": _PAGE}))
            return rows_of(answer.get("items")), answer.get("hasNextPage") is True

        rows = Pages(page, "billId").read(since_ms, self._clock() + AHEAD_MS)
        return [self._income(row) for row in rows if not str(row.get("incomeType")).startswith(_OF_TRADES)]

    def _income(self, row: Row) -> VenueIncome:
        said = str(row.get("incomeType"))
        moved = said in {"deposit", "withdraw"} or said.startswith("transfer")
        return VenueIncome(
            income_id=id_of(row.get("billId")),
            kind="funding" if said == "position_funding" else "transfer" if moved else "other",
            symbol=self.symbol_of(row["symbol"]) if row.get("symbol") else "",
            asset=str(row.get("asset")),
            amount=units_of(row.get("income")),
            booked_ms=moment_of(row.get("time")),
        )

    def prepare(self, symbol: str, leverage: int, margin_mode: str) -> None:
        """Look at what is set and change what differs; the simulation cannot be set."""
        if self._simulated:
            return
        market_id, mode = self._id(symbol), "ISOLATED" if margin_mode == "isolated" else "CROSSED"
        found = rows_of(self._wire.ask("config", {"symbol": market_id}))
        row = found[0] if found else {}
        if row.get("marginType") != mode:
            answer = self._wire.ask("margin_mode", {"symbol": market_id, "marginType": mode})
            check_changed(answer, self._words)
        sides = (
            ("isolatedLongLeverage", "isolatedShortLeverage") if mode == "ISOLATED" else ("crossLeverage",)
        )
        if any(units_of(row.get(side) or 0) != leverage * SCALE for side in sides):
            wanted = {"symbol": market_id, "marginType": mode, **dict.fromkeys(sides, leverage)}
            check_changed(self._wire.ask("leverage", wanted), self._words)

    def chosen(self, symbol: str) -> tuple[int, str] | None:
        """Fetch leverage and margin mode as they are set; the simulation does not tell."""
        found = [] if self._simulated else rows_of(self._wire.ask("config", {"symbol": self._id(symbol)}))
        if not found:
            return None
        isolated = found[0].get("marginType") == "ISOLATED"
        side = "isolatedLongLeverage" if isolated else "crossLeverage"
        return units_of(found[0].get(side)) // SCALE, "isolated" if isolated else "cross"

    def permissions(self) -> Permissions:
        """Tell nothing: WEEX has no request for it."""
        return Permissions(None, None, None, None)

    def hold(self, _symbols: frozenset[str], _timeout_ms: int) -> bool:
        """Answer that WEEX cannot."""
        return False

    def time(self) -> int:
        """Fetch the venue's clock."""
        return moment_of(row_of(self._wire.ask("time")).get("serverTime"))

    def fees(self, symbol: str) -> tuple[int, int] | None:
        """Fetch the account's own fees; the simulation has none to tell."""
        if self._simulated:
            return None
        answer = self._wire.ask("fees", {"symbol": self._id(symbol)})
        row = rows_of(answer)[0] if isinstance(answer, list) else row_of(answer)
        taker, maker = (
            units_of(row.get(f"{side}CommissionRate"), Rounding.UP) for side in ("taker", "maker")
        )
        return taker, maker


def check_changed(answer: Any, words: Words) -> None:
    """Raise TroubleError where a change was refused; that it is so already is what was wanted."""
    try:
        check_fields(row_of(answer), words)
    except TroubleError as trouble:
        if trouble.code != "no_change":
            raise
