"""Orders that wait in the venue, as a contestant's page shows them."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from arena.domain.board import WaitingOrderView
from interfaces.format import NONE, money, price, quantity
from interfaces.site.text import moment

KINDS: Final[dict[str, Promise]] = {
    "limit": _("Limit"),
    "stop": _("Stop"),
    "take_profit": _("Target"),
    "trailing": _("Trailing stop"),
}

SIDES: Final[dict[int, Promise]] = {1: _("Buy"), -1: _("Sell")}


@dataclass(frozen=True, slots=True)
class Waits:
    """One order that waits, written."""

    symbol: str
    side: str
    kind: str
    price: str
    qty: str
    reserved: str
    placed: SafeString


def written(order: WaitingOrderView) -> Waits:
    """Return an order as its line shows it."""
    at = order.trigger if order.price is None else order.price
    return Waits(
        symbol=order.symbol,
        side=str(SIDES[order.side]),
        kind=str(KINDS[order.kind]),
        price=price(at) if at else NONE,
        qty=quantity(order.qty),
        reserved=money(order.reserved) if order.reserved else NONE,
        placed=moment(order.placed_ms),
    )
