"""List, set, drop, rotate and check keys of providers and venues; a key comes by standard input only."""

import argparse
import getpass
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings

from accounts.domain.secrets import SecretError
from accounts.selectors import SecretHint, master_key_counts, open_secrets, secret_hints
from accounts.services import drop_secret, rotate_secrets, store_secret
from agents.domain.llm.addresses import AddressRefusedError
from agents.domain.llm.entry import origin_of
from agents.domain.registry import KINDS
from agents.selectors.specs import newest_spec
from arena.services.entering import PURPOSE
from config.cli import key_venue
from config.cli.report import print_json, print_line, print_table
from config.database import prepare_database
from config.keys import host_of, provider_host
from config.refusal import FAILED_CHECK, OK, CommandRefusedError
from config.wiring import wall_ms
from kernel.time import iso_utc
from trading.services import VENUE_PURPOSE

MAX_READ: Final = 8 * 1024
"""Bytes of standard input that are looked at: twice the longest key."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", nargs="?", default="list", choices=list(ACTIONS))
    parser.add_argument("owner", nargs="?", help="agent:NAME, provider:KIND or venue:CONTESTANT")
    parser.add_argument("--host", default="", help="the only host the key may be sent to (default: its own)")
    parser.add_argument("--venue", default="", help="with venue:CONTESTANT: whose key it is")
    parser.add_argument("--season", default="", help="with venue:CONTESTANT: slug of its season")
    # A key on the command line stands in the shell's history and in every list of processes.
    parser.add_argument("refused", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--key", help=argparse.SUPPRESS)


def run(options: dict[str, Any]) -> int:
    """Do the action."""
    if options["refused"] or options["key"] is not None:
        raise CommandRefusedError(
            "a key is never given on the command line: your shell and the list of processes keep it, so have "
            "its issuer change it; then pipe it in (manage.py arena key set OWNER < FILE) or type it if asked"
        )
    prepare_database()
    try:
        return ACTIONS[options["action"]](options)
    except SecretError as problem:
        raise CommandRefusedError(str(problem)) from problem


def read_key(prompt: str) -> str:
    """Return a key from standard input, or typed unseen where a person sits there."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    return sys.stdin.read(MAX_READ).strip("\r\n")


def _list(options: dict[str, Any]) -> int:
    hints = (*secret_hints(PURPOSE), *key_venue.hints())
    if options["json"]:
        keys = [{name: getattr(hint, name) for name in _SHOWN} for hint in hints]
        print_json({"keys": keys, "master_keys": list(settings.ARENA_KEYRING.ids)})
    elif hints:
        print_table(["Owner", "Host", "Key", "Changed (UTC)", "Tried"], [_row(hint) for hint in hints])
    else:
        print_line("No key is stored. Store one: manage.py arena key set provider:openai")
    return OK


_SHOWN: Final = (
    "owner",
    "host",
    "last4",
    "fingerprint",
    "master_key",
    "changed_wall_ms",
    "checked_wall_ms",
    "check_state",
)


def _row(hint: SecretHint) -> list[str]:
    shown = f"… {hint.last4}" if hint.last4 else "stored"
    owner = key_venue.called(hint.owner) if hint.purpose == VENUE_PURPOSE else hint.owner
    return [owner, hint.host, shown, iso_utc(hint.changed_wall_ms), hint.check_state or "no"]


def _set(options: dict[str, Any]) -> int:
    if _is_of_venue(options):
        _say(options, *key_venue.set_key(options))
        return OK
    owner = _owner_of(options)
    host = _host_of(owner, options["host"])
    fingerprint = store_secret(
        PURPOSE, owner, read_key(f"Key of {owner} (not shown): "), host, wall_ms(), settings.ARENA_KEYRING
    )
    _say(
        options,
        {"owner": owner, "host": host, "fingerprint": fingerprint},
        f"{owner}: stored, for {host} only.",
    )
    return OK


def _drop(options: dict[str, Any]) -> int:
    is_venue = _is_of_venue(options)
    owner = options["owner"] if is_venue else _owner_of(options)
    if not (key_venue.drop_key(options) if is_venue else drop_secret(PURPOSE, owner)):
        raise CommandRefusedError(f"there is no key of {owner}; see manage.py arena key list")
    _say(options, {"owner": owner, "dropped": True}, f"{owner}: forgotten.")
    return OK


def _rotate(options: dict[str, Any]) -> int:
    count = rotate_secrets(settings.ARENA_KEYRING)
    venues, venue_problems = key_venue.rotate()
    problems, done = [*count.problems, *venue_problems], count.sealed_anew + venues
    held = ", ".join(f"{key}: {rows}" for key, rows in count.by_master_key.items()) or "none"
    form = {
        "sealed_anew": done,
        "by_master_key": count.by_master_key,
        "problems": problems,
    }
    _say(options, form, "\n".join([*problems, f"{done} sealed anew; now {held}."]))
    return FAILED_CHECK if problems else OK


def _check(options: dict[str, Any]) -> int:
    owners = [hint.owner for hint in secret_hints(PURPOSE)]
    opened = open_secrets(PURPOSE, owners, settings.ARENA_KEYRING)
    form = {
        "opened": sorted(opened.found),
        "problems": opened.problems,
        "venue_problems": key_venue.problems(),
        "by_master_key": master_key_counts(),
    }
    of_venues = key_venue.problems()
    total, broken = len(owners) + len(key_venue.hints()), len(opened.problems) + len(of_venues)
    lines = [*opened.problems.values(), *of_venues, f"{total - broken} of {total} keys can be opened."]
    _say(options, form, "\n".join(lines))
    return FAILED_CHECK if broken else OK


ACTIONS: Final[dict[str, Callable[[dict[str, Any]], int]]] = {
    "list": _list,
    "set": _set,
    "drop": _drop,
    "rotate": _rotate,
    "check": _check,
}


def _say(options: dict[str, Any], form: dict[str, Any], text: str) -> None:
    if options["json"]:
        print_json(form)
    else:
        print_line(text)


def _is_of_venue(options: dict[str, Any]) -> bool:
    return str(options["owner"] or "").startswith(key_venue.OWNER)


def _owner_of(options: dict[str, Any]) -> str:
    owner = options["owner"] or ""
    kind, _, name = owner.partition(":")
    if kind == "agent" and 0 < len(name) <= 60:  # noqa: PLR2004 - the column of a specification's name
        return str(owner)
    if kind == "provider" and name in KINDS and KINDS[name].how == "model":
        return str(owner)
    models = ", ".join(f"provider:{kind}" for kind, info in KINDS.items() if info.needs_key)
    raise CommandRefusedError(f"name the key's owner: agent:NAME, venue:CONTESTANT, or one of {models}")


def _host_of(owner: str, given: str) -> str:
    """Return the host a key is bound to: the one that is given, else where its owner is asked."""
    if given:
        try:
            return origin_of(given if "://" in given else f"https://{given}")
        except AddressRefusedError as problem:
            raise CommandRefusedError(str(problem)) from problem
    kind, _, name = owner.partition(":")
    host = provider_host(name) if kind == "provider" else _host_of_contestant(name)
    if not host:
        raise CommandRefusedError(f"where {owner} is asked is not known yet; name it with --host")
    return host


def _host_of_contestant(name: str) -> str:
    spec = newest_spec(name)
    return "" if spec is None else host_of(spec)
