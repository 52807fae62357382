"""Public prices of real venues over REST, without keys."""

from trading.adapters.ccxt_public.market import CcxtPublicMarket
from trading.adapters.ccxt_public.reach import first_reachable
from trading.adapters.ccxt_public.venues import VENUES, MakeClient, make_client

__all__ = ["VENUES", "CcxtPublicMarket", "MakeClient", "first_reachable", "make_client"]
