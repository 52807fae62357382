"""The one way out: under both SDKs, carried by aiohttp, bounded in time and size, to checked addresses only.

The SDKs' own transports read proxy variables, follow redirects, wait per read instead of in all, and take
answers of any size; their connection pools cost fourteen times the CPU at a thousand calls at once.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from weakref import WeakKeyDictionary

import aiohttp
import httpx2
import yarl

from accounts.domain.scrubbing import Scrubber
from agents.adapters.llm.bodies import read_body
from agents.adapters.llm.connections import keeps_idle_connections, shared_slots
from agents.adapters.llm.resolver import CheckedResolver, Lookup, look_up
from agents.adapters.llm.wire import (
    CURRENT,
    KEPT_OF_REQUEST,
    KEPT_OF_RESPONSE,
    BrokenError,
    Exchange,
    WireSource,
    kept,
    read_broken,
)
from agents.domain.llm.addresses import AddressRefusedError, read_origin
from agents.domain.llm.exchange import Outcome, Wire

_OWN_HEADERS: Final = {
    "accept": "application/json",
    "accept-encoding": "identity",
    "content-type": "application/json",
    "user-agent": "the-arena",
}

Sign = Callable[[str, str, Mapping[str, str], bytes], Mapping[str, str]]
"""From method, address, headers and body to the headers that sign them."""

_KEEP_ALIVE_S: Final = 15.0
"""Shorter than common idle limits of servers: a connection they are about to close would cost the call."""

_RESOLVED_FOR_S: Final = 30
"""A checked address is used for so long, so that a thousand calls of a round ask for the name once."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a transport may go and what it takes along.

    Of an SDK's headers only those that a model's catalogue line adds go out: the others tell of this machine
    or come from its environment. ``headers`` are set on every request (the key among them), ``sign`` adds a
    signature; ``scrubber`` takes the key out of every answer, as some servers echo it.
    ``lookup`` resolves names, ``ssl_context`` replaces the default trust (tests do).
    """

    base_url: str
    loopback: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    sign: Sign | None = None
    scrubber: Scrubber = field(default_factory=Scrubber)
    lookup: Lookup = look_up
    resolved_for_s: int = _RESOLVED_FOR_S
    ssl_context: ssl.SSLContext | None = None


class Transport(httpx2.AsyncBaseTransport):
    """Carries the requests of one SDK client; with ``recordings`` it opens no socket."""

    def __init__(self, reach: Reach, recordings: WireSource | None = None) -> None:
        self._reach = reach
        self._origin = read_origin(reach.base_url, loopback=reach.loopback)
        self._recordings = recordings
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = (
            WeakKeyDictionary()
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer as it came, redirects included; raises what an SDK takes for a broken line."""
        exchange = CURRENT.get()
        wire = await self._wire_of(request, exchange)
        if wire is None:
            exchange.is_unrecorded = True
            raise httpx2.ConnectError("the tape does not hold this question", request=request)
        exchange.wire = wire
        if wire.error:
            raise _as_sdk_sees_it(*read_broken(wire.error), request)
        return httpx2.Response(
            wire.status, headers=list(wire.response_headers), content=wire.response_body, request=request
        )

    async def close(self) -> None:
        """Close the connections of the running loop; a later request opens new ones."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()

    async def _wire_of(self, request: httpx2.Request, exchange: Exchange) -> Wire | None:
        body = request.content
        if self._recordings is not None:
            return self._recordings.find(exchange.seat_id, exchange.slot, exchange.attempt, body)
        headers = self._outgoing(request, exchange)
        answer, error = b"", ""
        try:
            answer = await self._carried(request, headers, exchange)
        except BrokenError as broken:
            error = broken.code
        except asyncio.CancelledError:
            exchange.wire = _wire(request, headers, exchange, b"", "timeout: the call was cancelled")
            raise
        return _wire(request, headers, exchange, answer, error)

    def _outgoing(self, request: httpx2.Request, exchange: Exchange) -> dict[str, str]:
        asked = {name: request.headers[name] for name in exchange.extra_headers if name in request.headers}
        headers = {**asked, **_OWN_HEADERS, **self._reach.headers}
        if self._reach.sign is None:
            return headers
        return {**headers, **self._reach.sign(request.method, str(request.url), headers, request.content)}

    async def _carried(
        self, request: httpx2.Request, headers: Mapping[str, str], exchange: Exchange
    ) -> bytes:
        """Return the body; status and headers stand on the exchange. Raises BrokenError."""
        try:
            async with asyncio.timeout_at(exchange.ends_at), AsyncExitStack() as held:
                async with asyncio.timeout_at(exchange.first_byte_by):
                    await held.enter_async_context(shared_slots())
                    response = await held.enter_async_context(await self._send(request, headers))
                exchange.status, exchange.answered = response.status, self._recordable(response)
                return self._reach.scrubber.scrub_bytes(await read_body(response))
        except TimeoutError:
            raise BrokenError(Outcome.TIMEOUT, _what_was_late(exchange)) from None
        except AddressRefusedError as refused:
            raise BrokenError(Outcome.ADDRESS, str(refused)) from None
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            raise _broken_by(problem) from None

    def _recordable(self, response: aiohttp.ClientResponse) -> tuple[tuple[str, str], ...]:
        texts = ((name, self._reach.scrubber.scrub(value)) for name, value in response.headers.items())
        return kept(texts, KEPT_OF_RESPONSE)

    async def _send(self, request: httpx2.Request, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        url = request.url
        if (url.scheme, url.host, url.port or self._default_port(url.scheme)) != self._origin:
            raise AddressRefusedError("the request leads elsewhere than the base URL")
        return await self._session().request(
            request.method,
            yarl.URL(str(url), encoded=True),
            data=request.content or None,
            headers=headers,
            allow_redirects=False,
        )

    @staticmethod
    def _default_port(scheme: str) -> int:
        return 443 if scheme == "https" else 80

    def _session(self) -> aiohttp.ClientSession:
        """Return the session of the running loop, made at its first request."""
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None or session.closed:
            session = self._sessions[loop] = aiohttp.ClientSession(
                connector=self._connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
                auto_decompress=False,
                trust_env=False,
            )
        return session

    def _connector(self) -> aiohttp.TCPConnector:
        reach = self._reach
        encrypted = self._origin.scheme == "https"
        keeps_idle = keeps_idle_connections()
        return aiohttp.TCPConnector(
            limit=0,  # the process's slots bound them
            force_close=not keeps_idle,
            resolver=CheckedResolver(reach.lookup, loopback=reach.loopback, encrypted=encrypted),
            use_dns_cache=reach.resolved_for_s > 0,
            ttl_dns_cache=reach.resolved_for_s,
            keepalive_timeout=_KEEP_ALIVE_S if keeps_idle else None,
            ssl=(reach.ssl_context or _trust()) if encrypted else True,
        )


@cache
def _trust() -> ssl.SSLContext:
    """Return the one context of this process: building it reads every root certificate."""
    return httpx2.create_ssl_context(trust_env=False)


def _wire(
    request: httpx2.Request, headers: Mapping[str, str], exchange: Exchange, body: bytes, error: str
) -> Wire:
    path = request.url.raw_path.decode("ascii")
    asked = kept(headers.items(), KEPT_OF_REQUEST)
    return Wire(request.method, path, asked, request.content, exchange.status, exchange.answered, body, error)


def _what_was_late(exchange: Exchange) -> str:
    if asyncio.get_running_loop().time() >= exchange.ends_at:
        return "the whole answer was not there when the time was up"
    return "no byte of an answer came in the time set for the first one"


_REASONS: Final[tuple[tuple[type[Exception], Outcome, str], ...]] = (
    # In this order: a certificate's error is a ValueError too.
    (aiohttp.InvalidURL, Outcome.ADDRESS, "the address cannot be asked as it is written"),
    (aiohttp.ClientResponseError, Outcome.PROTOCOL, "what came back is not HTTP"),
    (aiohttp.ClientSSLError, Outcome.NETWORK, "the provider's certificate or encryption was not accepted"),
    (aiohttp.ClientConnectorDNSError, Outcome.NETWORK, "the provider's name could not be resolved"),
    (aiohttp.ClientConnectorError, Outcome.NETWORK, "no connection to the provider could be opened"),
    (aiohttp.ClientPayloadError, Outcome.NETWORK, "the connection ended in the middle of the answer"),
    (ValueError, Outcome.PROTOCOL, "what came back is not HTTP"),
)


def _broken_by(problem: Exception) -> BrokenError:
    """Return what an error of the network amounts to; its own text may name inner addresses and stays out."""
    for kind, outcome, why in _REASONS:
        if isinstance(problem, kind):
            return BrokenError(outcome, why)
    return BrokenError(Outcome.NETWORK, "the connection broke before an answer came")


def _as_sdk_sees_it(outcome: Outcome, why: str, request: httpx2.Request) -> httpx2.TransportError:
    if outcome is Outcome.TIMEOUT:
        return httpx2.ReadTimeout(why, request=request)
    return httpx2.ReadError(why, request=request)
