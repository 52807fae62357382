"""Keys at rest, written: stored, dropped, sealed anew under another master key, marked as tried."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from accounts.domain.scrubbing import KNOWN
from accounts.domain.secret_fields import write_fields
from accounts.domain.secrets import NONCE_BYTES, Keyring, MasterKeyError, checked_secret, last4_of
from accounts.models import Secret
from accounts.selectors.secrets import master_key_counts, place_of
from kernel.ids import derive_id

PURPOSES: Final = ("provider", "venue")
CHECK_STATES: Final = ("accepted", "refused")
MAX_OWNER: Final = 120
MAX_HOST: Final = 200
_STORED: Final = ("purpose", "owner", "host", "master_key", "sealed", "fingerprint")


@dataclass(frozen=True, slots=True)
class RotationCount:
    """What a rotation did: keys sealed anew, keys a master key holds now, and sentences on the unreadable."""

    sealed_anew: int
    by_master_key: dict[str, int]
    problems: tuple[str, ...]


def store_secret(purpose: str, owner: str, text: str, host: str, wall_ms: int, keyring: Keyring) -> str:
    """Store a key in place of the owner's last one and return its fingerprint.

    It may be sent to ``host`` only. Raises UnusableSecretError for a text that is no key, MasterKeyError
    without a master key, ValueError for an unknown purpose or an owner or host that is too long.
    """
    secret = checked_secret(text)
    KNOWN.add(secret)
    return _store(_new_row(purpose, owner, host), secret, last4_of(secret), wall_ms, keyring)


def store_fields(
    purpose: str, owner: str, fields: Mapping[str, str], host: str, wall_ms: int, keyring: Keyring
) -> str:
    """Store a key that has several parts, under one seal, and return its fingerprint.

    Its hint is the end of the first part, which names the key rather than being it. Raises as store_secret.
    """
    for text in fields.values():
        KNOWN.add(checked_secret(text))
    hint = last4_of(next(iter(fields.values()), ""))
    return _store(_new_row(purpose, owner, host), write_fields(fields), hint, wall_ms, keyring)


def _new_row(purpose: str, owner: str, host: str) -> Secret:
    if purpose not in PURPOSES:
        raise ValueError(f"purpose {purpose!r} is not known; use one of {', '.join(PURPOSES)}")
    if not 0 < len(owner) <= MAX_OWNER or len(host) > MAX_HOST:
        raise ValueError(f"an owner has 1 to {MAX_OWNER} signs, a host up to {MAX_HOST}")
    return Secret(id=secret_id(purpose, owner), purpose=purpose, owner=owner, host=host)


def _store(row: Secret, secret: str, hint: str, wall_ms: int, keyring: Keyring) -> str:
    _seal(row, secret, keyring)
    Secret.objects.update_or_create(
        id=row.id,
        defaults={
            **{name: getattr(row, name) for name in _STORED},
            "last4": hint,
            "changed_wall_ms": wall_ms,
            "checked_wall_ms": None,
            "check_state": "",
        },
    )
    return row.fingerprint


def secret_id(purpose: str, owner: str) -> str:
    """Return the id of the row that holds an owner's key."""
    return derive_id("secret", purpose, owner)


def _seal(row: Secret, secret: str, keyring: Keyring) -> None:
    row.master_key, row.sealed = keyring.seal(secret, place_of(row), secrets.token_bytes(NONCE_BYTES))
    row.fingerprint = keyring.fingerprint(secret)


def drop_secret(purpose: str, owner: str) -> bool:
    """Forget an owner's key; return whether there was one."""
    return bool(Secret.objects.filter(purpose=purpose, owner=owner).delete()[0])


def keep_host(purpose: str, owner: str, host: str) -> bool:
    """Forget an owner's key unless it belongs to this host; return whether one was forgotten.

    Called wherever an address changes: a key never follows to another host.
    """
    return bool(Secret.objects.filter(purpose=purpose, owner=owner).exclude(host=host).delete()[0])


def rotate_secrets(keyring: Keyring, purpose: str = "provider") -> RotationCount:
    """Seal every key of a purpose anew under the first of its master keys.

    One short transaction a key: killed in the middle, the next run goes on with those that are left. A key
    that cannot be opened stays as it is and is reported. Raises MasterKeyError where there is no master key.
    """
    if not keyring.ids:
        keyring.fingerprint("")  # raises: there is no first key
    first, done = keyring.ids[0], 0
    problems: list[str] = []
    problems.extend(_unopened(purpose, first, keyring))
    old = (
        Secret.objects.filter(purpose=purpose)
        .exclude(master_key=first)
        .order_by("id")
        .values_list("id", flat=True)
    )
    for row_id in list(old):
        try:
            done += _seal_anew(row_id, first, keyring)
        except MasterKeyError as problem:
            problems.append(str(problem))
    return RotationCount(done, master_key_counts(purpose), tuple(problems))


def _unopened(purpose: str, key_id: str, keyring: Keyring) -> list[str]:
    """Return a sentence on each key that other bytes under the same id cannot open."""
    problems = []
    for row in Secret.objects.filter(purpose=purpose, master_key=key_id).order_by("id"):
        try:
            keyring.open(bytes(row.sealed), row.master_key, place_of(row))
        except MasterKeyError as problem:
            problems.append(str(problem))
    return problems


@transaction.atomic
def _seal_anew(row_id: str, first: str, keyring: Keyring) -> int:
    row = Secret.objects.select_for_update().filter(id=row_id).exclude(master_key=first).first()
    if row is None:  # dropped, or replaced by a new key meanwhile
        return 0
    _seal(row, keyring.open(bytes(row.sealed), row.master_key, place_of(row)).reveal(), keyring)
    row.save(update_fields=["master_key", "sealed", "fingerprint"])
    return 1


def mark_checked(purpose: str, owner: str, *, fingerprint: str, state: str, wall_ms: int) -> bool:
    """Note whether the provider took the key; return False if it was replaced meanwhile."""
    if state not in CHECK_STATES:
        raise ValueError(f"check state {state!r} is not known; use one of {', '.join(CHECK_STATES)}")
    rows = Secret.objects.filter(purpose=purpose, owner=owner, fingerprint=fingerprint)
    return bool(rows.update(check_state=state, checked_wall_ms=wall_ms))
