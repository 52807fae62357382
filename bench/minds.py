"""A season of language models over real HTTP, its costs and failures, and its replay with the network cut.

Four models on a loopback provider (both SDKs, three dialects, a fault in one call out of ten), the house, and
with --local the small model on this machine. Prints the table, exports the tape, plays it again and compares.

    .venv/bin/python -m bench.minds [--rounds 100] [--local]
"""

import argparse
import json
import os
import re
import socket
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.scratch import scratch_database
from kernel.canonical import sha256_hex
from tests.factories import provider_steps as steps
from tests.factories.provider_dialects import ReceivedRequest
from tests.factories.provider_server import ProviderServer
from tests.factories.provider_steps import Step

FAULTS: tuple[Step, ...] = (
    steps.status(503),
    steps.reset(),
    steps.html_200(),
    steps.refusal(),
    steps.truncated(),
    steps.choices_null(),
    steps.status(429),
    steps.ok("I would buy everything."),
)
ACTIONS = ("BUY", "SELL", "HOLD", "HOLD", "CLOSE", "HOLD")
MARK = re.compile(r"## ([A-Z0-9]+)\\nmark=([0-9.]+)")


def answer(request: ReceivedRequest) -> str | Step:
    """Break in one call out of ten, else trade by a lot drawn from the question itself."""
    lot = int(sha256_hex(request.body)[:8], 16)
    if lot % 10 == 0:
        return FAULTS[lot // 10 % len(FAULTS)]
    marks = dict(MARK.findall(json.dumps(request.json, ensure_ascii=False)))
    if not marks:
        return steps.ok(json.dumps({"summary": "No market seen.", "decisions": []}))
    symbol = sorted(marks)[lot // 10 % len(marks)]
    action = ACTIONS[lot // 100 % len(ACTIONS)]
    return steps.ok(json.dumps(_trade(action, symbol, float(marks[symbol]))))


def _trade(action: str, symbol: str, mark: float) -> dict[str, Any]:
    side = {"BUY": 1, "SELL": -1}.get(action, 0)
    words = f"{symbol} stands at {mark:g}, 31337.3 above where it was"  # the second figure is made up
    item: dict[str, Any] = {"reasoning": words, "action": action, "symbol": symbol}
    if side:
        item |= {
            "size_pct": 10,
            "leverage": 5,
            "confidence": 0.7,
            "stop_loss": round(mark * (1 - 0.02 * side), 6),
            "take_profit": round(mark * (1 + 0.03 * side), 6),
            "invalidation": {
                "metric": "close",
                "timeframe": "15m",
                "comparison": "below" if side > 0 else "above",
                "value": round(mark * (1 - 0.01 * side), 6),
            },
            "evidence": [f"{symbol}.rsi_14"],
        }
    return {"summary": f"{action} {symbol}.", "decisions": [item]}


def roster_of(server: ProviderServer, *, local: bool) -> list[dict[str, Any]]:
    """Return four models on the loopback in three dialects, the house, and the small model if asked for."""
    seats = [
        ("Ann", "ollama", {"base_url": server.openai_url, "dialect": "chat", "structured": "json_schema"}),
        ("Bob", "vllm", {"base_url": server.openai_url, "dialect": "responses"}),
        ("Cid", "ollama", {"base_url": server.url, "dialect": "messages", "structured": "json_schema"}),
        ("Dee", "llamacpp", {"base_url": server.openai_url, "dialect": "chat", "structured": "json_object"}),
    ]
    models = [
        {"name": name, "slug": name.lower(), "kind": kind, "config": {"model": f"{name.lower()}-1", **config}}
        for name, kind, config in seats
    ]
    small = [{"name": "SmolLM2", "slug": "smollm2", "kind": "local_llm"}] if local else []
    kinds = ("scoring", "momentum", "mean_reversion", "buy_and_hold", "random", "always_flat")
    house = [{"name": kind.replace("_", " "), "slug": kind.replace("_", "-"), "kind": kind} for kind in kinds]
    return [*models, *small, *house]


def main() -> None:
    """Play, print, export, replay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--local", action="store_true", help="with the small model on this machine (slow)")
    options = parser.parse_args()
    os.environ.update(ARENA_LOOPBACK_MODELS="1", ARENA_LOCAL_LLM="1" if options.local else "0")
    with scratch_database() as folder, ProviderServer(answer=answer) as server:
        path = folder / "roster.json"
        path.write_text(json.dumps(roster_of(server, local=options.local)))
        started = time.perf_counter()
        slug = play(path, options.rounds)
        elapsed_s = time.perf_counter() - started
        print(f"{options.rounds} rounds in {elapsed_s:.1f} s, {len(server.requests)} requests")
        show(slug)
        replay(slug, folder / "season.jsonl", server)


def play(roster: Path, rounds: int) -> str:
    """Play the season by the command; return its slug."""
    from django.core.management import call_command  # noqa: PLC0415 - as above

    from arena import selectors  # noqa: PLC0415 - Django is set up by now

    arguments = ["play", "--rounds", str(rounds), "--roster", str(roster), "--models"]
    try:
        call_command("arena", *arguments)
    except SystemExit as ended:
        if ended.code:
            raise
    return selectors.seasons()[0].slug


def show(slug: str) -> None:
    """Print what thinking took, and why answers did not come."""
    from arena import selectors  # noqa: PLC0415 - Django is set up by now
    from arena.models import Turn  # noqa: PLC0415 - as above

    board = selectors.board(slug, 0)
    assert board is not None
    heads = ("answ.", "tok in", "out", "ms", "format", "forced", "denied", "made up")
    print(f"\n{'':10}{'calls':>6}" + "".join(f"{head:>9}" for head in heads))
    for row in board.standings:
        if row.mind:
            mind = row.mind
            print(
                f"{row.name:10}{mind.calls:6}{mind.answered:9}{mind.input_tokens:9}{mind.output_tokens:9}"
                f"{mind.mean_latency_us // 1000:9}{row.format_failures:9}{row.forced_holds:9}{row.denials:9}"
                f"{f'{mind.fabricated}/{mind.cited}':>9}"
            )
    reasons = Turn.objects.filter(outcome="forced_hold").values_list("contestant__slug", "reason")
    for (who, why), count in sorted(Counter(reasons).items()):
        print(f"  {who:10} {why:20} {count}")


def replay(slug: str, tape: Path, server: ProviderServer) -> None:
    """Export the tape and play it again while no socket can be opened."""
    from django.core.management import call_command  # noqa: PLC0415 - Django is set up by now

    asked = len(server.requests)
    _run(call_command, "tape", slug, "--out", str(tape))
    connect = socket.socket.connect

    def refuse(*_args: Any) -> None:
        raise AssertionError("a replay opened a socket")

    socket.socket.connect = refuse  # type: ignore[method-assign] # the network is cut, for real
    try:
        started = time.perf_counter()
        _run(call_command, "replay", str(tape))
        print(
            f"replayed in {time.perf_counter() - started:.1f} s from {tape.stat().st_size // 1024} kB of tape"
        )
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign] # and joined again
    assert len(server.requests) == asked, "the replay asked the provider"


def _run(call_command: Any, *arguments: str) -> None:
    try:
        call_command("arena", *arguments)
    except SystemExit as ended:
        if ended.code:
            sys.exit(f"arena {arguments[0]} ended with {ended.code}")


if __name__ == "__main__":
    main()
