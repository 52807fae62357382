"""The switch from the command line, by API and on the pages: the same switch, the same sentences."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from arena.models import Contestant
from config.env import SettingError, check_trading, read_venue_keys
from tests.factories.commands import arena, start_arena
from tests.factories.played_season import SLUG, play_season
from trading.models import ControlChange, TradingState, VenueAccount
from trading.services import set_trading_level

WHO = ("--reason", "looks odd", "--by", "ann")
ADDRESS = "/api/v1/switch"


@pytest.fixture(autouse=True)
def stop_path(tmp_path: Path, settings: Any) -> Path:
    settings.ARENA_STOP_FILE = tmp_path / "ARENA_STOP"
    return tmp_path / "ARENA_STOP"


@pytest.fixture
def season() -> str:
    return play_season(rounds=1)


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("chief@localhost"))
    return client


def press(client: Client, key: str = "", **body: str) -> Any:
    """Turn the switch by API."""
    headers = {"Idempotency-Key": key} if key else {}
    sent = json.dumps({"level": "halted", "reason": "a test", **body})
    return client.post(ADDRESS, sent, content_type="application/json", headers=headers)


@pytest.mark.django_db
def test_stopped_and_resumed_from_the_command_line(season: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "kill", *WHO)
    assert said.out == "Trading is halted (it was active); 1 commands left to be carried out.\n"
    status = arena(capsys, "kill", "--status", "--json").json
    assert (status["level"], status["profile"], status["stop_file"]) == ("halted", "paper", None)
    assert status["waiting"] == [{"feed": season, "scope": "global", "kind": "cancel", "by": "ann"}]
    told = arena(capsys, "kill", "--status").out
    assert "level of global: active -> halted by ann: looks odd" in told
    assert arena(capsys, "resume", *WHO).out == "Trading is active (it was halted).\n"


@pytest.mark.django_db
def test_one_contestant_from_the_command_line(season: str, capsys: pytest.CaptureFixture[str]) -> None:
    who = ("--contestant", "momentum", "--season", SLUG)
    said = arena(capsys, "kill", "--level", "flatten", *who, *WHO, "--json").json
    assert said["turned"]["after"] == "halted"
    assert said["switches"][0]["contestant"] == f"momentum in {SLUG}"
    assert said["level"] == "active"
    assert arena(capsys, "resume", *who, *WHO).out == "Trading of momentum is active (it was halted).\n"
    assert season


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("kill",), "say why"),
        (("kill", "--reason", "x"), "say who"),
        (("kill", "--contestant", "momentum", *WHO), "name both the season and the contestant"),
        (("kill", "--contestant", "nobody", "--season", SLUG, *WHO), "has no contestant nobody"),
        (("resume", "--reason", "x", "--by", "arena"), "started again by a person"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    set_trading_level("halted", "a test", "tester", 1)
    said = arena(capsys, *words)
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err
    assert TradingState.objects.get().level == "halted"


@pytest.mark.django_db
def test_by_api_the_same_request_turns_once_and_another_body_is_refused(
    season: str, operator: Client
) -> None:
    first = press(operator, "name-1")
    assert (first.status_code, first["Cache-Control"]) == (200, "no-store")
    data = first.json()["data"]
    assert (data["before"], data["after"], data["commands"], data["repeated"]) == (
        "active",
        "halted",
        1,
        False,
    )
    again = press(operator, "name-1").json()["data"]
    assert {**data, "commands": 0, "repeated": True} == again
    other = press(operator, "name-1", level="flatten")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert ControlChange.objects.count() == 1
    shown = operator.get(ADDRESS).json()["data"]
    assert (shown["level"], shown["profile"]) == ("halted", "paper")
    assert shown["switches"][0]["by"] == "chief@localhost"
    assert [one["after"] for one in shown["history"]] == ["halted"]
    assert season


@pytest.mark.django_db
def test_two_people_may_use_the_same_name_for_their_requests(operator: Client) -> None:
    press(operator, "name-1")
    other = Client()
    other.force_login(get_user_model().objects.create_superuser("second@localhost"))
    assert press(other, "name-1", level="active").json()["data"]["repeated"] is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"level": "off"}, "is not known"),
        ({"reason": " "}, "Say why"),
        ({"season": SLUG}, "Name both the season and the contestant"),
        ({"season": "none", "contestant": "x"}, "has no contestant x"),
        ({"more": "x"}, "more is not a field"),
    ],
)
def test_a_wrong_body_is_a_problem(operator: Client, body: dict[str, str], sentence: str) -> None:
    said = press(operator, **body)
    assert (said.status_code, said["Content-Type"]) == (400, "application/problem+json")
    assert sentence in said.json()["detail"]
    assert press(operator, "k" * 256).status_code == 400
    assert not TradingState.objects.exists()


@pytest.mark.django_db
def test_only_staff_with_the_right_may_look_and_turn(client: Client) -> None:
    assert press(client).status_code in {401, 403}
    clerk = get_user_model().objects.create_user("clerk@localhost", is_staff=True)
    client.force_login(clerk)
    assert press(client).status_code == client.get(ADDRESS).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="change_tradingstate"))
    client.force_login(get_user_model().objects.get(pk=clerk.pk))
    assert press(client).status_code == 200


@pytest.mark.django_db
def test_an_operators_page_turns_one_contestants_switch(season: str, operator: Client) -> None:
    account = Contestant.objects.get(slug="momentum").account_id
    page = f"/admin/arena/contestant/{Contestant.objects.get(slug='momentum').pk}/change/"
    address = f"/admin/trading/tradingstate/turn/flatten/?account={account}"
    assert address.replace("&", "&amp;").encode() in operator.get(page).content
    assert b"every open position is closed" in operator.get(address).content
    assert operator.post(address, {"reason": "enough"}).status_code == 302
    state = TradingState.objects.get()
    assert (state.id, state.level, state.reason) == (account, "halted", "enough")
    unknown = operator.post("/admin/trading/tradingstate/turn/halted/?account=nobody", {"reason": "x"})
    assert b"There is no contestant with the account nobody" in unknown.content
    assert season


@pytest.mark.django_db
def test_a_turned_switch_and_real_money_are_shown_at_once(
    season: str, client: Client, stop_path: Path
) -> None:
    page = f"/seasons/{SLUG}/"
    before = client.get(page).content.decode()
    assert "paper money" in before
    assert "all trading stopped" not in before
    stop_path.touch()
    assert "all trading stopped" in client.get(page).content.decode()
    stop_path.unlink()
    seat = Contestant.objects.get(slug="momentum")
    VenueAccount.objects.create(
        account_id=seat.account_id, feed=season, venue="aster", profile="live", created_wall_ms=0
    )
    Contestant.objects.filter(pk=seat.pk).update(division="live")
    set_trading_level("reducing", "a test", "tester", 1)
    shown = client.get(page).content.decode()
    assert "real money in the live division" in shown
    assert "Live: at real venues" in shown
    assert "live, real money" in shown
    head = client.get(f"/api/v1/seasons/{SLUG}/").json()["data"]
    assert head["profile"] == "live"


def test_without_a_database_the_way_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "a-folder").mkdir()
    path = tmp_path / "STOP"
    broken = {"DATABASE_URL": f"sqlite:///{tmp_path / 'a-folder'}", "ARENA_STOP_FILE": str(path)}
    started = start_arena(tmp_path, "kill", *WHO, **broken)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (3, "")
    assert f"stop trading without it: touch {path}" in err


LIVE: dict[str, Any] = {
    "trading": "live",
    "debug": False,
    "https": True,
    "host": "0.0.0.0",  # noqa: S104 - nothing listens in this test
    "role": "all",
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"debug": True}, "DEBUG=1"),
        ({"https": False}, "HTTPS=0"),
        ({}, "needs the keys that seal"),
        ({"role": "trade"}, "needs the keys that seal"),
    ],
)
def test_live_does_not_start_without_its_conditions(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    keyring = read_venue_keys({}, "ARENA_VENUE_MASTER_KEYS", tmp_path, "all")
    check_trading(**{**LIVE, **changes, "trading": "testnet"}, keyring=keyring)
    check_trading(**{**LIVE, "role": "models"}, keyring=keyring)
    with pytest.raises(SettingError, match=sentence) as refused:
        check_trading(**{**LIVE, **changes}, keyring=keyring)
    assert refused.value.code == 3
