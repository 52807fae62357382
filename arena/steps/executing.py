"""Steps 9 to 12: approve, freeze the execution book, write the intents, execute and book."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from django.db import transaction

from agents.services import record_level
from arena.domain.stages import BOOKED, COMMITTED, ORDERED, PRICED
from arena.selectors.roster import season_facts
from arena.services.counters import count_fills
from arena.services.settlement import record_new_ticks, settle_ticks
from arena.services.stages import advance_stage
from arena.services.work import RoundWork
from trading.domain.account import Account
from trading.domain.account_events import AccountEvent, BookedFill
from trading.domain.ending import replace_waiting
from trading.domain.engine_orders import apply_outcome, free_money, left_of, legs_of, number_fills
from trading.domain.market import ExecutionBook, OrderBook
from trading.domain.orders import ApprovedOrder, Receipt, Rejected, approve
from trading.ports import MarketEndedError, MarketUnavailableError
from trading.selectors import open_intents, paper_accounts
from trading.selectors.venues import venue_account_ids
from trading.services import (
    AccountChange,
    record_changes,
    record_denials,
    record_execution_book,
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
    """Settle up to the book. An outage stops the round here, to go on later: time before a fill comes first.

    Raises MarketUnavailableError; where the market has ended, what is recorded of it is all there is.
    """
    season = season_facts(work.season.id)
    with suppress(MarketEndedError):
        record_new_ticks(work.ports.market, season, _seen_until(work, until_ms))
    # Nobody else settles while this round is open: what is in hand changes by our own exits only.
    if settle_ticks(season, until_ms, own_round_id=work.claim.round_id):
        work.__dict__.pop("portfolios", None)


def _seen_until(work: RoundWork, until_ms: int) -> int:
    """Return how far to record: a price that is seen long after the book is no price from before it."""
    if work.ports.market.info.kind != "live":
        return until_ms
    wall_ms = work.ports.wall_ms()
    return wall_ms if wall_ms - until_ms > work.rules.max_lateness_ms else until_ms


def approved_orders(work: RoundWork) -> list[ApprovedOrder]:
    """Return the round's orders that every rule and the proof step let through: step 9.

    A reversal is two of them: the close of what is held now, then the opening.
    """
    receipt = Receipt(work.facts.receipt_state, work.facts.receipt_root)
    if work.is_held:
        return []
    found = []
    for item in work.decisions:
        if item.outcome == "approved" and item.proposal is not None:
            held = work.portfolios[item.proposal.account_id].position_of(item.proposal.symbol)
            for leg in legs_of(item.proposal, held):
                verdict = approve(leg, item.review, receipt)
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
        # Read in the transaction that writes the intents: after a switch is turned no opening gets through.
        levels = work.levels_at("ordered")
        record_level(work.season.id, work.facts.slot, "ordered", levels.general, levels.own)
        record_denials(_stopped_openings(work, orders), "kill_switch")
    work.reload()


def _stopped_openings(work: RoundWork, orders: Sequence[ApprovedOrder]) -> list[str]:
    """Return the opening orders of those whose switch does not stand at active."""
    stopped = {player.account_id for player in work.players if work.level_of(player, "ordered") != "active"}
    return [
        item.order.client_order_id
        for item in orders
        if item.order.account_id in stopped and not item.order.reduce_only
    ]


def _book_ms(work: RoundWork) -> int:
    return work.book.market_ms if work.facts.book_sha256 else work.facts.market_ms


def execute_and_book(work: RoundWork) -> None:
    """Submit the intents of paper accounts and book all that came of it in one transaction."""
    if work.is_past(BOOKED):
        return
    intended = open_intents(work.season.id, _book_ms(work))
    at_venues = venue_account_ids(work.season.id)
    orders = [
        item
        for item in approved_orders(work)
        if item.order.client_order_id in intended and item.order.account_id not in at_venues
    ]
    changes, rejections = _execute(work, orders, _ending(work, at_venues))
    contestants = {player.account_id: player.contestant_id for player in work.players}
    held = dict(work.portfolios)
    with transaction.atomic():
        advance_stage(work.claim, ORDERED)
        record_rejections(rejections)
        if changes:
            events = record_changes(work.season.id, changes, work.instruments)
            fills = [event for event in events if isinstance(event, BookedFill)]
            count_fills(contestants, {p.account_id: p.capital for p in work.players}, fills)
            held |= {change.after.id: change.after.portfolio for change in changes}
    work.portfolios = held
    work.reload()


def _ending(work: RoundWork, at_venues: Collection[str]) -> dict[str, list[str]]:
    """Return account -> symbols on which an approved decision has no order: it ends what waits there."""
    found: dict[str, list[str]] = {}
    if work.is_held:
        return found
    owners = {turn.turn_id: turn.player.account_id for turn in work.turns}
    for item in work.decisions:
        name = owners[item.turn_id]
        if item.outcome == "approved" and item.proposal is None and name not in at_venues:
            found.setdefault(name, []).append(item.symbol)
    return found


def _execute(
    work: RoundWork, orders: Sequence[ApprovedOrder], ending: Mapping[str, Sequence[str]]
) -> tuple[list[AccountChange], list[tuple[str, str]]]:
    """Return what the orders did to each account, and the refusals.

    ``ending`` are the symbols on which an account's decision only ends what waits.
    """
    by_account: dict[str, list[ApprovedOrder]] = {}
    for item in orders:
        by_account.setdefault(item.order.account_id, []).append(item)
    names = [*by_account, *(name for name in ending if name not in by_account)]
    accounts = paper_accounts(work.season.id, names, work.rules.margin_mode) if names else {}
    changes: list[AccountChange] = []
    rejections: list[tuple[str, str]] = []
    for name in names:
        change, refused = _execute_one(work, accounts[name], by_account.get(name, []), ending.get(name, []))
        changes.extend([change] if change.events else [])
        rejections.extend(refused)
    return changes, rejections


def _execute_one(
    work: RoundWork, account: Account, orders: Sequence[ApprovedOrder], ending: Sequence[str]
) -> tuple[AccountChange, list[tuple[str, str]]]:
    """Submit one account's orders in turn: each meets what the ones before it left of the book.

    Openings that wait on the symbols of ``ending`` end first, then before each order those on its own.
    """
    before, events = account, list[AccountEvent]()
    books: dict[str, OrderBook | None] = dict(work.book.books)
    rejections: list[tuple[str, str]] = []
    for symbol in ending:
        account, ended = replace_waiting(account, symbol, work.book.market_ms)
        events.extend(ended)
    for approved in orders:
        order = approved.order
        account, ended = replace_waiting(account, order.symbol, work.book.market_ms)
        events.extend(ended)
        book, held = books.get(order.symbol), account.portfolio.position_of(order.symbol)
        outcome = work.ports.venue.submit(approved, book, held, free_money(account, work.book.marks))
        if isinstance(outcome, Rejected):
            rejections.append((order.client_order_id, outcome.code))
            continue
        account, caused = apply_outcome(account, approved, outcome, work.book.market_ms)
        books[order.symbol] = left_of(book, order.side, outcome)
        events.extend(caused)
    return AccountChange(before, account, tuple(number_fills(events))), rejections
