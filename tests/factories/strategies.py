"""Strategy documents for tests: the example, one place of it changed, and random sound ones."""

import copy
import json
from typing import Any, Final

from hypothesis import strategies as st

from agents.domain.strategy.form import OPERATORS
from agents.domain.strategy.names import MARKET_UNITS, UNITS
from agents.selectors.strategies import EXAMPLES
from trading.domain.rules import RuleBook

RSI_DIP: Final[dict[str, Any]] = json.loads((EXAMPLES / "rsi-dip.json").read_text(encoding="utf-8"))

ALWAYS: Final[dict[str, Any]] = {
    "form": "strategy-1",
    "name": "always-long",
    "symbols": "all",
    "entry": {"long": {"all": [{"feature": "mark", "op": ">", "than": "0"}]}},
    "exit": {"long": {"all": [{"feature": "held_minutes", "op": ">=", "than": "2"}]}},
    "sizing": {"size_pct": "5", "leverage": 4, "stop": {"kind": "percent", "value": "2"}},
}
"""Calls a long at every moment and leaves after two minutes."""


def in_place(document: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """Return a copy with another value at a place such as 'entry.long.all.0.op'."""
    changed = copy.deepcopy(document)
    *way, last = place.split(".")
    part: Any = changed
    for name in way:
        part = part[int(name)] if name.isdigit() else part[name]
    part[int(last) if last.isdigit() else last] = value
    return changed


def _decimal(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low * 100, high * 100).map(lambda n: f"{n // 100}.{n % 100:02d}")


def _conditions(names: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    def of(name: str) -> st.SearchStrategy[dict[str, Any]]:
        alike = [other for other in names if names[other] == names[name] and other != name]
        than = _decimal(0, 100) | st.integers(-100, 100_000)
        choice = than | st.sampled_from(alike) if alike else than
        parts = {"feature": st.just(name), "op": st.sampled_from(OPERATORS), "than": choice}
        return st.fixed_dictionaries(parts)

    return st.sampled_from(list(names)).flatmap(of)


def _rules(names: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    terms = st.lists(_conditions(names), min_size=1, max_size=2)
    flat = st.sampled_from(["all", "any"]).flatmap(lambda key: terms.map(lambda found: {key: found}))
    return flat | st.builds(lambda found, inner: {"all": [*found, inner]}, terms, flat)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a document that can be played."""
    sides = draw(st.sampled_from([("long",), ("short",), ("long", "short")]))
    stop = draw(st.sampled_from([("atr", 1, 50), ("percent", 1, 48)]))
    target = draw(st.sampled_from([None, ("stop_multiple", 1, 10), ("percent", 1, 48)]))
    sizing = {
        "size_pct": draw(_decimal(1, 100)),
        "leverage": draw(st.integers(1, 125)),
        "stop": {"kind": stop[0], "value": draw(_decimal(*stop[1:]))},
        "target": None if target is None else {"kind": target[0], "value": draw(_decimal(*target[1:]))},
    }
    symbols = st.lists(st.sampled_from(RuleBook().symbols), min_size=1, unique=True)
    return {
        "form": "strategy-1",
        "name": draw(st.sampled_from(["a", "rsi-dip", "x" * 40])),
        "symbols": draw(st.just("all") | symbols),
        "entry": {side: draw(_rules(MARKET_UNITS)) for side in sides},
        "filters": draw(st.none() | _rules(MARKET_UNITS)),
        "exit": {side: draw(_rules(UNITS)) for side in sides if draw(st.booleans())},
        "sizing": sizing,
        "confidence": draw(st.none() | _decimal(0, 1)),
        "max_positions": draw(st.integers(1, 50)),
    }
