"""The paper venue at a decision: one approved order against the execution book. Pure.

``match_order`` says what the venue answers, ``apply_outcome`` what that does to the account. The outcome
depends on the order, what is left of the book for this contestant, its position and its free money.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from kernel.units import Rounding, round_to_step
from trading.domain.account import CROSS, Account, book_execution
from trading.domain.account_events import DECIDED_FROM, AccountEvent, BookedFill, OrderEnded, OrderRested
from trading.domain.bookkeeping import execution_of
from trading.domain.ending import replace_waiting
from trading.domain.instruments import Instrument
from trading.domain.market import OrderBook
from trading.domain.matching import BookFill, levels_taken, walk_book, without
from trading.domain.orders import ApprovedOrder, Filled, ProposedOrder, Rejected, Rested, VenueOutcome
from trading.domain.positions import Position, fee_of, margin_of, taker_notional, unrealised
from trading.domain.resting import RestingOrder, placement
from trading.domain.sizing import close_order
from trading.domain.terms import GTC, LIMIT
from trading.domain.tiers import tier_of


def legs_of(order: ProposedOrder, held: Position | None) -> tuple[ProposedOrder, ...]:
    """Return the orders that an order is sent as: a reversal closes what is held, then opens."""
    if not order.reverse or held is None or held.side == order.side:
        return (order,)
    return close_order(held, held.qty, order.mark, order.decision_id), order


def match_order(
    order: ProposedOrder,
    book: OrderBook | None,
    position: Position | None,
    available: int | None,
    instrument: Instrument | None,
) -> VenueOutcome:
    """Return what the venue answers; a refusal is a value, whatever the order holds.

    ``position`` is the account's on this symbol now, ``available`` its free money (None: not checked).
    """
    if instrument is None or book is None:
        return Rejected(order.client_order_id, "not_listed")
    code = _refusal(order, book, position, instrument)
    if code:
        return Rejected(order.client_order_id, code)
    if order.reduce_only and position is not None:
        return _match_reduce(order, book, position, instrument)
    return _match_open(order, book, position, available, instrument)


def _refusal(order: ProposedOrder, book: OrderBook, position: Position | None, instrument: Instrument) -> str:
    """Return the code of what forbids the order before any level is looked at, '' if nothing does."""
    terms = order.terms
    opposite = position is not None and position.side != order.side
    if order.reduce_only and not opposite:
        return "nothing_to_reduce"
    if opposite and not order.reduce_only:
        return "position_opposite"
    if terms.kind != LIMIT:
        return ""
    if terms.price is None or terms.price <= 0 or terms.price % instrument.tick:
        return "off_tick"
    levels = levels_taken(book, order.side)
    takes = bool(levels) and order.side * (terms.price - levels[0].price) >= 0
    return "would_take" if terms.post_only and takes else ""


def _match_open(
    order: ProposedOrder,
    book: OrderBook,
    position: Position | None,
    available: int | None,
    instrument: Instrument,
) -> VenueOutcome:
    """Fill what the book holds; minimum, tier and margin are judged at the price that came of it."""
    name = order.client_order_id
    qty = round_to_step(order.qty, instrument.lot, Rounding.DOWN)
    if qty == 0:
        return Rejected(name, "below_minimum")
    taken = _take_lots(book, order, qty, instrument)
    rest, waiting = _waiting(order, qty - taken.qty)
    if taken.qty + rest == 0:
        return Rejected(name, "limit_not_reached" if order.terms.kind == LIMIT else "no_liquidity")
    if taken.notional + waiting < instrument.min_notional:
        return Rejected(name, "below_minimum")
    held = position.entry_cost if position else 0
    if order.leverage > tier_of(instrument.brackets, held + taken.notional + waiting).max_leverage:
        return Rejected(name, "leverage_over_tier")
    fee = fee_of(taken.notional, instrument.taker_fee)
    reserved = margin_of(waiting, order.leverage) + fee_of(waiting, instrument.taker_fee)
    if available is not None and margin_of(taken.notional, order.leverage) + fee + reserved > available:
        return Rejected(name, "insufficient_margin")
    return _outcome(name, taken, fee, rest, reserved)


def _outcome(name: str, taken: BookFill, fee: int, rest: int, reserved: int) -> VenueOutcome:
    filled = Filled(name, taken.qty, taken.notional, fee, taken.levels) if taken.qty else None
    if filled is not None and not rest:
        return filled
    return Rested(name, rest, reserved, filled)


def _waiting(order: ProposedOrder, left: int) -> tuple[int, int]:
    """Return quantity and notional of what will wait at the limit, where the order is good till cancelled."""
    if order.terms.kind != LIMIT or order.terms.time_in_force != GTC or order.terms.price is None:
        return 0, 0
    return left, taker_notional(order.side, left, order.terms.price)


def _match_reduce(
    order: ProposedOrder, book: OrderBook, position: Position, instrument: Instrument
) -> VenueOutcome:
    """Fill at most the position as it is now; no minimum holds, so a position can always be left."""
    name, qty = order.client_order_id, min(order.qty, position.qty)
    taken = _take_lots(book, order, qty, instrument)
    rest, _ = _waiting(order, qty - taken.qty)
    if taken.qty + rest == 0:
        return Rejected(name, "limit_not_reached" if order.terms.kind == LIMIT else "no_liquidity")
    return _outcome(name, taken, fee_of(taken.notional, instrument.taker_fee), rest, 0)


def _take_lots(book: OrderBook, order: ProposedOrder, qty: int, instrument: Instrument) -> BookFill:
    """Walk the book; where it ends early, keep whole lots only, so that positions stay on the lot."""
    limit = order.terms.price if order.terms.kind == LIMIT else None
    taken = walk_book(book, order.side, qty, limit)
    if taken.qty == qty:
        return taken
    return walk_book(book, order.side, round_to_step(taken.qty, instrument.lot, Rounding.DOWN), limit)


def free_money(account: Account, marks: Mapping[str, int]) -> int:
    """Return what an account may put up: its free money, on cross margin less what it has lost so far."""
    available = account.portfolio.available
    if account.mode != CROSS:
        return available
    open_profit = sum(
        unrealised(held, marks[held.symbol]) for held in account.portfolio.positions if held.symbol in marks
    )
    return min(available, available + open_profit)


class Executed(NamedTuple):
    """The account after an order, what happened in order, the answer, and the book that is left to it."""

    account: Account
    events: tuple[AccountEvent, ...]
    outcome: VenueOutcome
    book: OrderBook | None


def execute_order(
    account: Account,
    approved: ApprovedOrder,
    book: OrderBook | None,
    marks: Mapping[str, int],
    instrument: Instrument | None,
    market_ms: int,
) -> Executed:
    """Return what one approved order does to an account that meets this book at this moment.

    Openings of the account that wait on the symbol end first, whatever comes of the order.
    """
    order = approved.order
    account, ended = replace_waiting(account, order.symbol, market_ms)
    position = account.portfolio.position_of(order.symbol)
    outcome = match_order(order, book, position, free_money(account, marks), instrument)
    after, events = apply_outcome(account, approved, outcome, market_ms)
    return Executed(after, (*ended, *events), outcome, left_of(book, order.side, outcome))


def left_of(book: OrderBook | None, side: int, outcome: VenueOutcome) -> OrderBook | None:
    """Return what an order left of a book: its contestant's next one meets that, others the whole book."""
    taken = outcome.taken if isinstance(outcome, Rested) else outcome
    return without(book, side, taken.qty) if book is not None and isinstance(taken, Filled) else book


def apply_outcome(
    account: Account, approved: ApprovedOrder, outcome: VenueOutcome, market_ms: int
) -> tuple[Account, tuple[AccountEvent, ...]]:
    """Return the account after the venue's answer, and what happened to it; nothing after a refusal."""
    if isinstance(outcome, Rejected):
        return account, ()
    events: list[AccountEvent] = []
    filled = outcome.taken if isinstance(outcome, Rested) else outcome
    if filled is not None:
        state = "partially_filled" if isinstance(outcome, Rested) else "filled"
        account = _fill(account, approved, filled, market_ms, state, events)
    if isinstance(outcome, Rested):
        waiting = _resting_of(approved.order, outcome, market_ms)
        resting = tuple(sorted([*account.resting, waiting], key=placement))
        positions = account.portfolio.positions
        account = replace(account, resting=resting)
        account = account.with_positions(positions, -waiting.reserved, waiting.reserved)
        events.append(OrderRested(waiting, market_ms))
    return account, tuple(events)


def _fill(
    account: Account,
    approved: ApprovedOrder,
    filled: Filled,
    market_ms: int,
    state: str,
    events: list[AccountEvent],
) -> Account:
    done = execution_of(approved, filled, market_ms)
    after, before, effect = book_execution(account, done)
    name = approved.order.client_order_id
    events.append(BookedFill(name, done, effect, before, order_state=state, seq=DECIDED_FROM))
    if not effect.closed:
        return after
    siblings = [item for item in after.resting if item.symbol == done.symbol and item.reduce_only]
    events.extend(OrderEnded(item, market_ms, "position_closed") for item in siblings)
    return replace(after, resting=tuple(item for item in after.resting if item not in siblings))


def _resting_of(order: ProposedOrder, outcome: Rested, market_ms: int) -> RestingOrder:
    return RestingOrder(
        client_order_id=order.client_order_id,
        account_id=order.account_id,
        symbol=order.symbol,
        side=order.side,
        qty=outcome.qty,
        kind=LIMIT,
        price=order.terms.price,
        trigger=None,
        trail=0,
        best=None,
        reduce_only=order.reduce_only,
        leverage=order.leverage,
        reserved=outcome.reserved,
        placed_ms=market_ms,
        stop_loss=order.stop_loss,
        take_profit=order.take_profit,
        watch=order.watch,
        plan_trail=order.trail,
        filled=outcome.taken.qty if outcome.taken else 0,
        decision_id=order.decision_id,
    )


def number_fills(events: Sequence[AccountEvent]) -> list[AccountEvent]:
    """Return the events of one account's decisions at one moment with its fills numbered in order."""
    numbered: list[AccountEvent] = []
    seq = DECIDED_FROM
    for event in events:
        is_fill = isinstance(event, BookedFill)
        numbered.append(event._replace(seq=seq) if isinstance(event, BookedFill) else event)
        seq += is_fill
    return numbered
