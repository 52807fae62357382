"""Bind contestants to real venues, and switch their accounts on and off: every step on record."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings

from arena.selectors.entering import season_id_of_open
from arena.selectors.switch import account_of_contestant, names_of_accounts
from arena.services.binding import bind_contestant
from config.cli.kill import add_scope
from config.cli.report import print_json, print_line, print_table
from config.cli.season import find_season
from config.database import prepare_database
from config.refusal import OK, CommandRefusedError
from config.venue_opening import look_at_account, look_at_key
from config.wiring import wall_ms
from trading.domain.venue_fields import VENUE_FIELDS
from trading.selectors import VenueAccountFacts, instruments, open_mismatches, venue_accounts
from trading.services import (
    Binding,
    BindingError,
    MismatchError,
    SwitchError,
    Turn,
    disable_venue,
    enable_venue,
    live_words,
    note_permissions,
    resolve_mismatch,
    unfreeze_account,
    waive_permissions,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", nargs="?", default="list", choices=list(ACTIONS))
    parser.add_argument("name", nargs="?", default="", help="contestant; with resolve: a difference's id")
    parser.add_argument("--venue", default="", help=f"with add: one of {', '.join(VENUE_FIELDS)}")
    parser.add_argument("--profile", default="testnet", choices=("testnet", "live"), help="with add")
    parser.add_argument("--margin", default="isolated", choices=("isolated", "cross"), help="with add")
    parser.add_argument("--waiver", default="", help="with add: who answers for what the venue cannot tell")
    parser.add_argument("--confirm", default="", help='with enable and real money: "LIVE CONTESTANT"')
    add_scope(parser)


def run(options: dict[str, Any]) -> int:
    """Do the action and print the accounts."""
    prepare_database()
    try:
        ACTIONS[options["action"]](options)
    except (SwitchError, BindingError, MismatchError) as problem:
        raise CommandRefusedError(str(problem)) from problem
    _print(as_json=options["json"])
    return OK


def _add(options: dict[str, Any]) -> None:
    season, account = _who(options)
    venue = options["venue"]
    if venue not in VENUE_FIELDS:
        raise CommandRefusedError(f"name the venue: --venue, one of {', '.join(VENUE_FIELDS)}")
    feed = season_id_of_open(season)
    if feed is None:
        raise CommandRefusedError(f"season {season} is finished; bind in a season that is open")
    binding = Binding(
        account_id=account,
        feed=feed,
        venue=venue,
        profile=options["profile"],
        reason=options["reason"],
        by=options["by"],
        margin_mode=options["margin"],
        waiver=options["waiver"],
    )
    symbols = tuple(instruments(feed))
    state = look_at_account(account, venue, binding.profile, symbols)
    bind_contestant(binding, state, settings.ARENA_TRADING, wall_ms())


def _enable(options: dict[str, Any]) -> None:
    _, account = _who(options)
    facts = _bound(account)
    if facts.profile == "live" and options["confirm"] != live_words(_slug(options)):
        # Asked before the venue is: who cannot say the words learns nothing of the key.
        raise CommandRefusedError(f'real money: type the words: --confirm "{live_words(_slug(options))}"')
    note_permissions(account, look_at_key(account, facts.venue, facts.profile), wall_ms())
    enable_venue(
        _turn(account, "enabled", options),
        name=_slug(options),
        confirm=options["confirm"],
        deployment=settings.ARENA_TRADING,
    )


def _probe(options: dict[str, Any]) -> None:
    _, account = _who(options)
    facts = _bound(account)
    note_permissions(account, look_at_key(account, facts.venue, facts.profile), wall_ms())


def _disable(options: dict[str, Any]) -> None:
    _, account = _who(options)
    disable_venue(_turn(account, "disabled", options))


def _unfreeze(options: dict[str, Any]) -> None:
    _, account = _who(options)
    _bound(account)
    unfreeze_account(account, options["reason"], options["by"], wall_ms())


def _waive(options: dict[str, Any]) -> None:
    _, account = _who(options)
    waive_permissions(account, options["reason"], options["by"], wall_ms())


def _resolve(options: dict[str, Any]) -> None:
    if not options["name"]:
        raise CommandRefusedError("name the difference that arena venue list shows")
    resolve_mismatch(options["name"], options["reason"], options["by"], wall_ms())


def _list(_options: dict[str, Any]) -> None:
    """Only show them."""


ACTIONS: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "list": _list,
    "add": _add,
    "probe": _probe,
    "enable": _enable,
    "disable": _disable,
    "unfreeze": _unfreeze,
    "waive": _waive,
    "resolve": _resolve,
}


def _slug(options: dict[str, Any]) -> str:
    return str(options["name"] or options["contestant"])


def _who(options: dict[str, Any]) -> tuple[str, str]:
    """Return the season's slug and the contestant's account."""
    slug = _slug(options)
    if not slug:
        raise CommandRefusedError(f"name the contestant: arena venue {options['action']} CONTESTANT")
    season = find_season(options["season"] or None).slug
    account = account_of_contestant(season, slug)
    if account is None:
        raise CommandRefusedError(f"season {season} has no contestant {slug}; see: arena contestant")
    return season, account


def _bound(account: str) -> VenueAccountFacts:
    found = [facts for facts in venue_accounts() if facts.account_id == account]
    if not found:
        raise CommandRefusedError("it trades on paper; bind it to a venue first: manage.py arena venue add")
    return found[0]


def _turn(account: str, asked: str, options: dict[str, Any]) -> Turn:
    return Turn(account, asked, options["reason"], options["by"], wall_ms())


def _print(*, as_json: bool) -> None:
    accounts = venue_accounts()
    names = names_of_accounts(facts.account_id for facts in accounts)
    rows = [
        {
            "season": names.get(facts.account_id, ("", ""))[0],
            "contestant": names.get(facts.account_id, ("", facts.account_id))[1],
            **{name: getattr(facts, name) for name in VenueAccountFacts.SHOWN},
        }
        for facts in accounts
    ]
    differences = [one.form() for one in open_mismatches()]
    if as_json:
        print_json({"deployment": settings.ARENA_TRADING, "accounts": rows, "differences": differences})
        return
    print_line(f"This deployment is for {settings.ARENA_TRADING}; who is not listed plays on paper.")
    if rows:
        head = ["Contestant", "Venue", "Profile", "On", "State", "Key may"]
        print_table(head, [_row(row) for row in rows])
    for one in differences:
        what = f"{one['kind']} {one['symbol']}".strip()
        print_line(f"difference {one['id']}: {what} ours {one['ours']} theirs {one['theirs']}")


def _row(row: dict[str, Any]) -> list[str]:
    state = row["state"] if row["state"] == "ready" else f"frozen: {row['frozen_reason']}"
    return [
        row["contestant"],
        row["venue"],
        row["profile"],
        "yes" if row["enabled"] else "no",
        state,
        row["permissions"] or "not looked at",
    ]
