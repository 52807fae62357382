"""A contestant's own key before its provider's before the environment's, and each to its own host only."""

from pathlib import Path
from typing import Any

import pytest

from accounts.domain.secrets import Keyring, read_keyring
from accounts.services import store_secret
from agents.domain.specs import SpecConfig
from config.keys import NO_KEY, FoundKey, host_of, is_key_there, key_for, keys_for
from tests.factories.keys import MASTER_KEY

pytestmark = pytest.mark.django_db

OPENAI = SpecConfig("openai", "chatgpt", 1, {"model": "gpt-6-luna"})
ELSEWHERE = SpecConfig(
    "openai", "chatgpt", 2, {"model": "gpt-6-luna", "base_url": "https://evil.example.com/v1"}
)
OWN = SpecConfig("openai_compatible", "own", 1, {"model": "m", "base_url": "https://models.example.com/v1"})


def told(found: FoundKey) -> str:
    return found.text.reveal() if found.text else ""


def store(keyring: Keyring, owner: str, text: str, host: str = "api.openai.com") -> None:
    store_secret("provider", owner, text, host, 1, keyring)


def test_its_own_key_comes_before_its_providers_before_the_environments(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert key_for(OPENAI) == NO_KEY
    assert not is_key_there(OPENAI)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    assert told(key_for(OPENAI)) == "sk-environment"
    store(keyring, "provider:openai", "sk-of-provider")
    assert told(key_for(OPENAI)) == "sk-of-provider"
    store(keyring, "agent:chatgpt", "sk-of-its-own")
    assert told(key_for(OPENAI)) == "sk-of-its-own"
    assert is_key_there(OPENAI)


def test_no_key_follows_to_another_address(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    store(keyring, "provider:openai", "sk-of-provider")
    store(keyring, "agent:chatgpt", "sk-of-its-own")
    assert host_of(ELSEWHERE) == "evil.example.com"
    assert key_for(ELSEWHERE) == NO_KEY
    assert key_for(OPENAI, "evil.example.com") == NO_KEY
    assert keys_for([OPENAI, ELSEWHERE])[ELSEWHERE.id] == NO_KEY


def test_another_port_is_another_address(keyring: Keyring) -> None:
    at = {"model": "m", "base_url": "http://127.0.0.1:1111/v1"}
    store(keyring, "agent:here", "sk-of-the-port", "127.0.0.1:1111")
    assert told(key_for(SpecConfig("vllm", "here", 1, at))) == "sk-of-the-port"
    assert key_for(SpecConfig("vllm", "here", 1, {**at, "base_url": "http://127.0.0.1:2222/v1"})) == NO_KEY


def test_an_endpoint_of_ones_own_takes_the_environments_key_only_at_the_address_named_beside_it(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "sk-compatible")
    assert key_for(OWN) == NO_KEY
    settings.OPENAI_COMPATIBLE_BASE_URL = "https://other.example.com/v1"
    assert key_for(OWN) == NO_KEY
    settings.OPENAI_COMPATIBLE_BASE_URL = "https://models.example.com/v1"
    assert told(key_for(OWN)) == "sk-compatible"


def test_a_key_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-from-a-file\n")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    assert told(key_for(OPENAI)) == "sk-from-a-file"


def test_a_file_that_is_no_text_makes_only_its_own_contestants_wait(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfesk-in-no-encoding")
    monkeypatch.setenv("XAI_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    grok = SpecConfig("xai", "grok", 1, {})
    found = keys_for([grok, OPENAI])
    assert (found[grok.id], told(found[OPENAI.id])) == (NO_KEY, "sk-environment")
    assert "XAI_API_KEY_FILE" in caplog.text
    assert "in-no-encoding" not in caplog.text


def test_a_file_that_cannot_be_read_is_no_key_and_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "nowhere"))
    assert key_for(OPENAI) == NO_KEY
    assert "OPENAI_API_KEY_FILE: cannot read" in caplog.text


def test_what_is_no_key_in_the_environment_is_refused_without_telling_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-with a blank")
    assert key_for(OPENAI) == NO_KEY
    assert "holds a blank" in caplog.text
    assert "sk-with" not in caplog.text


def test_two_variables_make_one_key_and_half_of_them_none(monkeypatch: pytest.MonkeyPatch) -> None:
    bedrock = SpecConfig("bedrock", "b", 1, {})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    assert key_for(bedrock) == NO_KEY
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrEXAMPLE")
    assert told(key_for(bedrock)) == "AKIAEXAMPLE:wJalrEXAMPLE"


def test_a_key_that_does_not_open_is_not_quietly_replaced_by_another(
    keyring: Keyring, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store(keyring, "agent:chatgpt", "sk-of-its-own")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    settings.ARENA_KEYRING = read_keyring(f"other:{MASTER_KEY}")
    assert key_for(OPENAI) == NO_KEY
    assert "contestant chatgpt waits" in caplog.text


def test_without_a_master_key_the_environments_keys_still_work(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ARENA_KEYRING = read_keyring("")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    found = key_for(OPENAI)
    assert told(found) == "sk-environment"
    assert len(found.key_id) == 16


def test_a_keys_id_is_the_same_for_the_same_key_and_another_for_another(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    first = key_for(OPENAI).key_id
    store(keyring, "agent:chatgpt", "sk-environment")
    assert key_for(OPENAI).key_id == first
    store(keyring, "agent:chatgpt", "sk-of-its-own")
    assert key_for(OPENAI).key_id != first


def test_models_on_this_machine_need_no_key() -> None:
    assert is_key_there(SpecConfig("ollama", "o", 1, {"model": "m"}))
    assert is_key_there(SpecConfig("scoring", "s", 1, {}))


def test_a_thousand_contestants_cost_one_query(django_assert_num_queries: Any, keyring: Keyring) -> None:
    store(keyring, "agent:c-500", "sk-of-the-500th")
    configs = [SpecConfig("openai", f"c-{number}", 1, {"model": "gpt-6-luna"}) for number in range(1_000)]
    with django_assert_num_queries(1):
        found = keys_for(configs)
    assert [told(key) for key in found.values() if key.text] == ["sk-of-the-500th"]
    assert len(found) == 1_000
