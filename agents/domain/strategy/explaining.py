"""A strategy in plain sentences: what it opens, when it leaves, how much it puts up."""

from collections.abc import Sequence
from typing import Final

from agents.domain.strategy.form import Condition, Rule, Strategy, Term
from agents.domain.strategy.judging import written
from agents.domain.strategy.names import POSITION_UNITS, WORDS
from kernel.units import format_units

_SIZES: Final = {
    "fraction": "Puts {size} % of equity into a position",
    "risk": "Opens so much that the stop loses {size} % of equity",
    "kelly": "Opens {size} % of Kelly's fraction (the stop loses at most {cap} % of equity)",
    "volatility": "Opens so much that a position's yearly deviation is {size} % of equity",
}
_OPERATORS: Final = {"<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"}


def explain(strategy: Strategy) -> tuple[str, ...]:
    """Return what a strategy does as sentences, in the order of a trade's life."""
    return tuple(
        sentence
        for sentence in (
            _symbols(strategy),
            _rule("Opens a long when", strategy.entry.long),
            _rule("Opens a short when", strategy.entry.short),
            _rule("Opens only while", strategy.filters),
            _rule("Closes a long when", strategy.exit.long),
            _rule("Closes a short when", strategy.exit.short),
            _size(strategy),
            _stop(strategy),
            _rest(strategy),
        )
        if sentence
    )


def needs_position(rule: Rule | None) -> bool:
    """Return whether a rule looks at the open position, which a market alone does not tell."""
    conditions = () if rule is None else rule.conditions
    return any(c.feature in POSITION_UNITS or c.than in POSITION_UNITS for c in conditions)


def _symbols(strategy: Strategy) -> str:
    if strategy.symbols is None:
        return "Trades every symbol of its season."
    return f"Trades {_listed(strategy.symbols, 'and')}."


def _rule(head: str, rule: Rule | None) -> str:
    return "" if rule is None else f"{head} {_words(rule)}."


def _words(rule: Rule) -> str:
    every, one_of = [_term(term) for term in rule.every], [_term(term) for term in rule.one_of]
    parts = list(every)
    if one_of:
        parts.append(one_of[0] if len(one_of) == 1 else f"either {_listed(one_of, 'or')}")
    return _listed(parts, "and")


def _term(term: Term) -> str:
    return f"({_words(term)})" if isinstance(term, Rule) else _condition(term)


def _condition(condition: Condition) -> str:
    name, op, than = condition
    other = WORDS[than] if isinstance(than, str) else written(name, than)
    return f"{WORDS[name]} {_OPERATORS[op]} {other}"


def _listed(parts: Sequence[str], last: str) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def _size(strategy: Strategy) -> str:
    sizing = strategy.sizing
    percent, cap = format_units(sizing.size_pct), format_units(sizing.cap_pct)
    return (
        f"{_SIZES[sizing.method].format(size=percent, cap=cap)} at {sizing.leverage}x, "
        f"and holds at most {strategy.max_positions}; the season's rule book bounds both size and leverage."
    )


def _stop(strategy: Strategy) -> str:
    stop, target = strategy.sizing.stop, strategy.sizing.target
    value = format_units(stop.value)
    away = f"{value} times the ATR (14)" if stop.kind == "atr" else f"{value} % of the price"
    if target is None:
        return f"Its stop stands {away} away; it sets no target."
    value = format_units(target.value)
    aim = f"{value} times that" if target.kind == "stop_multiple" else f"{value} % of the price"
    return f"Its stop stands {away} away, its target {aim}."


def _rest(strategy: Strategy) -> str:
    leaves = strategy.exit.long is not None or strategy.exit.short is not None
    closed = "" if leaves else "Leaves positions to their stop and target. "
    if strategy.confidence is None:
        return f"{closed}States no confidence of its own."
    return f"{closed}States a confidence of {format_units(strategy.confidence * 100)} %."
