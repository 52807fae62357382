"""What a person typed, as the bytes of an answer: nothing is corrected here, the one reader decides."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from kernel.canonical import canonical_bytes

ACTIONS: Final = ("BUY", "SELL", "CLOSE", "HOLD")
FIELDS: Final = ("action", "size_pct", "leverage", "stop_loss", "take_profit", "confidence", "reasoning")
TERMS: Final = ("limit_price", "trailing_pct", "reverse")
"""What a form offers besides, where the rule book takes it; left empty, it is not in the answer."""

LONGEST: Final = {"reasoning": 600}
LONGEST_FIGURE: Final = 40

_EDGE: Final = "\ufeff\u200b \t\r\n"


def answer_of(posted: Mapping[str, str], symbols: Sequence[str]) -> bytes:
    """Return the answer that a filled form stands for. Symbols without an action are held."""
    found = [_item_of(posted, symbol) for symbol in symbols]
    decisions = [item for item in found if item["action"]]
    return canonical_bytes({"summary": "", "decisions": decisions})


def typed_in(raw: bytes) -> dict[str, dict[str, str]]:
    """Return symbol -> what was typed, from an answer that `answer_of` made; nothing from any other."""
    try:
        decisions = json.loads(raw)["decisions"]
        return {
            str(item["symbol"]): _typed_of(item)
            for item in decisions
            if isinstance(item, dict) and "symbol" in item
        }
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}


def _typed_of(item: dict[str, Any]) -> dict[str, str]:
    terms = {name: _shown(item[name]) for name in TERMS if name in item}
    return {name: _shown(item.get(name)) for name in FIELDS} | terms


def _item_of(posted: Mapping[str, str], symbol: str) -> dict[str, Any]:
    item: dict[str, Any] = {name: _typed(posted, name, symbol) for name in FIELDS}
    leverage = item["leverage"]
    # A whole number has one form; anything else goes to the reader as it was typed, to be refused by name.
    if leverage is not None and leverage.isascii() and leverage.isdigit():
        item["leverage"] = int(leverage)
    terms: dict[str, Any] = {name: text for name in TERMS if (text := _typed(posted, name, symbol))}
    if "reverse" in terms:
        terms["reverse"] = True
    return {**item, **terms, "symbol": symbol, "reasoning": item["reasoning"] or ""}


def _typed(posted: Mapping[str, str], name: str, symbol: str) -> str | None:
    text = posted.get(f"{name}-{symbol}", "").strip(_EDGE)
    return text[: LONGEST.get(name, LONGEST_FIGURE)] or None


def _shown(value: object) -> str:
    return "" if value is None else str(value)
