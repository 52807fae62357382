"""The admin enters and tests model contestants, and takes new keys; it shows none."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from accounts.selectors import secret_hints, secrets_of
from accounts.services import store_secret
from arena.models import Contestant
from config.errands import run_errands
from tests.factories.keys import KEY, body
from tests.factories.provider_server import ProviderServer

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("season")
def test_the_admin_enters_tests_and_tells(ready: ProviderServer, operator: Client) -> None:
    assert b"/admin/arena/contestant/enter/" in operator.get("/admin/arena/contestant/").content
    assert operator.get("/admin/arena/contestant/enter/").status_code == 200
    data = {"profile": "moderate", "replicas": "1", **body(ready)}
    entered = operator.post("/admin/arena/contestant/enter/", data)
    assert entered.status_code == 302
    waiting = operator.get(entered.headers["Location"]).content.decode()
    assert 'http-equiv="refresh"' in waiting
    run_errands()
    told = operator.get(entered.headers["Location"]).content.decode()
    assert 'http-equiv="refresh"' not in told
    assert "Key accepted</th><td>yes" in told
    assert KEY not in waiting + told
    again = operator.post(f"/admin/arena/contestant/{Contestant.objects.get(slug='my-model').pk}/test/")
    assert again.status_code == 302


@pytest.mark.usefixtures("season")
def test_the_pages_hold_nothing_that_the_policy_would_block(ready: ProviderServer, operator: Client) -> None:
    data = {"profile": "moderate", "replicas": "1", **body(ready)}
    tested = operator.post("/admin/arena/contestant/enter/", data).headers["Location"]
    row = Contestant.objects.get(slug="my-model").pk
    for address in ("/admin/arena/contestant/enter/", f"/admin/arena/contestant/{row}/test/", tested):
        page = operator.get(address).content.decode().replace("<noscript><style>", "")
        assert not [mark for mark in ("<style", "<script>", " style=", " onclick=") if mark in page]


@pytest.mark.usefixtures("season")
def test_a_form_that_is_refused_comes_back_without_the_key(
    provider: ProviderServer, operator: Client
) -> None:
    data = {"profile": "moderate", "replicas": "1", **body(provider, provider="openai")}
    page = operator.post("/admin/arena/contestant/enter/", data).content.decode()
    assert "at its own address" in page
    assert 'value="My Model"' in page
    assert KEY not in page


@pytest.mark.usefixtures("season")
def test_staff_without_the_right_neither_sees_nor_uses_the_form(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("clerk@localhost", is_staff=True))
    row = Contestant.objects.filter(slug="chatgpt").get()
    for address in ("enter/", f"{row.pk}/test/", f"{row.pk}/test/x/"):
        assert client.get(f"/admin/arena/contestant/{address}").status_code == 403
        assert client.post(f"/admin/arena/contestant/{address}").status_code == 403


def test_a_stored_key_is_replaced_and_forgotten_by_hand(operator: Client, keyring: Any) -> None:
    store_secret("provider", "provider:openai", KEY, "api.openai.com", 1, keyring)
    page = operator.get("/admin/accounts/secret/").content.decode()
    assert "… abcd" in page
    address = page.split('/replace/"')[0].rpartition('href="')[2] + "/replace/"
    assert operator.get(address).status_code == 200
    assert b"holds a blank" in operator.post(address, {"key": "two words"}).content
    assert operator.post(address, {"key": "sk-replaced-1234-wxyz"}).status_code == 302
    assert secrets_of("provider", ["provider:openai"], keyring)["provider:openai"].reveal().endswith("wxyz")
    row = address.split("/")[-3]
    drop = {"action": "drop", "_selected_action": [row]}
    assert b"wait until a key is set again" in operator.post("/admin/accounts/secret/", drop).content
    operator.post("/admin/accounts/secret/", {**drop, "confirmed": "yes"})
    assert secret_hints("provider") == ()
