"""The operator's pages: everything is shown, nothing is edited, every act is asked about and logged."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import DjangoDbBlocker

from agents.selectors.strategies import example_strategies
from agents.services.strategies import save_strategy
from arena.models import Contestant, Round, Season, Turn
from interfaces.security import POLICY
from tests.factories.played_season import season_for_a_module
from trading.models import (
    Command,
    ControlChange,
    Decision,
    TradingState,
    VenueAccount,
    VenueMismatch,
)

pytestmark = pytest.mark.django_db

OURS = {"arena", "agents", "trading"}
SHOWN = [model for model in admin.site._registry if model._meta.app_label in OURS]


@pytest.fixture(scope="module", autouse=True)
def season(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:  # noqa: ARG001 - asked for its order
    with season_for_a_module(django_db_blocker, rounds=30) as season_id, django_db_blocker.unblock():
        for strategy in example_strategies():
            save_strategy(strategy, sentence="", author="a test", wall_ms=0)
        yield season_id


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("chief@localhost"))
    return client


@pytest.fixture
def clerk(client: Client) -> Client:
    """Sign in staff without any right."""
    client.force_login(get_user_model().objects.create_user("clerk@localhost", is_staff=True))
    return client


def list_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def act(client: Client, model: Any, action: str, rows: Any, *, confirmed: bool) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(list_of(model), {**data, **({"confirmed": "yes"} if confirmed else {})})


def make_rows_of_switches() -> None:
    """Have a row of each table that a quiet season leaves empty."""
    account = Contestant.objects.order_by("position").values_list("account_id", flat=True)[0]
    said = {"reason": "a test", "changed_by": "a tester"}
    TradingState.objects.create(id="global", level="active", changed_ms=0, **said)
    ControlChange.objects.create(
        what="level", scope="global", before="active", after="halted", wall_ms=0, **said
    )
    Command.objects.create(feed="venue", scope="global", kind="cancel", asked_by="a tester", asked_wall_ms=0)
    VenueAccount.objects.create(
        account_id=account, feed="f", venue="aster", profile="testnet", created_wall_ms=0
    )
    VenueMismatch.objects.create(
        id="1" * 32, account_id=account, kind="money", ours=1, theirs=2, found_wall_ms=0
    )


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_every_list_and_page_opens_under_the_policy(operator: Client, model: Any) -> None:
    make_rows_of_switches()
    addresses = [list_of(model)]
    row = model.objects.first()
    assert row is not None
    addresses.append(f"{list_of(model)}{row.pk}/change/")
    for address in addresses:
        answer = operator.get(address)
        page = answer.content.decode().replace("<noscript><style>", "")
        assert answer.status_code == 200, address
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert "<style" not in page
        assert "<script>" not in page
        assert " style=" not in page


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_nothing_can_be_added_edited_or_deleted(operator: Client, model: Any) -> None:
    make_rows_of_switches()
    row = model.objects.first()
    assert operator.get(f"{list_of(model)}add/").status_code == 403
    assert operator.get(f"{list_of(model)}{row.pk}/delete/").status_code == 403
    assert operator.post(f"{list_of(model)}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert operator.post(f"{list_of(model)}{row.pk}/change/", {"name": "x"}).status_code == 403
    act(operator, model, "delete_selected", [row], confirmed=True)
    assert model.objects.filter(pk=row.pk).exists()
    page = operator.get(f"{list_of(model)}{row.pk}/change/").content.decode()
    form = page.split('id="content-main"')[1]
    assert not re.search(r'<(input|textarea|select)[^>]* name="(?!csrf)', form)


def test_an_action_asks_before_it_acts(operator: Client) -> None:
    season = Season.objects.get()
    answer = act(operator, Season, "pause", [season], confirmed=False)
    assert answer.status_code == 200
    assert b"No new round is opened" in answer.content
    season.refresh_from_db()
    assert season.status == "running"
    assert not LogEntry.objects.exists()


def test_a_season_is_paused_and_resumed_and_the_log_says_who(operator: Client) -> None:
    season = Season.objects.get()
    for action, status in (("pause", "paused"), ("resume", "running")):
        act(operator, Season, action, [season], confirmed=True)
        season.refresh_from_db()
        assert season.status == status
    entries = LogEntry.objects.order_by("id")
    assert [(str(entry.user), entry.object_id, entry.change_message) for entry in entries] == [
        ("chief@localhost", season.pk, "Status set to paused"),
        ("chief@localhost", season.pk, "Status set to running"),
    ]


def test_an_action_that_does_not_apply_changes_and_logs_nothing(operator: Client) -> None:
    Season.objects.update(status="finished")
    for action in ("pause", "resume"):
        act(operator, Season, action, Season.objects.all(), confirmed=True)
    assert Season.objects.get().status == "finished"
    assert not LogEntry.objects.exists()


def test_contestants_pause_resume_and_retire(operator: Client) -> None:
    rows = list(Contestant.objects.filter(slug__in=["momentum", "chatgpt"]).order_by("slug"))
    story = []
    for action in ("pause", "resume", "retire", "resume"):
        act(operator, Contestant, action, rows, confirmed=True)
        story.append(
            list(
                Contestant.objects.filter(pk__in=[row.pk for row in rows])
                .order_by("slug")
                .values_list("status", flat=True)
            )
        )
    assert story == [
        ["paused", "paused"],
        ["waiting_for_key", "playing"],
        ["retired", "retired"],
        ["retired", "retired"],
    ]


def test_staff_without_rights_sees_and_does_nothing(clerk: Client) -> None:
    season = Season.objects.get()
    assert clerk.get(list_of(Season)).status_code == 403
    assert act(clerk, Season, "pause", [season], confirmed=True).status_code == 403
    assert clerk.post("/admin/trading/tradingstate/turn/halted/", {"reason": "x"}).status_code == 403
    season.refresh_from_db()
    assert season.status == "running"
    assert not TradingState.objects.exists()


def test_the_switch_needs_a_reason_and_logs_it(operator: Client) -> None:
    address = "/admin/trading/tradingstate/turn/reducing/"
    assert address.encode() in operator.get(list_of(TradingState)).content
    assert b"Nobody may open or add" in operator.get(address).content
    refused = operator.post(address, {"reason": "   "})
    assert b"Say why" in refused.content
    assert not TradingState.objects.exists()
    assert operator.post(address, {"reason": " prices  look odd "}).status_code == 302
    state = TradingState.objects.get()
    assert (state.level, state.reason, state.changed_by) == ("reducing", "prices look odd", "chief@localhost")
    assert LogEntry.objects.get().change_message == "Turned to reducing: prices look odd"
    operator.post("/admin/trading/tradingstate/turn/active/", {"reason": "fine again"})
    assert TradingState.objects.get().level == "active"


def test_there_is_no_other_level(operator: Client) -> None:
    assert operator.post("/admin/trading/tradingstate/turn/flat/", {"reason": "x"}).status_code == 404


def test_the_switch_is_guarded_against_forgery() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_superuser("chief@localhost"))
    assert client.post("/admin/trading/tradingstate/turn/halted/", {"reason": "x"}).status_code == 403


def test_a_round_leads_to_its_turns_and_a_turn_to_its_decisions(operator: Client) -> None:
    decision = Decision.objects.exclude(outcome="held").first()
    assert decision is not None
    turn = Turn.objects.get(pk=decision.turn_id)
    row = Round.objects.get(pk=turn.round_id)
    rounds = operator.get(list_of(Round)).content.decode()
    assert f"/admin/arena/turn/?round__id__exact={row.pk}" in rounds
    turns = operator.get(f"/admin/arena/turn/?round__id__exact={row.pk}").content.decode()
    assert f"/admin/trading/decision/?turn_id__exact={turn.pk}" in turns
    decisions = operator.get(f"/admin/trading/decision/?turn_id__exact={turn.pk}").content.decode()
    assert decision.pk in decisions
    assert (
        "passed leverage" in operator.get(f"/admin/trading/decision/{decision.pk}/change/").content.decode()
    )
