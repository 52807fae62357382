"""A provider of language models on the loopback that writes raw bytes: OpenAI Chat and Responses, Anthropic.

``python -m tests.factories.provider_server --port 0 --delay 1.0`` runs it alone and prints its port.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import ssl
import struct
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from email.utils import formatdate
from typing import Any, Self
from urllib.parse import urlsplit

from tests.factories import provider_steps as steps
from tests.factories.provider_dialects import ReceivedRequest, model_body, models_body
from tests.factories.provider_steps import Ending, Part, Step

Answer = Callable[[ReceivedRequest], str | Step]


class ProviderServer:
    """Answers on 127.0.0.1 in the form of the endpoint asked, in its own thread, until the block ends.

    ``answer`` returns the model's text, or a step; ``delay_s`` is waited before each answer. A script goes
    first: ``script(steps)`` is used up in order, ``script(steps, key="a")`` only for requests whose
    ``key_of(request)`` is "a". With ``expected_key`` other keys get the vendor's 401; with ``models`` other
    models its 404. ``skew_s`` moves the Date header. With ``ssl_context`` set before it starts it speaks TLS.

    ``requests`` logs whatever arrived; ``used`` the names of the steps taken; ``connections`` counts sockets
    accepted, ``peak`` the most requests that were open at once.
    """

    def __init__(
        self,
        answer: Answer | None = None,
        *,
        delay_s: float = 0.0,
        expected_key: str | None = None,
        models: Sequence[str] | None = None,
        key_of: Callable[[ReceivedRequest], str] | None = None,
        skew_s: float = 0.0,
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.delay_s = delay_s
        self.expected_key = expected_key
        self.models = models
        self.skew_s = skew_s
        self.port = port
        self.ssl_context: ssl.SSLContext | None = None
        self.requests: list[ReceivedRequest] = []
        self.used: list[str] = []
        self.connections = 0
        self.peak = 0
        self._open = 0
        self._key_of = key_of
        self._scripts: dict[str | None, deque[Step]] = defaultdict(deque)
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def url(self) -> str:
        """The address without a path: Anthropic's base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        """The base URL of the OpenAI dialects."""
        return f"{self.url}/v1"

    def script(self, wanted: Sequence[Step], key: str | None = None) -> None:
        """Answer the next requests by these steps, in order."""
        self._scripts[key].extend(wanted)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="provider-server", daemon=True)
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the provider server did not start within 10 s")
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(
            self._connected, "127.0.0.1", self.port, backlog=2048, ssl=self.ssl_context
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        await asyncio.sleep(0.02)  # a connection accepted a moment ago gets the task that will close it
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._converse(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        goes_on = True
        while goes_on and (request := await read_request(reader)) is not None:
            goes_on = await self._served(request, writer)

    async def _served(self, request: ReceivedRequest, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False if the connection is over."""
        self.requests.append(request)
        number = len(self.requests)
        self._open += 1
        self.peak = max(self.peak, self._open)
        try:
            step = self._step_for(request)
            self.used.append(step.name)
            if request.dialect and self.delay_s:
                await asyncio.sleep(self.delay_s)
            for part in step.parts(request, number):
                if isinstance(part, Ending):
                    _end(writer, part)
                    return False
                await self._play(part, writer)
        finally:
            self._open -= 1
        return request.headers.get("connection", "").lower() != "close"

    async def _play(self, part: bytes | float, writer: asyncio.StreamWriter) -> None:
        if isinstance(part, float | int):
            await asyncio.sleep(part)
            return
        if part.startswith(b"HTTP/1.1 "):
            date = formatdate(time.time() + self.skew_s, usegmt=True).encode()
            part = part.replace(b"\r\n", b"\r\ndate: %b\r\n" % date, 1)
        writer.write(part)
        await writer.drain()

    def _step_for(self, request: ReceivedRequest) -> Step:
        if self.expected_key is not None and request.key != self.expected_key:
            return steps.status(401, message="Incorrect API key provided")
        if not request.dialect:
            return self._about_models(request)
        if self.models is not None and request.model not in self.models:
            return steps.status(404, message=f"The model {request.model} does not exist")
        script = self._script_for(request)
        if script:
            return script.popleft()
        said = self.answer(request) if self.answer is not None else steps.HOLD
        return said if isinstance(said, Step) else steps.ok(said)

    def _script_for(self, request: ReceivedRequest) -> deque[Step]:
        own = self._scripts[self._key_of(request)] if self._key_of is not None else None
        return own or self._scripts[None]

    def _about_models(self, request: ReceivedRequest) -> Step:
        before, found, name = request.path.partition("/models")
        if not found or request.method != "GET" or "/models" in before:
            return steps.status(404, message=f"no such address: {request.path}")
        known = self.models or ()
        name = name.removeprefix("/")
        if name and (self.models is None or name in known):
            return _json_step("model", lambda: model_body(request, name))
        if name:
            return steps.status(404, message=f"The model {name} does not exist")
        return _json_step("models", lambda: models_body(request, known))


def _json_step(name: str, body: Callable[[], dict[str, Any]]) -> Step:
    def parts(_request: ReceivedRequest, _number: int) -> Iterator[Part]:
        yield from steps.reply(200, json.dumps(body()).encode())

    return Step(name, parts)


def _end(writer: asyncio.StreamWriter, ending: Ending) -> None:
    if ending is Ending.RESET:
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


async def read_request(reader: asyncio.StreamReader) -> ReceivedRequest | None:
    """Return the next request of a connection; None at its end. Bodies come with a length or in chunks."""
    start = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not start:
        return None
    first, *lines = start.decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    method, target, _version = first.split(" ", 2)
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return ReceivedRequest(method, parts.path, parts.query, headers, body, time.monotonic())


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    pieces: list[bytes] = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        pieces.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(pieces)


def main() -> None:
    """Serve until standard input ends, so that it never outlives whoever started it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    with ProviderServer(delay_s=options.delay, port=options.port) as server:
        print(server.port, flush=True)  # noqa: T201 - whoever started this reads the port
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read()


if __name__ == "__main__":
    main()
