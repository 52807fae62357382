"""Writes answers that the reader reads back exactly."""

from collections.abc import Sequence
from typing import Any, Final

from agents.domain.answers.values import INVALIDATION_LENGTH, REASONING_LENGTH, SUMMARY_LENGTH
from agents.domain.text import clean_text
from kernel.canonical import canonical_bytes
from kernel.units import SCALE, format_units
from trading.domain.decisions import Action, Decision

_PERCENT: Final = 100


def encode_answer(summary: str, decisions: Sequence[Decision]) -> bytes:
    """Return the canonical bytes of an answer; every figure is an exact decimal string."""
    items = [_item_of(decision) for decision in decisions]
    return canonical_bytes({"summary": clean_text(summary, SUMMARY_LENGTH), "decisions": items})


def _item_of(decision: Decision) -> dict[str, Any]:
    item: dict[str, Any] = {
        "reasoning": clean_text(decision.reasoning, REASONING_LENGTH),
        "action": decision.action.value,
        "symbol": decision.symbol,
        "confidence": format_units(decision.confidence),
    }
    if decision.action is not Action.HOLD:
        item["size_pct"] = _percent_text(decision.size * _PERCENT)
    if decision.action.is_open:
        item["leverage"] = decision.leverage
        item["stop_loss"] = None if decision.stop_loss is None else format_units(decision.stop_loss)
        item["take_profit"] = None if decision.take_profit is None else format_units(decision.take_profit)
        item |= _terms_of(decision)
    if decision.watch is not None:
        item["invalidation"] = {
            "metric": decision.watch.metric,
            "timeframe": decision.watch.timeframe,
            "comparison": decision.watch.comparison,
            "value": format_units(decision.watch.value),
        }
    elif decision.invalidation:
        item["invalidation"] = clean_text(decision.invalidation, INVALIDATION_LENGTH)
    if decision.evidence:
        item["evidence"] = list(decision.evidence)
    return item


def _terms_of(decision: Decision) -> dict[str, Any]:
    terms = decision.terms
    item: dict[str, Any] = {}
    if terms.price is not None:
        item["limit_price"] = format_units(terms.price)
        item["time_in_force"] = terms.time_in_force
    if terms.post_only:
        item["post_only"] = True
    if decision.trail:
        item["trailing_pct"] = format_units(decision.trail * _PERCENT)
    if decision.reverse:
        item["reverse"] = True
    return item


def _percent_text(percent: int) -> str:
    # Below 1 the bare number could as well be a ratio, and the reader would not guess.
    return format_units(percent) + ("%" if percent < SCALE else "")
