"""The invariant of spot: trades and their entries in the books say the same, one for one."""

from accounts.selectors.wallets import booked_lines
from trading.domain.spot import SpotQuote, spot_entry
from trading.models import SpotTrade
from trading.selectors.spot import ENTRY

_FIELDS = ("id", "account_id", *SpotQuote._fields)


def spot_trades_are_booked() -> str | None:
    """W1: each spot trade has the entry that follows from it, and no entry of spot is without its trade."""
    booked = booked_lines("spot")
    for key, account, *values in SpotTrade.objects.order_by("market_ms", "id").values_list(*_FIELDS):
        lines = frozenset(spot_entry(account, SpotQuote(*values), ENTRY + key).lines)
        if booked.pop(ENTRY + key, None) != lines:
            return f"spot trade {key} is not booked as it says"
    return f"entry {min(booked)} is of a spot trade that is not there" if booked else None
