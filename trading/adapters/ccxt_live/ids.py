"""Our order ids, 128 bits as 32 hex digits, as each venue writes them, and back.

One id an intent, whatever the venue: what is sent again bears the same id, and a venue that has it already
says so. The venues that ccxt would tag with a broker's prefix get an id from us, so no tag is ever added.
"""

import re
from typing import Final

_OURS: Final = re.compile(r"[0-9a-f]{32}")

_PREFIX: Final = {"hyperliquid": "0x"}
"""Venue -> what stands before the digits. The others take 32 plain ones (their limits are 36 and 40)."""


def venue_id(venue: str, client_order_id: str) -> str:
    """Return our id as the venue takes it; raises ValueError for one that is not 32 hex digits."""
    if _OURS.fullmatch(client_order_id) is None:
        raise ValueError(f"{client_order_id!r} is not an order id of 32 hex digits")
    return _PREFIX.get(venue, "") + client_order_id


def our_id(venue: str, text: object) -> str:
    """Return our id from a venue's field; '' where the order is not one of ours."""
    found = str(text or "").lower().removeprefix(_PREFIX.get(venue, ""))
    return found if _OURS.fullmatch(found) else ""
