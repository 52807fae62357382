"""Which parts the key of each venue has. The first names the key and may be hinted at, the last signs."""

from typing import Final

VENUE_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "aster": ("privateKey",),
    "binanceusdm": ("apiKey", "secret"),
    "hyperliquid": ("walletAddress", "privateKey"),
    "weex": ("apiKey", "secret", "password"),
}
"""Venue -> parts, as the venue's adapter takes them."""

VENUE_ROLES: Final = ("all", "trade")
"""The roles of processes (ARENA_ROLE) that may hold and open exchanges' keys."""
