"""One contestant as values a template can show: curve, money, positions, trades, decisions."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agents.domain.registry import KINDS
from arena.domain.activity import TradeView
from arena.domain.board import ContestantView, PositionView
from arena.domain.measures import Measures
from interfaces.format import NONE, count, leverage, money, percent, price, quantity, short_percent, side
from interfaces.sentences import exit_phrase, status_word
from interfaces.site.bar import Now, season_bar
from interfaces.site.board_page import LIVE, Row, standing_row, waiting_of
from interfaces.site.calls import asked_line, break_even_said, thinking_facts
from interfaces.site.chart import draw_chart, up_to_now
from interfaces.site.lines import decision_line
from interfaces.site.measures_page import measures_context
from interfaces.site.text import inert, moment
from interfaces.site.waiting_orders import written


@dataclass(frozen=True, slots=True)
class Holding:
    """One open position, written."""

    symbol: str
    side: str
    qty: str
    entry: str
    mark: str
    notional: str
    margin: str
    leverage: str
    unrealised: str
    liquidation: str
    stop: str
    target: str
    opened: SafeString
    trail: str
    funding: str


@dataclass(frozen=True, slots=True)
class Trade:
    """One closed trade, written."""

    symbol: str
    side: str
    opened: SafeString
    closed: SafeString
    pnl: str
    fees: str
    net: str
    ending: str
    funding: str


def contestant_context(view: ContestantView, now: Now, measures: Measures | None = None) -> dict[str, Any]:
    """Return everything the contestant's template shows; without measures it has no section of them."""
    standing = view.standing
    curve = up_to_now(view.curve, view.season.market_ms, standing.equity)
    lines = [decision_line(decision, baseline=standing.baseline) for decision in view.decisions]
    return {
        "here": "contestant",
        "bar": season_bar(view.season, now),
        "row": standing_row(standing),
        "is_paper": standing.division != LIVE,
        "headline": headline(view),
        "chart": draw_chart([curve], standing.capital or view.season.starting_capital, _("Equity")),
        "facts": facts(view),
        "holdings": holdings(view),
        "trades": [_trade(trade) for trade in view.trades],
        "orders": [written(order) for order in view.orders],
        "lines": [line for line in lines if not line.held],
        "held": [line for line in lines if line.held],
        "config": readable_config(view.spec_config),
        "waiting": waiting_of(standing) if standing.status == "waiting_for_key" else None,
        "thinking": thinking_facts(standing, standing.mind) if standing.mind else (),
        "break_even": break_even_said(standing.mind) if standing.mind else "",
        "asked": [asked_line(line) for line in view.turns],
        **measures_context(measures),
    }


def headline(view: ContestantView) -> str:
    """Return where the contestant stands, in a sentence."""
    standing, name = view.standing, inert(view.standing.name)
    if standing.status == "waiting_for_key":
        return _("{name} waits for a key").format(name=name)
    if not view.season.rounds_closed:
        return _("{name} has not played yet").format(name=name)
    text = ngettext(
        "{name}: {net} after {rounds} round, place {rank}",
        "{name}: {net} after {rounds} rounds, place {rank}",
        standing.turns,
    )
    net = percent(standing.net, signed=True)
    return text.format(name=name, net=net, rounds=count(standing.turns), rank=count(standing.rank))


def facts(view: ContestantView) -> tuple[tuple[str, str, str], ...]:
    """Return the figures of a contestant as (name, value, where the definition stands)."""
    standing, row = view.standing, standing_row(view.standing)
    kind = KINDS[view.spec_kind].label if view.spec_kind in KINDS else view.spec_kind
    version = _("version {number}").format(number=view.spec_version)
    return (
        *_figures(row),
        (_("Exposure"), short_percent(standing.exposure), "exposure"),
        (_("Free, USDT"), money(view.available), "equity"),
        (_("Margin in use, USDT"), money(view.reserved), "equity"),
        (_("Decides"), f"{kind}, {version}", ""),
        (_("Risk profile"), view.profile, "profile"),
        (_("State"), status_word(standing.status), ""),
    )


def _figures(row: Row) -> tuple[tuple[str, str, str], ...]:
    return (
        (_("Equity, USDT"), row.equity, "equity"),
        (_("Gross, %"), row.gross, "gross"),
        (_("Trading costs, %"), row.costs, "costs"),
        *_thinking(row),
        (_("Drawdown, %"), row.drawdown, "drawdown"),
        (_("Sharpe"), row.sharpe, "sharpe"),
        (_("Trades"), row.trades, "trades"),
        (_("Won"), row.win_rate, "won"),
        (_("Denied"), row.denied, "denied"),
        (_("Failed"), row.failed, "failed"),
    )


def _thinking(row: Row) -> tuple[tuple[str, str, str], ...]:
    if row.thinking == NONE:
        return ()
    after = _("After thinking at most, %") if row.bounded else _("After thinking, %")
    return ((_("Thinking, %"), row.thinking, "thinking"), (after, row.after, "after-thinking"))


def holdings(view: ContestantView) -> list[Holding]:
    """Return the open positions, written."""
    return [_holding(position) for position in view.positions]


def readable_config(text: str) -> str:
    """Return the specification indented for reading; text that is not JSON as it is."""
    try:
        return inert(json.dumps(json.loads(text), indent=2, ensure_ascii=False, sort_keys=True))
    except ValueError:
        return inert(text)


def _holding(position: PositionView) -> Holding:
    return Holding(
        symbol=position.symbol,
        side=side(position.side),
        qty=quantity(position.qty),
        entry=price(position.entry_price),
        mark=price(position.mark),
        notional=money(position.notional),
        margin=money(position.margin),
        leverage=leverage(position.leverage),
        unrealised=money(position.unrealised, signed=True),
        liquidation=_price_or_none(position.liquidation_price),
        stop=_price_or_none(position.stop_loss),
        target=_price_or_none(position.take_profit),
        opened=moment(position.opened_ms),
        trail=short_percent(position.trail) if position.trail else NONE,
        funding=money(position.funding, signed=True) if position.funding else NONE,
    )


def _trade(trade: TradeView) -> Trade:
    return Trade(
        symbol=trade.symbol,
        side=side(trade.side),
        opened=moment(trade.opened_ms),
        closed=moment(trade.closed_ms),
        pnl=money(trade.pnl, signed=True),
        fees=money(-trade.fees),
        net=money(trade.net, signed=True),
        ending=exit_phrase(trade.exit_kind),
        funding=money(trade.funding, signed=True) if trade.funding else NONE,
    )


def _price_or_none(value: int | None) -> str:
    return price(value) if value else NONE
