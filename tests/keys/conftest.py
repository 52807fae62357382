"""An installation with master keys, without keys in its environment, that may ask models on the loopback."""

import os
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.domain.secrets import Keyring, read_keyring
from agents.domain.registry import KINDS
from agents.services.loop import stop_loop
from tests.factories.provider_server import ProviderServer

MASTER_KEY = b64encode(b"master key that a test has planted"[:32]).decode()


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
