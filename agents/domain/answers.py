"""The answer a contestant gives, and the one reader of it. Pure and total: it never raises and never guesses.

An answer is one JSON object::

    {"summary": str, "decisions": [{"reasoning", "action", "symbol", "size_pct", "leverage",
                                    "stop_loss", "take_profit", "invalidation", "confidence"}]}

``size_pct`` is in percent: for BUY and SELL of equity, for CLOSE of the position. Prices, ``size_pct`` and
``confidence`` are JSON numbers or plain decimal strings; ``leverage`` is a whole number. Only the form is
checked here, with bounds no rule book is wider than; the rules themselves belong to the risk review.
When in doubt an item is rejected, and each item stands alone: a bad open never blocks a good close.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from agents.domain.strict_json import DUPLICATE, NumberText, RefusedError, read_object
from agents.domain.text import clean_text
from kernel.canonical import canonical_bytes
from kernel.units import DECIMALS, MAX_UNITS, SCALE, Rounding, UnitsError, format_units, to_units
from trading.domain.decisions import Action, Decision

MAX_ITEMS: Final = 64
MAX_LEVERAGE: Final = 125
"""The widest leverage any known venue offers."""

SUMMARY_LENGTH: Final = 600
REASONING_LENGTH: Final = 1200
INVALIDATION_LENGTH: Final = 400

UNREADABLE_CODES: Final = frozenset(
    {"too_long", "not_utf8", "too_deep", "not_json", "not_an_object", "duplicate_key", "no_decisions",
     "decisions_not_a_list", "too_many_decisions"}
)  # fmt: skip
"""Why a whole answer cannot be read: the turn is a forced hold."""

REJECTION_CODES: Final = frozenset(
    {"item_not_an_object", "item_duplicate_key", "unknown_action", "unknown_symbol", "symbol_twice",
     "size_missing", "size_not_a_number", "size_out_of_bounds",
     "leverage_missing", "leverage_not_whole", "leverage_out_of_bounds",
     "confidence_missing", "confidence_not_a_number", "confidence_out_of_bounds",
     "stop_loss_not_a_number", "stop_loss_out_of_bounds",
     "take_profit_not_a_number", "take_profit_out_of_bounds"}
)  # fmt: skip
"""Why one item of a readable answer is void; the others stand."""


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """One void item: its place in the list, from 0, and a code of ``REJECTION_CODES``."""

    index: int
    code: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A readable answer. No decisions and nothing rejected is a hold the contestant chose."""

    summary: str
    decisions: tuple[Decision, ...]
    rejected: tuple[RejectedItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer nothing can be taken from, with a code of ``UNREADABLE_CODES``."""

    code: str


_PLAIN: Final = re.compile(r"(\d{1,18})(?:\.(\d{1,30}))?")
_WITH_EXPONENT: Final = re.compile(r"-?\d{1,18}(?:\.\d{1,30})?[eE][+-]?\d{1,2}")
_PERCENT: Final = 100


def parse_answer(raw: bytes | str, offered: tuple[str, ...]) -> Answer | Unreadable:
    """Return what the answer decides among the offered symbols, or why it cannot be read. Never raises."""
    try:
        document = read_object(raw)
        items = _items_of(document)
    except RefusedError as refusal:
        return Unreadable(refusal.code)
    decisions: list[Decision] = []
    rejected: list[RejectedItem] = []
    repeated = _repeated_symbols(items)
    for index, item in enumerate(items):
        try:
            decision = _decision_of(item, offered, repeated)
        except RefusedError as refusal:
            rejected.append(RejectedItem(index, refusal.code))
        else:
            decisions.extend(() if decision is None else (decision,))
    summary = document.get("summary") or (document.get("reasoning") if "decisions" not in document else "")
    return Answer(clean_text(summary, SUMMARY_LENGTH), tuple(decisions), tuple(rejected))


def encode_answer(summary: str, decisions: Sequence[Decision]) -> bytes:
    """Return the canonical bytes of an answer; every figure is an exact decimal string."""
    items = [_item_of(decision) for decision in decisions]
    return canonical_bytes({"summary": clean_text(summary, SUMMARY_LENGTH), "decisions": items})


def _item_of(decision: Decision) -> dict[str, str | int | None]:
    item: dict[str, str | int | None] = {
        "reasoning": clean_text(decision.reasoning, REASONING_LENGTH),
        "action": decision.action.value,
        "symbol": decision.symbol,
        "confidence": format_units(decision.confidence),
    }
    if decision.action is not Action.HOLD:
        item["size_pct"] = format_units(decision.size * _PERCENT)
    if decision.action.is_open:
        item["leverage"] = decision.leverage
        item["stop_loss"] = None if decision.stop_loss is None else format_units(decision.stop_loss)
        item["take_profit"] = None if decision.take_profit is None else format_units(decision.take_profit)
    if decision.invalidation:
        item["invalidation"] = clean_text(decision.invalidation, INVALIDATION_LENGTH)
    return item


def _items_of(document: dict[str, Any]) -> list[Any]:
    if "decisions" not in document:
        if "action" not in document:
            raise RefusedError("no_decisions")
        return [document]
    items = document["decisions"]
    if not isinstance(items, list):
        raise RefusedError("decisions_not_a_list")
    if len(items) > MAX_ITEMS:
        raise RefusedError("too_many_decisions")
    return items


def _repeated_symbols(items: list[Any]) -> frozenset[str]:
    if len(items) < 2:  # noqa: PLR2004 - one item repeats nothing
        return frozenset()
    named = [item.get("symbol") for item in items if isinstance(item, dict)]
    counts = Counter(name for name in named if isinstance(name, str))
    return frozenset(name for name, count in counts.items() if count > 1)


def _decision_of(item: Any, offered: tuple[str, ...], repeated: frozenset[str]) -> Decision | None:
    """Return one item's decision; None for a HOLD that names no symbol, which is about the whole turn."""
    if not isinstance(item, dict):
        raise RefusedError("item_duplicate_key" if item is DUPLICATE else "item_not_an_object")
    build = _BUILDERS.get(item["action"]) if isinstance(item.get("action"), str) else None
    if build is None:
        raise RefusedError("unknown_action")
    symbol = item.get("symbol")
    if symbol is None and item["action"] == Action.HOLD:
        return None
    if not isinstance(symbol, str) or symbol not in offered:
        raise RefusedError("unknown_symbol")
    if symbol in repeated:
        raise RefusedError("symbol_twice")
    return build(item, symbol)


def _build_open(item: dict[str, Any], symbol: str) -> Decision:
    return Decision(
        action=Action(item["action"]),
        symbol=symbol,
        size=_size_of(item),
        leverage=_leverage_of(item),
        stop_loss=_price_of(item, "stop_loss"),
        take_profit=_price_of(item, "take_profit"),
        confidence=_confidence_of(item, required=True),
        invalidation=clean_text(item.get("invalidation"), INVALIDATION_LENGTH),
        reasoning=clean_text(item.get("reasoning"), REASONING_LENGTH),
    )


def _build_close(item: dict[str, Any], symbol: str) -> Decision:
    size = SCALE if item.get("size_pct") is None else _size_of(item)
    if size * _PERCENT < SCALE:
        raise RefusedError("size_out_of_bounds")
    return _build_quiet(item, symbol, Action.CLOSE, size)


def _build_hold(item: dict[str, Any], symbol: str) -> Decision:
    return _build_quiet(item, symbol, Action.HOLD, 0)


def _build_quiet(item: dict[str, Any], symbol: str, action: Action, size: int) -> Decision:
    return Decision(
        action=action,
        symbol=symbol,
        size=size,
        confidence=_confidence_of(item, required=False),
        invalidation=clean_text(item.get("invalidation"), INVALIDATION_LENGTH),
        reasoning=clean_text(item.get("reasoning"), REASONING_LENGTH),
    )


_BUILDERS: Final[dict[str, Callable[[dict[str, Any], str], Decision]]] = {
    "BUY": _build_open,
    "SELL": _build_open,
    "CLOSE": _build_close,
    "HOLD": _build_hold,
}


def _number_of(value: Any, field: str) -> int:
    """Return a number in units; digits beyond the eighth decimal are dropped."""
    if value is None:
        raise RefusedError(f"{field}_missing")
    if not isinstance(value, str):  # also true, NaN, lists: none of them is a number
        raise RefusedError(f"{field}_not_a_number")
    plain = _PLAIN.fullmatch(value) if value.isascii() else None
    if plain is not None:
        whole, decimals = plain.group(1), plain.group(2)
        return int(whole) * SCALE + (int(decimals[:DECIMALS].ljust(DECIMALS, "0")) if decimals else 0)
    return _unusual_number(value, field)


def _unusual_number(value: str, field: str) -> int:
    if value.startswith("-"):
        known = isinstance(value, NumberText) or _PLAIN.fullmatch(value, 1) is not None
        raise RefusedError(f"{field}_out_of_bounds" if known else f"{field}_not_a_number")
    if not isinstance(value, NumberText):
        raise RefusedError(f"{field}_not_a_number")
    if _WITH_EXPONENT.fullmatch(value) is None:
        raise RefusedError(f"{field}_out_of_bounds")
    try:
        return to_units(Decimal(value), Rounding.DOWN)
    except UnitsError:
        raise RefusedError(f"{field}_out_of_bounds") from None


def _size_of(item: dict[str, Any]) -> int:
    percent = _number_of(item.get("size_pct"), "size")
    size = percent // _PERCENT
    if not (size > 0 and percent <= _PERCENT * SCALE):
        raise RefusedError("size_out_of_bounds")
    return size


def _leverage_of(item: dict[str, Any]) -> int:
    value = item.get("leverage")
    if value is None:
        raise RefusedError("leverage_missing")
    if not isinstance(value, NumberText) or not value.removeprefix("-").isdigit():
        raise RefusedError("leverage_not_whole")
    if len(value) > len(str(MAX_LEVERAGE)) or not 1 <= int(value) <= MAX_LEVERAGE:
        raise RefusedError("leverage_out_of_bounds")
    return int(value)


def _confidence_of(item: dict[str, Any], *, required: bool) -> int:
    value = item.get("confidence")
    if value is None and not required:
        return 0
    confidence = _number_of(value, "confidence")
    if confidence > SCALE:
        raise RefusedError("confidence_out_of_bounds")
    return confidence


def _price_of(item: dict[str, Any], field: str) -> int | None:
    value = item.get(field)
    if value is None:
        return None
    price = _number_of(value, field)
    if not 0 < price <= MAX_UNITS:
        raise RefusedError(f"{field}_out_of_bounds")
    return price
