"""Ending what no process will ever send: what is too late, or of an account that is switched off."""

from collections.abc import Callable

from trading import models
from trading.domain.gating import TOO_LATE, VENUE_OFF
from trading.domain.order_states import INTENT
from trading.services.outbox import deny


def deny_unserved(now_ms: int, lateness_of: Callable[[str], int]) -> int:
    """Deny the decisions of venue accounts that nobody sent in time; return how many. Plans stay.

    Those of an account that is switched off are denied at once.
    """
    denied = 0
    for account in models.VenueAccount.objects.all():
        rows = models.Order.objects.filter(account_id=account.account_id, state=INTENT)
        for order_id, decided_ms in rows.exclude(decision=None).values_list("id", "decision__market_ms"):
            late = abs(now_ms - decided_ms) > lateness_of(account.feed)
            if late or not account.enabled:
                deny(order_id, TOO_LATE if late else VENUE_OFF, now_ms)
                denied += 1
    return denied
