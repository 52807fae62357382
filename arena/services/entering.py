"""Entering model contestants from any face: the description is stored, the key sealed, the test asked for."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction

from accounts.domain.secrets import Keyring, SecretError
from accounts.services import keep_host, store_secret
from agents.domain.llm.entry import CheckedEntry, ContestantForm, EntryError, check_entry
from agents.selectors.catalogue import catalogue
from agents.services import ensure_specs
from agents.services.errands import ask_errand
from arena.selectors.entering import SeatFacts, season_id_of_open
from arena.services.seasons import ContestantDraft, add_contestants

PURPOSE: Final = "provider"
TEST_KIND: Final = "test_model"


@dataclass(frozen=True, slots=True)
class Entered:
    """Who was entered. They wait until the runner finds their key, or that they need none."""

    season: str
    slugs: tuple[str, ...]
    needs_key: bool


def enter_models(season: str, form: ContestantForm, key: str, *, wall_ms: int, keyring: Keyring) -> Entered:
    """Enter a model contestant, or its replicas, into a season that is open; all of it or nothing.

    ``key`` '' keeps the key that is stored for the same host, or leaves it to the provider's. Raises
    EntryError, which names the field at fault.
    """
    checked = check_entry(form, catalogue(), allow_loopback=settings.ARENA_LOOPBACK_MODELS)
    season_id = season_id_of_open(season)
    if season_id is None:
        raise EntryError("season", f"there is no open season {season[:40]}")
    with transaction.atomic():
        _add(season_id, checked)
        _put_key(checked, key, wall_ms, keyring)
    return Entered(season, tuple(entry.slug for entry in checked.entries), checked.needs_key)


def _add(season_id: str, checked: CheckedEntry) -> None:
    spec_id = ensure_specs([checked.entries[0].spec])[checked.slug]
    drafts = [
        ContestantDraft(
            slug=entry.slug,
            name=entry.name,
            subtitle=entry.subtitle,
            spec_id=spec_id,
            replica=entry.replica,
            profile=entry.profile,
            status="waiting_for_key",
            is_baseline=False,
            division=entry.division,
        )
        for entry in checked.entries
    ]
    try:
        add_contestants(season_id, drafts)
    except ValueError as problem:
        raise EntryError("name", str(problem)) from problem


def _put_key(checked: CheckedEntry, key: str, wall_ms: int, keyring: Keyring) -> None:
    owner = f"agent:{checked.slug}"
    keep_host(PURPOSE, owner, checked.key_host)
    if not key:
        return
    try:
        store_secret(PURPOSE, owner, key, checked.key_host, wall_ms, keyring)
    except SecretError as problem:
        raise EntryError("key", str(problem)) from problem


def ask_test(seat: SeatFacts, asked_by: str, wall_ms: int) -> str:
    """Have the runner look whether a contestant's model can be asked; return the errand's id."""
    request = {"spec": seat.spec_id, "contestant": seat.contestant_id, "interval_ms": seat.interval_ms}
    return ask_errand(TEST_KIND, request, asked_by, wall_ms)
