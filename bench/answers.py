"""Reading answers: a usual one against json.loads with a schema, and the worst 64 KiB anybody may send.

.venv/bin/python -m bench.answers
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # publishes no types

from agents.domain.answers import Answer, AnswerContext, AnswerLimits, parse_answer
from agents.domain.llm.schema import answer_schema
from agents.domain.strict_json import MAX_BYTES
from bench.measure import median_cpu_s
from kernel.units import SCALE
from trading.domain.rules import RuleBook

RULES = RuleBook()
SYMBOLS = ("BTC", "ETH", "SOL", "BNB", "ASTER")
MARKS = dict.fromkeys(SYMBOLS, 65_000 * SCALE)
CONTEXT = AnswerContext(
    SYMBOLS,
    MARKS,
    {},
    AnswerLimits(RULES.limits.max_position, RULES.limits.min_leverage, RULES.limits.max_leverage),
)
REPEATS = 200
WORST_REPEATS = 7
USUAL_US, WORST_MS = 100, 5


def _decision(symbol: str) -> dict[str, Any]:
    return {
        "reasoning": f"{symbol}: RSI 28.4 is below 30 and the MACD histogram turned up; the 4h trend holds.",
        "action": "BUY",
        "symbol": symbol,
        "size_pct": 12.5,
        "leverage": 5,
        "stop_loss": 63_000.5,
        "take_profit": 69_000,
        "invalidation": {"metric": "close", "timeframe": "1h", "comparison": "below", "value": 63_500},
        "confidence": 0.7,
        "evidence": [f"{symbol}.rsi_14", f"{symbol}.macd"],
    }


def _answer(symbols: tuple[str, ...]) -> str:
    return json.dumps({"summary": "Oversold bounce.", "decisions": [_decision(symbol) for symbol in symbols]})


def usual_texts() -> Iterator[tuple[str, str]]:
    """Yield answers as models give them, by name."""
    plain = _answer(("BTC",))
    yield "one decision", plain
    yield "three decisions", _answer(SYMBOLS[:3])
    yield "one decision, fenced, in prose", f"Here is my decision:\n```json\n{plain}\n```\nGood luck!"
    yield "one decision, dressed in Python", str(json.loads(plain))


def _filled(piece: str, head: str = "", tail: str = "") -> str:
    room = MAX_BYTES - len(head.encode()) - len(tail.encode())
    return head + piece * (room // len(piece.encode())) + tail


def _worst_marks() -> Iterator[tuple[str, str]]:
    hold = '{"action":"HOLD"}'
    for piece in ("a_", "tool call ", "a(", "a = ", " ", "//", "-- ", "~~ ", "*/", "</a>", "<a></a>", "&lt;"):
        yield f"{piece} in a call", _filled(piece, "<tool_call>", hold)
    for piece in ("a_", "submit_decision ", "*/", " "):
        yield f"{piece} between objects", _filled(piece * (100 // len(piece)) + '{"a":1}', tail=hold)
    final = "<|channel|>final<|message|>"
    for piece in ("<a></a>", "&lt;"):
        part = final + piece * (16_000 // len(piece)) + hold
        yield f"{piece} in four channels", _filled(part)
        yield f"{piece} in many channels", _filled(final + piece * 100 + hold)
    beside = '{"name":"submit_decision","arguments":{"action":"HOLD"},"content":'
    yield "objects beside a call", _filled("x", beside + json.dumps('{"a":' * 30 + '"')[:-1], '"}')
    yield "full-width brackets", _filled("\uff5b\uff5d", tail=hold)
    keys = (f'"decision{"_" * (n % 28)}{"-" * (n // 28)}"' for n in range(500))
    wrapped = "{" + ",".join(f"{key}:\"{{'action':'HOLD'}}\"" for key in keys)
    yield "decisions in many wrappers", _filled(" ", wrapped, "}")


def worst_texts() -> Iterator[tuple[str, str]]:
    """Yield texts of 64 KiB that cost a careless reader most."""
    item = json.dumps(_decision("BTC"))
    signs = ("{", "[", '"', "\\", ",", "'", "{}", '{"', "[{", "\u201c", "//", "/*", "{'")
    pieces = (*signs, "<think>", "</think>")
    for piece in pieces:
        yield f"{piece} without end", _filled(piece)
    yield "thinking without end", _filled("<think>a</think>")
    yield "tags that almost close", _filled("<think ")
    yield "blanks", _filled(" ", "{", "x")
    yield "blanks in a broken object", _filled(" \n", '{"action":"BUY"', "}")
    yield "numbers", _filled("1,", '{"action":[', "1]}")
    yield "empty objects", _filled("{},", "[", "{}]")
    yield "empty texts", _filled('"",', '{"action":[', '""]}')
    yield "one long number", _filled("9", '{"action":"BUY","symbol":"BTC","size_pct":', "}")
    yield "one long text", _filled("a", '{"action":"HOLD","reasoning":"', '"}')
    yield "one text without end", _filled("a", '{"action":"HOLD","reasoning":"')
    yield "escapes", _filled("\\n", '{"action":"HOLD","reasoning":"', '"}')
    yield "escapes in single quotes", _filled("\\n", "{'action':'HOLD','reasoning':'", "'}")
    yield "invisible signs", _filled("a\u200b", '{"action":"HOLD","reasoning":"', '"}')
    yield from _worst_marks()
    names = [f"k{n}" + "_" * 12 for n in range(3_000)]
    yield "keys", "{" + ",".join(f'"{name}":1' for name in names) + ',"action":"HOLD"}'
    yield "keys without quotes", "{" + ",".join(f"{name}__:1" for name in names) + ',"action":"HOLD"}'
    yield "comments", _filled("//\n", "{", "}")
    yield "many candidates", _filled('{"action":"HOLD"}')
    yield "many candidates in Python", _filled("{'action':'HOLD'}")
    yield "many objects in prose", _filled('{"rsi":1} ')
    yield "many cut off", _filled('{"action":"BUY",')
    yield "fences", _filled("```json\n")
    yield "channels", _filled("<|channel|>final<|message|>{}")
    full = [{**_decision("X"), "symbol": f"X{n}", "reasoning": "w\n" * 180} for n in range(64)]
    text = json.dumps({"decisions": full})
    yield "64 decisions full of words", text
    yield "64 decisions in Python", str(json.loads(text))
    yield "too many decisions", json.dumps({"decisions": [json.loads(item)] * 145})


def _cpu_us(call: Callable[[], object], repeats: int, batch: int = 1) -> float:
    return median_cpu_s(call, repeats, batch) * 1e6


def _validate(validator: Any, text: str) -> bool:
    return bool(validator.is_valid(json.loads(text)))


def _bench_usual(validator: Any) -> None:
    for name, text in usual_texts():
        answer = parse_answer(text, CONTEXT)
        assert isinstance(answer, Answer)
        assert answer.decisions
        assert not answer.rejected
        ours = _cpu_us(partial(parse_answer, text, CONTEXT), REPEATS, 20)
        row = f"  {name:<34} {ours:8.1f} us"
        if text.startswith('{"'):
            assert _validate(validator, text)
            theirs = _cpu_us(partial(_validate, validator, text), REPEATS // 4, 5)
            row += f"   json.loads + jsonschema {theirs:8.1f} us   {theirs / ours:5.1f}x"
        print(row + (f"   target <= {USUAL_US} us" if name.startswith("one") else ""))


def _benchworst_texts() -> None:
    times = []
    for name, text in worst_texts():
        size = len(text.encode())
        assert 8 * MAX_BYTES // 10 <= size <= MAX_BYTES, f"{name}: {size}"
        took = _cpu_us(partial(parse_answer, text, CONTEXT), WORST_REPEATS) / 1e3
        times.append((took, name))
    for took, name in sorted(times, reverse=True)[:8]:
        print(f"  {name:<34} {took:8.2f} ms   target <= {WORST_MS} ms")
    print(f"  and {len(times) - 8} more below that")


def main() -> None:
    """Print the medians, the ratios and the targets."""
    validator = Draft202012Validator(answer_schema(SYMBOLS, RULES))
    print(f"usual answers, median CPU of {REPEATS} x 20 runs")
    _bench_usual(validator)
    print(f"the worst of 64 KiB, median CPU of {WORST_REPEATS} runs each")
    _benchworst_texts()


if __name__ == "__main__":
    main()
