"""The admin pages of people and money."""

from collections.abc import Callable

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import JournalEntry, LedgerAccount, TradingAccount, User
from accounts.services import reserve
from kernel.units import SCALE

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss@example.org"))
    return client


def page(model: str, name: str, *args: str) -> str:
    return reverse(f"admin:accounts_{model}_{name}", args=args)


def test_an_operator_creates_a_member_by_e_mail_address(operator: Client) -> None:
    answer = operator.post(
        page("user", "add"),
        {
            "email": "Ann@Example.org",
            "usable_password": "true",
            "password1": "seven green apples",
            "password2": "seven green apples",
        },
    )
    assert answer.status_code == 302
    member = User.objects.get(email="ann@example.org")
    assert (member.is_staff, member.is_active, member.check_password("seven green apples")) == (
        False,
        True,
        True,
    )


def test_the_same_address_in_other_letters_is_the_same_person(operator: Client) -> None:
    User.objects.create_user("ann@example.org")
    answer = operator.post(
        page("user", "add"), {"email": "ANN@example.org", "usable_password": "false"}, follow=True
    )
    assert "already exists" in answer.content.decode()
    assert User.objects.filter(email__iexact="ann@example.org").count() == 1


def test_an_operator_deactivates_a_member(operator: Client) -> None:
    member = User.objects.create_user("ann@example.org")
    answer = operator.post(
        page("user", "change", str(member.pk)), {"email": member.email, "display_name": "Ann"}
    )
    assert answer.status_code == 302
    member.refresh_from_db()
    assert (member.is_active, member.display_name) == (False, "Ann")


def test_an_operator_reads_balances_and_entries_as_decimals(
    operator: Client, open_account: Callable[..., str]
) -> None:
    account = open_account("ann", usdt=10)
    reserve(account, SCALE // 4, reference="r:1", market_ms=1_000)
    columns = operator.get(page("ledgeraccount", "changelist")).content.decode()
    assert "9.75" in columns
    assert "0.25" in columns
    entry = JournalEntry.objects.get(reference="r:1")
    detail = operator.get(page("journalentry", "change", entry.pk)).content.decode()
    assert "-0.25" in detail
    entries = operator.get(page("journalentry", "changelist"), {"q": "r:"}).content.decode()
    assert "1970-01-01T00:00:01Z" in entries


@pytest.mark.parametrize("model", [TradingAccount, LedgerAccount, JournalEntry])
def test_nobody_adds_changes_or_deletes_books_by_hand(
    operator: Client, open_account: Callable[..., str], model: type[Model]
) -> None:
    open_account("ann", usdt=1)
    before = list(model._default_manager.order_by("pk").values())
    name, key = model.__name__.lower(), str(before[0]["id"])
    assert operator.get(page(name, "changelist")).status_code == 200
    assert operator.get(page(name, "change", key)).status_code == 200
    assert operator.get(page(name, "add")).status_code == 403
    assert operator.post(page(name, "change", key), {"kind": "other", "balance": "5"}).status_code == 403
    assert operator.post(page(name, "delete", key), {"post": "yes"}).status_code == 403
    operator.post(
        page(name, "changelist"), {"action": "delete_selected", "_selected_action": key, "post": "yes"}
    )
    assert list(model._default_manager.order_by("pk").values()) == before
