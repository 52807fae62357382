"""An installation that may ask models on the loopback, and a provider there."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.services.loop import stop_loop
from tests.factories.provider_server import ProviderServer


@pytest.fixture
def provider(settings: Any) -> Iterator[ProviderServer]:
    settings.ARENA_LOOPBACK_MODELS = True
    with ProviderServer() as server:
        yield server
    stop_loop()
