"""Wallets by API and command line, at the prices of a season that was really played."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.selectors import check_ledger
from arena.models import Season
from interfaces.api.openapi import document_bytes
from interfaces.wallet_words import REFUSALS, refusal_sentence
from tests.factories.commands import arena
from tests.factories.played_season import SLUG, season_for_a_module
from trading.domain import spot
from trading.models import SpotTrade

pytestmark = pytest.mark.django_db

BASE = "/api/v1/wallets"


@pytest.fixture(scope="module", autouse=True)
def season(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:  # noqa: ARG001 - asked for its order
    with season_for_a_module(django_db_blocker, rounds=5) as season_id:
        yield season_id


@pytest.fixture
def operator(client: Client) -> Client:
    """Return a client that is signed in as the operator."""
    client.force_login(get_user_model().objects.create_superuser("boss@example.org"))
    return client


def send(client: Client, address: str, body: Any, key: str = "k1") -> Any:
    """Return (status, JSON) of a POST under a key."""
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post(BASE + address, json.dumps(body), content_type="application/json", headers=headers)
    return answer.status_code, json.loads(answer.content)


def opened(client: Client, name: str = "Ann") -> str:
    """Return the id of a wallet that was opened by API."""
    status, body = send(client, "", {"name": name})
    assert status == 201
    return str(body["data"]["id"])


def test_every_refusal_has_a_sentence() -> None:
    assert set(REFUSALS) == spot.REFUSALS
    for code in spot.REFUSALS:
        sentence = refusal_sentence(spot.Refusal(code, "BTC", 300_000))
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_a_purchase_by_api_is_answered_alike_under_its_key(operator: Client) -> None:
    wallet = opened(operator)
    wish = {"kind": "buy", "from_asset": "USDT", "to_asset": "BTC", "amount": "1000"}
    first, again = (send(operator, f"/{wallet}/trades", wish) for _ in range(2))
    assert first[0] == 201
    assert first == again
    assert SpotTrade.objects.count() == 1
    status, changed = send(operator, f"/{wallet}/trades", {**wish, "amount": "1001"})
    assert (status, changed["code"]) == (422, "key_reused")
    history = operator.get(f"{BASE}/{wallet}/transactions").json()["data"]
    assert [row["type"] for row in history] == ["TRADE", "DEPOSIT"]
    assert (history[0]["from_asset"], history[0]["to_asset"], history[0]["amount"]) == ("USDT", "BTC", "1000")
    assert history[0]["quantity"] == first[1]["data"]["quantity"]
    view = operator.get(f"{BASE}/{wallet}").json()["data"]
    assert [row["asset"] for row in view["assets"]] == list(spot.WALLET_ASSETS)
    assert view["assets"][0]["available"] == "9000"
    assert 9_990 < float(view["total_value"]) < 10_000
    assert check_ledger() is None


def test_what_a_wallet_refuses_is_told_and_books_nothing(operator: Client) -> None:
    wallet = opened(operator)
    wish = {"kind": "buy", "from_asset": "USDT", "to_asset": "BTC"}
    cases: list[tuple[str, Any, int, str]] = [
        ("/trades", {**wish, "amount": "10001"}, 409, "wallet_refused"),
        ("/trades", {**wish, "amount": "NaN"}, 400, "invalid"),
        ("/trades", {**wish, "amount": "1e400"}, 400, "invalid"),
        ("/trades", {**wish, "amount": "-5"}, 400, "invalid"),
        ("/trades", {**wish, "amount": "0.000000001"}, 400, "invalid"),
        ("/trades", {**wish, "amount": 5}, 400, "invalid"),
        ("/trades", {**wish, "to_asset": "DOGE", "amount": "5"}, 400, "invalid"),
        ("/trades", {**wish, "to_asset": "SOL", "amount": "5"}, 409, "wallet_refused"),
        ("/trades", {**wish, "to_asset": "USDT", "amount": "5"}, 400, "invalid"),
        ("/trades", wish, 400, "invalid"),
        ("/withdraw", {"asset": "USDT", "amount": "10000.00000001"}, 409, "wallet_refused"),
        ("/deposit", {"asset": "USDT", "amount": "0"}, 400, "invalid"),
        ("/deposit", {"asset": "USDT"}, 400, "invalid"),
    ]
    for address, body, status, code in cases:
        found = send(operator, f"/{wallet}{address}", body)
        assert (found[0], found[1]["code"]) == (status, code), (body, found)
        assert found[1]["detail"].endswith(".")
    assert send(operator, f"/{wallet}/deposit", {"asset": "BTC", "amount": "1"}, key="")[0] == 400
    assert send(operator, "/nobody/deposit", {"asset": "BTC", "amount": "1"})[1]["code"] == "unknown_wallet"
    assert len(operator.get(f"{BASE}/{wallet}/transactions").json()["data"]) == 1


def test_a_contestants_account_is_no_wallet(operator: Client, season: str) -> None:
    account = Season.objects.get(id=season).id
    assert operator.get(f"{BASE}/{account}").status_code == 404


def test_nobody_else_may_look_or_move(client: Client) -> None:
    assert client.get(BASE).status_code in (401, 403)
    client.force_login(get_user_model().objects.create_user("member@example.org"))
    assert client.get(BASE).status_code == 403
    assert send(client, "", {"name": "Eve"})[0] == 403


def test_prices_of_a_season_that_stands_still_trade_nothing(operator: Client, season: str) -> None:
    wallet = opened(operator)
    Season.objects.filter(id=season).update(status="paused")
    wish = {"kind": "buy", "from_asset": "USDT", "to_asset": "BTC", "amount": "100"}
    status, body = send(operator, f"/{wallet}/trades", wish)
    assert (status, body["code"]) == (409, "wallet_refused")


def test_every_address_stands_in_the_document() -> None:
    paths = json.loads(document_bytes())["paths"]
    for rest in ("", "/{wallet_id}", "/{wallet_id}/trades", "/{wallet_id}/transactions"):
        assert BASE + rest in paths


def test_the_command_line_does_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert "worth 10000 USDT" in arena(capsys, "wallet", "open", "--account", "Ben").out
    bought = arena(
        capsys, "wallet", "buy", "btc", "--account", "Ben", "--amount", "500", "--key", "a", "--json"
    )
    assert bought.json["data"]["from_asset"] == "USDT"
    again = arena(capsys, "wallet", "buy", "BTC", "--account", "Ben", "--amount", "500", "--key", "a")
    assert "booked before" in again.out
    assert "paper money" in again.out
    converted = arena(
        capsys, "wallet", "convert", "BTC", "ETH", "--account", "Ben", "--amount", "0.001", "--season", SLUG
    )
    assert converted.status == 0, converted.err
    assert arena(capsys, "wallet", "sell", "BTC", "--account", "Ben", "--amount", "0.001").status == 0
    assert arena(capsys, "wallet", "deposit", "--account", "Ben", "--amount", "5").status == 0
    assert arena(capsys, "wallet", "withdraw", "USDT", "--account", "Ben", "--amount", "5").status == 0
    history = arena(capsys, "wallet", "history", "--account", "Ben", "--json").json["data"]
    assert [row["type"] for row in history] == ["WITHDRAW", "DEPOSIT", "TRADE", "TRADE", "TRADE", "DEPOSIT"]
    assert "TRADE" in arena(capsys, "wallet", "history", "--account", "Ben").out
    assert arena(capsys, "wallet", "show", "--account", "Ben", "--json").json["data"]["name"] == "Ben"
    assert "Ben" in arena(capsys, "wallet", "list").out


def test_the_command_line_refuses_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    arena(capsys, "wallet", "open", "--account", "Cy")
    refused = [
        (("buy", "BTC", "--amount", "1e400"), "not a plain decimal"),
        (("buy", "BTC", "--amount", "nan"), "not a plain decimal"),
        (("buy", "BTC", "--amount", "20000"), "too little free USDT"),
        (("sell", "BTC", "--amount", "1"), "too little free BTC"),
        (("buy", "BTC"), "either the amount"),
        (("buy", "--amount", "5"), "takes 1 asset"),
        (("convert", "BTC", "--amount", "5"), "takes 2 assets"),
        (("buy", "DOGE", "--amount", "50"), "DOGE is no asset"),
        (("deposit",), "--amount"),
        (("buy", "BTC", "--amount", "50", "--season", "none"), "no price of BTC"),
        (("buy", "BTC", "--amount", "50", "--market", "nowhere"), "nowhere"),
    ]
    for arguments, words in refused:
        said = arena(capsys, "wallet", *arguments, "--account", "Cy")
        assert said.status > 0
        assert words in said.err, (arguments, said.err)
    assert "no wallet Dan" in arena(capsys, "wallet", "show", "--account", "Dan").err
    assert "no wallet" in arena(capsys, "wallet", "show").err


def test_a_market_named_by_option_gives_the_prices(capsys: pytest.CaptureFixture[str]) -> None:
    arena(capsys, "wallet", "open", "--account", "Eve")
    done = arena(
        capsys,
        "wallet",
        "buy",
        "SOL",
        "--account",
        "Eve",
        "--quantity",
        "2",
        "--market",
        "simulated",
        "--json",
    )
    assert done.json["data"]["quantity"] == "2"
    assert "imulated" in done.json["data"]["source"]
