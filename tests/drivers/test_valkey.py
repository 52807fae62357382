"""The broker from its wheel."""

import subprocess
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.wheels import ServerError, free_port, start_valkey

pytestmark = pytest.mark.celery
AT_ONCE = Retry(NoBackoff(), 0)


def test_it_answers_on_its_own_port_and_is_gone_afterwards(tmp_path: Path) -> None:
    port = free_port()
    with start_valkey(tmp_path, port) as url, redis.Redis.from_url(url) as client:
        assert client.ping()
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
    with redis.Redis(port=port, retry=AT_ONCE) as late, pytest.raises(redis.ConnectionError):
        late.ping()
    assert [path.name for path in tmp_path.iterdir()] == ["valkey.log"]


def test_it_refuses_who_does_not_know_the_password(tmp_path: Path) -> None:
    port = free_port()
    refusal = pytest.raises(redis.AuthenticationError)
    with start_valkey(tmp_path, port), redis.Redis(port=port, retry=AT_ONCE) as stranger, refusal:
        stranger.ping()


def test_its_password_does_not_stand_in_the_list_of_processes(tmp_path: Path) -> None:
    with start_valkey(tmp_path) as url:
        password = url.split(":")[2].split("@")[0]
        listed = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    assert "valkey-server" in listed
    assert password not in listed


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    port = free_port()
    with start_valkey(tmp_path / "first", port), pytest.raises(ServerError) as refused:
        start_valkey(tmp_path / "second", port).__enter__()
    assert str(refused.value).startswith("Valkey does not start; ")
    assert "Address already in use" in str(refused.value)


def test_a_folder_with_a_space_in_its_name_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "two words"
    with start_valkey(folder) as url, redis.Redis.from_url(url) as client:
        assert client.config_get("dir") == {"dir": str(folder)}
