"""Settings come from the environment, and a bad one is refused in a sentence that names its variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.env import (
    SettingError,
    check_together,
    know_secrets,
    read_bool,
    read_choice,
    read_database,
    read_int,
    read_market,
    read_redis,
    read_secret_key,
    read_text,
)

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "k" * 50


@pytest.mark.parametrize("text", ["auto", "simulated", "tape:a.csv,b.csv", "ccxt:binanceusdm"])
def test_a_market_of_each_kind_is_taken(text: str) -> None:
    assert read_market({"ARENA_MARKET": text}, "ARENA_MARKET") == text


@pytest.mark.parametrize("text", ["foo", "tape:", "ccxt:", "Auto", "simulated:1"])
def test_a_market_of_no_kind_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match=f"^ARENA_MARKET={text} is no market; use auto"):
        read_market({"ARENA_MARKET": text}, "ARENA_MARKET")


def test_without_a_variable_the_default_stands() -> None:
    assert read_market({}, "ARENA_MARKET") == "auto"
    assert read_redis({}, "REDIS_URL") == ""
    assert read_int({}, "ARENA_PORT", 8000, 0, 65535) == 8000
    assert read_bool({}, "DEBUG", default=False) is False
    assert read_choice({}, "ARENA_RUNNER", ("local", "celery")) == "local"


def test_a_broker_without_a_known_scheme_is_refused() -> None:
    with pytest.raises(SettingError, match=r"^REDIS_URL is no address of a broker"):
        read_redis({"REDIS_URL": "localhost:6379"}, "REDIS_URL")


@pytest.mark.parametrize("text", ["abc", "-1", "65536", "1.5", "\u0663"])
def test_a_number_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match=r"^ARENA_PORT=.* must be a whole number from 0 to 65535$"):
        read_int({"ARENA_PORT": text}, "ARENA_PORT", 8000, 0, 65535)


def test_a_database_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^DATABASE_URL starts with mysql; use sqlite"):
        read_database({"DATABASE_URL": "mysql://host/name"}, tmp_path)


@pytest.mark.parametrize("url", ["postgres://u:pw-here@h:abc/n", "postgres://u:pw-here@[h/n"])
def test_an_address_of_a_database_that_cannot_be_read_is_refused_without_its_password(
    url: str, tmp_path: Path
) -> None:
    know_secrets({"DATABASE_URL": url})
    with pytest.raises(SettingError, match=r"^DATABASE_URL has a host or a port") as refused:
        read_database({"DATABASE_URL": url}, tmp_path)
    assert "pw-here" not in str(refused.value)


def test_what_is_not_safe_to_run_has_another_exit_status_than_a_wrong_value() -> None:
    with pytest.raises(SettingError) as refused:
        check_together(runner="local", redis_url="", hosts=[], secret_key="short", debug=False)  # noqa: S106 - too short on purpose
    assert (refused.value.code, SettingError("a wrong value").code) == (3, 2)


def test_a_password_with_reserved_signs_is_decoded(tmp_path: Path) -> None:
    found = read_database({"DATABASE_URL": "postgres://me:p%40ss%2Fword@db:5433/arena"}, tmp_path)
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == (
        "me",
        "p@ss/word",
        "db",
        "5433",
    )


def test_a_secret_may_lie_in_a_file_but_not_in_two_places(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{KEY}\n", encoding="utf-8")
    assert read_text({"SECRET_KEY_FILE": str(path)}, "SECRET_KEY") == KEY
    with pytest.raises(SettingError, match=r"^SECRET_KEY and SECRET_KEY_FILE are both set; keep one$"):
        read_text({"SECRET_KEY_FILE": str(path), "SECRET_KEY": KEY}, "SECRET_KEY")


def test_a_file_that_is_no_text_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"\xff\xfe\x00k")
    with pytest.raises(SettingError, match=r"^SECRET_KEY_FILE: .*secret is no text in UTF-8$"):
        read_text({"SECRET_KEY_FILE": str(path)}, "SECRET_KEY")


def test_the_key_that_set_up_made_is_found(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(KEY, encoding="utf-8")
    assert read_secret_key({}, "SECRET_KEY", tmp_path) == KEY
    assert read_secret_key({"SECRET_KEY": KEY[::-1]}, "SECRET_KEY", tmp_path) == KEY[::-1]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"secret_key": ""}, "SECRET_KEY is not set and the data folder holds none; run bin/setup"),
        ({"secret_key": "short"}, "SECRET_KEY is shorter than 50 characters"),
        ({"runner": "celery"}, "ARENA_RUNNER=celery needs REDIS_URL"),
        ({"hosts": ["*"]}, "ALLOWED_HOSTS=\\* is refused outside DEBUG"),
    ],
)
def test_what_is_unsafe_together_is_refused(changed: dict[str, object], sentence: str) -> None:
    fine = {"runner": "local", "redis_url": "", "hosts": ["localhost"], "secret_key": KEY, "debug": False}
    check_together(**fine)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match=f"^{sentence}"):
        check_together(**{**fine, **changed})  # type: ignore[arg-type]


def test_a_command_ends_with_the_sentence_alone(tmp_path: Path) -> None:
    environment = {**os.environ, "ARENA_DATA_DIR": str(tmp_path), "ARENA_MARKET": "foo", "SECRET_KEY": KEY}
    environment.pop("SECRET_KEY_FILE", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    said = done.stderr.strip().splitlines()
    assert said == [
        "setting refused: ARENA_MARKET=foo is no market; use auto, simulated, tape:FILE[,FILE] or ccxt:VENUE"
    ]
