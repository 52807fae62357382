"""A person's desk as values a template can show: the market, the own account, the form, what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.domain.answers import AnswerContext, RejectedItem
from agents.domain.seat_answers import read_for_sender
from agents.selectors.seats import OpenTurn, SubmissionView
from arena.domain.board import ContestantView, PriceView
from interfaces.format import NONE, feature, money, percent, price, short_percent
from interfaces.sentences import reason_sentence
from interfaces.site.bar import Now, season_bar
from interfaces.site.contestant_page import holdings
from interfaces.site.desk_form import ACTIONS, LONGEST, typed_in
from interfaces.site.text import inert, moment
from kernel.units import to_units
from trading.domain.decisions import Decision

SHOWN_FEATURES: Final = ("rsi_14", "macd_histogram", "ema_20", "atr_14", "book_spread")
"""A few of the features; all of them stand on the page of the round and in the observation."""

FEATURE_NAMES: Final[tuple[str | Promise, ...]] = (
    gettext_lazy("RSI 14"),
    gettext_lazy("MACD histogram"),
    gettext_lazy("EMA 20"),
    gettext_lazy("ATR 14"),
    gettext_lazy("Spread"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a desk is made of. ``shown`` is the last observation, {} before the first round."""

    view: ContestantView
    prices: Sequence[PriceView]
    shown: Mapping[str, Any]
    asked: OpenTurn | None
    pending: SubmissionView | None
    context: AnswerContext


@dataclass(frozen=True, slots=True)
class MarketRow:
    """One symbol of the market as written."""

    symbol: str
    mark: str
    change: str
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """The fields of one symbol, with what was typed before."""

    symbol: str
    mark: str
    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the next round, as it was read."""

    received: SafeString
    accepted: tuple[str, ...]
    rejected: tuple[str, ...]
    holds: bool


def desk_context(desk: Desk, now: Now) -> dict[str, Any]:
    """Return everything the desk's template shows."""
    standing = desk.view.standing
    typed = typed_in(desk.pending.raw) if desk.pending else {}
    market = _market(desk)
    marks = {row.symbol: row.mark for row in market}
    return {
        "here": "desk",
        "bar": season_bar(desk.view.season, now),
        "name": inert(standing.name),
        "slug": standing.slug,
        "market": market,
        "feature_names": FEATURE_NAMES,
        "account": _account(desk.view),
        "holdings": holdings(desk.view),
        "takes_terms": desk.context.free_terms,
        "orders": [Order(name, marks.get(name, NONE), typed.get(name, {})) for name in desk.context.symbols],
        "actions": ACTIONS,
        "longest": LONGEST,
        "waiting": _waiting(desk.pending, desk.context) if desk.pending else None,
        "open_until": moment(desk.asked.deadline_ms, "time") if desk.asked else "",
        "open_round": desk.asked.number if desk.asked else None,
    }


def _market(desk: Desk) -> list[MarketRow]:
    """Return every symbol at its newest mark, else at the one that the last round showed."""
    newest = {row.symbol: row for row in desk.prices}
    shown = {part["symbol"]: part for part in desk.shown.get("market", ())}
    return [
        _market_row(name, newest.get(name), shown.get(name, {}))
        for name in desk.context.symbols
        if name in newest or name in shown
    ]


def _market_row(symbol: str, newest: PriceView | None, shown: Mapping[str, Any]) -> MarketRow:
    mark = newest.mark if newest else to_units(shown["mark"])
    features = shown.get("features", {})
    return MarketRow(
        symbol,
        price(mark),
        percent(newest.change, signed=True) if newest else NONE,
        tuple(feature(to_units(features[name])) if name in features else NONE for name in SHOWN_FEATURES),
    )


def _account(view: ContestantView) -> tuple[tuple[str, str], ...]:
    return (
        (_("Equity, USDT"), money(view.standing.equity)),
        (_("Net, %"), percent(view.standing.net, signed=True)),
        (_("Free, USDT"), money(view.available)),
        (_("Margin in use, USDT"), money(view.reserved)),
        (_("Risk profile"), view.profile),
    )


def _waiting(pending: SubmissionView, context: AnswerContext) -> Waiting:
    read = read_for_sender(pending.raw, context)
    said = (_("Decision {number}: {reason}"), _("Decision {number}, if nothing changes: {reason}"))
    void = [_void(said[0], item) for item in read.rejected]
    doubted = [_void(said[1], item) for item in read.objections]
    whole = [reason_sentence(read.unreadable)] if read.unreadable else []
    return Waiting(
        moment(pending.received_ms, "time"),
        tuple(_said(item) for item in read.decisions),
        (*whole, *void, *doubted),
        holds=not (read.decisions or read.rejected or read.unreadable),
    )


def _void(sentence: str, item: RejectedItem) -> str:
    return sentence.format(number=item.index + 1, reason=reason_sentence(item.code))


def _said(item: Decision) -> str:
    """Return one readable decision in a line; the rules have not seen it yet."""
    head = f"{item.action.value} {item.symbol}"
    if not item.action.is_open:
        return head
    stop = price(item.stop_loss) if item.stop_loss else NONE
    target = price(item.take_profit) if item.take_profit else NONE
    said = _("{head}: {size} of equity, leverage {leverage}, stop {stop}, target {target}").format(
        head=head, size=short_percent(item.size), leverage=item.leverage, stop=stop, target=target
    )
    return "; ".join([said, *_terms(item)])


def _terms(item: Decision) -> list[str]:
    """Return what a decision adds to size and exits, in words."""
    words = []
    if item.terms.price is not None:
        words.append(_("limit {price}").format(price=price(item.terms.price)))
    if item.trail:
        words.append(_("trailing by {share}").format(share=short_percent(item.trail)))
    if item.reverse:
        words.append(_("closing the other side first"))
    return words
