"""Real venues through ccxt: one account each, one request an order, nothing signed without leave.

``open_venue`` gives a trading.ports.LiveVenue. ccxt is imported when the first one is opened.
"""

from trading.adapters.ccxt_live.dialects import DIALECTS, check_profile
from trading.adapters.ccxt_live.opening import open_public, open_venue
from trading.adapters.ccxt_live.permit import Permit, PermitRefusedError, grant_permit
from trading.adapters.ccxt_live.rehearsal import Rehearsed, rehearse
from trading.adapters.ccxt_live.venue import LiveAccount
from trading.adapters.ccxt_live.wire import Budget, Unlimited

__all__ = [
    "DIALECTS",
    "Budget",
    "LiveAccount",
    "Permit",
    "PermitRefusedError",
    "Rehearsed",
    "Unlimited",
    "check_profile",
    "grant_permit",
    "open_public",
    "open_venue",
    "rehearse",
]
