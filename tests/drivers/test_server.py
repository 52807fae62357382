"""One server process: what it refuses, what it answers, how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from config.server import PortError, address_of, listen
from config.wheels import free_port
from interfaces.live.feed import UNKNOWN_SEASON

ROOT = Path(__file__).resolve().parents[2]
SERVER = """
import sys
import django
django.setup()
from config.server import run_server
run_server(host="127.0.0.1", port=int(sys.argv[1]), with_runner=True)
print("ended quietly")
"""


def environment(data_dir: Path) -> dict[str, str]:
    """Return the settings of a server of its own."""
    names = ("PATH", "HOME", "LANG")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ARENA_DATA_DIR": str(data_dir),
        "ARENA_MARKET": "simulated",
        "SECRET_KEY": "a key that only this test knows " * 2,
    }


def start(data_dir: Path, port: int) -> "subprocess.Popen[str]":
    """Start a server without waiting for it."""
    return subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port)],
        cwd=ROOT,
        env=environment(data_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def server(data_dir: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """Run a server that answers."""
    process = start(data_dir, port)
    try:
        deadline_s = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline_s, "no answer within a minute"
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.communicate()


def answers(port: int) -> bool:
    """Return whether the server gives out a file."""
    address = f"http://127.0.0.1:{port}/static/admin/css/base.css"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_a_taken_port_is_a_sentence_with_a_remedy() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(PortError) as refused:
            listen("127.0.0.1", port)
    assert str(refused.value) == (
        f"port {port} on 127.0.0.1 is taken; stop who uses it, or set ARENA_PORT (0 takes a free one)"
    )


def test_an_address_of_another_machine_is_a_sentence_with_a_remedy() -> None:
    with pytest.raises(PortError) as refused:
        listen("192.0.2.1", 8000)  # an address kept for documentation: no machine has it
    assert str(refused.value) == (
        "cannot listen on 192.0.2.1 (Cannot assign requested address); "
        "set ARENA_HOST to an address of this machine"
    )


def test_port_zero_takes_a_free_one() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0
        with socket.create_connection(listener.getsockname(), timeout=5):
            pass


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - nothing is bound here
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("arena.example", "http://arena.example:8000"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(host: str, shown: str) -> None:
    assert address_of(host, 8000) == shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_ends_quietly_when_it_is_told_to(tmp_path: Path, number: signal.Signals) -> None:
    with server(tmp_path, free_port()) as process:
        process.send_signal(number)
        said = process.communicate(timeout=40)[0]
    assert process.returncode == 0
    assert said.splitlines()[-1] == "ended quietly"
    assert "Traceback" not in said
    assert "Warning" not in said


def test_a_second_server_is_refused_and_a_killed_first_frees_its_place(tmp_path: Path) -> None:
    port = free_port()
    with server(tmp_path, port) as first:
        said = start(tmp_path, free_port()).communicate(timeout=60)[0]
        assert said.splitlines()[-1] == (
            "store.lease.AlreadyRunningError: another arena serves this database: "
            f"process {first.pid} at http://127.0.0.1:{port}; stop it or use another ARENA_DATA_DIR"
        )
        first.send_signal(signal.SIGKILL)
        first.wait()
        with server(tmp_path, port):
            assert answers(port)


def test_the_live_socket_welcomes_programs_and_refuses_other_sites_and_unknown_addresses(
    tmp_path: Path,
) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=environment(tmp_path),
        check=True,
    )
    port = free_port()
    with server(tmp_path, port) as process:
        with connect(f"ws://127.0.0.1:{port}/live/") as program, pytest.raises(ConnectionClosed) as closed:
            program.recv(timeout=20)
        # Let in without an Origin, and told that an empty database has no season.
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == UNKNOWN_SEASON
        for origin, path in (
            (Origin("http://elsewhere.example"), "/live/"),
            (Origin(f"http://127.0.0.1:{port}"), "/nowhere/"),
        ):
            with (
                pytest.raises(InvalidStatus) as refused,
                connect(f"ws://127.0.0.1:{port}{path}", origin=origin),
            ):
                pytest.fail("a stranger was let in")
            assert refused.value.response.status_code == 403
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=40)[0]
    assert "Traceback" not in said
