"""Between processes live messages travel through Valkey, also after a quiet time."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.wheels import start_valkey
from tests.factories.celery_arena import arena_environment

ROOT = Path(__file__).resolve().parents[2]
QUIET_S = 7
LISTEN = f"""
import asyncio
import django
django.setup()
from channels.layers import get_channel_layer

async def listen():
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    async def speak():
        await asyncio.sleep({QUIET_S})
        await layer.group_send("group", {{"type": "version", "version": 7}})
    speaking = asyncio.create_task(speak())
    print((await layer.receive(channel))["version"])
    await speaking

asyncio.run(listen())
"""


@pytest.mark.celery
@pytest.mark.full
def test_a_message_after_a_quiet_time_still_arrives(tmp_path: Path) -> None:
    # The Redis client gives up on a silent socket after 5 s unless the layer's settings say otherwise.
    with start_valkey(tmp_path) as url:
        environment = arena_environment(f"sqlite:///{tmp_path / 'arena.sqlite3'}", url, tmp_path)
        heard = subprocess.run(
            [sys.executable, "-c", LISTEN],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert heard.stdout == "7\n", heard.stderr[-400:]
