"""The kill switch as every face turns it: by season and contestant, and carried out where markets go on."""

from arena.selectors.switch import account_of_contestant, live_feeds, names_of_accounts
from trading.domain.levels import GLOBAL
from trading.services import SwitchError, Turn, Turned, turn_switch


def turn(change: Turn) -> Turned:
    """Turn the switch of a scope, with a command to every season it concerns; raises SwitchError."""
    if change.scope != GLOBAL and not names_of_accounts([change.scope]):
        raise SwitchError(f"there is no contestant with the account {change.scope}")
    return turn_switch(change, live_feeds(change.scope))


def scope_of(season: str, contestant: str) -> str:
    """Return 'global', or the account of a contestant by slugs; raises SwitchError where there is none."""
    if not season and not contestant:
        return GLOBAL
    if not season or not contestant:
        raise SwitchError("name both the season and the contestant, or neither for the whole arena")
    account = account_of_contestant(season, contestant)
    if account is None:
        raise SwitchError(f"season {season[:40]} has no contestant {contestant[:60]}")
    return account
