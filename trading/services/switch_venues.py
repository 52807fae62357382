"""An account's own switch at its venue: on by a person, a reason and a key that can move no money out.

Every step is on record (ControlChange). Off needs nobody's leave: whoever doubts turns it off.
"""

from typing import Final

from django.db import transaction

from trading import models
from trading.domain.permissions import objection_to, read_permissions, write_permissions
from trading.domain.venue import Permissions
from trading.services.switch import AUTOMATIC, SwitchError, Turn, checked_words, record_change

LIVE: Final = "live"
PROBE_LIFE_MS: Final = 10 * 60_000
"""How old the look at a key's permissions may be when its account is switched on."""


def live_words(name: str) -> str:
    """Return what must be typed to let an account trade with real money."""
    return f"LIVE {name}"


def note_permissions(account_id: str, found: Permissions, wall_ms: int) -> None:
    """Keep what the venue says an account's key may do; an account whose key may too much is switched off."""
    text = write_permissions(found)
    with transaction.atomic():
        row = _locked(account_id)
        row.permissions, row.probed_wall_ms = text, wall_ms
        row.save(update_fields=["permissions", "probed_wall_ms"])
        objection = objection_to(found, has_waiver=bool(row.waiver))
        if objection and row.enabled:
            _switch_off(row, Turn(account_id, "disabled", f"auto: {objection}"[:200], AUTOMATIC, wall_ms))


def waive_permissions(account_id: str, reason: str, by: str, wall_ms: int) -> None:
    """Keep who answers for a key whose permissions the venue cannot tell. Raises SwitchError."""
    reason, by = checked_words(reason, by)
    with transaction.atomic():
        row = _locked(account_id)
        before, row.waiver = row.waiver, f"{by}: {reason}"[:200]
        row.save(update_fields=["waiver"])
        record_change("venue", Turn(account_id, "waived", reason, by, wall_ms), before[:40] or "no waiver")


def enable_venue(turn: Turn, *, name: str, confirm: str, deployment: str) -> None:
    """Switch an account on at its venue. ``confirm`` is what was typed; real money needs the exact words.

    Raises SwitchError with the sentence why not: another deployment, no fresh look at its key, a key that may
    move money out, a frozen account, other words.
    """
    with transaction.atomic():
        row = _locked(turn.scope)
        _check_enabling(row, turn, name=name, confirm=confirm, deployment=deployment)
        before = _state(row)
        row.enabled = True
        row.save(update_fields=["enabled"])
        record_change("venue", turn, before)


def disable_venue(turn: Turn) -> None:
    """Switch an account off: only orders that reduce are sent for it from now on. Raises SwitchError."""
    with transaction.atomic():
        _switch_off(_locked(turn.scope), turn)


def record_deployment(profile: str, wall_ms: int) -> bool:
    """Write down that processes start with another profile than the last recorded; return whether."""
    with transaction.atomic():
        rows = models.ControlChange.objects.filter(what="deployment").order_by("-id")
        before = rows.values_list("after", flat=True).first() or "paper"
        if before == profile:
            return False
        reason = f"auto: started with ARENA_TRADING={profile}"
        record_change("deployment", Turn("global", profile, reason, AUTOMATIC, wall_ms), before)
    return True


def _locked(account_id: str) -> models.VenueAccount:
    row = models.VenueAccount.objects.select_for_update().filter(account_id=account_id).first()
    if row is None:
        raise SwitchError("the contestant trades on paper; bind it to a venue: arena venue add")
    return row


def _check_enabling(
    row: models.VenueAccount, turn: Turn, *, name: str, confirm: str, deployment: str
) -> None:
    checked_words(turn.reason, turn.by)
    if row.profile == LIVE != deployment or deployment == "paper":
        raise SwitchError(
            f"this deployment is for {deployment} and the account for {row.profile}; "
            f"start it with ARENA_TRADING={row.profile}, on purpose"
        )
    if turn.by.casefold() == AUTOMATIC:
        raise SwitchError("an account is switched on by a person; give your name")
    if row.state != "ready":
        raise SwitchError(f"the account is frozen: {row.frozen_reason}; then: arena venue unfreeze")
    probed_ms = row.probed_wall_ms
    found = read_permissions(row.permissions)
    if found is not None and (probed_ms is None or abs(turn.wall_ms - probed_ms) > PROBE_LIFE_MS):
        found = None
    objection = objection_to(found, has_waiver=bool(row.waiver))
    if objection:
        raise SwitchError(objection)
    if row.profile == LIVE and confirm != live_words(name):
        raise SwitchError(f'real money: type the exact words to go on: --confirm "{live_words(name)}"')


def _switch_off(row: models.VenueAccount, turn: Turn) -> None:
    before = _state(row)
    row.enabled = False
    row.save(update_fields=["enabled"])
    record_change("venue", turn, before)


def _state(row: models.VenueAccount) -> str:
    return f"{row.profile} {'enabled' if row.enabled else 'disabled'}"
