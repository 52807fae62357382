"""Against what a seat's answer is read: what its observation showed, or the rules alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agents.domain.answers import AnswerContext, AnswerLimits, RejectedItem, Unreadable, parse_answer
from kernel.units import to_units
from trading.domain.decisions import Decision
from trading.domain.rules import RuleBook


def answer_context(form: Mapping[str, Any]) -> AnswerContext:
    """Return against what an answer to this observation is read: its symbols, marks, positions and limits."""
    limits = form["rules"]["limits"]
    return AnswerContext(
        symbols=tuple(part["symbol"] for part in form["market"]),
        marks={part["symbol"]: to_units(part["mark"]) for part in form["market"]},
        sides={held["symbol"]: 1 if held["side"] == "long" else -1 for held in form["positions"]},
        limits=AnswerLimits(to_units(limits["max_position"]), limits["min_leverage"], limits["max_leverage"]),
        free_terms=bool(form["rules"].get("limit_orders")),
    )


def rules_context(rules: RuleBook) -> AnswerContext:
    """Return against what an answer is read before any round was shown: symbols and limits alone."""
    limits = rules.limits
    bounds = AnswerLimits(limits.max_position, limits.min_leverage, limits.max_leverage)
    return AnswerContext(symbols=rules.symbols, limits=bounds, free_terms=rules.limit_orders)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sender is told of its answer. ``unreadable`` is the code where nothing can be taken from it.

    ``decisions`` and ``rejected`` are as the round will read them. ``objections`` are items among the former
    that the rules will refuse if nothing changes until then: a stop on the wrong side, too much leverage.
    """

    unreadable: str
    decisions: tuple[Decision, ...] = ()
    rejected: tuple[RejectedItem, ...] = ()
    objections: tuple[RejectedItem, ...] = ()


def read_for_sender(raw: bytes, context: AnswerContext) -> Reading:
    """Return what these bytes decide. The round reads without limits: those are the rules' to judge."""
    answer = parse_answer(raw, replace(context, limits=None))
    if isinstance(answer, Unreadable):
        return Reading(answer.code)
    strict = parse_answer(raw, context)
    void = {item.index for item in answer.rejected}
    found = () if isinstance(strict, Unreadable) else strict.rejected
    objections = tuple(item for item in found if item.index not in void)
    return Reading("", answer.decisions, answer.rejected, objections)
