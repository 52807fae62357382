"""HTTP/1.1 on the loopback, one thread a connection, and the adapter that leads a client there."""

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from tests.factories.venue_server.dialect import Call, Reply

HOST_HEADER = "X-Venue-Host"
Serve = Callable[[Call], Reply | None]


class Redirect(HTTPAdapter):
    """Sends whatever is meant for a venue to the loopback; the URLs a client works with stay the venue's."""

    def __init__(self, port: int) -> None:
        self._port = port
        super().__init__(pool_connections=1, pool_maxsize=32)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send the request to 127.0.0.1 and give the answer its own address back."""
        meant = str(request.url)
        request.headers[HOST_HEADER] = urlsplit(meant).netloc
        request.url = f"http://127.0.0.1:{self._port}{request.path_url}"
        kwargs["proxies"] = {}
        try:
            response = super().send(request, *args, **kwargs)
        finally:
            request.url = meant
        response.url = meant
        return response


class Listener(socketserver.ThreadingTCPServer):
    """Accepts connections on a free port and hands every request to one function."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Connection)
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, name="venue-server", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that was free."""
        return int(self.server_address[1])

    def enter(self, connection: socket.socket) -> None:
        """Remember an open connection."""
        with self._guard:
            self.connections.add(connection)

    def leave(self, connection: socket.socket) -> None:
        """Forget a connection that is over."""
        with self._guard:
            self.connections.discard(connection)

    def stop(self) -> None:
        """End the listening and every connection."""
        self.shutdown()
        with self._guard:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()

    def handle_error(self, *_request: Any) -> None:
        """Stay quiet about clients that go away; everything else is raised where it happens."""


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: Listener

    def handle(self) -> None:
        self.server.enter(self.connection)
        try:
            with contextlib.suppress(OSError):
                while self._one():
                    pass
        finally:
            self.server.leave(self.connection)

    def _one(self) -> bool:
        """Answer one request; False where the connection is over."""
        call = self._read()
        if call is None:
            return False
        reply = self.server.serve(call)
        if reply is None:
            return False
        raw = reply.raw
        lines = [f"HTTP/1.1 {reply.status} {'OK' if reply.status < 400 else 'Error'}"]
        headers = {"Content-Type": "application/json", "Content-Length": str(len(raw))} | reply.headers
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + raw)
        return True

    def _read(self) -> Call | None:
        first = self.rfile.readline().decode("latin-1").split()
        if len(first) < 2:
            return None
        headers: dict[str, str] = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0"))).decode()
        path, _, query = first[1].partition("?")
        return Call(first[0], headers.get(HOST_HEADER.lower(), ""), path, query, headers, body)


def as_json(text: str) -> dict[str, Any]:
    """Return a JSON object; empty where the text is none."""
    with contextlib.suppress(ValueError):
        read = json.loads(text)
        if isinstance(read, dict):
            return read
    return {}
