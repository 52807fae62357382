"""The one-time link of the operator."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from interfaces.clock import wall_ms
from interfaces.operator import (
    LINK_LIFE_S,
    OPERATOR_EMAIL,
    OperatorTokens,
    find_operator,
    issue_operator_link,
    use_up,
)
from interfaces.security import POLICY

pytestmark = pytest.mark.django_db

HOST = "http://testserver"


def address_of(link: str) -> str:
    assert link.startswith(HOST + "/operator/")
    return link.removeprefix(HOST)


def test_the_link_signs_in_once_by_its_button(client: Client) -> None:
    address = address_of(issue_operator_link(HOST))
    answer = client.post(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    again = Client().post(address)
    assert again.status_code == 410
    assert Client().get(address).status_code == 410


def test_looking_at_the_link_does_not_use_it_up(client: Client) -> None:
    address = address_of(issue_operator_link(HOST + "/"))
    for _ in range(3):
        page = Client().get(address)
        assert page.status_code == 200
        assert "no-store" in page.headers["Cache-Control"]
        assert page.headers["Content-Security-Policy"] == POLICY
        assert b"<style" not in page.content
        assert Client().head(address).status_code == 200
    assert client.get("/admin/").status_code == 302
    assert client.post(address).status_code == 302


def test_the_operator_has_no_password_and_is_made_once() -> None:
    issue_operator_link(HOST)
    issue_operator_link(HOST)
    operator = get_user_model().objects.get(email=OPERATOR_EMAIL)
    assert not operator.has_usable_password()
    assert operator.is_superuser


def test_every_link_dies_when_one_is_used(client: Client) -> None:
    first, second = (address_of(issue_operator_link(HOST)) for _ in range(2))
    assert client.post(second).status_code == 302
    assert Client().post(first).status_code == 410


def test_a_link_dies_after_an_hour() -> None:
    now = [wall_ms()]
    tokens = OperatorTokens(lambda: now[0])
    _, uid, token = address_of(issue_operator_link(HOST, tokens)).strip("/").split("/")
    now[0] += LINK_LIFE_S * 1000
    assert find_operator(uid, token, tokens) is not None
    now[0] += 1000
    assert find_operator(uid, token, tokens) is None


def test_two_clicks_at_once_are_one_entry() -> None:
    _, uid, token = address_of(issue_operator_link(HOST)).strip("/").split("/")
    first, second = find_operator(uid, token), find_operator(uid, token)
    assert first is not None
    assert second is not None
    assert (use_up(first), use_up(second)) == (True, False)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_a_link_of_somebody_who_may_not_enter_is_dead(client: Client, change: dict[str, bool]) -> None:
    address = address_of(issue_operator_link(HOST))
    get_user_model().objects.update(**change)
    assert client.post(address).status_code == 410


@pytest.mark.parametrize(
    "address", ["/operator/x/y/", "/operator/MQ/abc-def/", "/operator/%00/a-b/", "/operator/OTk5/1-2/"]
)
def test_a_made_up_link_is_dead(client: Client, address: str) -> None:
    assert client.get(address).status_code == 410


def test_a_password_reset_token_is_no_operator_link(client: Client) -> None:
    from django.contrib.auth.tokens import default_token_generator  # noqa: PLC0415 - only here

    address = address_of(issue_operator_link(HOST))
    operator = get_user_model().objects.get(email=OPERATOR_EMAIL)
    forged = re.sub(r"[^/]+/$", default_token_generator.make_token(operator) + "/", address)
    assert client.post(forged).status_code == 410


def test_the_button_is_guarded_against_forgery() -> None:
    address = address_of(issue_operator_link(HOST))
    assert Client(enforce_csrf_checks=True).post(address).status_code == 403


def test_the_admin_offers_to_set_a_password(client: Client) -> None:
    client.post(address_of(issue_operator_link(HOST)))
    operator = get_user_model().objects.get(email=OPERATOR_EMAIL)
    assert client.get(f"/admin/accounts/user/{operator.pk}/password/").status_code == 200
