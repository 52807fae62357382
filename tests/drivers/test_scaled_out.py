"""`bin/run --celery` as a whole: PostgreSQL, Valkey, web, workers and beat play rounds together."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from config.wheels import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 180


def environment(data_dir: Path, port: int) -> dict[str, str]:
    """Return the settings of a scaled-out arena of its own."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "ARENA_DATA_DIR": str(data_dir),
        "ARENA_MARKET": "simulated",
        "ARENA_PORT": str(port),
        "SECRET_KEY": "a key that only this test knows " * 2,
    }


def read(port: int, path: str) -> dict[str, Any] | None:
    """Return a JSON answer; None while there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (urllib.error.URLError, OSError):
        return None


def newest_round(port: int) -> int:
    """Return the number of the newest round; 0 while there is none."""
    page = read(port, "/api/v1/seasons/season-1/rounds/")
    return int(page["data"][0]["number"]) if page and page["data"] else 0


@pytest.mark.full
@pytest.mark.celery
@pytest.mark.postgres
def test_the_whole_shape_plays_rounds_and_ends_on_ctrl_c() -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)  # a server started by root runs as nobody and must reach its folder
        command = [sys.executable, "-m", "config.topology", "--warm-up", "3", "--speed", "180"]
        log = Path(name) / "log"
        with log.open("wb") as sink:
            arena = subprocess.Popen(
                command, cwd=ROOT, env=environment(Path(name), port), stdout=sink, stderr=sink
            )
        try:
            deadline_s = time.monotonic() + PATIENCE_S
            # Three rounds of the warm-up, and two that the workers played.
            while newest_round(port) < 5:
                assert arena.poll() is None, log.read_text()
                assert time.monotonic() < deadline_s, log.read_text()
                time.sleep(0.5)
            ready = read(port, "/readyz")
            assert ready is not None
            assert ready["status"] == "ready"
            arena.send_signal(signal.SIGINT)
            assert arena.wait(90) == 0
        finally:
            arena.kill()
            arena.wait()
        assert "Traceback" not in log.read_text()
        # PostgreSQL removes this file when it ends in order.
        assert not (Path(name) / "postgres" / "cluster" / "postmaster.pid").exists()
        assert read(port, "/healthz") is None
