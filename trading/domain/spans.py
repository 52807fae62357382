"""The way of one symbol from tick to tick, in an order that does not depend on how it was cut into pieces."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trading.domain.market import SymbolTick, Tick


class LastPrice(NamedTuple):
    """The close of a symbol's newest tick before a stretch, and when that was. ``spread`` is its, a ratio."""

    market_ms: int
    price: int
    spread: int = 0


class Span(NamedTuple):
    """One symbol's way up to ``market_ms``; ``before`` is what the tick before it ended with, if any."""

    market_ms: int
    part: SymbolTick
    before: LastPrice | None


def spans_of(found: Sequence[Tick], before: Mapping[str, LastPrice]) -> dict[str, list[Span]]:
    """Return each symbol's spans in order. ``before``: what was seen last before the first of these ticks.

    With it, the spans of a stretch are those of its pieces put together.
    """
    last = dict(before)
    spans: dict[str, list[Span]] = {}
    for tick in found:
        for part in tick.symbols:
            spans.setdefault(part.symbol, []).append(Span(tick.market_ms, part, last.get(part.symbol)))
            last[part.symbol] = LastPrice(tick.market_ms, part.close, part.spread)
    return spans
