"""Executions as three of the venues tell them: the same names of the same figures."""

from kernel.units import Rounding
from trading.adapters.ccxt_live.figures import id_of, moment_of, units_of
from trading.adapters.ccxt_live.reading import Row, side_of
from trading.domain.venue import VenueFill


def fill_from(row: Row, symbol: str, client_order_id: str) -> VenueFill:
    """Return an execution of a row as Binance, Aster and WEEX tell it; ``symbol`` and the id are ours."""
    return VenueFill(
        trade_id=id_of(row.get("id")),
        venue_order_id=id_of(row.get("orderId")),
        client_order_id=client_order_id,
        symbol=symbol,
        side=side_of(row.get("side")),
        qty=units_of(row.get("qty")),
        price=units_of(row.get("price")),
        fee=units_of(row.get("commission"), Rounding.UP),
        fee_asset=str(row.get("commissionAsset")),
        maker=row.get("maker") is True,
        executed_ms=moment_of(row.get("time")),
    )
