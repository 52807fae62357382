"""Canonical bytes of what a round froze and found. Encode and decode are inverses."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from kernel.canonical import canonical_bytes
from trading.domain.decisions import Action
from trading.domain.invalidation import decode_invalidation, encode_invalidation
from trading.domain.market import (
    Candle,
    ExecutionBook,
    Level,
    MarketSnapshot,
    OrderBook,
    SymbolSnapshot,
    SymbolTick,
    Tick,
)
from trading.domain.orders import ProposedOrder, Review, RuleResult
from trading.domain.terms import AT_MARKET, decode_terms, encode_terms


def _book_form(book: OrderBook) -> dict[str, Any]:
    return {"bids": [list(level) for level in book.bids], "asks": [list(level) for level in book.asks]}


def _book_from(form: dict[str, Any]) -> OrderBook:
    return OrderBook(
        tuple(Level(*level) for level in form["bids"]), tuple(Level(*level) for level in form["asks"])
    )


def _candle_form(candle: Candle) -> list[int]:
    return [*candle[:6], 1] if candle.filled else list(candle[:6])


def _candle_from(form: list[int]) -> Candle:
    open_ms, opened, high, low, close, turnover, *mark = form
    return Candle(open_ms, opened, high, low, close, turnover, filled=bool(mark))


def encode_snapshot(snapshot: MarketSnapshot) -> bytes:
    """Return the bytes whose hash names the snapshot."""
    symbols = [
        {
            "symbol": part.symbol,
            "mark": part.mark,
            "book": _book_form(part.book),
            "candles": [_candle_form(candle) for candle in part.candles],
            "observed_ms": part.observed_ms,
            "funding_rate": part.funding_rate,
        }
        for part in snapshot.symbols
    ]
    form = {
        "market_ms": snapshot.market_ms,
        "source": snapshot.source,
        "bar_ms": snapshot.bar_ms,
        "symbols": symbols,
    }
    return canonical_bytes(form)


def decode_snapshot(body: bytes) -> MarketSnapshot:
    """Return the snapshot of its bytes."""
    form = json.loads(body)
    symbols = tuple(
        SymbolSnapshot(
            symbol=part["symbol"],
            mark=part["mark"],
            book=_book_from(part["book"]),
            candles=tuple(_candle_from(candle) for candle in part["candles"]),
            observed_ms=part["observed_ms"],
            funding_rate=part["funding_rate"],
        )
        for part in form["symbols"]
    )
    return MarketSnapshot(form["market_ms"], form["source"], form["bar_ms"], symbols)


def encode_book(book: ExecutionBook) -> bytes:
    """Return the bytes whose hash names the execution book."""
    form = {
        "market_ms": book.market_ms,
        "source": book.source,
        "books": {symbol: _book_form(part) for symbol, part in book.books.items()},
        "marks": book.marks,
    }
    return canonical_bytes(form)


def decode_book(body: bytes) -> ExecutionBook:
    """Return the execution book of its bytes."""
    form = json.loads(body)
    books = {symbol: _book_from(part) for symbol, part in form["books"].items()}
    return ExecutionBook(form["market_ms"], form["source"], books, form["marks"])


def encode_tick(tick: Tick) -> bytes:
    """Return a tick's bytes."""
    form = {
        "market_ms": tick.market_ms,
        "source": tick.source,
        "symbols": [list(part) for part in tick.symbols],
    }
    return canonical_bytes(form)


def decode_tick(body: bytes) -> Tick:
    """Return the tick of its bytes."""
    form = json.loads(body)
    return Tick(form["market_ms"], form["source"], tuple(SymbolTick(*part) for part in form["symbols"]))


def encode_verdicts(review: Review | None) -> bytes:
    """Return the bytes of a review's results: [rule, passed, figure, limit, unit] each."""
    return canonical_bytes([list(result) for result in review.results] if review else [])


def decode_verdicts(body: bytes) -> tuple[RuleResult, ...]:
    """Return a review's results of their bytes."""
    return tuple(RuleResult(*result) for result in json.loads(body))


_OPTIONAL = ("watch", "terms", "trail", "reverse")
_ORDER_NAMES = tuple(field.name for field in fields(ProposedOrder) if field.name not in _OPTIONAL)
"""What most orders do not have is written only where they do."""


def encode_proposal(order: ProposedOrder | None) -> bytes:
    """Return the bytes of a sized order; none at all for no order."""
    if order is None:
        return b""
    # By name, not by dataclasses.asdict, which copies deeply and takes ten times as long.
    form = {name: getattr(order, name) for name in _ORDER_NAMES}
    if order.watch is not None:
        form["watch"] = encode_invalidation(order.watch)
    if order.terms != AT_MARKET:
        form["terms"] = encode_terms(order.terms)
    if order.trail:
        form["trail"] = order.trail
    if order.reverse:
        form["reverse"] = 1
    return canonical_bytes(form)


def decode_proposal(body: bytes) -> ProposedOrder | None:
    """Return the sized order of its bytes."""
    if not body:
        return None
    form = json.loads(body)
    rare = {
        "action": Action(form["action"]),
        "watch": decode_invalidation(form.get("watch", "")),
        "terms": decode_terms(form.get("terms", "")),
        "reverse": bool(form.get("reverse", 0)),
    }
    return ProposedOrder(**{**form, **rare})


def encode_evidence(keys: Sequence[str]) -> str:
    """Return the stored form of a decision's evidence: a key a line, since a key made up may hold blanks."""
    return "\n".join(keys)


def decode_evidence(text: str) -> tuple[str, ...]:
    """Return the keys of the stored form."""
    return tuple(text.split("\n")) if text else ()
