"""What of a rule holds on the figures of one moment, and in which words."""

from collections.abc import Mapping, Sequence
from typing import Final

from agents.domain.strategy.form import Condition, Rule, Term
from agents.domain.strategy.names import UNITS, WORDS, show_figure
from kernel.units import SCALE, format_units
from trading.domain.market import SymbolSnapshot
from trading.domain.observation import Features
from trading.domain.positions import Position, unrealised

Figures = Mapping[str, int]
"""Name -> figure at 1e-8; a name is absent while its figure is not known."""

MOST_TOLD: Final = 4
"""Conditions that one reason tells: more would not be read."""

_MINUTE_MS: Final = 60_000


def market_figures(part: SymbolSnapshot, features: Features) -> dict[str, int]:
    """Return what one snapshot tells of a symbol."""
    figures = {**features, "mark": part.mark}
    if part.funding_rate is not None:
        figures["funding_rate"] = part.funding_rate
    return figures


def position_figures(position: Position, mark: int, market_ms: int) -> dict[str, int]:
    """Return what an open position tells at a mark and moment."""
    held = max(0, market_ms - position.opened_ms) * SCALE // _MINUTE_MS
    if position.margin <= 0:
        return {"held_minutes": held}
    profit = unrealised(position, mark) * 100 * SCALE // position.margin
    return {"held_minutes": held, "unrealised_pct": profit}


def judge(rule: Rule | None, figures: Figures) -> tuple[Condition, ...] | None:
    """Return the conditions by which a rule holds; None where it does not, or there is none.

    A condition on a figure that is not known does not hold.
    """
    if rule is None:
        return None
    found = [_judge_term(term, figures) for term in rule.every]
    if any(fired is None for fired in found):
        return None
    others = [fired for term in rule.one_of if (fired := _judge_term(term, figures)) is not None]
    if rule.one_of and not others:
        return None
    return tuple(condition for fired in (*found, *others) if fired is not None for condition in fired)


def _judge_term(term: Term, figures: Figures) -> tuple[Condition, ...] | None:
    if isinstance(term, Rule):
        return judge(term, figures)
    return (term,) if _holds(term, figures) else None


def _holds(condition: Condition, figures: Figures) -> bool:
    figure = figures.get(condition.feature)
    than = figures.get(condition.than) if isinstance(condition.than, str) else condition.than
    if figure is None or than is None:
        return False
    if condition.op in {"<", ">"}:
        return figure < than if condition.op == "<" else figure > than
    return figure <= than if condition.op == "<=" else figure >= than


def tell(fired: Sequence[Condition], figures: Figures) -> str:
    """Return the fired conditions with their figures: 'RSI (14) 28.3 < 30; price 64000 < EMA 50 64210'."""
    told = "; ".join(_tell(condition, figures) for condition in fired[:MOST_TOLD])
    more = len(fired) - MOST_TOLD
    return f"{told}; and {more} more" if more > 0 else told


def _tell(condition: Condition, figures: Figures) -> str:
    name, op, than = condition
    figure = show_figure(name, figures[name])
    if isinstance(than, str):
        return f"{WORDS[name]} {figure} {op} {WORDS[than]} {show_figure(than, figures[than])}"
    return f"{WORDS[name]} {figure} {op} {written(name, than)}"


def written(name: str, value: int) -> str:
    """Return a number of a condition as its author wrote it, with its unit where that helps."""
    suffix = {"percent": " %", "minutes": " min", "usdt": " USDT"}.get(UNITS[name], "")
    if UNITS[name] == "ratio":
        return f"{format_units(value * 100)} %"
    return format_units(value) + suffix


def evidence_of(symbol: str, fired: Sequence[Condition], longest: int = 8) -> tuple[str, ...]:
    """Return the keys of the snapshot that fired conditions rest on."""
    names = [name for c in fired for name in (c.feature, c.than) if isinstance(name, str)]
    return tuple(f"{symbol}.{name}" for name in dict.fromkeys(names))[:longest]
