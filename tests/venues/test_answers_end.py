"""An answer that drips, never ends, is too long or too deep holds nobody up and is believed by nobody."""

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.factories.venue_server.wire import Redirect
from tests.venues.desk import KEYS, MARKETS, VENUES, Script, approved, wall_ms
from trading.adapters.ccxt_live import grant_permit, open_venue
from trading.adapters.ccxt_live.bounded import MAX_BYTES, BoundedSession, UnusableAnswerError
from trading.adapters.ccxt_live.client import GuardedSession
from trading.adapters.ccxt_live.keyless import KeylessSession
from trading.adapters.ccxt_live.venue import LiveAccount
from trading.adapters.ccxt_public import CcxtPublicMarket
from trading.adapters.ccxt_public.venues import make_client
from trading.domain.venue import Unclear
from trading.ports import MarketUnavailableError, VenueUnavailableError

LIMIT_MS = 400
SLACK_S = 1.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Answer = Callable[[socket.socket], None]


def drip(line: socket.socket, head: bytes, pieces: bytes, pause_s: float = 0.02) -> None:
    """Send bytes one at a time, each well within the time limit between two bytes, without an end."""
    line.sendall(head)
    while True:
        for number in range(len(pieces)):
            line.sendall(pieces[number : number + 1])
            time.sleep(pause_s)


def drip_head(line: socket.socket) -> None:
    """Never finish the lines that come before the answer."""
    drip(line, b"", HEAD)


def drip_body(line: socket.socket) -> None:
    """Drip a body whose length was told."""
    drip(line, HEAD + b"Content-Length: 900000\r\n\r\n", b" ")


def drip_body_until_closed(line: socket.socket) -> None:
    """Drip a body that ends with its connection."""
    drip(line, HEAD + b"Connection: close\r\n\r\n", b" ")


def drip_chunks(line: socket.socket) -> None:
    """Drip a body in chunks."""
    drip(line, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")


def say_nothing(_line: socket.socket) -> None:
    """Take the request and answer nothing."""
    time.sleep(3)


def pour(line: socket.socket) -> None:
    """Send a body without an end, as fast as it is taken."""
    line.sendall(HEAD + b"Connection: close\r\n\r\n[")
    while True:
        line.sendall(b'"aaaaaaa",' * 8_000)


def explode(line: socket.socket) -> None:
    """Send a short body that unpacks to more than is read."""
    body = gzip.compress(b" " * (MAX_BYTES + 1))
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    line.sendall(HEAD + head.encode() + body)


def nest(line: socket.socket) -> None:
    """Send a body that nests deeper than a reader in C can bear."""
    body = b"[" * 200_000
    line.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


SLOW = (drip_head, drip_body, drip_body_until_closed, drip_chunks, say_nothing)
TOO_MUCH = (pour, explode, nest)


class Rogue:
    """A server on the loopback that answers each request in one bad way."""

    def __init__(self) -> None:
        self.answer: Answer = say_nothing
        self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            if line.recv(65_536):
                self.requests += 1
                self.answer(line)


@pytest.fixture
def rogue() -> Iterator[Rogue]:
    server = Rogue()
    yield server
    server.close()


def account_at(rogue: Rogue, venue: str) -> LiveAccount:
    """Return an account whose list of markets is read already, and whose next requests end at the server."""
    clients: list[Any] = []

    def settle(client: Any) -> None:
        clients.append(client)
        client.session.mount("https://", Script(MARKETS[venue]))

    permit = grant_permit("live", "live", True)
    account = open_venue(
        venue, KEYS, permit=permit, profile="live", clock=wall_ms, timeout_ms=LIMIT_MS, client_settings=settle
    )
    account.listing()
    clients[0].session.mount("https://", Redirect(rogue.port))
    return account


def took_s(work: Callable[[], object]) -> float:
    """Return how long something takes, in seconds."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


@pytest.mark.parametrize("answer", [*SLOW, *TOO_MUCH])
@pytest.mark.parametrize("venue", VENUES)
def test_an_order_is_left_open_in_time_and_sent_once(rogue: Rogue, venue: str, answer: Answer) -> None:
    rogue.answer = answer
    account = account_at(rogue, venue)
    outcomes = []
    spent = took_s(lambda: outcomes.append(account.submit(approved(), "market", None, None)))
    assert isinstance(outcomes[0], Unclear)
    assert outcomes[0].sent
    assert rogue.requests == 1
    assert spent < LIMIT_MS / 1_000 + SLACK_S


@pytest.mark.parametrize("answer", [*SLOW, *TOO_MUCH])
def test_a_look_says_that_the_venue_cannot_be_had(rogue: Rogue, answer: Answer) -> None:
    rogue.answer = answer
    account = account_at(rogue, "binanceusdm")

    def look() -> None:
        with pytest.raises(VenueUnavailableError):
            account.fetch_open_orders(("BTC",))

    assert took_s(look) < LIMIT_MS / 1_000 + SLACK_S


@pytest.mark.parametrize("answer", [drip_head, drip_body, pour, nest])
def test_prices_end_in_time_as_well(rogue: Rogue, answer: Answer) -> None:
    rogue.answer = answer
    client = make_client("binanceusdm", LIMIT_MS)
    client.session.mount("https://", Redirect(rogue.port))
    market = CcxtPublicMarket("binanceusdm", ("BTC",), client, clock=wall_ms)

    def look() -> None:
        with pytest.raises(MarketUnavailableError):
            market.fetch_listed()

    assert took_s(look) < LIMIT_MS / 1_000 + SLACK_S


def session_to(rogue: Rogue, max_bytes: int = MAX_BYTES) -> BoundedSession:
    """Return a session whose requests end at the server."""
    session = BoundedSession(max_bytes)
    session.mount("https://", Redirect(rogue.port))
    return session


def test_an_answer_of_exactly_the_limit_is_read_and_one_byte_more_is_not(rogue: Rogue) -> None:
    def of(length: int) -> Answer:
        return lambda line: line.sendall(HEAD + f"Content-Length: {length}\r\n\r\n".encode() + b" " * length)

    session = session_to(rogue, max_bytes=1_000)
    rogue.answer = of(1_000)
    assert session.get("https://venue.test/", timeout=2).content == b" " * 1_000
    rogue.answer = of(1_001)
    with pytest.raises(UnusableAnswerError, match="longer than 1000 bytes"):
        session.get("https://venue.test/", timeout=2)


def test_after_a_bad_answer_the_next_good_one_is_read(rogue: Rogue) -> None:
    session = session_to(rogue)
    rogue.answer = drip_body
    with pytest.raises(requests.ReadTimeout, match=r"no whole answer within 0\.3 s"):
        session.get("https://venue.test/", timeout=0.3)
    rogue.answer = lambda line: line.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
    assert session.get("https://venue.test/", timeout=2).json() == {}


def test_a_connection_that_stood_too_late_sends_nothing(
    rogue: Rogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def slow(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.4)
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(requests.ConnectTimeout):
        session_to(rogue).post("https://venue.test/", data="an order", timeout=0.2)
    time.sleep(0.1)
    assert rogue.requests == 0


@pytest.mark.parametrize("timeout", [None, 0, -1, float("inf"), float("nan"), (1, 1)])
def test_nothing_is_sent_without_a_limit(rogue: Rogue, timeout: Any) -> None:
    with pytest.raises(ValueError, match="needs a time limit"):
        session_to(rogue).get("https://venue.test/", timeout=timeout)
    assert rogue.requests == 0


def test_both_transports_are_bounded() -> None:
    assert issubclass(KeylessSession, BoundedSession)
    assert issubclass(GuardedSession, BoundedSession)
