"""Without leave nothing signed leaves, and with it only what is meant."""

import logging
from dataclasses import replace
from typing import Any

import pytest
import requests

from tests.factories.loopback_venue import running_venue
from tests.factories.venue_server import VenueServer
from tests.venues.desk import KEYS, ON_SERVER, ORDER_PATH, TAKEN, VENUES, approved, scripted, wall_ms
from trading.adapters.ccxt_live import PermitRefusedError, grant_permit, open_public, open_venue
from trading.adapters.ccxt_live.client import FORBIDDEN
from trading.adapters.ccxt_live.gate import ForbiddenRequestError
from trading.adapters.ccxt_live.permit import Permit
from trading.domain.venue import Acknowledged
from trading.ports import VenueRefusedError

ALLOWED = {("testnet", "testnet"), ("live", "testnet"), ("live", "live")}


@pytest.mark.parametrize("deployment", ["paper", "testnet", "live", "", "LIVE"])
@pytest.mark.parametrize("account", ["paper", "testnet", "live"])
def test_leave_needs_the_deployment_and_the_account_switched_on(deployment: str, account: str) -> None:
    with pytest.raises(PermitRefusedError):
        grant_permit(deployment, account, False)
    if (deployment, account) in ALLOWED:
        assert grant_permit(deployment, account, True).profile == account
    else:
        with pytest.raises(PermitRefusedError, match="ARENA_TRADING"):
            grant_permit(deployment, account, True)


def test_leave_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError):
        Permit("live", "live", b"")
    with pytest.raises(TypeError):
        Permit("live", "live", object())  # type: ignore[arg-type]


def test_a_copy_of_a_leave_holds_for_nothing_else() -> None:
    granted = grant_permit("testnet", "testnet", enabled=True)
    copies: list[dict[str, Any]] = [
        {"profile": "live"},
        {"deployment": "live"},
        {"deployment": "live", "profile": "live"},
    ]
    for changed in copies:
        with pytest.raises(TypeError):
            replace(granted, **changed)
    assert replace(granted) == granted


@pytest.mark.parametrize("venue", VENUES)
def test_a_venue_is_not_opened_with_leave_for_another_profile(venue: str) -> None:
    testnet = grant_permit("live", "testnet", True)
    with pytest.raises(PermitRefusedError, match="live account"):
        open_venue(venue, KEYS, permit=testnet, profile="live", clock=wall_ms)


def test_aster_has_no_testnet_and_says_so() -> None:
    permit = grant_permit("testnet", "testnet", True)
    with pytest.raises(VenueRefusedError, match="no testnet"):
        open_venue("aster", KEYS, permit=permit, profile="testnet", clock=wall_ms)


def _ways_out(client: Any) -> list[Any]:
    """Return ways in which a client could send something signed."""
    client.apiKey = client.apiKey or "smuggled-in-key-0123456789"
    client.secret, client.password = "smuggled-in-secret-01", "smuggled-in"
    client.privateKey, client.walletAddress = KEYS["privateKey"], KEYS["walletAddress"]
    signed = {"X-MBX-APIKEY": client.apiKey}
    return [
        lambda: client.fetch_balance({"type": "swap"}),
        lambda: client.create_order("BTC/USDT:USDT", "market", "buy", 1, 60_000),
        lambda: client.sign(
            "order", [f"{'fapiPrivate' if 'inance' in client.id else 'private'}"], "POST", {}
        ),
        lambda: client.fetch(f"https://{_host(client)}/fapi/v1/order?signature=00", "POST", signed, "{}"),
        lambda: client.fetch(f"https://{_host(client)}/exchange", "POST", {}, '{"signature": {}}'),
        lambda: client.session.get(f"https://{_host(client)}/fapi/v1/openOrders", headers=signed),
        lambda: client.session.post(f"https://{_host(client)}/capi/v3/order", data='{"signature": 1}'),
    ]


def _host(client: Any) -> str:
    url = client.urls["api"]
    return str(next(iter(url.values()))).split("/")[2].replace("{hostname}", str(client.hostname))


@pytest.mark.parametrize("venue", VENUES)
def test_without_leave_a_client_with_keys_signs_and_sends_nothing(venue: str) -> None:
    with VenueServer() as server:
        clients: list[Any] = []

        def settle(client: Any) -> None:
            clients.append(client)
            server.mount(client)

        open_public(venue, clock=wall_ms, client_settings=settle)
        public = 1 if venue == "hyperliquid" else 0  # there a balance is told to anybody who asks
        for way in _ways_out(clients[0])[public:]:
            with pytest.raises(VenueRefusedError):
                way()
        assert [each for each in server.requests if each.signed or each.purpose == "order"] == []
        clients[0].session.close()


@pytest.mark.parametrize("venue", VENUES)
def test_a_client_for_prices_signs_and_sends_nothing_even_with_keys(venue: str) -> None:
    with running_venue() as loopback:
        client = loopback.client(venue)
        for way in _ways_out(client)[3:]:
            with pytest.raises(PermitRefusedError):
                way()
        assert loopback.asked == []


@pytest.mark.parametrize("venue", VENUES)
def test_what_moves_money_or_gives_rights_away_raises(venue: str) -> None:
    with scripted(venue) as (account, script):
        client = account.tongue.client
        known = [name for name in FORBIDDEN if hasattr(client, name)]
        assert {"withdraw", "transfer"} <= set(known)
        for name in known:
            with pytest.raises(ForbiddenRequestError, match=name):
                getattr(client, name)("USDT", 1, "somewhere")
        assert script.sent == []


@pytest.mark.parametrize(
    ("venue", "api", "path", "params"),
    [
        ("binanceusdm", "sapi", "capital/withdraw/apply", {}),
        ("binanceusdm", "fapiPrivate", "batchOrders", {}),
        ("aster", "fapiPrivate", "v3/approveBuilder", {}),
        ("aster", "fapiPrivate", "v3/asset/wallet/transfer", {}),
        ("weex", "contractPrivate", "capi/v3/closePositions", {}),
        ("hyperliquid", "private", "exchange", {"action": {"type": "approveBuilderFee"}}),
        ("hyperliquid", "private", "exchange", {"action": {"type": "setReferrer"}}),
        ("hyperliquid", "private", "exchange", {"action": {"type": "withdraw3"}}),
        ("hyperliquid", "private", "exchange", {"action": {"type": "usdSend"}}),
        ("hyperliquid", "public", "info", {"type": "referral"}),
    ],
)
def test_an_unlisted_request_is_refused_though_leave_was_given(
    venue: str, api: str, path: str, params: dict[str, Any]
) -> None:
    with scripted(venue) as (account, script):
        client = account.tongue.client
        with pytest.raises(ForbiddenRequestError):
            client.fetch2(path, [api], "POST", params)
        assert script.sent == []


@pytest.mark.parametrize("venue", VENUES)
def test_the_first_order_is_one_request_without_builder_or_referrer(venue: str) -> None:
    with scripted(venue) as (account, script):
        account.listing()
        script.sent.clear()
        script.answers[ORDER_PATH[venue]] = TAKEN[venue]
        assert isinstance(account.submit(approved(), "market", None, None), Acknowledged)
        assert len(script.sent) == 1
        said = str(script.sent[0].params).lower()
        assert not any(word in said for word in ("builder", "feerate", "referr", "x-cvbprnm9", "b-weex"))


def test_a_redirect_carries_no_order_elsewhere() -> None:
    with scripted("binanceusdm", {"/fapi/v1/order": (307, "")}) as (account, script):
        outcome = account.submit(approved(), "market", None, None)
        assert outcome[0].startswith("HTTP 307")
        assert script.calls() == [("GET", "/fapi/v1/exchangeInfo"), ("POST", "/fapi/v1/order")]


def test_a_testnet_account_reaches_no_live_host() -> None:
    with scripted("binanceusdm", profile="testnet") as (account, script):
        script.answers |= {"/fapi/v1/openOrders": [], "/fapi/v1/openAlgoOrders": []}
        account.fetch_open_orders(())
        client = account.tongue.client
        assert {each.host for each in script.sent} == {"demo-fapi.binance.com"}
        with pytest.raises(ForbiddenRequestError):
            client.session.get("https://fapi.binance.com/fapi/v1/openOrders")


@pytest.mark.parametrize("venue", VENUES)
def test_keys_stand_in_no_error_log_or_name(venue: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = (
        400,
        {"code": -1000, "msg": f"who is {KEYS['secret']} {KEYS['apiKey']} {KEYS['privateKey'][2:]}?"},
    )
    failures = [echo, requests.exceptions.ReadTimeout(KEYS["secret"]), (500, KEYS["privateKey"])]
    with scripted(venue) as (account, script):
        account.listing()
        client = account.tongue.client
        client.verbose = True
        told = [repr(client), repr(account), str(client.verbose)]
        for failure in failures:
            script.answers = dict.fromkeys(
                (
                    "/fapi/v1/order",
                    "/fapi/v3/order",
                    "/capi/v3/order",
                    "/exchange",
                    "/info clearinghouseState",
                ),
                failure,
            ) | dict.fromkeys(("/fapi/v2/balance", "/fapi/v3/balance", "/capi/v3/account/balance"), failure)
            told.append(repr(account.submit(approved(), "market", None, None)))
            with pytest.raises(Exception, match=venue) as caught:
                account.fetch_balance()
            told.append(f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}")
        told.append(caplog.text)
    assert not [
        text
        for text in told
        for key in KEYS.values()
        if key.removeprefix("0x") in text and key != KEYS["walletAddress"]
    ]


def test_every_venue_of_the_server_is_tried() -> None:
    assert set(ON_SERVER) <= set(VENUES)
