"""How an order may fill: at the market, or not worse than a price of its own."""

from typing import Final, NamedTuple

MARKET: Final = "market"
LIMIT: Final = "limit"
STOP: Final = "stop"
TAKE_PROFIT: Final = "take_profit"
TRAILING: Final = "trailing"

IOC: Final = "ioc"
"""Immediate or cancel: what does not fill at once is cancelled."""
GTC: Final = "gtc"
"""Good till cancelled: what does not fill at once rests."""


class Terms(NamedTuple):
    """The terms of an order that enters the market.

    ``kind`` is MARKET or LIMIT; ``price`` is the limit in units, on the tick, None at the market.
    ``time_in_force`` is IOC or GTC (a market order is IOC). ``post_only`` refuses to take liquidity.
    """

    kind: str = MARKET
    price: int | None = None
    time_in_force: str = IOC
    post_only: bool = False


AT_MARKET: Final = Terms()


def encode_terms(terms: Terms) -> str:
    """Return the stored form: '' at the market, else 'limit:PRICE:gtc' with ':post' where it only makes."""
    if terms == AT_MARKET:
        return ""
    words = [terms.kind, "" if terms.price is None else str(terms.price), terms.time_in_force]
    return ":".join([*words, "post"] if terms.post_only else words)


def decode_terms(text: str) -> Terms:
    """Return the terms of their stored form."""
    if not text:
        return AT_MARKET
    kind, price, force, *post = text.split(":")
    return Terms(kind, int(price) if price else None, force, bool(post))
