"""What people and programs outside are shown: one observation as canonical JSON, and how long it counts.

Everything a language model is told stands here too, and nothing more: every figure is an exact decimal
string, every moment an integer in milliseconds. The form is versioned (``form``) and documented with an
example in docs/bring-your-own.md. No words of another contestant are in it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from agents.domain.llm.schema import answer_schema
from kernel.time import MINUTE_MS, iso_utc
from kernel.units import SCALE, Rounding, format_units, mul_div
from trading.domain.instruments import Instrument
from trading.domain.invalidation import Invalidation
from trading.domain.market import Level, SymbolSnapshot
from trading.domain.observation import MarketView, Memory, Observation, OwnRecord, PastTrade, Thesis
from trading.domain.positions import Position, notional_of, unrealised
from trading.domain.resting import RestingOrder
from trading.domain.rules import Profile, RuleBook

FORM: Final = "observation-1"

CANDLES_SHOWN: Final = 60
"""Newest closed bars of a symbol: an hour of minutes, the longest window of the features."""

LEVELS_SHOWN: Final = 5
"""Best prices of each side of an order book."""

PRESENT_MS: Final = 10 * MINUTE_MS
"""A seat is there if it was seen so recently: three rounds of the usual three minutes and a little more, so
that a program which looks once a round stays there through two that it missed."""

EARLY_MS: Final = 15 * MINUTE_MS
"""Decisions handed in before a round opens are taken by it if they are not older: five usual rounds. What
was thought of an older market is not traded on."""

_RATIOS_AND_AMOUNTS: Final = frozenset(
    {"max_position", "min_order", "max_daily_loss", "max_drawdown", "max_spread", "min_liquidity"}
    | {"liquidity_band", "max_risk", "max_exposure", "max_correlated", "correlation_from", "min_reward_risk"}
)
"""Limits in units of 1e-8; the others are counts, milliseconds and flags."""

_LAST_FIGURES: Final = ("net", "gross", "costs", "max_drawdown", "peak_equity", "day_start_equity")

Form = dict[str, Any]


class Question(NamedTuple):
    """Which turn is asked about, and until when; ``deadline_ms`` is wall time."""

    turn_id: str
    number: int
    deadline_ms: int


def observation_form(observation: Observation, question: Question) -> Form:
    """Return what a seat is shown; canonical values only (kernel.canonical)."""
    view = observation.market
    shown = view.snapshot
    symbols = tuple(part.symbol for part in shown.symbols)
    return {
        "form": FORM,
        "turn": question.turn_id,
        "round": question.number,
        "slot": view.slot,
        "deadline_ms": question.deadline_ms,
        "deadline_at": iso_utc(question.deadline_ms),
        "market_ms": shown.market_ms,
        "market_at": iso_utc(shown.market_ms),
        "source": shown.source,
        "snapshot_sha256": view.snapshot_sha256,
        "bar_ms": shown.bar_ms,
        "market": [_symbol_form(part, view.features.get(part.symbol, {})) for part in shown.symbols],
        "instruments": {name: _instrument_form(part) for name, part in sorted(view.instruments.items())},
        "rules": _rules_form(view.rules),
        "portfolio": _portfolio_form(observation),
        "positions": [_position_form(held, view) for held in observation.portfolio.positions],
        "orders": [_order_form(order) for order in observation.resting],
        "memory": None if observation.memory is None else _memory_form(observation.memory),
        "answer_schema": answer_schema(symbols, view.rules),
    }


def is_present(last_seen_ms: int, wall_ms: int) -> bool:
    """Return whether a seat was seen so recently that a round waits for it."""
    return wall_ms - last_seen_ms <= PRESENT_MS


def _symbol_form(part: SymbolSnapshot, features: Mapping[str, int]) -> Form:
    return {
        "symbol": part.symbol,
        "mark": format_units(part.mark),
        "book": {"bids": _levels_form(part.book.bids), "asks": _levels_form(part.book.asks)},
        "funding_rate": _optional(part.funding_rate),
        "observed_ms": part.observed_ms,
        "features": {name: format_units(figure) for name, figure in sorted(features.items())},
        "candles": [
            [bar.open_ms, *(format_units(figure) for figure in bar[1:6])]
            for bar in part.candles[-CANDLES_SHOWN:]
        ],
    }


def _levels_form(levels: tuple[Level, ...]) -> list[list[str]]:
    return [[format_units(level.price), format_units(level.qty)] for level in levels[:LEVELS_SHOWN]]


def _instrument_form(part: Instrument) -> Form:
    figures = ("tick", "lot", "min_notional", "taker_fee", "maker_fee", "maintenance_rate")
    shown: Form = {name: format_units(getattr(part, name)) for name in figures}
    return {**shown, "max_leverage": part.max_leverage}


def _rules_form(rules: RuleBook) -> Form:
    limits = {
        name: format_units(value) if name in _RATIOS_AND_AMOUNTS else value
        for name, value in asdict(rules.limits).items()
    }
    return {
        "preset": rules.preset,
        "version": rules.version,
        "sha256": rules.sha256,
        "interval_ms": rules.interval_ms,
        "deadline_ms": rules.deadline_ms,
        "starting_capital": format_units(rules.starting_capital),
        "taker_fee": format_units(rules.taker_fee),
        "margin_mode": rules.margin_mode,
        "liquidation_fee": format_units(rules.liquidation_fee),
        "funding": rules.funding,
        "limit_orders": rules.limit_orders,
        "blackouts": [item._asdict() for item in rules.blackouts],
        "limits": limits,
    }


def _portfolio_form(observation: Observation) -> Form:
    return {
        "equity": format_units(observation.equity),
        "available": format_units(observation.portfolio.available),
        "reserved": format_units(observation.portfolio.reserved),
    }


def _position_form(held: Position, view: MarketView) -> Form:
    mark = view.marks[held.symbol]
    return {
        "symbol": held.symbol,
        "side": "long" if held.side > 0 else "short",
        "qty": format_units(held.qty),
        "entry_price": format_units(mul_div(held.entry_cost, SCALE, held.qty, Rounding.DOWN)),
        "mark": format_units(mark),
        "notional": format_units(notional_of(held.qty, mark)),
        "margin": format_units(held.margin),
        "leverage": held.leverage,
        "unrealised": format_units(unrealised(held, mark)),
        "stop_loss": _optional(held.stop_loss),
        "take_profit": _optional(held.take_profit),
        "trailing_pct": format_units(held.trail * 100) if held.trail else None,
        "funding": format_units(held.funding),
        "opened_ms": held.opened_ms,
    }


def _order_form(order: RestingOrder) -> Form:
    return {
        "symbol": order.symbol,
        "side": "buy" if order.side > 0 else "sell",
        "type": order.kind,
        "qty": format_units(order.qty),
        "limit_price": _optional(order.price),
        "trigger_price": _optional(order.trigger),
        "reserved": format_units(order.reserved),
        "placed_ms": order.placed_ms,
    }


def _memory_form(memory: Memory) -> Form:
    return {
        "theses": [_thesis_form(thesis) for thesis in memory.theses],
        "trades": [_trade_form(trade) for trade in memory.trades],
        "record": _record_form(memory.record),
    }


def _thesis_form(thesis: Thesis) -> Form:
    return {
        "symbol": thesis.symbol,
        "decided_ms": thesis.decided_ms,
        "confidence": format_units(thesis.confidence),
        "reasoning": thesis.reasoning,
        "invalidation": thesis.invalidation,
        "watch": None if thesis.watch is None else _watch_form(thesis.watch),
    }


def _watch_form(watch: Invalidation) -> Form:
    # Minutes held are units of 1e-8 like every figure of a condition.
    return {**asdict(watch), "value": format_units(watch.value)}


def _trade_form(trade: PastTrade) -> Form:
    return {
        "symbol": trade.symbol,
        "side": "long" if trade.side > 0 else "short",
        "opened_ms": trade.opened_ms,
        "closed_ms": trade.closed_ms,
        "pnl": format_units(trade.pnl),
        "fees": format_units(trade.fees),
        "funding": format_units(trade.funding),
        "ended_by": trade.exit_kind,
    }


def _record_form(record: OwnRecord) -> Form:
    shown: Form = dict(record._asdict())
    shown.update({name: format_units(shown[name]) for name in _LAST_FIGURES})
    return {**shown, "profile": _profile_form(record.profile)}


def _profile_form(profile: Profile) -> Form:
    figures = ("min_confidence", "max_position", "size_factor")
    return {"name": profile.name, **{name: format_units(getattr(profile, name)) for name in figures}}


def _optional(units: int | None) -> str | None:
    return None if units is None else format_units(units)
