"""Exchanges' keys, opened: only in a process that sends orders, only for the venue they belong to."""

from django.conf import settings

from accounts.domain.secrets import SecretError
from accounts.selectors import open_fields
from trading.domain.venue_fields import VENUE_FIELDS, VENUE_ROLES
from trading.services import VENUE_PURPOSE, check_role


def may_open_venue_keys() -> bool:
    """Return whether this process holds what opens exchanges' keys: its role allows it and a key is there."""
    return settings.ARENA_ROLE in VENUE_ROLES and bool(settings.ARENA_VENUE_KEYRING.ids)


def venue_credentials(account_id: str, venue: str) -> dict[str, str] | None:
    """Return the parts of an account's key for its venue, None where none is stored.

    Raises MasterKeyError in a process that must not open it, SecretError for a key of another venue or one
    that cannot be opened: nothing is ever tried in its place.
    """
    check_role()
    found = open_fields(VENUE_PURPOSE, account_id, settings.ARENA_VENUE_KEYRING)
    if found is None:
        return None
    host, parts = found
    if host != venue or set(parts) != set(VENUE_FIELDS.get(venue, ())):
        raise SecretError(f"the stored key belongs to {host}, not to {venue}; set the key of {venue}")
    return parts
