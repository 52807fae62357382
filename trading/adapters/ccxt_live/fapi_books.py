"""Binance USD-M and Aster: what they answer about orders, fills, positions and money."""

from collections.abc import Callable
from typing import Any, Final

from kernel.units import SCALE, Rounding
from trading.adapters.ccxt_live.errors import TroubleError
from trading.adapters.ccxt_live.fapi_rows import order_from, trigger_from
from trading.adapters.ccxt_live.figures import moment_of, units_of, units_or_none
from trading.adapters.ccxt_live.fill_rows import fill_from
from trading.adapters.ccxt_live.ids import our_id
from trading.adapters.ccxt_live.markets import Markets, markets_from
from trading.adapters.ccxt_live.reading import AHEAD_MS, Pages, Row, row_of, rows_of
from trading.adapters.ccxt_live.wire import Wire
from trading.domain.venue import Permissions, VenueBalance, VenueFill, VenueIncome, VenueOrder, VenuePosition

_INCOMES: Final = {
    "FUNDING_FEE": "funding",
    "TRANSFER": "transfer",
    "INTERNAL_TRANSFER": "transfer",
    "CROSS_COLLATERAL_TRANSFER": "transfer",
    "COIN_SWAP_DEPOSIT": "transfer",
    "COIN_SWAP_WITHDRAW": "transfer",
    "INSURANCE_CLEAR": "insurance",
}
_OF_TRADES: Final = frozenset({"COMMISSION", "REALIZED_PNL"})
"""Movements that the fills tell already."""

_PAGE: Final = 1_000

_ONE_BY_ONE: Final = 12
"""For so many symbols at most the open orders are asked for by symbol (weight 1 each, all of them 40)."""


class FapiBooks:
    """What can be looked at."""

    def __init__(self, venue: str, wire: Wire, clock: Callable[[], int], quote: str) -> None:
        self._venue, self._wire, self._clock, self._quote = venue, wire, clock, quote
        self._markets: Markets | None = None

    def markets(self) -> Markets:
        """Fetch what is listed."""
        client, listed = self._wire.client, row_of(self._wire.ask("markets"))
        rows = [row for row in rows_of(listed.get("symbols")) if row.get("contractType") == "PERPETUAL"]
        parsed = [self._parsed(client, row) for row in rows]
        markets = markets_from(parsed, self._quote)
        self.know(markets)
        return markets

    @property
    def client(self) -> Any:
        """The client of ccxt behind it."""
        return self._wire.client

    def know(self, markets: Markets) -> None:
        """Take a list that was fetched before."""
        self._markets = markets

    @staticmethod
    def _parsed(client: Any, row: Row) -> Row:
        return row_of(client.parse_market(dict(row)))

    def _id(self, symbol: str) -> str:
        """Return the venue's name of a symbol, as its list says or, before one came, as it is built."""
        known = self._markets.by_symbol.get(symbol) if self._markets is not None else None
        return known.market_id if known is not None else f"{symbol}{self._quote}"

    def symbol_of(self, market_id: Any) -> str:
        """Return our symbol of the venue's name."""
        known = self._markets.symbol_of(market_id) if self._markets is not None else str(market_id)
        return known.removesuffix(self._quote) if self._markets is None else known

    def our_id(self, said: Any) -> str:
        """Return our id of a client id; '' for one that is not ours."""
        return our_id(self._venue, said)

    def open_orders(self, symbols: tuple[str, ...]) -> list[VenueOrder]:
        """Fetch what rests; at Binance by two requests, for conditional orders have their own list.

        Few symbols are asked for one by one, which weighs far less than the list of all.
        """
        if not 0 < len(symbols) <= _ONE_BY_ONE:
            return self._open("open", "open_triggers", {})
        named = [{"symbol": self._id(symbol)} for symbol in symbols]
        return [order for each in named for order in self._open("open_of", "open_triggers_of", each)]

    def _open(self, plain: str, conditional: str, params: dict[str, Any]) -> list[VenueOrder]:
        found = [order_from(self, row) for row in rows_of(self._wire.ask(plain, params))]
        if self._wire.knows(conditional):
            found += [trigger_from(self, row) for row in rows_of(self._wire.ask(conditional, params))]
        return found

    def fills(self, symbols: tuple[str, ...], since_ms: int) -> list[VenueFill]:
        """Fetch executions, symbol by symbol."""
        return [fill for symbol in symbols for fill in self._fills_of(symbol, since_ms)]

    def _fills_of(self, symbol: str, since_ms: int) -> list[VenueFill]:
        def page(start: int, end: int) -> tuple[list[Row], bool]:
            span = {"symbol": self._id(symbol), "startTime": start, "endTime": end, "limit": _PAGE}
            rows = rows_of(self._wire.ask("fills", span))
            return rows, len(rows) >= _PAGE

        return [self._fill(row) for row in Pages(page, "id").read(since_ms, self._clock() + AHEAD_MS)]

    def _fill(self, row: Row) -> VenueFill:
        return fill_from(row, self.symbol_of(row["symbol"]), self.our_id(row.get("clientOrderId")))

    def positions(self) -> list[VenuePosition]:
        """Fetch open positions; rows without a quantity are the symbols' settings."""
        rows = rows_of(self._wire.ask("positions"))
        return [self._position(row) for row in rows if units_of(row.get("positionAmt"))]

    def _position(self, row: Row) -> VenuePosition:
        return VenuePosition(
            symbol=self.symbol_of(row["symbol"]),
            qty=units_of(row["positionAmt"]),
            entry_price=units_of(row.get("entryPrice")),
            leverage=units_of(row.get("leverage")) // SCALE,
            margin_mode=_mode(row),
            mark=units_or_none(row.get("markPrice")),
            liquidation_price=units_or_none(row.get("liquidationPrice")),
        )

    def chosen(self, symbol: str) -> tuple[int, str] | None:
        """Fetch leverage and margin mode as they are set; None where no row tells."""
        market_id = self._id(symbol)
        for row in rows_of(self._wire.ask("positions")):
            if row.get("symbol") == market_id:
                return units_of(row.get("leverage")) // SCALE, _mode(row)
        return None

    def balance(self) -> VenueBalance:
        """Fetch the wallet without open profit, and what is free."""
        for row in rows_of(self._wire.ask("balance")):
            if row.get("asset") == self._quote:
                return VenueBalance(
                    self._quote, units_of(row.get("balance")), units_of(row.get("availableBalance"))
                )
        return VenueBalance(self._quote, 0, 0)

    def income(self, since_ms: int) -> list[VenueIncome]:
        """Fetch what moved money and is no trade."""

        def page(start: int, end: int) -> tuple[list[Row], bool]:
            rows = rows_of(self._wire.ask("income", {"startTime": start, "endTime": end, "limit": _PAGE}))
            return [{**row, "key": _income_key(row)} for row in rows], len(rows) >= _PAGE

        rows = Pages(page, "key").read(since_ms, self._clock() + AHEAD_MS)
        return [self._income(row) for row in rows if row.get("incomeType") not in _OF_TRADES]

    def _income(self, row: Row) -> VenueIncome:
        return VenueIncome(
            income_id=str(row["key"]),
            kind=_INCOMES.get(str(row.get("incomeType")), "other"),
            symbol=self.symbol_of(row["symbol"]) if row.get("symbol") else "",
            asset=str(row.get("asset")),
            amount=units_of(row.get("income")),
            booked_ms=moment_of(row.get("time")),
        )

    def prepare(self, symbol: str, leverage: int, margin_mode: str) -> None:
        """Set margin mode, then leverage; that it is so already is what was wanted."""
        market_id = self._id(symbol)
        mode = "ISOLATED" if margin_mode == "isolated" else "CROSSED"
        try:
            self._wire.ask("margin_mode", {"symbol": market_id, "marginType": mode})
        except TroubleError as trouble:
            if not (trouble.definite and trouble.code == "no_change"):
                raise
        self._wire.ask("leverage", {"symbol": market_id, "leverage": leverage})

    def permissions(self) -> Permissions:
        """Fetch what the key may do; nothing is known where the venue has no way to tell."""
        if not self._wire.knows("permissions"):
            return Permissions(None, None, None, None)
        row = row_of(self._wire.ask("permissions"))
        return Permissions(
            trade=row.get("enableFutures") is True,
            withdraw=row.get("enableWithdrawals") is not False,
            transfer=row.get("enableInternalTransfer") is not False
            or row.get("permitsUniversalTransfer") is not False,
            ip_restricted=row.get("ipRestrict") is True,
        )

    def hold(self, symbols: frozenset[str], timeout_ms: int) -> bool:
        """Start the countdown of each symbol anew."""
        if not self._wire.knows("dead_man"):
            return False
        for symbol in sorted(symbols):
            params = {"symbol": self._id(symbol), "countdownTime": timeout_ms}
            self._wire.ask("dead_man", params, urgent=True)
        return True

    def time(self) -> int:
        """Fetch the venue's clock."""
        return moment_of(row_of(self._wire.ask("time")).get("serverTime"))

    def fees(self, symbol: str) -> tuple[int, int] | None:
        """Fetch the account's own fees."""
        row = row_of(self._wire.ask("fees", {"symbol": self._id(symbol)}))
        return (
            units_of(row.get("takerCommissionRate"), Rounding.UP),
            units_of(row.get("makerCommissionRate"), Rounding.UP),
        )

    def hedged(self) -> bool:
        """Tell whether long and short are two positions; this adapter trades one-way."""
        return str(row_of(self._wire.ask("position_mode")).get("dualSidePosition")).lower() == "true"


def _mode(row: Row) -> str:
    return "isolated" if row.get("marginType") == "isolated" else "cross"


def _income_key(row: Row) -> str:
    """Return what tells a movement apart: its number is unique within its type only."""
    return ":".join(str(row.get(part) or "") for part in ("incomeType", "tranId", "symbol"))
