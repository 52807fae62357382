"""Exchanges' keys: sealed under master keys of their own; another key has to be looked at anew."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.db import transaction

from accounts.domain.secrets import MasterKeyError
from accounts.services import drop_secret, store_fields
from trading import models
from trading.domain.venue_fields import VENUE_ROLES
from trading.services.switch import Turn, record_change

PURPOSE: Final = "venue"


def store_venue_key(account_id: str, venue: str, parts: Mapping[str, str], by: str, wall_ms: int) -> str:
    """Seal an account's key for one venue in place of its last one, and switch the account off.

    What the new key may do is not known yet: it is probed when the account is switched on again. Returns the
    fingerprint. Raises SecretError.
    """
    check_role()
    with transaction.atomic():
        found = store_fields(PURPOSE, account_id, parts, venue, wall_ms, settings.ARENA_VENUE_KEYRING)
        _forget_probe(Turn(account_id, "key set", f"a key of {venue} was set", by, wall_ms))
    return found


def drop_venue_key(account_id: str, by: str, wall_ms: int) -> bool:
    """Forget an account's key and switch the account off; return whether there was one."""
    with transaction.atomic():
        is_dropped = drop_secret(PURPOSE, account_id)
        if is_dropped:
            _forget_probe(Turn(account_id, "key dropped", "its key was forgotten", by, wall_ms))
    return is_dropped


def check_role() -> None:
    """Raise MasterKeyError in a process whose role has no business with exchanges' keys."""
    if settings.ARENA_ROLE not in VENUE_ROLES:
        raise MasterKeyError(
            f"a process with ARENA_ROLE={settings.ARENA_ROLE} opens and seals no exchange's key; do this "
            f"where ARENA_ROLE is {' or '.join(VENUE_ROLES)}"
        )


def _forget_probe(turn: Turn) -> None:
    rows = models.VenueAccount.objects.filter(account_id=turn.scope)
    before = "enabled" if rows.filter(enabled=True).exists() else "disabled"
    rows.update(enabled=False, permissions="", probed_wall_ms=None, waiver="")
    record_change("key", turn, before)
