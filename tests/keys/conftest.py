"""An installation with master keys, without keys in its environment, that may ask models on the loopback."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from accounts.domain.secrets import Keyring, read_keyring
from agents.domain.registry import KINDS
from agents.services.loop import stop_loop
from tests.factories.keys import KEY, MASTER_KEY
from tests.factories.played_season import play_season
from tests.factories.provider_server import ProviderServer


@pytest.fixture(autouse=True)
def keyring(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Keyring:
    for info in KINDS.values():
        for name in info.needs_key:
            monkeypatch.delenv(name, raising=False)
    settings.ARENA_LOOPBACK_MODELS = True
    settings.ARENA_KEYRING = read_keyring(f"first:{MASTER_KEY}")
    assert not [name for name in os.environ if name.endswith("_API_KEY")]
    return settings.ARENA_KEYRING  # type: ignore[no-any-return] # Django's settings are untyped


@pytest.fixture
def provider() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server
    stop_loop()


@pytest.fixture
def season() -> str:
    return play_season(rounds=1)


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("chief@localhost"))
    return client


@pytest.fixture
def ready(provider: ProviderServer) -> ProviderServer:
    """Let the provider know the model and the key, and answer checks and rounds."""
    provider.expected_key, provider.models = KEY, ["some-model"]
    provider.answer = lambda request: (
        '{"answer": "ready"}' if b"Are you ready" in request.body else '{"summary": "waits", "decisions": []}'
    )
    return provider
