"""One account's turn: what the jobs do, so ordered that nothing is sent before it is known what there is."""

from collections.abc import Callable

from trading import models
from trading.domain.order_states import INTENT, OPEN_STATES
from trading.domain.terms import LIMIT
from trading.ports import VenueError
from trading.services.outbox import expire_leases, is_certain
from trading.services.outbox_desk import Desk, hold_account
from trading.services.outbox_sending import send_intents
from trading.services.protection import keep_protection
from trading.services.protection_exits import obey_switch, watch_conditions
from trading.services.reconcile import Comparison, reconcile
from trading.services.resolver import look_at_orders, resolve_unknown
from trading.services.venue_books import busy_symbols

DEAD_MAN_MS = 120_000
"""The venue cancels everything if it hears nothing for so long, while something rests that could open."""


def send_turn(desk: Desk) -> int:
    """Send what may leave; return how many the venue was called for.

    Where the books were not found equal a short while ago they are compared first: at every start. What only
    reduces waits for no comparison. Raises VenueError where comparing failed, with the reducing ones sent.
    """

    def work() -> int:
        if not models.Order.objects.filter(account_id=desk.account_id, state=INTENT).exists():
            return 0
        expire_leases(desk)
        sent = send_intents(desk, reducing_only=True)
        account = models.VenueAccount.objects.get(account_id=desk.account_id)
        if not is_certain(account, desk.wall_ms()) and not account.suspicion:
            reconcile(desk)
        return sent + send_intents(desk)

    return _held(desk, work)


def look_turn(desk: Desk) -> int:
    """Find out what is in doubt, book what was executed, keep guards and switches; return what was done.

    What ends risk goes first and goes on where the looks fail; then nothing is opened, and VenueError is
    raised at the end.
    """

    def work() -> int:
        if not _has_business(desk):
            return 0
        done = obey_switch(desk) + send_intents(desk, reducing_only=True)
        trouble: VenueError | None = None
        try:
            done += resolve_unknown(desk)
            done += look_at_orders(desk, busy_symbols(desk, desk.wall_ms())).booked.new
        except VenueError as problem:
            trouble = problem
        done += obey_switch(desk) + watch_conditions(desk) + keep_protection(desk)
        done += send_intents(desk, reducing_only=trouble is not None)
        hold_dead_man(desk)
        if trouble is not None:
            raise trouble
        return done

    return _held(desk, work)


def compare_turn(desk: Desk) -> Comparison | None:
    """Compare the books with the venue's; None where another process works for the account."""
    with hold_account(desk) as is_ours:
        return reconcile(desk) if is_ours else None


def _held(desk: Desk, work: Callable[[], int]) -> int:
    with hold_account(desk) as is_ours:
        return work() if is_ours else 0


def _has_business(desk: Desk) -> bool:
    """Return whether anything of the account is open, or was a short while ago: fills may come late.

    At rest it is only compared once a minute.
    """
    intents = models.Order.objects.filter(account_id=desk.account_id, state=INTENT)
    return intents.exists() or bool(busy_symbols(desk, desk.wall_ms()))


def hold_dead_man(desk: Desk) -> bool:
    """Hold the venue's dead-man switch while something rests that could open; False where it has none.

    It would take protective orders away with the others. So where nothing could open it is let go: then the
    guards outlive us, which is what they are for.
    """
    opening = models.Order.objects.filter(
        account_id=desk.account_id, state__in=OPEN_STATES, reduce_only=False, type=LIMIT
    ).exists()
    if not opening and not desk.notes.get("dead_man", 1):
        return True
    # Letting go is tried once: where it fails the switch fires, and the guards are placed again.
    desk.notes["dead_man"] = int(opening)
    try:
        return desk.venue.hold_dead_man(DEAD_MAN_MS if opening else 0)
    except VenueError:
        return False
