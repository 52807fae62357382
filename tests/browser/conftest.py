"""Headless Chromium and a real arena to look at."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 120
WARM_UP = 20


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the browser; without one the tests are skipped, but not where CI promises one."""
    if not CHROMIUM.exists():
        said = f"no Chromium at {CHROMIUM}; install it or name it in CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a new arena that plays a fast simulated season; return its address."""
    folder = tmp_path_factory.mktemp("arena")
    port = _free_port()
    log = (folder / "serve.log").open("w")
    command = [sys.executable, "manage.py", "arena", "serve", "--first-run", "--warm-up", str(WARM_UP)]
    command += ["--market", "simulated", "--speed", "60", "--seed", "7", "--port", str(port)]
    process = subprocess.Popen(command, env=_environment(folder), stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for_rounds(address, process, folder / "serve.log")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return {**kept, "ARENA_DATA_DIR": str(folder), "SECRET_KEY": "s" * 60, "ARENA_RUNNER": "local"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_rounds(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the board shows rounds; fail with the server's own words if it ends before."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the arena ended while starting: {log.read_text()[-2000:]}")
        if _shows_rounds(address):
            return
        time.sleep(0.5)
    pytest.fail(f"no rounds within {START_S} s: {log.read_text()[-2000:]}")


def _shows_rounds(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own server
            return re.search(r'data-k="round">[1-9]', answer.read().decode()) is not None
    except OSError:
        return False
