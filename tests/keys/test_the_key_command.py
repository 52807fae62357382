"""Keys on the command line: set unseen, listed by their ends, rotated, dropped; never among the words."""

import io
import sys
from typing import Any

import pytest

from accounts.domain.secrets import read_keyring
from accounts.selectors import secret_hints
from tests.factories.commands import arena
from tests.factories.keys import KEY, MASTER_KEY

pytestmark = pytest.mark.django_db


def test_keys_are_set_listed_and_dropped_by_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\n"))
    assert arena(capsys, "key", "set", "provider:openai", "--json").json["host"] == "api.openai.com"
    listed = arena(capsys, "key", "list", "--json")
    assert (listed.json["keys"][0]["last4"], listed.json["master_keys"]) == ("abcd", ["first"])
    assert arena(capsys, "key", "check").status == 0
    assert arena(capsys, "key", "rotate", "--json").json["by_master_key"] == {"first": 1}
    assert KEY not in listed.out
    assert arena(capsys, "key", "drop", "provider:openai").status == 0
    assert arena(capsys, "key", "drop", "provider:openai").status == 2


@pytest.mark.parametrize("words", [("provider:openai", KEY), ("provider:openai", "--key", KEY)])
def test_a_key_among_the_words_of_a_command_is_refused(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    said = arena(capsys, "key", "set", *words)
    assert said.status == 2
    assert "never given on the command line" in said.err
    assert KEY not in said.err + said.out
    assert secret_hints("provider") == ()


@pytest.mark.parametrize(
    ("owner", "why"),
    [
        ("openai", "name the key's owner"),
        ("provider:scoring", "name the key's owner"),
        ("agent:nobody", "name it with --host"),
        ("provider:openai_compatible", "name it with --host"),
    ],
)
def test_owners_that_nobody_knows_are_refused(
    owner: str, why: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(KEY))
    said = arena(capsys, "key", "set", owner)
    assert (said.status, why in said.err) == (2, True)


def test_a_rotation_that_leaves_a_key_behind_ends_with_status_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(KEY))
    arena(capsys, "key", "set", "provider:openai")
    settings.ARENA_KEYRING = read_keyring(f"second:{MASTER_KEY}")
    for action in ("rotate", "check"):
        said = arena(capsys, "key", action)
        assert said.status == 1
        assert "sealed under master key first, which is not there" in said.out


def test_a_rotation_to_other_bytes_under_the_same_id_is_not_said_to_be_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(KEY))
    arena(capsys, "key", "set", "provider:openai")
    settings.ARENA_KEYRING = read_keyring(f"first:{MASTER_KEY[:8]}AAAA{MASTER_KEY[12:]}")
    said = arena(capsys, "key", "rotate")
    assert said.status == 1
    assert "provider:openai cannot be opened" in said.out
