"""However many providers are asked: their connections together fit into the files a process may open."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.adapters.llm.connections import MOST_CONNECTIONS, Room, room_for
from tests.factories.provider_server import ProviderServer

CHILD = """
import asyncio, json, os, resource, sys
soft, hard, providers, calls = map(int, sys.argv[2:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from agents.adapters.llm.provider import make_provider
from agents.domain.llm.exchange import ModelRef
from tests.factories.model_calls import question

async def main():
    model = ModelRef("loopback", sys.argv[1], "m", "chat", "text", on_this_machine=True)
    asked = [make_provider(model, f"sk-key-{n}-0123456789", loopback=True) for n in range(providers)]
    outcomes, files = set(), []
    for provider_group in (asked, asked[::-1]):
        answers = await asyncio.gather(*(
            provider.complete(question(model, deadline_s=30.0, first_byte_s=30.0))
            for provider in provider_group for _ in range(calls)
        ))
        outcomes |= {answer.outcome for answer in answers}
        files.append(len(os.listdir("/proc/self/fd")))
    await asyncio.gather(*(provider.close() for provider in asked))
    print(json.dumps({
        "outcomes": sorted(outcomes), "files": files, "soft": resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    }))

asyncio.run(main())
"""
ROOT = Path(__file__).parents[3]


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as running:
        running.delay_s = 0.05
        yield running


def _asked(server: ProviderServer, soft: int, hard: int, providers: int, calls: int) -> dict[str, Any]:
    """Ask from a process of its own: a hard limit that is lowered stays low."""
    numbers = [str(number) for number in (soft, hard, providers, calls)]
    command = [sys.executable, "-c", CHILD, server.openai_url, *numbers]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT, timeout=120)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_calls_to_several_providers_wait_for_a_connection_of_the_process(server: ProviderServer) -> None:
    found = _asked(server, 300, 300, providers=4, calls=60)

    assert found["outcomes"] == ["answered"]
    assert server.peak == 300 - 256
    assert max(found["files"]) < 300 - 200, "an idle connection is a file, too"


def test_the_soft_limit_is_raised_towards_the_hard_one(server: ProviderServer) -> None:
    assert _asked(server, 300, 700, providers=2, calls=30) == {
        "outcomes": ["answered"],
        "files": pytest.approx([20, 20], abs=20),
        "soft": 700,
    }
    assert server.peak == 60


def test_the_room_follows_the_limit_of_open_files() -> None:
    assert room_for(100) == Room(16, keeps_idle=False)
    assert room_for(1024) == Room(768, keeps_idle=False)
    assert room_for(4096) == Room(MOST_CONNECTIONS, keeps_idle=False)
    assert room_for(1_000_000) == Room(MOST_CONNECTIONS, keeps_idle=True)
    assert room_for(resource.RLIM_INFINITY) == Room(MOST_CONNECTIONS, keeps_idle=True)
