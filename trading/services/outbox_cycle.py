"""One account's turn: what the jobs do, so ordered that nothing is sent before it is known what there is."""

from collections.abc import Callable

from trading import models
from trading.domain.order_states import INTENT, OPEN_STATES
from trading.domain.terms import LIMIT
from trading.ports import VenueError
from trading.services.budgets import KEPT_BY_ENDINGS, KEPT_BY_LOOKS, asking
from trading.services.outbox import expire_leases, is_certain
from trading.services.outbox_desk import Desk, hold_account
from trading.services.outbox_sending import send_intents
from trading.services.protection import keep_protection
from trading.services.protection_exits import is_ending, may_be_bare, obey_switch, watch_conditions
from trading.services.reconcile import Comparison, reconcile
from trading.services.resolver import look_at_orders, resolve_unknown
from trading.services.venue_books import busy_symbols

DEAD_MAN_MS = 120_000
"""The venue cancels everything if it hears nothing for so long, while something rests that could open."""


_HOLD_AGAIN_MS = 80_000
"""It is held anew once no more than this is left: a few looks may fail before the venue hears nothing."""

_ASK_AGAIN_MS = 600_000
"""A venue that did not have it for the account is asked again after so long."""


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
            done += _looked(desk)
        except VenueError as problem:
            trouble = problem
        done += obey_switch(desk) + watch_conditions(desk) + keep_protection(desk)
        done += send_intents(desk, reducing_only=trouble is not None)
        hold_dead_man(desk)
        if trouble is not None:
            raise trouble
        return done

    return _held(desk, work)


def _looked(desk: Desk) -> int:
    """Look at everything that is open; return what was settled and booked. Raises VenueError.

    What a halt still waits for, and a position that may stand without its stop, come before what is routine.
    """
    symbols = busy_symbols(desk, desk.wall_ms())
    if is_ending(desk) or may_be_bare(desk):
        with asking(desk.account_id, KEPT_BY_ENDINGS):
            return resolve_unknown(desk) + look_at_orders(desk, symbols).booked.new
    settled = resolve_unknown(desk)
    with asking(desk.account_id, KEPT_BY_LOOKS):
        return settled + look_at_orders(desk, symbols).booked.new


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
    guards outlive us, which is what they are for. Letting go is asked for until the venue has said yes; that
    it may be held is in the database before it is asked for, for another process may be the next to look.
    """
    now_ms = desk.wall_ms()
    row = models.VenueAccount.objects.filter(account_id=desk.account_id)
    held_ms = row.get().dead_man_until_wall_ms
    opening = models.Order.objects.filter(
        account_id=desk.account_id, state__in=OPEN_STATES, reduce_only=False, type=LIMIT
    ).exists()
    if not opening and not held_ms:
        return True
    if opening and _HOLD_AGAIN_MS < held_ms - now_ms <= DEAD_MAN_MS:
        return True
    if opening and now_ms - desk.notes.get("no_dead_man", 0) in range(_ASK_AGAIN_MS):
        return False
    row.update(dead_man_until_wall_ms=held_ms or now_ms)
    try:
        has_one = desk.venue.hold_dead_man(DEAD_MAN_MS if opening else 0)
    except VenueError:
        return False
    if not has_one:
        desk.notes["no_dead_man"] = now_ms
    row.update(dead_man_until_wall_ms=now_ms + DEAD_MAN_MS if opening and has_one else 0)
    return has_one
