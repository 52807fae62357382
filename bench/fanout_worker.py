"""The usual way, for comparison: one Celery task a call, each in a process that keeps one client of the SDK.

Started by bench.fanout; FANOUT_BROKER and FANOUT_URL name the broker and the provider.
"""

import os
from functools import cache
from typing import Any

from celery import Celery

app = Celery("fanout", broker=os.environ["FANOUT_BROKER"], backend=os.environ["FANOUT_BROKER"])
app.conf.update(worker_prefetch_multiplier=1, worker_hijack_root_logger=False, task_ignore_result=False)


@cache
def _client() -> Any:
    """Return this process's client, made at its first call."""
    import openai  # noqa: PLC0415 - in the child, as prefork needs it

    return openai.OpenAI(api_key="sk-bench-key-0", base_url=os.environ["FANOUT_URL"], max_retries=0)


@app.task(name="ask")
def ask(question: dict[str, Any]) -> str:
    """Ask once and return the answer's text."""
    return str(_client().chat.completions.create(**question).choices[0].message.content)
