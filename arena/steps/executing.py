"""Steps 9 to 12: approve, freeze the execution book, write the intents, execute and book."""

from collections.abc import Sequence

from django.db import transaction

from agents.services import record_level
from arena.domain.stages import BOOKED, COMMITTED, ORDERED, PRICED
from arena.selectors.roster import season_facts
from arena.services.counters import count_fills
from arena.services.settlement import record_new_ticks, settle_ticks
from arena.services.stages import advance_stage
from arena.services.work import RoundWork
from trading.domain.bookkeeping import execution_of
from trading.domain.market import ExecutionBook
from trading.domain.orders import ApprovedOrder, Receipt, Rejected, approve
from trading.domain.positions import FillEffect, Portfolio, compute_effect
from trading.ports import MarketEndedError, MarketUnavailableError
from trading.selectors import last_lifecycles, open_intents
from trading.services import (
    BookedFill,
    record_denials,
    record_execution_book,
    record_fills,
    record_intents,
    record_rejections,
)


def freeze_execution_book(work: RoundWork) -> None:
    """Store the first market state after deadline and commit: fills use only it, so haste gains nothing."""
    if work.is_past(PRICED):
        return
    book = _fetch_book(work)
    late = book is not None and book.market_ms - work.facts.market_ms > work.rules.max_lateness_ms
    reason = "too_late" if late else "" if book else "no_execution_book"
    with transaction.atomic():
        keep = book is not None and not late
        sha = record_execution_book(work.season.id, work.facts.slot, book) if book and keep else ""
        advance_stage(work.claim, COMMITTED, book_sha256=sha, held_reason=work.facts.held_reason or reason)
    work.reload()


def _fetch_book(work: RoundWork) -> ExecutionBook | None:
    after_ms = work.facts.market_ms
    if work.ports.market.info.kind == "live":
        after_ms = max(after_ms, work.ports.wall_ms())
    try:
        return work.ports.market.fetch_execution_book(after_ms)
    except (MarketUnavailableError, MarketEndedError):
        return None


def _settle_own_time(work: RoundWork, until_ms: int) -> None:
    season = season_facts(work.season.id)
    try:
        record_new_ticks(work.ports.market, season, until_ms)
    except (MarketUnavailableError, MarketEndedError):
        return
    # Nobody else settles while this round is open: what is in hand changes by our own exits only.
    if settle_ticks(season, until_ms, own_round_id=work.claim.round_id):
        work.__dict__.pop("portfolios", None)


def approved_orders(work: RoundWork) -> list[ApprovedOrder]:
    """Return the round's orders that every rule and the proof step let through: step 9."""
    receipt = Receipt(work.facts.receipt_state, work.facts.receipt_root)
    if work.is_held:
        return []
    found = []
    for item in work.decisions:
        if item.outcome == "approved" and item.proposal is not None:
            verdict = approve(item.proposal, item.review, receipt)
            found.extend([verdict] if isinstance(verdict, ApprovedOrder) else [])
    return found


def write_intents(work: RoundWork) -> None:
    """Store what is about to be submitted, under its client order id, before the venue hears of it.

    The stretch up to the execution book is settled first, so that exits which came first are booked first.
    """
    if work.is_past(ORDERED):
        return
    _settle_own_time(work, _book_ms(work))
    orders = approved_orders(work)
    with transaction.atomic():
        advance_stage(work.claim, PRICED)
        record_intents(work.season.id, orders, _book_ms(work))
        # Read in the transaction that writes the intents: after the switch is turned no opening gets through.
        level = work.trading_level_at("ordered")
        record_level(work.season.id, work.facts.slot, "ordered", level)
        if level != "active":
            opening = [item.order.client_order_id for item in orders if not item.order.reduce_only]
            record_denials(opening, "kill_switch")
    work.reload()


def _book_ms(work: RoundWork) -> int:
    return work.book.market_ms if work.facts.book_sha256 else work.facts.market_ms


def execute_and_book(work: RoundWork) -> None:
    """Submit the intents and book fills, positions and postings in one transaction."""
    if work.is_past(BOOKED):
        return
    held = dict(work.portfolios)
    intended = open_intents(work.season.id, _book_ms(work))
    orders = [item for item in approved_orders(work) if item.order.client_order_id in intended]
    fills, rejections = _execute(work, orders, held)
    contestants = {player.account_id: player.contestant_id for player in work.players}
    with transaction.atomic():
        advance_stage(work.claim, ORDERED)
        record_rejections(rejections)
        if fills:
            record_fills(work.season.id, fills, work.instruments)
            count_fills(contestants, work.season.starting_capital, fills)
    work.portfolios = held
    work.reload()


def _execute(
    work: RoundWork, orders: Sequence[ApprovedOrder], held: dict[str, Portfolio]
) -> tuple[list[BookedFill], list[tuple[str, str]]]:
    """Return fills and rejections, and leave in ``held`` what every account holds after them."""
    fills: list[BookedFill] = []
    rejections: list[tuple[str, str]] = []
    cycles = last_lifecycles(work.season.id) if orders else {}
    for approved in orders:
        order = approved.order
        portfolio = held[order.account_id]
        before = portfolio.position_of(order.symbol)
        outcome = work.ports.venue.submit(
            approved, work.book.books[order.symbol], before, portfolio.available
        )
        if isinstance(outcome, Rejected):
            rejections.append((order.client_order_id, outcome.code))
            continue
        execution = execution_of(approved, outcome, work.book.market_ms)
        cycle = cycles.get((order.account_id, order.symbol), 0) + 1
        effect = compute_effect(before, execution, cycle)
        fills.append(BookedFill(order.client_order_id, execution, effect, before))
        held[order.account_id] = _after(portfolio, order.symbol, effect)
    return fills, rejections


def _after(portfolio: Portfolio, symbol: str, effect: FillEffect) -> Portfolio:
    others = tuple(position for position in portfolio.positions if position.symbol != symbol)
    return Portfolio(
        portfolio.account_id,
        portfolio.available + effect.available_change,
        portfolio.reserved + effect.reserved_change,
        (*others, effect.after) if effect.after else others,
    )
