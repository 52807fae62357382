"""The kill switch, turned: for the whole arena or one account, by somebody, for a reason, on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from trading import models
from trading.domain.levels import ACTIVE, FLATTEN, GLOBAL, HALTED, LEVELS, REDUCING, STOPS, level_of
from trading.selectors.stop_file import stop_file
from trading.selectors.switch import hold_switch

AUTOMATIC: Final = "arena"
"""Who turns the switch when a rule trips it: this name stops trading and never starts it."""

VENUE_FEED: Final = "venue"
"""Feed of the commands that are carried out at real venues; every other feed is a season's."""

MAX_REASON: Final = 200
MAX_NAME: Final = 80


class SwitchError(ValueError):
    """What is asked of the switch cannot be done: one sentence with the remedy."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn of the switch did. ``commands`` counts what was left for the settlement to carry out."""

    scope: str
    before: str
    after: str
    asked: str
    commands: int


def turn_switch(
    scope: str, asked: str, *, reason: str, by: str, wall_ms: int, feeds: Sequence[str] = ()
) -> Turned:
    """Turn the switch of 'global' or an account: 'active', 'reducing', 'halted' or 'flatten'.

    ``feeds`` are the seasons whose market goes on: each gets the command to cancel what rests (halted) or to
    close everything as well (flatten). When this returns, no transaction that reads the switch can write an
    intent by the old level. Raises SwitchError; going back to a milder level needs a person.
    """
    reason, by = _checked(asked, reason, by)
    after = level_of(asked)
    with transaction.atomic():
        hold_switch(exclusive=True)
        row = models.TradingState.objects.filter(id=scope).first()
        before = row.level if row else ACTIVE
        if LEVELS.index(after) < LEVELS.index(before):
            _check_rearming(scope, by)
            _withdraw_from_venues(scope, wall_ms)
        values = {"level": after, "reason": reason, "changed_by": by, "changed_ms": wall_ms}
        models.TradingState.objects.update_or_create(id=scope, defaults=values)
        record_change("level", scope, before, asked, reason=reason, by=by, wall_ms=wall_ms)
        left = _leave_commands(scope, asked, by, wall_ms, feeds)
    return Turned(scope, before, after, asked, left)


def set_trading_level(level: str, reason: str, changed_by: str, now_ms: int) -> None:
    """Turn the arena's switch where no season's market goes on: nothing is left to be carried out."""
    turn_switch(GLOBAL, level, reason=reason, by=changed_by, wall_ms=now_ms)


def record_change(
    what: str, scope: str, before: str, after: str, *, reason: str, by: str, wall_ms: int
) -> None:
    """Write down that a switch was turned; the table is never changed afterwards."""
    models.ControlChange.objects.create(
        what=what,
        scope=scope,
        before=before,
        after=after,
        reason=reason[:MAX_REASON],
        changed_by=by[:MAX_NAME],
        wall_ms=wall_ms,
    )


def checked_words(reason: str, by: str) -> tuple[str, str]:
    """Return reason and name on one line each; raises SwitchError where one is missing or too long."""
    reason, by = " ".join(reason.split()), " ".join(by.split())
    if not reason:
        raise SwitchError("say why: turning a switch of trading needs a reason")
    if not by:
        raise SwitchError("say who: turning a switch of trading needs a name")
    if len(reason) > MAX_REASON or len(by) > MAX_NAME:
        raise SwitchError(f"a reason has at most {MAX_REASON} signs, a name {MAX_NAME}")
    if not (reason.isprintable() and by.isprintable()):
        raise SwitchError("a reason and a name hold printable signs only")
    return reason, by


def _checked(asked: str, reason: str, by: str) -> tuple[str, str]:
    if asked not in (ACTIVE, *STOPS):
        raise SwitchError(
            f"trading level {asked[:20]!r} is not known; use {ACTIVE}, {REDUCING}, {HALTED} or {FLATTEN}"
        )
    return checked_words(reason, by)


def _check_rearming(scope: str, by: str) -> None:
    if by.casefold() == AUTOMATIC:
        raise SwitchError("trading is started again by a person, never by the arena itself; give your name")
    if scope == GLOBAL and stop_file() is not None:
        raise SwitchError("the stop file is still there and stops everything; delete it first, then resume")


def _withdraw_from_venues(scope: str, wall_ms: int) -> None:
    """End what is not carried out at a venue yet, so that a later halt does not flatten by an old command."""
    waiting = models.Command.objects.filter(feed=VENUE_FEED, scope=scope, effective_ms=None)
    waiting.update(effective_ms=wall_ms)


def _leave_commands(scope: str, asked: str, by: str, wall_ms: int, feeds: Sequence[str]) -> int:
    """Leave one command a feed; one that waits already for the same is enough."""
    if level_of(asked) != HALTED:
        return 0
    kind = FLATTEN if asked == FLATTEN else "cancel"
    wanted = [*dict.fromkeys(feeds), *([VENUE_FEED] if _has_venue(scope) else [])]
    waiting = models.Command.objects.filter(scope=scope, kind=kind, effective_ms=None, feed__in=wanted)
    there = set(waiting.values_list("feed", flat=True))
    rows = [
        models.Command(feed=feed, scope=scope, kind=kind, asked_by=by, asked_wall_ms=wall_ms)
        for feed in wanted
        if feed not in there
    ]
    models.Command.objects.bulk_create(rows)
    return len(rows)


def _has_venue(scope: str) -> bool:
    accounts = models.VenueAccount.objects.all()
    return (accounts if scope == GLOBAL else accounts.filter(account_id=scope)).exists()
