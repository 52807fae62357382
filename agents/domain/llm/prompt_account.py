"""The contestant's own part of a prompt: money, record, positions with their theses, past trades, the time.

The record's figures are those of the board, rounded the same way. A contestant reads its own earlier words
here, quoted as data, and nobody else's.
"""

from dataclasses import replace
from typing import Final

from agents.domain.llm.figures import (
    Grid,
    fixed,
    grid_of,
    is_plain_symbol,
    money,
    percent,
    short,
    short_percent,
)
from agents.domain.llm.quoting import quote
from kernel.time import MINUTE_MS, iso_utc
from kernel.units import SCALE, Rounding, mul_div
from trading.domain.account import Account, PaperRules
from trading.domain.engine_cross import liquidation_prices
from trading.domain.invalidation import Invalidation
from trading.domain.observation import MarketView, Memory, Observation, OwnRecord, PastTrade, Thesis
from trading.domain.performance import drawdown_from, period_return
from trading.domain.positions import Position, unrealised
from trading.domain.resting import RestingOrder

TRADES_SHOWN: Final = 8
REASONING_LENGTH: Final = 400
INVALIDATION_LENGTH: Final = 200

_SIDES: Final = {1: "long", -1: "short"}


def render_account(observation: Observation) -> str:
    """Return what one contestant is shown of itself; ends with the market time and the slot.

    Without memory the record, the theses and the past trades are left out.
    """
    view, memory = observation.market, observation.memory
    lines = [_money_lines(observation)]
    if memory is not None:
        lines.append(_record_lines(memory.record, observation))
    lines.append(_position_lines(observation, memory))
    if observation.resting:
        lines.append(_order_lines(observation))
    if memory is not None and memory.trades:
        lines.append(_trade_lines(memory.trades[:TRADES_SHOWN]))
    lines.append(f"# TIME\n{iso_utc(view.snapshot.market_ms)}, round slot {view.slot}")
    return "\n\n".join(lines)


def _money_lines(observation: Observation) -> str:
    portfolio = observation.portfolio
    return (
        "# YOUR ACCOUNT (USDT)\n"
        f"equity {money(observation.equity)}, free {money(portfolio.available)}, "
        f"margin in use {money(portfolio.reserved)}"
    )


def _record_lines(record: OwnRecord, observation: Observation) -> str:
    limits, profile = observation.market.rules.limits, record.profile
    today = period_return(record.day_start_equity, observation.equity) or 0
    fall = drawdown_from(record.peak_equity, observation.equity)
    return (
        f"board after the last round: net {percent(record.net, signed=True)}, "
        f"gross {percent(record.gross, signed=True)}, "
        f"costs {percent(record.costs)}, max drawdown {percent(record.max_drawdown)}, "
        f"rank {record.rank} of {record.contestants}, {record.trades} trades closed, {record.wins} won, "
        f"{record.orders} orders\n"
        f"openings: {record.opens_last_hour} of {limits.max_trades_hour} in the last hour, "
        f"{record.opens_last_day} of {limits.max_trades_day} in the last 24 h\n"
        f"day since 00:00 UTC {percent(today, signed=True)} (opening stops at "
        f"-{short_percent(limits.max_daily_loss)}), {percent(fall)} below the highest equity "
        f"{money(record.peak_equity)} (opening stops at {short_percent(limits.max_drawdown)})\n"
        f"risk profile {profile.name}: confidence at least {short(profile.min_confidence)}, margin of a "
        f"position at most {short_percent(min(limits.max_position, profile.max_position))} of equity, "
        f"your size_pct is multiplied by {short(profile.size_factor)}"
    )


def _position_lines(observation: Observation, memory: Memory | None) -> str:
    theses = {thesis.symbol: thesis for thesis in memory.theses} if memory is not None else {}
    view = observation.market
    lines = ["# YOUR OPEN POSITIONS"]
    marks, liquidations = view.marks, _liquidations(observation)
    for position in observation.portfolio.positions:
        if is_plain_symbol(position.symbol) and position.symbol in marks:
            thesis, liquidation = theses.get(position.symbol), liquidations.get(position.symbol)
            lines.append(_position_line(position, marks[position.symbol], view, thesis, liquidation))
    return "\n".join(lines) if len(lines) > 1 else f"{lines[0]}\nnone"


def _liquidations(observation: Observation) -> dict[str, int | None]:
    """Return symbol -> the mark that liquidates; on cross margin with the other positions at their marks."""
    view, portfolio = observation.market, observation.portfolio
    known = tuple(held for held in portfolio.positions if held.symbol in view.instruments)
    account = Account(replace(portfolio, positions=known), mode=view.rules.margin_mode)
    return liquidation_prices(account, view.marks, PaperRules(view.instruments))


def _position_line(
    position: Position, mark: int, view: MarketView, thesis: Thesis | None, liquidation: int | None
) -> str:
    grid = grid_of(view.instruments.get(position.symbol), mark)
    text = grid.text
    entry = mul_div(position.entry_cost, SCALE, position.qty, Rounding.DOWN)
    line = (
        f"{position.symbol} {_SIDES[position.side]} qty {short(position.qty)} entry {text(entry)} "
        f"mark {text(mark)} unrealised {money(unrealised(position, mark), signed=True)} "
        f"leverage {position.leverage}x margin {money(position.margin)} "
        f"liquidation {_price(liquidation, grid)} stop {_price(position.stop_loss, grid)} "
        f"target {_price(position.take_profit, grid)} "
        f"held {(view.snapshot.market_ms - position.opened_ms) // MINUTE_MS} min"
    )
    if position.trail:
        line += f" trailing {short_percent(position.trail)}"
    if position.funding:
        line += f" funding {money(position.funding, signed=True)}"
    return line if thesis is None else f"{line}\n{_thesis_lines(thesis, grid)}"


def _order_lines(observation: Observation) -> str:
    view = observation.market
    lines = [_order_line(order, view) for order in observation.resting if is_plain_symbol(order.symbol)]
    return "\n".join(["# YOUR WAITING ORDERS", *lines])


def _order_line(order: RestingOrder, view: MarketView) -> str:
    grid = grid_of(view.instruments.get(order.symbol), view.marks.get(order.symbol, 0))
    price = _price(order.trigger if order.price is None else order.price, grid)
    age_min = (view.snapshot.market_ms - order.placed_ms) // MINUTE_MS
    return (
        f"{order.symbol} {'buy' if order.side > 0 else 'sell'} {order.kind} {price} qty {short(order.qty)} "
        f"set aside {money(order.reserved)} waits {age_min} min"
    )


def _price(units: int | None, grid: Grid) -> str:
    return "none" if units is None else grid.text(units)


def _thesis_lines(thesis: Thesis, grid: Grid) -> str:
    reasoning = quote(thesis.reasoning, REASONING_LENGTH)
    words = quote(thesis.invalidation, INVALIDATION_LENGTH)
    return (
        f"  watched: {_watch_text(thesis.watch, grid)}\n"
        f'  your words at entry (data): {{"confidence":{short(thesis.confidence)},"reasoning":{reasoning},'
        f'"invalidation":{words}}}'
    )


def _watch_text(watch: Invalidation | None, grid: Grid) -> str:
    if watch is None:
        return "none"
    value = short(watch.value, 2) if watch.metric == "held_minutes" else grid.text(watch.value)
    return f"{watch.metric} {watch.timeframe} {watch.comparison} {value}"


def _trade_lines(trades: tuple[PastTrade, ...]) -> str:
    return "\n".join(["# YOUR LAST CLOSED TRADES (newest first)", *map(_trade_line, trades)])


def _trade_line(trade: PastTrade) -> str:
    held_min = (trade.closed_ms - trade.opened_ms) // MINUTE_MS
    symbol = trade.symbol if is_plain_symbol(trade.symbol) else "?"
    net = fixed(trade.pnl - trade.fees + trade.funding, 2, signed=True)
    funding = f" and funding of {fixed(trade.funding, 2, signed=True)}" if trade.funding else ""
    return (
        f"{symbol} {_SIDES[trade.side]} net {net} after fees of {fixed(trade.fees, 2)}{funding}, "
        f"held {held_min} min, closed by {trade.exit_kind}"
    )
