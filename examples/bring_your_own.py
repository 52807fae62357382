"""A contestant of your own: it follows the last ten bars. Set ARENA_TOKEN (and ARENA_URL), then run it."""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("ARENA_URL", "http://127.0.0.1:8000") + "/api/v1/seat/"
TOKEN = {"Authorization": "Bearer " + os.environ["ARENA_TOKEN"], "Content-Type": "application/json"}


def ask(path: str, header: tuple[str, str], body: bytes | None = None) -> Any:
    """Return the JSON of an answer, None for none."""
    with urlopen(Request(URL + path, body, TOKEN | dict([header])), timeout=40) as answer:
        return json.loads(answer.read() or "null")


def decide(seen: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a decision for every symbol that is not held and has moved."""
    held = {position["symbol"] for position in seen["positions"]}
    for part in seen["market"]:
        closes = [float(bar[4]) for bar in part["candles"][-10:]]
        if part["symbol"] in held or len(set(closes)) < 2:  # noqa: PLR2004 - one price is no direction
            continue
        mark, up = float(part["mark"]), 1 if closes[-1] > closes[0] else -1
        stop, target = f"{mark * (1 - up * 0.03):.8f}", f"{mark * (1 + up * 0.06):.8f}"
        yield {"reasoning": "The last ten bars point this way.", "action": "BUY" if up > 0 else "SELL",
               "symbol": part["symbol"], "size_pct": 5, "leverage": 3, "confidence": 0.7,
               "stop_loss": stop, "take_profit": target}  # fmt: skip


turn = ""
while True:
    try:
        if seen := ask("observation?wait=25", ("If-None-Match", f'"{turn}"')):
            turn, answer = seen["turn"], {"summary": "Follows.", "decisions": list(decide(seen))}
            print(ask("decisions", ("Arena-Turn", turn), json.dumps(answer).encode()), flush=True)
    except HTTPError as refusal:
        if refusal.code not in {304, 409}:  # 304: nothing new. 409: too late, the round went on.
            raise
