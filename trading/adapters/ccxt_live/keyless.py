"""The transport of clients that only look at prices: whatever is signed stops here, keys or no keys."""

from typing import Any
from urllib.parse import urlsplit

import requests

from trading.adapters.ccxt_live.bounded import BoundedSession
from trading.adapters.ccxt_live.gate import is_signed, text_in
from trading.adapters.ccxt_live.permit import PermitRefusedError


class KeylessSession(BoundedSession):
    """Refuses a request with a key or a signature before a connection is opened, and follows no redirect."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send what anybody may ask."""
        address = urlsplit(str(request.url))
        if address.path == "/exchange" or is_signed(address.query, request.headers, text_in(request.body)):
            raise PermitRefusedError("a client that looks at prices sends nothing signed; nothing was sent")
        return super().send(request, **kwargs)
