"""A strategy as values, and the one canonical form they are stored, hashed and published in."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Union

from kernel.canonical import canonical_bytes, sha256_hex
from kernel.units import SCALE, format_units

FORM: Final = "strategy-1"
"""The version of the form; a document of another version is refused."""

OPERATORS: Final = ("<", "<=", ">", ">=")


class Condition(NamedTuple):
    """A figure compared with a number (units) or with another figure (its name)."""

    feature: str
    op: str
    than: int | str


class Rule(NamedTuple):
    """Holds when each of ``every`` and, where there are any, one of ``one_of`` holds."""

    every: tuple["Term", ...] = ()
    one_of: tuple["Term", ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, those of inner rules included, in the order they are written."""
        found: list[Condition] = []
        for term in (*self.every, *self.one_of):
            found += (term,) if isinstance(term, Condition) else term.conditions
        return tuple(found)


Term = Union[Condition, Rule]  # noqa: UP007 - the name refers to itself: a string cannot be or-ed


class Distance(NamedTuple):
    """How far a stop or a target stands: ``value`` in units of what ``kind`` counts."""

    kind: str
    value: int


STOP_KINDS: Final = ("atr", "percent")
"""Times the average true range, or percent of the price."""

TARGET_KINDS: Final = ("stop_multiple", "percent")
"""Times the stop's distance, or percent of the price."""


SIZINGS: Final = ("fraction", "risk", "kelly", "volatility")
"""How a size follows from the idea (docs/algorithms/sizing.md); the first where a document names none."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """How large and how far. ``size_pct`` is in percent, in units; what of, ``method`` says.

    'fraction': equity put up as margin. 'risk': equity lost at the stop. 'kelly': Kelly's own fraction, at
    most ``cap_pct`` of equity lost at the stop. 'volatility': yearly deviation, of equity.
    """

    size_pct: int
    leverage: int
    stop: Distance
    target: Distance | None
    method: str = "fraction"
    cap_pct: int = 2 * SCALE


@dataclass(frozen=True, slots=True)
class Sides:
    """A rule for longs and one for shorts; None where there is none."""

    long: Rule | None = None
    short: Rule | None = None

    def of(self, side: int) -> Rule | None:
        """Return the rule of a side: +1 or -1."""
        return self.long if side > 0 else self.short


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy that can be played. ``symbols`` None: every symbol of the season.

    ``confidence`` is a ratio, None where the author states none.
    """

    name: str
    symbols: tuple[str, ...] | None
    entry: Sides
    filters: Rule | None
    exit: Sides
    sizing: Sizing
    confidence: int | None
    max_positions: int

    def canonical(self) -> dict[str, Any]:
        """Return the document: integers and strings only; what is absent is left out."""
        document = {
            "form": FORM,
            "name": self.name,
            "symbols": "all" if self.symbols is None else list(self.symbols),
            "entry": _sides(self.entry),
            "filters": None if self.filters is None else _rule(self.filters),
            "exit": _sides(self.exit),
            "sizing": _sizing(self.sizing),
            "confidence": None if self.confidence is None else format_units(self.confidence),
            "max_positions": self.max_positions,
        }
        return {key: value for key, value in document.items() if value is not None}

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: two ways to write the same strategy have the same."""
        return canonical_bytes(self.canonical())

    @property
    def sha256(self) -> str:
        """Hash of the canonical bytes."""
        return sha256_hex(self.to_bytes())


def _sides(sides: Sides) -> dict[str, Any] | None:
    named = {"long": sides.long, "short": sides.short}
    return {name: _rule(rule) for name, rule in named.items() if rule is not None} or None


def _rule(rule: Rule) -> dict[str, Any]:
    groups = {"all": rule.every, "any": rule.one_of}
    return {name: [_term(term) for term in terms] for name, terms in groups.items() if terms}


def _term(term: Term) -> dict[str, Any]:
    if isinstance(term, Rule):
        return _rule(term)
    than = term.than if isinstance(term.than, str) else format_units(term.than)
    return {"feature": term.feature, "op": term.op, "than": than}


def _sizing(sizing: Sizing) -> dict[str, Any]:
    document: dict[str, Any] = {
        "size_pct": format_units(sizing.size_pct),
        "leverage": sizing.leverage,
        "stop": _distance(sizing.stop),
    }
    if sizing.method != SIZINGS[0]:
        document["method"] = sizing.method
    if sizing.method == "kelly":
        document["cap_pct"] = format_units(sizing.cap_pct)
    return document if sizing.target is None else {**document, "target": _distance(sizing.target)}


def _distance(distance: Distance) -> dict[str, str]:
    return {"kind": distance.kind, "value": format_units(distance.value)}
