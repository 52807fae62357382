"""The ASGI app: pages and API by Django, `/live/` by Channels, the runner's start and end by lifespan."""

import os
import warnings

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import WebsocketDenier
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_pages = get_asgi_application()

from config.lifespan import Lifespan  # noqa: E402 - the line above fills Django's registry of models
from interfaces.api.seat_waiting import SeatWaiting  # noqa: E402 - as above
from interfaces.live.routing import websocket_urlpatterns  # noqa: E402 - as above

# WhiteNoise reads files with plain iterators, which Django hands to a thread: what we want for small files.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

application = ProtocolTypeRouter(
    {
        "http": SeatWaiting(_pages),
        # The feed looks at Origin itself and lets programs in, which name none. An unknown address is
        # refused; the router alone would log a traceback for each.
        "websocket": URLRouter([*websocket_urlpatterns, re_path(r"", WebsocketDenier.as_asgi())]),
        "lifespan": Lifespan(),
    }
)
