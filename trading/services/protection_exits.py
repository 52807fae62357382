"""What closes positions at a venue besides their own stops: watched conditions and the kill switch."""

from collections.abc import Iterable
from typing import Final

from django.db.models import QuerySet

from trading import models
from trading.domain.exits import raise_trail
from trading.domain.invalidation import fires_at_end, price_trigger
from trading.domain.levels import ACTIVE, FLATTEN, GLOBAL, HALTED
from trading.domain.market import Tick
from trading.domain.order_states import INTENT, SUBMITTING, UNKNOWN, WORKING_STATES
from trading.domain.positions import Position
from trading.domain.spans import Span, spans_of
from trading.domain.terms import MARKET
from trading.selectors import last_prices, portfolio, ticks
from trading.selectors.switch import levels
from trading.services.outbox_desk import Desk
from trading.services.outbox_sending import cancel_order
from trading.services.protection import write_exit

VENUE_FEED: Final = "venue"
"""Feed of the commands that are carried out at real venues."""

LOOK_BACK_MS: Final = 86_400_000
"""How far back the price before the watched stretch is looked for."""


def watch_conditions(desk: Desk) -> int:
    """Close what its own watched condition proves wrong in the ticks recorded since the last look."""
    account = models.VenueAccount.objects.get(account_id=desk.account_id)
    after_ms = account.watched_until_ms
    found = ticks(desk.feed, after_ms, desk.wall_ms()) if after_ms else []
    held = portfolio(desk.account_id).positions
    watched = [position for position in held if position.watch]
    fired = 0
    _raise_trails(desk, found, held)
    if found and watched:
        symbols = {position.symbol for position in watched}
        before = last_prices(desk.feed, after_ms, symbols, after_ms - LOOK_BACK_MS)
        spans = spans_of(found, before)
        for position in watched:
            if _fires(position, spans.get(position.symbol, [])):
                write_exit(desk, position, "invalidated")
                fired += 1
    until_ms = found[-1].market_ms if found else after_ms or desk.wall_ms()
    models.VenueAccount.objects.filter(account_id=desk.account_id).update(watched_until_ms=until_ms)
    return fired


def _raise_trails(desk: Desk, found: Iterable[Tick], held: Iterable[Position]) -> None:
    """Let the best mark of trailing stops follow the recorded ticks; the guards follow it."""
    for position in held:
        raised = position
        for tick in found:
            parts = [part for part in tick.symbols if part.symbol == position.symbol]
            if parts and position.trail and tick.market_ms > position.opened_ms:
                raised = raise_trail(raised, parts[0])
        if raised.best != position.best:
            row = models.Position.objects.filter(
                account_id=desk.account_id, symbol=position.symbol, lifecycle=position.lifecycle
            )
            row.update(best=raised.best)


def _fires(position: Position, spans: Iterable[Span]) -> bool:
    """Return whether a watched condition came true in these spans, as on paper (trading/domain/exits.py)."""
    watch = position.watch
    if watch is None:
        return False
    trigger = price_trigger(watch)
    for span in spans:
        if span.market_ms <= position.opened_ms:
            continue
        reached = trigger is not None and (
            span.part.high >= trigger.price if trigger.direction > 0 else span.part.low <= trigger.price
        )
        if reached or fires_at_end(watch, span, position.opened_ms):
            return True
    return False


def obey_switch(desk: Desk) -> int:
    """Take back what could still open where nobody may open, and flatten where that was asked.

    Protective orders stay as long as there is something to protect: taking them away would raise the risk
    that the switch is turned to end.
    """
    account = models.VenueAccount.objects.get(account_id=desk.account_id)
    level = levels([desk.account_id])[desk.account_id]
    done = 0
    if level != ACTIVE or account.state != "ready" or not account.enabled:
        done = _cancel_openings(desk)
    waiting = commands_of(desk.account_id) if level == HALTED else []
    if any(kind == FLATTEN for kind, _ in waiting):
        for position in portfolio(desk.account_id).positions:
            write_exit(desk, position, "flatten")
            done += 1
    return done


def is_ending(desk: Desk) -> bool:
    """Return whether a halt of the account still waits for an opening order or a position to end."""
    if levels([desk.account_id])[desk.account_id] != HALTED:
        return False
    if _openings(desk).exists():
        return True
    is_flattening = any(kind == FLATTEN for kind, _ in commands_of(desk.account_id))
    return is_flattening and bool(portfolio(desk.account_id).positions)


def may_be_bare(desk: Desk) -> bool:
    """Return whether an order at the market may have opened what no look has seen and no stop guards yet."""
    rows = models.Order.objects.filter(account_id=desk.account_id, reduce_only=False, type=MARKET)
    return rows.filter(state__in=[SUBMITTING, UNKNOWN, *WORKING_STATES]).exclude(venue="").exists()


def _openings(desk: Desk) -> QuerySet[models.Order]:
    rows = models.Order.objects.filter(
        account_id=desk.account_id, reduce_only=False, state__in=[INTENT, *WORKING_STATES]
    )
    return rows.exclude(venue="", state__in=WORKING_STATES)


def _cancel_openings(desk: Desk) -> int:
    found = list(_openings(desk).values_list("id", flat=True))
    for order_id in found:
        cancel_order(desk, order_id)
    return len(found)


def commands_of(account_id: str) -> list[tuple[str, int]]:
    """Return kind and id of the commands that wait for an account, its own and the arena's."""
    rows = models.Command.objects.filter(feed=VENUE_FEED, effective_ms=None, scope__in=[GLOBAL, account_id])
    return list(rows.order_by("id").values_list("kind", "id"))


def finish_commands(wall_ms: int) -> int:
    """Mark the commands that are carried out at every account of their scope; return how many."""
    done = 0
    for command in models.Command.objects.filter(feed=VENUE_FEED, effective_ms=None):
        accounts = models.VenueAccount.objects.all()
        if command.scope != GLOBAL:
            accounts = accounts.filter(account_id=command.scope)
        ids = list(accounts.values_list("account_id", flat=True))
        if not _is_done(command.kind, ids):
            continue
        row = models.Command.objects.filter(id=command.id, effective_ms=None)
        done += row.update(effective_ms=wall_ms)
    return done


def _is_done(kind: str, account_ids: list[str]) -> bool:
    orders = models.Order.objects.filter(account_id__in=account_ids, reduce_only=False)
    if orders.filter(state__in=[SUBMITTING, UNKNOWN, *WORKING_STATES]).exclude(venue="").exists():
        return False
    if kind != FLATTEN:
        return True
    return not models.Position.objects.filter(account_id__in=account_ids, qty__gt=0).exists()
