"""WebSocket addresses, for the router in config.asgi."""

from typing import Any

from django.urls import path

from interfaces.live.feed import FEED

_feed: Any = FEED  # Django types a path's target as a view; Channels' router calls it as an ASGI application

websocket_urlpatterns = [path("live/", _feed)]
