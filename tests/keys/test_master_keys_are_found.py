"""Master keys come from the environment or from the file that setup makes; a bad one is named by place."""

import stat
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from config.env import SettingError, read_master_keys
from tests.factories.commands import ROOT

NAME = "ARENA_MASTER_KEYS"
ONE = f"one:{b64encode(bytes(32)).decode()}"


def make_once(folder: Path) -> None:
    """Run the end of bin/setup, which makes the keys, on a data folder."""
    script = (ROOT / "bin/setup").read_text(encoding="utf-8")
    tail = script[script.index("make_once() {") :]
    subprocess.run(
        ["sh", "-euc", f"python=.venv/bin/python data={folder}\n{tail}"], cwd=ROOT, check=True, timeout=60
    )


def test_setup_makes_a_master_key_once_that_only_its_owner_can_read(tmp_path: Path) -> None:
    make_once(tmp_path)
    first = (tmp_path / "master_keys").read_text()
    assert stat.S_IMODE((tmp_path / "master_keys").stat().st_mode) == 0o600
    make_once(tmp_path)
    assert (tmp_path / "master_keys").read_text() == first
    assert read_master_keys({}, NAME, tmp_path).ids == ("first",)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "master_keys",
        "secret_key",
        "venue_master_keys",
    ]


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    make_once(tmp_path)
    assert read_master_keys({NAME: ONE}, NAME, tmp_path).ids == ("one",)
    (tmp_path / "elsewhere").write_text(f"two:{b64encode(bytes(32)).decode()}\n")
    found = read_master_keys({f"{NAME}_FILE": str(tmp_path / "elsewhere")}, NAME, tmp_path)
    assert found.ids == ("two",)


def test_without_either_there_is_none(tmp_path: Path) -> None:
    assert read_master_keys({}, NAME, tmp_path).ids == ()


def test_a_bad_master_key_is_named_by_its_variable_or_file(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^ARENA_MASTER_KEYS: the key of id one has 2 bytes"):
        read_master_keys({NAME: "one:AAA="}, NAME, tmp_path)
    (tmp_path / "master_keys").write_text("garbage")
    with pytest.raises(SettingError, match="master_keys: entry 1 has no id"):
        read_master_keys({}, NAME, tmp_path)
    (tmp_path / "master_keys").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="master_keys is no text in UTF-8"):
        read_master_keys({}, NAME, tmp_path)
