"""The preflight: what would be sent, what the key may do, fees, clock, minimums; nothing trades in it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.domain.secrets import read_keyring
from arena.models import Contestant
from config.venue_opening import DOOR
from tests.factories.commands import arena
from tests.factories.keys import MASTER_KEY
from tests.factories.played_season import play_season
from tests.factories.venue_server import VenueServer
from tests.venues.desk import ON_SERVER
from trading.domain.venue_fields import VENUE_FIELDS
from trading.models import VenueAccount
from trading.services import store_venue_key

pytestmark = pytest.mark.django_db

Capsys = pytest.CaptureFixture[str]

SECRET_WORDS = ("signature", "nonce", "timestamp", "apikey", "access-key")


@pytest.fixture
def server(settings: Any) -> Iterator[VenueServer]:
    """Lead every client of a venue to a server."""
    settings.ARENA_VENUE_KEYRING = read_keyring(f"venue1:{MASTER_KEY}")
    settings.ARENA_TRADING = "live"
    with VenueServer() as found:
        DOOR.settle = found.mount
        yield found
    DOOR.settle = None


def _bind(server: VenueServer, venue: str) -> None:
    play_season(rounds=1)
    account = Contestant.objects.get(slug="momentum").account_id
    VenueAccount.objects.create(
        account_id=account, feed="f", venue=venue, profile="live", created_wall_ms=0, enabled=False
    )
    parts = {name: server.credentials(venue)[name] for name in VENUE_FIELDS[venue]}
    store_venue_key(account, venue, parts, "ann", 1)


def _check(found: dict[str, Any], what: str) -> dict[str, Any]:
    (check,) = [each for each in found["checks"] if each["what"] == what]
    return dict(check)


@pytest.mark.parametrize("venue", ON_SERVER)
def test_without_a_key_the_public_part_is_shown_and_the_rest_named(
    venue: str, server: VenueServer, capsys: Capsys
) -> None:
    said = arena(capsys, "doctor", "--venue", venue, "--json")
    found = said.json
    assert (said.status, found["ok"], found["safe"]) == (0, True, True)
    assert "least" in _check(found, "market BTC")["detail"]
    assert _check(found, "clock")["state"] == "ok"
    assert _check(found, "key")["state"] == "note"
    assert "no builder and no referrer" in _check(found, "hidden fees")["detail"]
    whats = [each["what"] for each in found["requests"]]
    assert {"buy at the market", "stop", "find an order", "cancel an order"} <= set(whats)
    assert not [word for word in SECRET_WORDS if word in json.dumps(found["requests"]).lower()]
    assert {each.purpose for each in server.requests} == {"time", "markets"}
    assert not [each for each in server.requests if each.signed]


def test_a_key_that_may_withdraw_is_refused_with_three(server: VenueServer, capsys: Capsys) -> None:
    _bind(server, "hyperliquid")
    said = arena(capsys, "doctor", "--venue", "hyperliquid", "--account", "momentum", "--json")
    assert said.status == 3
    found = said.json
    assert (found["ok"], found["safe"]) == (False, False)
    assert "withdraw" in _check(found, "key")["remedy"]


def test_a_good_key_shows_money_fees_and_what_is_open(server: VenueServer, capsys: Capsys) -> None:
    _bind(server, "binanceusdm")
    said = arena(capsys, "doctor", "--venue", "binanceusdm", "--account", "momentum", "--json")
    found = said.json
    assert said.status == 0
    assert _check(found, "key")["detail"].startswith("trade:1 withdraw:0 transfer:0")
    assert _check(found, "balance")["detail"] == "10000 USDT, 10000 free"
    assert "taker 0.05 %" in _check(found, "own fees")["detail"]
    assert _check(found, "open there")["detail"] == "no position and no order"
    assert server.order_requests("binanceusdm") == []
    for value in server.credentials("binanceusdm").values():
        assert value not in said.out + said.err


def test_a_deployment_on_paper_sends_nothing_signed(
    server: VenueServer, settings: Any, capsys: Capsys
) -> None:
    _bind(server, "binanceusdm")
    settings.ARENA_TRADING = "paper"
    said = arena(capsys, "doctor", "--venue", "binanceusdm", "--account", "momentum")
    assert said.status == 1
    assert "ARENA_TRADING" in said.out
    assert not [each for each in server.requests if each.signed]


def test_a_clock_that_is_off_is_a_problem(server: VenueServer, capsys: Capsys) -> None:
    server.skew_ms = 5_000
    said = arena(capsys, "doctor", "--venue", "binanceusdm")
    assert said.status == 1
    assert "NTP" in said.out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--venue", "nowhere"), "no venue is called"),
        (("--venue", "aster", "--profile", "testnet"), "no testnet"),
    ],
)
def test_wrong_use_is_told(options: tuple[str, ...], sentence: str, capsys: Capsys) -> None:
    said = arena(capsys, "doctor", *options)
    assert said.status == 2
    assert sentence in said.err


def test_an_account_that_is_bound_elsewhere_is_told(server: VenueServer, capsys: Capsys) -> None:
    _bind(server, "binanceusdm")
    said = arena(capsys, "doctor", "--venue", "weex", "--account", "momentum")
    assert said.status == 2
    assert "not bound to weex" in said.err
