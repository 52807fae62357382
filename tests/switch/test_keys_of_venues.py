"""Exchanges' keys: sealed apart from the others, opened only where orders are sent, told by nobody."""

import io
import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from accounts.domain.secret_fields import fields_from, read_fields, write_fields
from accounts.domain.secrets import MasterKeyError, SecretError, UnusableSecretError, read_keyring
from accounts.models import Secret
from arena.models import Contestant
from config.env import SettingError, read_venue_keys
from config.topology import ROLES_OF_WORKERS, environment_of
from config.venue_keys import may_open_venue_keys, venue_credentials
from tests.factories.commands import ROOT, arena, environment
from tests.factories.keys import MASTER_KEY
from tests.factories.played_season import SLUG, play_season
from trading.adapters.ccxt_live import DIALECTS
from trading.domain.venue_fields import VENUE_FIELDS
from trading.models import ControlChange, VenueAccount
from trading.services import drop_venue_key, store_venue_key

PARTS = {"apiKey": "canary-api-key-8842", "secret": "canary-secret-9137"}
ENTRY = f"venue1:{b64encode(b'v' * 32).decode()}"


@pytest.fixture(autouse=True)
def keyrings(settings: Any) -> None:
    settings.ARENA_KEYRING = read_keyring(f"first:{MASTER_KEY}")
    settings.ARENA_VENUE_KEYRING = read_keyring(ENTRY)


@pytest.fixture
def account() -> str:
    play_season(rounds=1)
    found: str = Contestant.objects.get(slug="momentum").account_id
    return found


def test_the_parts_are_those_that_the_venues_adapter_takes() -> None:
    assert {name: dialect.keys for name, dialect in DIALECTS.items()} == VENUE_FIELDS


@pytest.mark.parametrize(
    "text",
    [json.dumps(PARTS), "apiKey=canary-api-key-8842\nsecret = canary-secret-9137\n", write_fields(PARTS)],
)
def test_a_key_of_several_parts_is_read_in_either_form(text: str) -> None:
    assert fields_from(text, ("apiKey", "secret")) == PARTS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "canary-api-key-8842",
        '{"apiKey": "canary-api-key-8842"}',
        '{"apiKey": "canary-api-key-8842", "secret": ""}',
        '{"apiKey": "canary-api-key-8842", "secret": 5}',
        '{"apiKey": "canary-api-key-8842", "secret": "x", "more": "y"}',
        '{"apiKey": "canary-api-key-8842"',
    ],
)
def test_any_other_form_is_refused_without_telling_it(text: str) -> None:
    with pytest.raises(UnusableSecretError) as refused:
        fields_from(text, ("apiKey", "secret"))
    assert "canary" not in str(refused.value)
    assert "apiKey, secret" in str(refused.value)


def test_a_stored_text_of_another_form_is_none() -> None:
    with pytest.raises(UnusableSecretError, match="set it anew"):
        read_fields("[1]")


@pytest.mark.django_db
def test_a_key_is_sealed_under_the_venues_master_key_alone(account: str, settings: Any) -> None:
    store_venue_key(account, "binanceusdm", PARTS, "ann", 1)
    row = Secret.objects.get()
    assert (row.purpose, row.owner, row.host, row.master_key) == ("venue", account, "binanceusdm", "venue1")
    assert row.last4 == "8842"
    assert all(part.encode() not in bytes(row.sealed) for part in PARTS.values())
    assert venue_credentials(account, "binanceusdm") == PARTS
    settings.ARENA_VENUE_KEYRING = settings.ARENA_KEYRING
    with pytest.raises(MasterKeyError, match="venue1, which is not there"):
        venue_credentials(account, "binanceusdm")


@pytest.mark.django_db
def test_a_key_of_one_venue_is_not_opened_for_another(account: str) -> None:
    store_venue_key(account, "binanceusdm", PARTS, "ann", 1)
    with pytest.raises(SecretError, match="belongs to binanceusdm, not to weex"):
        venue_credentials(account, "weex")


@pytest.mark.django_db
def test_a_row_that_was_moved_to_another_account_does_not_open(account: str) -> None:
    store_venue_key(account, "binanceusdm", PARTS, "ann", 1)
    other = Contestant.objects.exclude(slug="momentum")[0].account_id
    Secret.objects.update(owner=other)
    with pytest.raises(SecretError, match="was changed or moved"):
        venue_credentials(other, "binanceusdm")
    assert venue_credentials(account, "binanceusdm") is None


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["models", "web", "beat"])
def test_a_process_of_another_role_neither_opens_nor_seals(account: str, settings: Any, role: str) -> None:
    store_venue_key(account, "binanceusdm", PARTS, "ann", 1)
    settings.ARENA_ROLE = role
    assert not may_open_venue_keys()
    for act in (
        lambda: venue_credentials(account, "binanceusdm"),
        lambda: store_venue_key(account, "binanceusdm", PARTS, "ann", 2),
    ):
        with pytest.raises(MasterKeyError, match=f"ARENA_ROLE={role} opens and seals no exchange's key"):
            act()


@pytest.mark.django_db
def test_another_key_switches_the_account_off_until_it_is_looked_at(account: str) -> None:
    VenueAccount.objects.create(
        account_id=account,
        feed="f",
        venue="binanceusdm",
        profile="live",
        enabled=True,
        permissions="trade:1 withdraw:0 transfer:0 ip:1",
        probed_wall_ms=1,
        waiver="ann: I know",
        created_wall_ms=0,
    )
    store_venue_key(account, "binanceusdm", PARTS, "ann", 7)
    row = VenueAccount.objects.get()
    assert (row.enabled, row.permissions, row.probed_wall_ms, row.waiver) == (False, "", None, "")
    assert drop_venue_key(account, "ann", 8)
    assert not drop_venue_key(account, "ann", 9)
    changes = ControlChange.objects.order_by("id").values_list("what", "before", "after", "wall_ms")
    assert list(changes) == [("key", "enabled", "key set", 7), ("key", "disabled", "key dropped", 8)]


def test_settings_of_a_role_without_venues_refuse_the_venues_keys(tmp_path: Path) -> None:
    name = "ARENA_VENUE_MASTER_KEYS"
    (tmp_path / "venue_master_keys").write_text(ENTRY)
    (tmp_path / "venue_master_keys").chmod(0o600)
    for role in ("models", "web", "beat"):
        assert read_venue_keys({}, name, tmp_path, role).ids == ()
        for variable in (name, f"{name}_FILE"):
            with pytest.raises(SettingError, match="must not hold it"):
                read_venue_keys({variable: ENTRY}, name, tmp_path, role)
    for role in ("all", "trade"):
        assert read_venue_keys({}, name, tmp_path, role).ids == ("venue1",)
    (tmp_path / "venue_master_keys").chmod(0o644)
    with pytest.raises(SettingError, match="chmod 600"):
        read_venue_keys({}, name, tmp_path, "trade")


def test_workers_that_ask_models_get_no_venues_keys_from_the_topology() -> None:
    given = {"PATH": "/bin", "ARENA_VENUE_MASTER_KEYS": ENTRY, "ARENA_VENUE_MASTER_KEYS_FILE": "/f"}
    assert set(ROLES_OF_WORKERS) == {"models", "trade"}
    for role in ("models", "web", "beat"):
        assert environment_of(role, given) == {"PATH": "/bin", "ARENA_ROLE": role}
    assert environment_of("trade", given) == {**given, "ARENA_ROLE": "trade"}


LOOK = """
import json, os, sys
import django
django.setup()
from django.conf import settings
from config.celery import make_app
from config.venue_keys import venue_credentials
try:
    told = venue_credentials(sys.argv[1], "binanceusdm")
except Exception as refusal:
    told = f"{type(refusal).__name__}: {refusal}"
app = make_app("redis://127.0.0.1:1/0", role=settings.ARENA_ROLE)
print(json.dumps({
    "told": told,
    "held": list(settings.ARENA_VENUE_KEYRING.ids),
    "environment": [name for name in os.environ if "VENUE" in name],
    "queues": sorted(queue.name for queue in app.conf.task_queues),
}))
"""


def look_as(role: str, account: str, url: str, folder: Path) -> Any:
    """Start a process as the topology would start a worker of this role, and let it look for the key."""
    given = {
        **environment(folder, DATABASE_URL=url, ARENA_VENUE_MASTER_KEYS=ENTRY),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
    }
    said = subprocess.run(
        [sys.executable, "-c", LOOK, account],
        env=environment_of(role, given),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(said.stdout)


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_that_asks_models_cannot_open_what_a_trading_one_can(
    database_url: str, tmp_path: Path, account: str
) -> None:
    store_venue_key(account, "binanceusdm", PARTS, "ann", 1)
    asking = look_as("models", account, database_url, tmp_path)
    assert asking["told"].startswith("MasterKeyError: a process with ARENA_ROLE=models opens and seals no")
    assert (asking["held"], asking["environment"]) == ([], [])
    assert asking["queues"] == ["arena", "models"]
    trading = look_as("trade", account, database_url, tmp_path)
    assert trading["told"] == PARTS
    assert (trading["held"], trading["queues"]) == (["venue1"], ["arena", "trade"])


@pytest.mark.django_db
def test_the_command_keeps_a_venues_key_and_never_shows_it(
    account: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    owner = ("venue:momentum", "--season", SLUG)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(PARTS)))
    assert "name the venue" in arena(capsys, "key", "set", *owner).err
    said = arena(capsys, "key", "set", *owner, "--venue", "binanceusdm")
    assert said.status == 0
    assert said.out == (
        "momentum: stored, for binanceusdm only; its account is off until it is enabled again.\n"
    )
    listed = arena(capsys, "key", "list")
    assert f"venue:momentum ({SLUG})" in listed.out
    assert "8842" in listed.out
    settings.ARENA_VENUE_KEYRING = read_keyring(f"venue2:{b64encode(b'w' * 32).decode()},{ENTRY}")
    assert "1 sealed anew" in arena(capsys, "key", "rotate").out
    assert arena(capsys, "key", "check").out == "1 of 1 keys can be opened.\n"
    assert venue_credentials(account, "binanceusdm") == PARTS
    settings.ARENA_VENUE_KEYRING = read_keyring(ENTRY)
    broken = arena(capsys, "key", "check")
    assert (broken.status, "venue2, which is not there" in broken.out) == (1, True)
    assert arena(capsys, "key", "drop", *owner).out == "venue:momentum: forgotten.\n"
    texts = "".join(part for one in (said, listed, broken) for part in (one.out, one.err))
    assert not any(part in texts for part in PARTS.values())
    assert os.environ.get("ARENA_VENUE_MASTER_KEYS") is None
