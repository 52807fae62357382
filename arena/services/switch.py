"""The kill switch as every face turns it: by season and contestant, and carried out where markets go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.selectors.switch import account_of_contestant, live_feeds
from trading.domain.levels import GLOBAL
from trading.services import SwitchError, Turned, turn_switch


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants what, and why. ``season`` and ``contestant`` '' mean the whole arena."""

    asked: str
    reason: str
    by: str
    season: str = ""
    contestant: str = ""


def turn(wish: Wish, wall_ms: int) -> Turned:
    """Turn the switch of the arena or of one contestant; raises SwitchError."""
    return turn_scope(scope_of(wish.season, wish.contestant), wish.asked, wish.reason, wish.by, wall_ms)


def turn_scope(scope: str, asked: str, reason: str, by: str, wall_ms: int) -> Turned:
    """Turn the switch of 'global' or an account, with a command to every season it concerns."""
    feeds: Sequence[str] = live_feeds(scope)
    return turn_switch(scope, asked, reason=reason, by=by, wall_ms=wall_ms, feeds=feeds)


def scope_of(season: str, contestant: str) -> str:
    """Return 'global', or the account of a contestant; raises SwitchError for one that is not there."""
    if not season and not contestant:
        return GLOBAL
    if not season or not contestant:
        raise SwitchError("name both the season and the contestant, or neither for the whole arena")
    account = account_of_contestant(season, contestant)
    if account is None:
        raise SwitchError(f"season {season[:40]} has no contestant {contestant[:60]}")
    return account
