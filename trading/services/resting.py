"""Writes of what happened to paper accounts, everything at once. For the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from accounts.domain.ledger import EntryDraft
from accounts.services import record_entries
from kernel.ids import derive_id
from store.bulk import add_to_rows, insert_rows, update_rows
from trading import models
from trading.domain.account import Account
from trading.domain.account_events import (
    AccountEvent,
    BookedFill,
    FundingCharge,
    OrderEnded,
    OrderRested,
    entries_of,
    funding_entry,
    shared_funding_entries,
)
from trading.domain.ending import end_orders
from trading.domain.engine import PAUSE, RETIRE
from trading.domain.engine_sweep import NOBODY, Funded
from trading.domain.instruments import Instrument
from trading.domain.order_states import ACCEPTED, CANCELED, INTENT, PARTIALLY_FILLED, check_step
from trading.domain.resting import RestingOrder
from trading.selectors.commands import newest_moment
from trading.selectors.paper import paper_accounts, resting_orders
from trading.services.fills import Key, insert_fills, position_values, write_positions

_INSTANT_AND_ACCOUNT: Final = itemgetter(
    FundingCharge._fields.index("market_ms"), FundingCharge._fields.index("account_id")
)

_ASKED_BY: Final = {RETIRE: "retirement", PAUSE: "pause"}

FUNDING_FIELDS: Final = (
    "id",
    "feed",
    "account",
    "symbol",
    "lifecycle",
    "market_ms",
    "side",
    "qty",
    "mark",
    "rate",
    "amount",
    "covered",
    "margin_change",
)


class AccountChange(NamedTuple):
    """An account before and after a stretch of time or a round's orders, and what happened between."""

    before: Account
    after: Account
    events: tuple[AccountEvent, ...]


def record_changes(
    feed: str,
    changes: Sequence[AccountChange],
    instruments: Mapping[str, Instrument],
    others: Funded = NOBODY,
) -> list[AccountEvent]:
    """Book everything that happened to these accounts and return it in order of time, then of account.

    ``others`` are settlements of funding of accounts that nothing else happened to; none touches a margin.
    """
    own: list[AccountEvent] = sorted(
        (event for change in changes for event in change.events), key=_when_and_whose
    )
    events = sorted([*others.charges, *own], key=_when_and_whose) if own else _by_instant(others.charges)
    fills = [event for event in own if isinstance(event, BookedFill)]
    insert_fills(feed, fills)
    charges = [event for event in events if isinstance(event, FundingCharge)]
    insert_rows(models.FundingPayment, FUNDING_FIELDS, [_funding_values(feed, item) for item in charges])
    _write_orders(changes, own)
    write_positions(feed, _position_rows(changes, fills, instruments))
    paid = [(item.amount, row) for item, row in zip(others.charges, others.rows, strict=True)]
    add_to_rows(models.Position, "id", ("funding",), paid)
    record_entries([*shared_funding_entries(feed, others.charges), *_entries(own)])
    return events


def _when_and_whose(event: AccountEvent) -> tuple[int, str]:
    return event.market_ms, event.account_id


def _by_instant(charges: Sequence[FundingCharge]) -> list[AccountEvent]:
    """Return charges in the same order, sorted as the tuples that they are: there may be thousands."""
    return [*sorted(charges, key=_INSTANT_AND_ACCOUNT)]


def _funding_values(feed: str, charge: FundingCharge) -> tuple[object, ...]:
    key = derive_id("funding", charge.account_id, charge.symbol, charge.market_ms)
    return (key, feed, *charge)


def _entries(events: Sequence[AccountEvent]) -> list[EntryDraft]:
    drafts: list[EntryDraft] = []
    for (is_funding, _, _), group in groupby(events, key=_entry_key):
        if is_funding:
            draft = funding_entry([event for event in group if isinstance(event, FundingCharge)])
            drafts.extend([draft] if draft.lines else [])
            continue
        for event in group:
            drafts.extend([] if isinstance(event, FundingCharge) else entries_of(event))
    return drafts


def _entry_key(event: AccountEvent) -> tuple[bool, str, int]:
    return isinstance(event, FundingCharge), event.account_id, event.market_ms


def _write_orders(changes: Sequence[AccountChange], events: Sequence[AccountEvent]) -> None:
    """Write state, filled quantity and reservation of every order that something happened to."""
    rows: dict[str, tuple[str, str, int, int]] = {}
    for event in events:
        found = _order_row(event, rows)
        if found is not None:
            rows[found[0]] = found[1]
    names = ("state", "reason", "filled", "reserved")
    update_rows(models.Order, "id", names, [(*row, order) for order, row in rows.items()])
    best = [(order.best, order.client_order_id) for change in changes for order in _followed(change)]
    update_rows(models.Order, "id", ("best",), best)


def _order_row(
    event: AccountEvent, rows: Mapping[str, tuple[str, str, int, int]]
) -> tuple[str, tuple[str, str, int, int]] | None:
    if isinstance(event, OrderRested | OrderEnded):
        return _waiting_row(event, rows)
    if not isinstance(event, BookedFill) or event.is_plan:
        return None
    told = event.order_filled
    filled = event.execution.qty if told is None else told
    return event.order_id, (event.order_state, "", filled, 0)


def _waiting_row(
    event: OrderRested | OrderEnded, rows: Mapping[str, tuple[str, str, int, int]]
) -> tuple[str, tuple[str, str, int, int]]:
    order = event.order
    name = order.client_order_id
    waits = PARTIALLY_FILLED if order.filled else ACCEPTED
    if isinstance(event, OrderRested):
        check_step(name, rows[name][0] if name in rows else INTENT, waits)
        return name, (waits, "", order.filled, order.reserved)
    check_step(name, waits, CANCELED)
    return name, (CANCELED, event.reason, order.filled, 0)


def _followed(change: AccountChange) -> list[RestingOrder]:
    """Return the trailing orders whose best mark has moved."""
    before = {order.client_order_id: order.best for order in change.before.resting}
    return [o for o in change.after.resting if o.best is not None and before.get(o.client_order_id) != o.best]


def _position_rows(
    changes: Sequence[AccountChange], fills: Sequence[BookedFill], instruments: Mapping[str, Instrument]
) -> list[tuple[Key, tuple[object, ...]]]:
    """Return the positions that are no longer what they were."""
    last = {(fill.account_id, fill.execution.symbol): fill for fill in fills}
    rows: list[tuple[Key, tuple[object, ...]]] = []
    for change in changes:
        before = {held.symbol: held for held in change.before.portfolio.positions}
        after = {held.symbol: held for held in change.after.portfolio.positions}
        symbols = {fill.execution.symbol for fill in change.events if isinstance(fill, BookedFill)}
        for symbol in sorted({*before, *after, *symbols}):
            key = (change.after.id, symbol)
            if symbol in symbols or before.get(symbol) != after.get(symbol):
                values = position_values(last.get(key), after.get(symbol), instruments, change.after.mode)
                rows.append((key, values))
    return rows


def carry_out(moments: Mapping[int, int]) -> None:
    """Write down at which market moment commands, by row, took effect."""
    update_rows(models.Command, "id", ("effective_ms",), [(at_ms, row) for row, at_ms in moments.items()])


def end_waiting(feed: str, market_ms: int, reason: str) -> int:
    """End everything that waits in a feed's paper venue, its money free again; return how many orders."""
    waiting = resting_orders(feed)
    accounts = paper_accounts(feed, waiting, "isolated") if waiting else {}
    changes = []
    for name, orders in waiting.items():
        at_ms = max(market_ms, *(order.placed_ms for order in orders))
        after, ended = end_orders(accounts[name], orders, at_ms, reason)
        changes.append(AccountChange(accounts[name], after, ended))
    return len(record_changes(feed, changes, {})) if changes else 0


def ask_to_withdraw(feed: str, account_ids: Collection[str], kind: str, wall_ms: int = 0) -> None:
    """Let settlement cancel what waits for accounts whose contestants take no part any more, or for a while.

    ``kind`` is RETIRE or PAUSE. A command, so that it happens at a recorded moment and in a replay at the
    same. Who has one that still waits gets no second. ``wall_ms`` is 0 where no person asked.
    """
    asked = models.Command.objects.filter(feed=feed, kind=kind, effective_ms=None)
    waiting = resting_orders(feed).keys() & set(account_ids) - set(asked.values_list("scope", flat=True))
    names = ("feed", "scope", "kind", "asked_by", "asked_wall_ms", "asked_market_ms")
    newest_ms = newest_moment(feed) if waiting else 0
    rows = [(feed, account, kind, _ASKED_BY[kind], wall_ms, newest_ms) for account in sorted(waiting)]
    insert_rows(models.Command, names, rows)
