"""Read an answer on standard input and say which decisions stand, and why the others do not."""

import base64
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from agents.domain.answers import AnswerContext, AnswerLimits, Unreadable, find_symbol, parse_answer
from agents.domain.strict_json import MAX_BYTES
from config.cli.parse_words import sentence_of
from config.refusal import OK, CommandRefusedError
from kernel.units import MAX_UNITS, SCALE, Rounding, UnitsError, to_units
from trading.domain.decisions import Decision
from trading.domain.rules import RuleBook

_SIDES: Final = {"long": 1, "short": -1, "flat": 0, "": 0}
_NUMBERS: Final = {int, str, Decimal}
_PERCENT: Final = 100
_SHAPE: Final = '{"requested_symbols": ["BTC"], "mark": {"BTC": 65000}, "positions": {"BTC": "long"}}'

_ARENA: Final = RuleBook().limits
LIMITS: Final = AnswerLimits(_ARENA.max_position, _ARENA.min_leverage, _ARENA.max_leverage)
"""The arena's own bounds; a season may set narrower ones, which its risk rules check."""


class ContextError(ValueError):
    """A context that no answer can be read against; the text says what is wrong and what would be right."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--context", type=Path, metavar="FILE", help=f"what was asked, as JSON: {_SHAPE}")
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help='read lines {"context": ..., "raw": "..."} instead, and answer each with one line',
    )


def run(options: dict[str, Any]) -> int:
    """Read one answer, or one a line; what is refused is part of the answer, not of the exit status."""
    if options["jsonl"]:
        for line in sys.stdin.buffer:
            sys.stdout.write(json.dumps(_line_report(line)) + "\n")
            sys.stdout.flush()
        return OK
    context = _context_of_file(options["context"])
    raw = sys.stdin.buffer.read(MAX_BYTES + 1)
    sys.stdout.write(json.dumps(report(raw, context), indent=2) + "\n")
    return OK


def report(raw: bytes | str, context: AnswerContext) -> dict[str, Any]:
    """Return what the answer decides and what is void, with figures as JSON numbers."""
    answer = parse_answer(raw, context)
    if isinstance(answer, Unreadable):
        return {"accepted": [], "rejected": [_rejection(answer.code, "The answer")]}
    accepted = [_figures(decision) for decision in answer.decisions]
    if answer.holds_turn:
        accepted.append({**dict.fromkeys(_FIGURES), "action": "HOLD"})
    places = (f"Decision {item.index + 1}" for item in answer.rejected)
    return {
        "accepted": accepted,
        "rejected": [
            _rejection(item.code, f"{place} ({item.symbol})" if item.symbol else place)
            for place, item in zip(places, answer.rejected, strict=True)
        ],
    }


_FIGURES: Final = ("action", "symbol", "size_pct", "leverage", "confidence", "stop_loss", "take_profit")


def _figures(decision: Decision) -> dict[str, Any]:
    # A close or a hold that states no confidence is read as 0.
    states = decision.action.is_open or decision.confidence > 0
    return {
        "action": decision.action.value,
        "symbol": decision.symbol,
        "size_pct": _number(decision.size * _PERCENT or None),
        "leverage": decision.leverage or None,
        "confidence": _number(decision.confidence if states else None),
        "stop_loss": _number(decision.stop_loss),
        "take_profit": _number(decision.take_profit),
    }


def _number(units: int | None) -> int | float | None:
    if units is None:
        return None
    return units / SCALE if units % SCALE else units // SCALE


def _rejection(code: str, where: str) -> dict[str, str]:
    return {"reason_code": code, "message": sentence_of(code, where)}


def _line_report(line: bytes) -> dict[str, Any]:
    try:
        raw, context = _question_of(line)
    except (ValueError, RecursionError) as problem:  # ContextError and unreadable JSON are ValueErrors
        detail = str(problem) if isinstance(problem, ContextError) else "it is not JSON in UTF-8"
        return {"accepted": [], "rejected": [_rejection("bad_line", f"The line cannot be used: {detail}")]}
    return report(raw, context)


def _question_of(line: bytes) -> tuple[bytes | str, AnswerContext]:
    question = json.loads(line, parse_float=Decimal)
    if not isinstance(question, dict) or not {"context", "raw"} <= question.keys():
        raise ContextError("it is no object with 'context' and 'raw'")
    raw = question["raw"]
    if isinstance(raw, dict) and isinstance(raw.get("base64"), str):
        raw = base64.b64decode(raw["base64"], validate=True)
    if not isinstance(raw, str | bytes):
        raise ContextError("'raw' is neither a text nor an object with 'base64'")
    return raw, context_of(question["context"])


def _context_of_file(path: Path | None) -> AnswerContext:
    if path is None:
        raise CommandRefusedError(f"--context is missing: name a file that holds {_SHAPE}")
    try:
        return context_of(json.loads(path.read_bytes(), parse_float=Decimal))
    except OSError as error:
        raise CommandRefusedError(f"{path} cannot be read ({error.strerror}); name a file") from None
    except ContextError as problem:
        raise CommandRefusedError(f"{path}: {problem}") from None
    except (ValueError, RecursionError):
        raise CommandRefusedError(f"{path} is not JSON in UTF-8; it must hold {_SHAPE}") from None


def context_of(value: Any) -> AnswerContext:
    """Return the context that a JSON value describes; raises ContextError.

    What is not told is not assumed: a symbol without a mark cannot be opened, without a position not closed.
    """
    symbols = value.get("requested_symbols") if isinstance(value, dict) else None
    if not isinstance(symbols, list) or not all(isinstance(name, str) and name for name in symbols):
        raise ContextError(f"'requested_symbols' is no list of names; a context is {_SHAPE}")
    offered = tuple(dict.fromkeys(symbols))
    marks = {symbol: _mark_of(symbol, mark) for symbol, mark in _entries(value, "mark", offered)}
    sides = {symbol: _side_of(symbol, side) for symbol, side in _entries(value, "positions", offered)}
    return AnswerContext(offered, marks, sides, LIMITS, free_terms=True)


def _entries(context: Mapping[str, Any], name: str, offered: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield the entries about offered symbols under their offered names; those of others say nothing here."""
    entries = context.get(name)
    if entries is None:
        return
    if not isinstance(entries, dict):
        raise ContextError(f"{name!r} is no object of symbols; a context is {_SHAPE}")
    for key, entry in entries.items():
        if symbol := find_symbol(key, offered):
            yield symbol, entry


def _mark_of(symbol: str, value: Any) -> int:
    if isinstance(value, int | Decimal) and not 0 < value <= MAX_UNITS // SCALE:
        value = None  # before the conversion, which would write out 1e999999
    try:
        mark = to_units(value, Rounding.DOWN) if type(value) in _NUMBERS else 0
    except UnitsError:
        mark = 0
    if mark <= 0:
        raise ContextError(f"'mark' of {symbol} is no price above zero; write a number like 65000.5")
    return mark


def _side_of(symbol: str, value: Any) -> int:
    side = _SIDES.get(value.lower()) if isinstance(value, str) else 0 if value is None else None
    if side is None:
        raise ContextError(f"'positions' of {symbol} is neither 'long' nor 'short'; leave it out if flat")
    return side
