"""From a document to a strategy: strict, total, nothing guessed. What it refuses it names by its path."""

import re
from collections.abc import Mapping
from typing import Any, Final

from agents.domain.strategy.fields import (
    StrategyError,
    is_number,
    join,
    read_choice,
    read_decimal,
    read_list,
    read_object,
    read_whole,
    refuse,
    shown,
)
from agents.domain.strategy.form import (
    FORM,
    OPERATORS,
    SIZINGS,
    STOP_KINDS,
    TARGET_KINDS,
    Condition,
    Distance,
    Rule,
    Sides,
    Sizing,
    Strategy,
    Term,
)
from agents.domain.strategy.names import MARKET_UNITS, POSITION_UNITS, UNITS
from agents.domain.strict_json import MAX_BYTES, RefusedError, check_bounds, decode_at
from kernel.units import MAX_UNITS, SCALE

MAX_NAME: Final = 40
RESERVED: Final = "draft"
MAX_SYMBOLS: Final = 50
MAX_TERMS: Final = 8
"""Conditions in one list: a rule that a person can still follow."""

MAX_INNER: Final = 1
"""Rules inside a rule: what a sentence can still say."""

MAX_CONDITIONS: Final = 48

HUNDREDTH: Final = SCALE // 100
BOUNDS: Final = {
    "size_pct": (HUNDREDTH, 100 * SCALE),
    "risk size_pct": (HUNDREDTH, 20 * SCALE),
    "cap_pct": (HUNDREDTH, 20 * SCALE),
    "atr": (SCALE // 2, 50 * SCALE),
    "stop percent": (SCALE // 10, 49 * SCALE),
    "stop_multiple": (SCALE // 10, 10 * SCALE),
    "target percent": (SCALE // 10, 49 * SCALE),
}
"""Wider than any sound strategy; what a season's rule book allows is decided when it is played."""

MAX_LEVERAGE: Final = 125
MAX_POSITIONS: Final = 50

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SYMBOL: Final = re.compile(r"[A-Z0-9]{1,20}")
_NEEDED: Final = ("form", "name", "symbols", "entry", "sizing")
_MORE: Final = ("filters", "exit", "confidence", "max_positions")


def parse_strategy(raw: bytes | str) -> Strategy:
    """Return the strategy of a JSON text; raises StrategyError with one sentence, and nothing else."""
    return read_strategy(parse_object(raw))


def parse_object(raw: bytes | str) -> dict[str, Any]:
    """Return the one JSON object of a text, its numbers still as text; raises StrategyError."""
    if len(raw) > MAX_BYTES:
        refuse("", f"the document is longer than {MAX_BYTES // 1024} KiB; shorten it")
    try:
        text = (raw if isinstance(raw, str) else raw.decode("utf-8")).strip()
        check_bounds(text)
        found = decode_at(text, 0)
    except UnicodeDecodeError:
        refuse("", "the document is no UTF-8 text; save it as UTF-8")
    except RefusedError:
        refuse("", "the document nests too deep or holds too many values; simplify it")
    if found is None or found[1] != len(text) or not isinstance(found[0], dict):
        refuse("", "the document must be one JSON object and nothing else")
    return dict(found[0]) if type(found[0]) is dict else found[0]


def read_strategy(document: Mapping[str, Any]) -> Strategy:
    """Return the strategy of a document; raises StrategyError naming the first place that is wrong."""
    fields = read_object(document, "", _NEEDED, _MORE)
    if fields["form"] != FORM:
        refuse("form", f"{shown(fields['form'])} is not read here; write {FORM}")
    strategy = Strategy(
        name=_name(fields["name"]),
        symbols=_symbols(fields["symbols"]),
        entry=_sides(fields["entry"], "entry", MARKET_UNITS),
        filters=_rule(fields.get("filters"), "filters", MARKET_UNITS, 0),
        exit=_sides(fields.get("exit", {}), "exit", UNITS),
        sizing=_sizing(fields["sizing"]),
        confidence=_confidence(fields.get("confidence")),
        max_positions=read_whole(fields.get("max_positions", 3), "max_positions", 1, MAX_POSITIONS),
    )
    return _checked(strategy)


def _checked(strategy: Strategy) -> Strategy:
    entry, leave = strategy.entry, strategy.exit
    if entry.long is None and entry.short is None:
        refuse("entry", "needs a rule for long, for short, or for both")
    for side, opens, closes in (("long", entry.long, leave.long), ("short", entry.short, leave.short)):
        if opens is None and closes is not None:
            refuse(f"exit.{side}", f"closes what entry.{side} never opens; add that rule or leave this out")
    if strategy.sizing.method == "kelly" and (strategy.sizing.target is None or strategy.confidence is None):
        refuse("sizing.method", "kelly needs a target and a stated confidence; add both or size otherwise")
    rules = (entry.long, entry.short, strategy.filters, leave.long, leave.short)
    count = sum(len(rule.conditions) for rule in rules if rule is not None)
    if count > MAX_CONDITIONS:
        refuse("", f"the document holds {count} conditions; at most {MAX_CONDITIONS} are read")
    return strategy


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_NAME or not _NAME.fullmatch(value):
        refuse(
            "name", f"{shown(value)} must be 1 to {MAX_NAME} of a-z, 0-9 and single dashes, such as rsi-dip"
        )
    if value == RESERVED:
        refuse("name", f"{RESERVED} is the address where models are asked; choose another name")
    return str(value)


def _symbols(value: Any) -> tuple[str, ...] | None:
    if value == "all":
        return None
    found: list[str] = []
    for index, symbol in enumerate(read_list(value, "symbols", MAX_SYMBOLS)):
        path = f"symbols[{index}]"
        if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol):
            refuse(path, f"{shown(symbol)} is no symbol; write BTC, for example")
        if symbol in found:
            refuse(path, f"{symbol} is named twice")
        found.append(str(symbol))
    if not found:
        refuse("symbols", 'names none; list symbols, or write "all"')
    return tuple(found)


def _sides(value: Any, path: str, names: Mapping[str, str]) -> Sides:
    fields = read_object(value, path, (), ("long", "short"))
    long, short = (_rule(fields.get(side), join(path, side), names, 0) for side in ("long", "short"))
    return Sides(long, short)


def _rule(value: Any, path: str, names: Mapping[str, str], depth: int) -> Rule | None:
    """Return a rule; None for one that is absent or asks nothing."""
    if value is None:
        return None
    fields = read_object(value, path, (), ("all", "any"))
    every, one_of = (
        tuple(
            _term(term, f"{join(path, group)}[{index}]", names, depth)
            for index, term in enumerate(read_list(fields.get(group, []), join(path, group), MAX_TERMS))
        )
        for group in ("all", "any")
    )
    return Rule(every, one_of) if every or one_of else None


def _term(value: Any, path: str, names: Mapping[str, str], depth: int) -> Term:
    if not isinstance(value, dict) or not {"all", "any"} & set(value):
        return _condition(value, path, names)
    if depth >= MAX_INNER:
        refuse(path, "nests a rule inside a rule inside a rule; flatten it")
    rule = _rule(value, path, names, depth + 1)
    if rule is None:
        refuse(path, "asks nothing; put a condition into it or leave it out")
    return rule


def _condition(value: Any, path: str, names: Mapping[str, str]) -> Condition:
    fields = read_object(value, path, ("feature", "op", "than"))
    feature = _feature(fields["feature"], join(path, "feature"), names)
    op = read_choice(fields["op"], join(path, "op"), OPERATORS)
    than = join(path, "than")
    if is_number(fields["than"]):
        return Condition(feature, op, read_decimal(fields["than"], than, -MAX_UNITS, MAX_UNITS))
    other = _feature(fields["than"], than, names)
    if UNITS[other] != UNITS[feature]:
        units = f"{other} ({UNITS[other]}) and {feature} ({UNITS[feature]})"
        refuse(than, f"{units} have different units; compare figures of one unit")
    if other == feature:
        refuse(than, f"compares {feature} with itself")
    return Condition(feature, op, other)


def _feature(value: Any, path: str, names: Mapping[str, str]) -> str:
    if isinstance(value, str) and value in names:
        return str(value)
    if isinstance(value, str) and value in POSITION_UNITS:
        refuse(path, f"{value} tells of an open position and can stand in exit only")
    return read_choice(value, path, names)


def _sizing(value: Any) -> Sizing:
    fields = read_object(value, "sizing", ("size_pct", "leverage", "stop"), ("target", "method", "cap_pct"))
    target = fields.get("target")
    method = read_choice(fields.get("method", SIZINGS[0]), "sizing.method", SIZINGS)
    if "cap_pct" in fields and method != "kelly":
        refuse("sizing.cap_pct", "bounds what kelly risks; leave it out with any other method")
    size = BOUNDS["risk size_pct" if method == "risk" else "size_pct"]
    return Sizing(
        size_pct=read_decimal(fields["size_pct"], "sizing.size_pct", *size),
        leverage=read_whole(fields["leverage"], "sizing.leverage", 1, MAX_LEVERAGE),
        stop=_distance(fields["stop"], "stop", STOP_KINDS),
        target=None if target is None else _distance(target, "target", TARGET_KINDS),
        method=method,
        cap_pct=read_decimal(fields.get("cap_pct", "2"), "sizing.cap_pct", *BOUNDS["cap_pct"]),
    )


def _distance(value: Any, name: str, kinds: tuple[str, ...]) -> Distance:
    path = join("sizing", name)
    fields = read_object(value, path, ("kind", "value"))
    kind = read_choice(fields["kind"], join(path, "kind"), kinds)
    bounds = BOUNDS[f"{name} percent" if kind == "percent" else kind]
    return Distance(kind, read_decimal(fields["value"], join(path, "value"), *bounds))


def _confidence(value: Any) -> int | None:
    return None if value is None else read_decimal(value, "confidence", 0, SCALE)


__all__ = ["StrategyError", "parse_object", "parse_strategy", "read_strategy"]
