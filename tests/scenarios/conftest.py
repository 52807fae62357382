"""An installation that may ask models on the loopback, has no key, and one package installed beside it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.domain.registry import KINDS
from agents.services import stop_loop
from tests.factories.minds_field import install_package, model_named, trade, write_wave
from tests.factories.provider_server import ProviderServer


@pytest.fixture(autouse=True)
def _loopback_models(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for info in KINDS.values():
        for name in info.needs_key:
            monkeypatch.delenv(name, raising=False)
    settings.ARENA_LOOPBACK_MODELS = True
    yield
    stop_loop()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the package of the roster; return its folder."""
    folder = install_package(tmp_path)
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("chasing_agent", None)


@pytest.fixture
def provider() -> Iterator[ProviderServer]:
    """Serve models until the test ends."""
    with ProviderServer(trade, key_of=model_named) as server:
        yield server
        stop_loop()


@pytest.fixture
def market(tmp_path: Path) -> str:
    """Write the tape; return the market's specification."""
    return write_wave(tmp_path)
