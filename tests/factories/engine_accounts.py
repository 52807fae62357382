"""Accounts of the paper venue on one or two plain markets, and the stretches of time they live through."""

from collections.abc import Sequence
from dataclasses import replace

from accounts.domain.ledger import HOUSE, check_entry
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.orders import ACCOUNT, NOW_MS, btc_instrument, usdt
from trading.domain.account import Account, PaperRules
from trading.domain.account_events import AccountEvent, FundingCharge, entries_of, funding_entry
from trading.domain.engine import Moment, Settled, settle_account
from trading.domain.funding import FundingRate
from trading.domain.market import SymbolTick
from trading.domain.positions import Portfolio, Position, margin_of, taker_notional
from trading.domain.resting import RestingOrder
from trading.domain.spans import Span

ETH = replace(btc_instrument("ETH"), maker_fee=10_000)
RULES = PaperRules({"BTC": btc_instrument(), "ETH": ETH}, liquidation_fee=500_000)


def position_of(
    symbol: str = "BTC", side: int = 1, qty: int = SCALE, price: float = 50_000, leverage: int = 10
) -> Position:
    """Return a position as opened in one fill before the first moment."""
    cost = taker_notional(side, qty, usdt(price))
    margin = margin_of(cost, leverage)
    return Position(ACCOUNT, symbol, side, qty, cost, margin, leverage, None, None, NOW_MS, 1)


def account_of(
    *positions: Position, free: float = 10_000, resting: Sequence[RestingOrder] = (), mode: str = "isolated"
) -> Account:
    """Return an account whose reserved money is its margins and what rests."""
    reserved = sum(held.margin for held in positions) + sum(order.reserved for order in resting)
    book = Portfolio(ACCOUNT, usdt(free), reserved, tuple(sorted(positions, key=lambda held: held.symbol)))
    return Account(book, tuple(resting), {held.symbol: held.lifecycle for held in positions}, mode)


def limit(price: float, side: int = 1, *, symbol: str = "BTC", reduce_only: bool = False) -> RestingOrder:
    """Return a limit for a tenth of a coin at 10x that was placed before the first moment."""
    at, qty = usdt(price), SCALE // 10
    notional = taker_notional(side, qty, at)
    reserved = 0 if reduce_only else margin_of(notional, 10) + notional // 2000 + 1
    name = f"order-{symbol}-{price}-{side}"
    order = RestingOrder(
        name, ACCOUNT, symbol, side, qty, "limit", at, None, 0, None, reduce_only, 10, reserved, NOW_MS
    )
    return replace(order, decision_id="decision")


def part_of(symbol: str, *prices: float, spread: int = 0) -> SymbolTick:
    """Return open, high, low and close of a symbol in USDT; one price is a point."""
    opened, high, low, close = prices if len(prices) > 1 else prices * 4
    return SymbolTick(symbol, usdt(opened), usdt(high), usdt(low), usdt(close), spread)


def moment(
    minute: int, *parts: SymbolTick, funding: float | None = None, commands: Sequence[str] = ()
) -> Moment:
    """Return a moment so many minutes after the start; ``funding`` is BTC's rate in percent at 50,000."""
    at_ms = NOW_MS + minute * MINUTE_MS
    spans = {part.symbol: Span(at_ms, part, None) for part in parts}
    rate = FundingRate("BTC", at_ms, round((funding or 0) * SCALE) // 100, usdt(50_000))
    return Moment(at_ms, spans, (rate,) if funding is not None else (), tuple(commands))


def settled(account: Account, *moments: Moment, rules: PaperRules = RULES) -> Settled:
    """Return the account after these moments."""
    return settle_account(account, moments, rules, {})


def kinds_of(events: Sequence[AccountEvent]) -> list[str]:
    """Return what happened, in words: a fill's kind, 'funding', or why an order ended."""
    return [_kind(event) for event in events]


def _kind(event: AccountEvent) -> str:
    if isinstance(event, FundingCharge):
        return "funding"
    execution = getattr(event, "execution", None)
    return execution.kind if execution is not None else getattr(event, "reason", "rested")


def flows_of(events: Sequence[AccountEvent]) -> dict[str, int]:
    """Return what the journal entries of these events move, by column; every entry is checked to balance."""
    flows: dict[str, int] = {}
    for event in events:
        entries = [funding_entry([event])] if isinstance(event, FundingCharge) else list(entries_of(event))
        for entry in entries:
            check_entry(entry)
            for line in entry.lines:
                name = line.code if line.account_id == HOUSE else f"own {line.code}"
                flows[name] = flows.get(name, 0) + line.amount
    return flows
