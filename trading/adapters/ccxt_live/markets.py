"""What a venue lists for trading, checked: steps, minimums, maximums, leverage and fees of each symbol."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kernel.units import MAX_UNITS, Rounding
from trading.adapters.ccxt_live.dialects import MAX_FEE
from trading.adapters.ccxt_live.figures import UnreadableError, significant_tick, units_of, units_or_none

_NO_TICK: Final = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """One perpetual of a venue. Figures in units; ``market_id`` is the venue's name for it.

    ``digits`` >= 0 where the tick follows from the price (size decimals of Hyperliquid), -1 otherwise.
    """

    symbol: str
    market_id: str
    tick: int
    lot: int
    min_qty: int
    max_qty: int
    min_notional: int
    max_leverage: int | None
    taker_fee: int
    maker_fee: int
    active: bool
    digits: int = -1
    max_market_qty: int = MAX_UNITS
    """The most that one market order may be for; some venues take less of them than of limits."""

    def tick_at(self, price: int) -> int:
        """Return the step of prices around this one."""
        return self.tick if self.digits < 0 else significant_tick(price, self.digits)


def listed_from(market: Mapping[str, Any], quote: str) -> Listed | None:
    """Return ccxt's description of a market as ours; None for what is no perpetual settled in ``quote``.

    Raises UnreadableError for steps or fees that cannot be true: a fee above 1 % is a percentage that was
    read as a ratio.
    """
    if not market.get("swap") or market.get("quote") != quote or market.get("settle") != quote:
        return None
    limits, steps, info = market["limits"], market["precision"], market["info"]
    taker, maker = (units_of(market[side], Rounding.UP) for side in ("taker", "maker"))
    if not 0 <= taker <= MAX_FEE or abs(maker) > MAX_FEE:
        raise UnreadableError(f"{market['base']}: a fee of {market['taker']} cannot be true")
    digits = int(info["szDecimals"]) if "szDecimals" in info else -1
    amount = limits.get("amount") or {}
    tick, lot = units_of(steps["price"]), units_of(steps["amount"])
    if lot <= 0 or (tick <= 0 and digits < 0):
        raise UnreadableError(f"{market['base']}: its steps are finer than 1e-8")
    return Listed(
        symbol=str(market["base"]),
        market_id=str(info["name"] if digits >= 0 else market["id"]),
        tick=tick,
        lot=lot,
        min_qty=max(units_or_none(amount.get("min")) or 0, lot),
        max_qty=units_or_none(amount.get("max")) or MAX_UNITS,
        min_notional=units_or_none((limits.get("cost") or {}).get("min")) or 0,
        max_leverage=_whole((limits.get("leverage") or {}).get("max")),
        taker_fee=taker,
        maker_fee=maker,
        active=market.get("active") is not False,
        digits=digits,
        max_market_qty=units_or_none((limits.get("market") or {}).get("max")) or MAX_UNITS,
    )


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and value >= 1 else None


@dataclass(frozen=True, slots=True)
class Markets:
    """The perpetuals of a venue, by our symbol and by its own name; ``refused`` says which cannot be used."""

    by_symbol: Mapping[str, Listed]
    by_id: Mapping[str, Listed]
    refused: Mapping[str, str]
    asset_of: Mapping[str, int]
    """Our symbol -> the number of the asset, where a venue counts them."""

    def symbol_of(self, market_id: Any) -> str:
        """Return our symbol of the venue's name; the name itself where we do not know it."""
        found = self.by_id.get(str(market_id))
        return found.symbol if found is not None else str(market_id)


def markets_from(rows: list[Mapping[str, Any]], quote: str) -> Markets:
    """Return the markets of a venue's list; one that cannot be read is refused, the others stand."""
    found: dict[str, Listed] = {}
    refused: dict[str, str] = {}
    assets: dict[str, int] = {}
    for row in rows:
        try:
            listed = listed_from(row, quote)
        except (UnreadableError, KeyError, TypeError, ValueError) as error:
            refused[str(row.get("base"))] = str(error)
            continue
        if listed is not None and listed.symbol not in found:
            found[listed.symbol] = listed
            if listed.digits >= 0:
                assets[listed.symbol] = int(row["baseId"])
    return Markets(found, {each.market_id: each for each in found.values()}, refused, assets)
