"""Keys at rest, read: opened for who sends them, or as hints that tell nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count

from accounts.domain.scrubbing import KNOWN
from accounts.domain.secret_fields import read_fields
from accounts.domain.secrets import Keyring, Place, SecretError, SecretText
from accounts.models import Secret

_CHUNK = 10_000
"""Owners in one SELECT: SQLite allows 32,766 parameters."""


@dataclass(frozen=True, slots=True)
class SecretHint:
    """What may be told about a stored key. ``check_state``: 'accepted', 'refused' or '' (nobody tried)."""

    purpose: str
    owner: str
    host: str
    last4: str
    fingerprint: str
    master_key: str
    changed_wall_ms: int
    checked_wall_ms: int | None
    check_state: str


@dataclass(frozen=True, slots=True)
class OpenedSecrets:
    """Stored keys by owner, the hosts they may be sent to, and a sentence on each that cannot be opened."""

    found: dict[str, SecretText] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def place_of(row: Secret) -> Place:
    """Return what a row's seal is bound to."""
    return Place("accounts_secret", "sealed", row.id, row.purpose, row.owner, row.host)


def open_secrets(purpose: str, owners: Iterable[str], keyring: Keyring) -> OpenedSecrets:
    """Open the keys of these owners, one query for thousands; one that cannot be opened stops no other."""
    wanted = sorted(set(owners))
    opened = OpenedSecrets()
    for start in range(0, len(wanted), _CHUNK):
        for row in Secret.objects.filter(purpose=purpose, owner__in=wanted[start : start + _CHUNK]):
            opened.hosts[row.owner] = row.host
            try:
                opened.found[row.owner] = keyring.open(bytes(row.sealed), row.master_key, place_of(row))
            except SecretError as problem:
                opened.problems[row.owner] = str(problem)
    return opened


def secrets_of(purpose: str, owners: Iterable[str], keyring: Keyring) -> Mapping[str, SecretText]:
    """Return owner -> key for those that have one; raises SecretError for one that cannot be opened."""
    opened = open_secrets(purpose, owners, keyring)
    for sentence in opened.problems.values():
        raise SecretError(sentence)
    return opened.found


def secret_hints(purpose: str) -> tuple[SecretHint, ...]:
    """Return what may be told about every stored key of a purpose, by owner."""
    names = tuple(SecretHint.__dataclass_fields__)
    rows = Secret.objects.filter(purpose=purpose).order_by("owner").values_list(*names)
    return tuple(SecretHint(*row) for row in rows)


def open_fields(purpose: str, owner: str, keyring: Keyring) -> tuple[str, dict[str, str]] | None:
    """Return the host and the parts of an owner's key, None where none is stored.

    Each part is struck out of logs and reports from now on. Raises SecretError where it cannot be opened.
    """
    row = Secret.objects.filter(purpose=purpose, owner=owner).first()
    if row is None:
        return None
    parts = read_fields(keyring.open(bytes(row.sealed), row.master_key, place_of(row)).reveal())
    for text in parts.values():
        KNOWN.add(text)
    return row.host, parts


def master_key_counts(purpose: str = "provider") -> dict[str, int]:
    """Return how many keys of a purpose are sealed under each master key."""
    rows = (
        Secret.objects.filter(purpose=purpose)
        .values_list("master_key")
        .annotate(rows=Count("id"))
        .order_by("master_key")
    )
    return dict(rows)
