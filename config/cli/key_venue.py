"""Exchanges' keys on the command line: several parts, piped in or typed unseen, never shown."""

import getpass
import sys
from typing import Any, Final

from django.conf import settings

from accounts.domain.secret_fields import fields_from
from accounts.domain.secrets import MasterKeyError
from accounts.selectors import SecretHint, open_fields, secret_hints
from accounts.services import rotate_secrets
from arena.selectors.switch import account_of_contestant, names_of_accounts
from config.cli.season import find_season
from config.refusal import CommandRefusedError
from config.wiring import wall_ms
from trading.domain.venue_fields import VENUE_FIELDS
from trading.selectors import venue_accounts
from trading.services import VENUE_PURPOSE, check_role, drop_venue_key, store_venue_key

OWNER: Final = "venue:"
"""How an owner begins that is a contestant's account at a venue."""

MAX_READ: Final = 16 * 1024
_BY: Final = "command line"


def set_key(options: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Store the key of a contestant's venue; return the answer as JSON and as a sentence."""
    check_role()
    slug, account = _who(options)
    venue = _venue_of(account, options["venue"])
    parts = _read(venue, slug)
    fingerprint = store_venue_key(account, venue, parts, _BY, wall_ms())
    form = {"owner": f"{OWNER}{slug}", "host": venue, "fingerprint": fingerprint}
    return form, f"{slug}: stored, for {venue} only; its account is off until it is enabled again."


def drop_key(options: dict[str, Any]) -> bool:
    """Forget the key of a contestant's venue; return whether there was one."""
    _, account = _who(options)
    return drop_venue_key(account, _BY, wall_ms())


def hints() -> tuple[SecretHint, ...]:
    """Return what may be told about the stored keys of venues."""
    return secret_hints(VENUE_PURPOSE)


def called(owner: str) -> str:
    """Return how an account is called on the command line."""
    season, slug = names_of_accounts([owner]).get(owner, ("", owner))
    return f"{OWNER}{slug} ({season})" if season else f"{OWNER}{owner}"


def rotate() -> tuple[int, list[str]]:
    """Seal the venues' keys anew under the first of their master keys; return how many, and what is wrong."""
    if not hints():
        return 0, []
    check_role()
    count = rotate_secrets(settings.ARENA_VENUE_KEYRING, VENUE_PURPOSE)
    return count.sealed_anew, list(count.problems)


def problems() -> list[str]:
    """Return a sentence on each venue's key that this process cannot open."""
    found = []
    for hint in hints():
        try:
            check_role()
            open_fields(VENUE_PURPOSE, hint.owner, settings.ARENA_VENUE_KEYRING)
        except MasterKeyError as problem:
            found.append(str(problem))
    return found


def _who(options: dict[str, Any]) -> tuple[str, str]:
    slug = str(options["owner"]).removeprefix(OWNER)
    season = find_season(options["season"] or None).slug
    account = account_of_contestant(season, slug)
    if account is None:
        raise CommandRefusedError(f"season {season} has no contestant {slug[:60]}; see: arena contestant")
    return slug, account


def _venue_of(account: str, given: str) -> str:
    bound = [facts.venue for facts in venue_accounts() if facts.account_id == account]
    venue = given or (bound[0] if bound else "")
    if venue not in VENUE_FIELDS:
        raise CommandRefusedError(f"name the venue of the key: --venue, one of {', '.join(VENUE_FIELDS)}")
    if bound and venue != bound[0]:
        raise CommandRefusedError(f"this contestant trades at {bound[0]}; its key is one of {bound[0]}")
    return venue


def _read(venue: str, slug: str) -> dict[str, str]:
    """Return the parts of the key, piped in together or typed one by one where a person sits there."""
    wanted = VENUE_FIELDS[venue]
    if sys.stdin.isatty():
        return {
            name: getpass.getpass(f"{name} of {slug} at {venue} (not shown): ").strip() for name in wanted
        }
    return fields_from(sys.stdin.read(MAX_READ), wanted)
