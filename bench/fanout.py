"""Many calls at once through the real SDKs in one process, against one Celery prefork task a call.

.venv/bin/python -m bench.fanout [CALLS]

Each call takes 1 s at a provider in another process, with a prompt of 12 KB and a schema. Wall time from the
first question to the last answer, the second of two rounds; the workers too have all loaded the SDK before.
Peak memory is that of a fresh process. The goals are asserted.
"""

import asyncio
import contextlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from agents.domain.llm.exchange import ModelRef, ModelRequest, Outcome
from config.wheels import start_valkey

CALLS: Final = 1000
FEW: Final = 100
PROCESSES: Final = 20
DIALECTS: Final = ("chat", "responses", "messages")
GOALS: Final = {FEW: 1.5, CALLS: 5.0}
"""Seconds of wall time by number of calls."""

GOAL_MB: Final = 200
GOAL_RATIO: Final = 10.0
_DECISION: Final = {
    "type": "object",
    "properties": {f"field_{n}": {"type": "string", "enum": ["a", "b"]} for n in range(20)},
    "required": [f"field_{n}" for n in range(20)],
    "additionalProperties": False,
}


def _question(model: ModelRef, number: int) -> ModelRequest:
    return ModelRequest(
        seat_id=f"seat-{number}",
        slot=1,
        attempt=1,
        model=model,
        system="Rules. " * 850,
        user="Market. " * 740 + str(number),
        schema=_DECISION,
        schema_name="arena_answer",
        deadline_s=60.0,
        first_byte_s=60.0,
    )


async def _fan_out(dialect: str, calls: int, port: int) -> list[dict[str, float]]:
    from agents.adapters.llm.provider import make_provider  # noqa: PLC0415 - measured with what it loads

    url = f"http://127.0.0.1:{port}" + ("" if dialect == "messages" else "/v1")
    model = ModelRef("bench", url, "bench-model", dialect, "json_schema", on_this_machine=True)
    provider = make_provider(model, "sk-bench-key-0", loopback=True)
    rounds = []
    for _ in range(2):
        wall, cpu = time.perf_counter(), time.process_time()
        answers = await asyncio.gather(*(provider.complete(_question(model, n)) for n in range(calls)))
        rounds.append({"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu})
        assert {answer.outcome for answer in answers} == {Outcome.ANSWERED}
    await provider.close()
    return rounds


def _ours(dialect: str, calls: int, port: int) -> dict[str, float]:
    """Measure in a fresh process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.fanout", "--ours", dialect, str(calls), str(port)],
        check=True,
        capture_output=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _print_ours(dialect: str, calls: int, port: int) -> None:
    first, second = asyncio.run(_fan_out(dialect, calls, port))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**second, "first_wall_s": first["wall_s"], "peak_mb": peak_mb}))


@contextlib.contextmanager
def _provider() -> Iterator[int]:
    """Run the loopback provider in another process and yield its port."""
    command = [sys.executable, "-m", "tests.factories.provider_server", "--port", "0", "--delay", "1.0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.stdin.close()


@contextlib.contextmanager
def _workers(broker: str, port: int) -> Iterator[Any]:
    """Run one Celery worker with its prefork children and yield the task."""
    environment = {"FANOUT_BROKER": broker, "FANOUT_URL": f"http://127.0.0.1:{port}/v1"}
    os.environ.update(environment)
    from bench.fanout_worker import app, ask  # noqa: PLC0415 - it reads the broker when it is imported

    command = [sys.executable, "-m", "celery", "-A", "bench.fanout_worker", "worker"]
    options = ["-P", "prefork", "-c", str(PROCESSES), "-l", "ERROR", "--without-mingle"]
    worker = subprocess.Popen([*command, *options], env={**os.environ, "C_FORCE_ROOT": "1"})
    try:
        yield ask
    finally:
        worker.terminate()
        worker.wait(60)
        app.close()


def _prefork(calls: int, port: int) -> dict[str, float]:
    """Return the wall time of so many tasks, after a round in which every child has loaded the SDK."""
    question = {
        "model": "bench-model",
        "messages": [
            {"role": "system", "content": "Rules. " * 850},
            {"role": "user", "content": "Market. " * 740},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": _DECISION}},
    }
    with (
        TemporaryDirectory() as directory,
        start_valkey(Path(directory) / "valkey") as broker,
        _workers(broker, port) as ask,
    ):
        cold = _tasks(ask, question, FEW)
        return {"cold_100_wall_s": cold, "wall_s": _tasks(ask, question, calls)}


def _tasks(ask: Any, question: dict[str, Any], calls: int) -> float:
    began = time.perf_counter()
    sent = [ask.delay(question) for _ in range(calls)]
    assert all(result.get(timeout=600) for result in sent)
    return time.perf_counter() - began


def _report(name: str, calls: int, found: dict[str, float]) -> None:
    print(
        f"{name}, {calls} calls: {found['wall_s']:.2f} s wall ({found['first_wall_s']:.2f} s at first), "
        f"{found['cpu_s'] / calls * 1000:.2f} ms CPU a call, {found['peak_mb']:.0f} MB"
    )
    assert found["wall_s"] <= GOALS.get(calls, GOALS[CALLS]), f"{name}: too slow"
    assert found["peak_mb"] <= GOAL_MB, f"{name}: too much memory"


def main() -> None:
    """Print a line a measurement, one line of JSON, and fail where a goal is missed."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    found: dict[str, Any] = {"calls": calls}
    with _provider() as port:
        for dialect in DIALECTS:
            for count in (FEW, calls):
                measured = found[f"{dialect}_{count}"] = _ours(dialect, count, port)
                _report(dialect, count, measured)
        prefork = found["prefork"] = _prefork(calls, port)
    slowest = max(found[f"{dialect}_{calls}"]["wall_s"] for dialect in DIALECTS)
    ratio = found["ratio"] = prefork["wall_s"] / slowest
    print(
        f"Celery prefork, {PROCESSES} processes, {calls} calls: {prefork['wall_s']:.1f} s wall; {ratio:.1f}x"
    )
    print(json.dumps(found))
    assert ratio >= GOAL_RATIO, "not ten times faster than a task a call"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ours"]:
        _print_ours(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
