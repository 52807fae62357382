"""The dialects the server speaks."""

from tests.factories.venue_server.aster import Aster
from tests.factories.venue_server.binanceusdm import BinanceUsdm
from tests.factories.venue_server.dialect import Dialect
from tests.factories.venue_server.hyperliquid import Hyperliquid
from tests.factories.venue_server.weex import Weex

DIALECTS: tuple[type[Dialect], ...] = (BinanceUsdm, Hyperliquid, Aster, Weex)
