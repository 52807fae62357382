"""Ending what no process will ever send: what is too late, or of an account that is switched off."""

from collections.abc import Callable

from trading import models
from trading.domain.gating import TOO_LATE, VENUE_OFF
from trading.domain.order_states import INTENT
from trading.services.outbox import deny


def deny_unserved(now_ms: int, lateness_of: Callable[[str], int]) -> int:
    """Deny the decisions of venue accounts that nobody sent in time; return how many. Plans stay.

    Those of an account that is switched off are denied at once. An account whose season cannot be read stops
    no other: what ``lateness_of`` raised is raised at the end.
    """
    denied, failures = 0, []
    for account in models.VenueAccount.objects.all():
        try:
            denied += _deny_of(account, now_ms, lateness_of)
        except Exception as failure:  # noqa: BLE001 - the wall between accounts
            failures.append(failure)
    if failures:
        raise failures[0]
    return denied


def _deny_of(account: models.VenueAccount, now_ms: int, lateness_of: Callable[[str], int]) -> int:
    rows = models.Order.objects.filter(account_id=account.account_id, state=INTENT).exclude(decision=None)
    found = list(rows.values_list("id", "decision__market_ms"))
    denied = 0
    for order_id, decided_ms in found:
        late = account.enabled and abs(now_ms - decided_ms) > lateness_of(account.feed)
        if late or not account.enabled:
            deny(order_id, TOO_LATE if late else VENUE_OFF, now_ms)
            denied += 1
    return denied
