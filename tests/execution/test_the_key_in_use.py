"""Which key a running process signs with: the one that is stored now, or none."""

from typing import Any

import pytest

from config.execution import open_live_venue
from kernel.ids import derive_id
from tests.factories.venue_keys import venue_keyring
from trading.adapters.ccxt_live.venue import LiveAccount
from trading.selectors.venues import VenueFacts
from trading.services import drop_venue_key, store_venue_key

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = derive_id("account", "one")
FACTS = VenueFacts(ACCOUNT, "season", "binanceusdm", "testnet", "isolated", enabled=True, has_business=False)


@pytest.fixture(autouse=True)
def _process_with_keys(settings: Any) -> None:
    settings.ARENA_TRADING, settings.ARENA_ROLE = "testnet", "all"
    settings.ARENA_VENUE_KEYRING = venue_keyring()


def store(api_key: str) -> None:
    parts = {"apiKey": api_key, "secret": f"secret-of-{api_key}"}
    store_venue_key(ACCOUNT, "binanceusdm", parts, "ops@example.com", 1)


def key_in_use() -> str | None:
    venue = open_live_venue(FACTS)
    assert venue is None or isinstance(venue, LiveAccount)
    return None if venue is None else str(venue.tongue.client.apiKey)


def test_a_venue_is_opened_once_for_a_key() -> None:
    store("first-key-0123456789")
    assert open_live_venue(FACTS) is open_live_venue(FACTS)


def test_a_running_process_signs_with_the_key_that_is_stored_now() -> None:
    store("first-key-0123456789")
    assert key_in_use() == "first-key-0123456789"
    store("other-key-0123456789")
    assert key_in_use() == "other-key-0123456789"


def test_a_dropped_key_is_used_no_more() -> None:
    store("first-key-0123456789")
    assert key_in_use() is not None
    drop_venue_key(ACCOUNT, "ops@example.com", 2)
    assert key_in_use() is None
    store("first-key-0123456789")
    assert key_in_use() == "first-key-0123456789"
