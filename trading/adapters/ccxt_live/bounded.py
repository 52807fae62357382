"""A transport whose requests end: after so long in all, with so many bytes at most, nested only so deep.

The time limit of requests counts from one byte to the next, so a venue that sends a byte now and then could
hold a sender past its lease. Here a clock runs from the start of a request to the last byte of its answer;
when it is up the connection is cut, whichever part of the work it is in.
"""

import contextlib
import math
import socket
import threading
import time
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError
from urllib3.response import HTTPResponse

from kernel.nesting import TooDeepError, check_nesting

MAX_BYTES: Final = 8 * 1024 * 1024
"""Of one answer, unpacked. The longest that is asked for are lists of markets: Binance's has some 700 rows of
1.3 kB, a good 0.9 MB; a page of 1,000 orders or fills has half of one."""

_CHUNK: Final = 64 * 1024

_running: Final = threading.local()
"""The clock of the request that this thread is sending."""


class UnusableAnswerError(requests.ConnectionError):
    """An answer that is too long, or nests too deep, to be read: nobody can tell what it would have said."""


class _Clock:
    """The time one request has, and the connection to cut when it is up."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    @property
    def is_up(self) -> bool:
        return time.monotonic() >= self._until

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._line = None

    def hold(self, line: socket.socket | None) -> None:
        """Cut this connection when the time is up, at once where it is."""
        with self._lock:
            self._line = line
        if self.is_up:
            self._cut()

    def _cut(self) -> None:
        """End what is read or written now. From another thread a socket can be shut, not closed."""
        with self._lock:
            if self._line is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._line, socket.SHUT_RDWR)


class _Held(HTTPConnection):
    """A connection that the running clock can cut."""

    def connect(self) -> None:
        """Connect."""
        self._hold()
        super().connect()
        self._hold()

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send, unless the time is up: an order must not leave after it was given up."""
        self._hold()
        super().request(*args, **kwargs)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as in the class of urllib3
        """Read the head of the answer; one that ends with its connection takes the socket along."""
        clock: _Clock | None = getattr(_running, "clock", None)
        if clock is not None:
            clock.hold(self.sock)
        return super().getresponse()

    def _hold(self) -> None:
        clock: _Clock | None = getattr(_running, "clock", None)
        if clock is None:
            return
        clock.hold(getattr(self, "sock", None))
        if clock.is_up:
            raise ConnectTimeoutError(self, "the time was up before the request was sent")


class _HeldSecurely(_Held, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Held


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _HeldSecurely


class BoundedSession(requests.Session):
    """Ends every request after its time limit in all, and reads no answer that is too long or too deep.

    The limit is the ``timeout`` of a request, in seconds; none is ever sent without one.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        super().__init__()
        self.trust_env = False

    def mount(self, prefix: str, adapter: Any) -> None:
        """Mount an adapter, whose connections can be cut from now on."""
        if isinstance(adapter, HTTPAdapter):
            adapter.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        super().mount(prefix, adapter)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send and read the whole answer, never following a redirect.

        Raises requests.Timeout where the time is up, UnusableAnswerError for what must not be read.
        """
        seconds = kwargs.get("timeout")
        if not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
            raise ValueError("a request needs a time limit in seconds")
        kwargs |= {"allow_redirects": False, "stream": True}
        clock = _running.clock = _Clock(seconds)
        clock.start()
        try:
            return self._read(super().send(request, **kwargs), clock)
        except requests.ConnectTimeout:
            raise
        except (requests.RequestException, OSError) as error:
            if not clock.is_up:
                raise
            raise requests.ReadTimeout(f"no whole answer within {seconds:g} s", request=request) from error
        finally:
            clock.stop()
            del _running.clock

    def _read(self, response: requests.Response, clock: _Clock) -> requests.Response:
        """Take in the answer's bytes: what is kept afterwards is what everybody reads."""
        try:
            body = self._whole(response, clock)
            check_nesting(body)
        except BaseException as error:
            response.close()  # its connection is in the middle of an answer: it is not used again
            if isinstance(error, TooDeepError):
                raise UnusableAnswerError(str(error)) from error
            raise
        response._content = body  # noqa: SLF001 - requests keeps no other place for a body that was streamed
        response.encoding = "utf-8"  # guessing takes seconds for a long answer
        return response

    def _whole(self, response: requests.Response, clock: _Clock) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > self._max_bytes:
                raise UnusableAnswerError(f"the answer is longer than {self._max_bytes} bytes")
            if clock.is_up:
                raise requests.ReadTimeout("the time was up")
        return bytes(body)
