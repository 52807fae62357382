"""The kill switch, turned: for the whole arena or one account, by somebody, for a reason, on record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db import transaction

from trading import models
from trading.domain.levels import ACTIVE, FLATTEN, GLOBAL, HALTED, LEVELS, REDUCING, STOPS, level_of
from trading.selectors.commands import newest_moment
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


class RepeatedRequestError(SwitchError):
    """A request under a key that another request, which asked for something else, has used."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn of the switch did. ``commands`` counts what was left for the settlement to carry out.

    ``is_repeated``: the same request was carried out before, and nothing was done now.
    """

    scope: str
    before: str
    after: str
    asked: str
    commands: int
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the switch that somebody asks for. ``request_key``: 64 hex digits, '' for none."""

    scope: str
    asked: str
    reason: str
    by: str
    wall_ms: int
    request_key: str = ""


def turn_switch(turn: Turn, feeds: Sequence[str] = ()) -> Turned:
    """Turn the switch of 'global' or an account: 'active', 'reducing', 'halted' or 'flatten'.

    ``feeds`` are the seasons whose market goes on: each gets the command to cancel what rests (reducing,
    halted) or to close everything as well (flatten). When this returns, no transaction that reads the switch
    can write an intent by the old level. Raises SwitchError; going back to a milder level needs a person.
    """
    turn = _checked(turn)
    scope, after = turn.scope, level_of(turn.asked)
    with transaction.atomic():
        hold_switch(exclusive=True)
        repeated = _repeated(turn)
        if repeated is not None:
            return repeated
        row = models.TradingState.objects.filter(id=scope).first()
        before = row.level if row else ACTIVE
        if LEVELS.index(after) < LEVELS.index(before):
            _check_rearming(scope, turn.by)
            _withdraw_from_venues(scope, turn.wall_ms)
        values = {"level": after, "reason": turn.reason, "changed_by": turn.by, "changed_ms": turn.wall_ms}
        models.TradingState.objects.update_or_create(id=scope, defaults=values)
        _record("level", turn, before)
        left = _leave_commands(turn, feeds)
    return Turned(scope, before, after, turn.asked, left)


def set_trading_level(level: str, reason: str, changed_by: str, now_ms: int) -> None:
    """Turn the arena's switch where no season's market goes on: nothing is left to be carried out."""
    turn_switch(Turn(GLOBAL, level, reason, changed_by, now_ms))


def record_change(what: str, change: Turn, before: str) -> None:
    """Write down that another switch was turned to ``change.asked``; the record is never changed.

    Raises SwitchError without a reason or a name.
    """
    reason, by = checked_words(change.reason, change.by)
    _record(what, replace(change, reason=reason, by=by), before)


def _record(what: str, turn: Turn, before: str) -> None:
    models.ControlChange.objects.create(
        what=what,
        scope=turn.scope,
        before=before,
        after=turn.asked,
        reason=turn.reason,
        changed_by=turn.by,
        wall_ms=turn.wall_ms,
        request_key=turn.request_key or None,
    )


def _repeated(turn: Turn) -> Turned | None:
    """Return what a request did that is sent again; raises RepeatedRequestError where it asks for other."""
    rows = models.ControlChange.objects.filter(request_key=turn.request_key or None, what="level")
    row = rows.first() if turn.request_key else None
    if row is None:
        return None
    if (row.scope, row.after, row.reason, row.changed_by) != (turn.scope, turn.asked, turn.reason, turn.by):
        raise RepeatedRequestError("this Idempotency-Key was used for another request; make a new one")
    return Turned(row.scope, row.before, level_of(row.after), row.after, 0, is_repeated=True)


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


def _checked(turn: Turn) -> Turn:
    if turn.asked not in (ACTIVE, *STOPS):
        raise SwitchError(
            f"trading level {turn.asked[:20]!r} is not known; use {ACTIVE}, {REDUCING}, {HALTED} or {FLATTEN}"
        )
    reason, by = checked_words(turn.reason, turn.by)
    return replace(turn, reason=reason, by=by)


def _check_rearming(scope: str, by: str) -> None:
    if by.casefold() == AUTOMATIC:
        raise SwitchError("trading is started again by a person, never by the arena itself; give your name")
    if scope == GLOBAL and stop_file() is not None:
        raise SwitchError("the stop file is still there and stops everything; delete it first, then resume")


def _withdraw_from_venues(scope: str, wall_ms: int) -> None:
    """End what is not carried out at a venue yet, so that a later halt does not flatten by an old command."""
    waiting = models.Command.objects.filter(feed=VENUE_FEED, scope=scope, effective_ms=None)
    waiting.update(effective_ms=wall_ms)


def _leave_commands(turn: Turn, feeds: Sequence[str]) -> int:
    """Leave one command a feed; one that waits already for the same is enough.

    Nothing but an opening ever rests on paper, so 'reducing' cancels what 'halted' does: left alone it would
    fill after the turn. At venues openings are taken back by the level itself, whoever turned it.
    """
    if turn.asked == ACTIVE:
        return 0
    kind = FLATTEN if turn.asked == FLATTEN else "cancel"
    has_venue = level_of(turn.asked) == HALTED and _has_venue(turn.scope)
    wanted = [*dict.fromkeys(feeds), *([VENUE_FEED] if has_venue else [])]
    waiting = models.Command.objects.filter(scope=turn.scope, kind=kind, effective_ms=None, feed__in=wanted)
    there = set(waiting.values_list("feed", flat=True))
    asked = {"scope": turn.scope, "kind": kind, "asked_by": turn.by, "asked_wall_ms": turn.wall_ms}
    rows = [
        models.Command(feed=feed, asked_market_ms=newest_moment(feed), **asked)
        for feed in wanted
        if feed not in there
    ]
    models.Command.objects.bulk_create(rows)
    return len(rows)


def _has_venue(scope: str) -> bool:
    accounts = models.VenueAccount.objects.all()
    return (accounts if scope == GLOBAL else accounts.filter(account_id=scope)).exists()
